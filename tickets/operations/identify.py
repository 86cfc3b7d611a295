"""Who wrote: the contact and customer behind an address, as far as it can be trusted."""

import hashlib
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User

from tickets.domain.incoming import Author, IncomingMessage
from tickets.domain.words import AuthorKind
from tickets.models import Contact, Customer, CustomerDomain, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The person; `customer` is None when unknown or when the claim could not be trusted.

    `addressee` is the customer's person when one of ours opens a ticket for them.
    """

    contact: Contact | None
    customer: Customer | None
    agent: User | None = None
    addressee: Contact | None = None


def identify(incoming: IncomingMessage, source: Source) -> Identity:
    """Finds or makes the contact; a mail that fails DMARC never speaks for a customer."""
    trusted = is_trusted(incoming, source)
    if incoming.author.kind is not AuthorKind.CUSTOMER:
        contact = _addressee(incoming, trusted=trusted)
        return Identity(
            contact=None,
            customer=contact.customer if contact else None,
            agent=find_agent(incoming.author.email),
            addressee=contact,
        )
    contact = find_or_make_contact(incoming.author, trusted=trusted)
    customer = contact.customer if contact and trusted else None
    return Identity(contact=contact, customer=customer)


def _addressee(incoming: IncomingMessage, *, trusted: bool) -> Contact | None:
    if not incoming.opens or not incoming.recipients:
        return None
    person = Author(kind=AuthorKind.CUSTOMER, email=incoming.recipients[0])
    return find_or_make_contact(person, trusted=trusted)


def is_trusted(incoming: IncomingMessage, source: Source) -> bool:
    """Whether the stated sender may be believed.

    A signed webhook vouches for its authors. A mail needs DMARC to pass where our own mail
    servers are named (SIVO_OWN_MX_HOSTS); where none is, nobody has checked and all are believed.
    """
    if not source.is_mail:
        return True
    if incoming.authenticated is None:
        return not settings.OWN_MX_HOSTS
    return incoming.authenticated


def find_agent(email: str) -> User | None:
    """The active person of ours with this address."""
    if not email:
        return None
    return User.objects.filter(email__iexact=email, is_active=True, is_staff=True).first()


def find_or_make_contact(author: Author, *, trusted: bool) -> Contact | None:
    """The contact of an address; a new one belongs to its domain's customer when trusted."""
    address = author.email.strip().lower()
    if not address or len(address) > 320:
        return None
    contact, made = Contact.objects.select_related("customer").get_or_create(
        email=address,
        defaults={
            "name": author.name[:200],
            "email_sha256": hashlib.sha256(address.encode()).hexdigest(),
        },
    )
    if contact.customer is None and trusted:
        customer = customer_of_domain(address)
        if customer is not None:
            contact.customer = customer
            contact.save(update_fields=["customer"])
    if not made and not contact.name and author.name:
        contact.name = author.name[:200]
        contact.save(update_fields=["name"])
    return contact


def customer_of_domain(address: str) -> Customer | None:
    """The customer whose e-mail domain this is."""
    _, _, domain = address.rpartition("@")
    known = CustomerDomain.objects.select_related("customer").filter(domain=domain).first()
    return known.customer if known else None
