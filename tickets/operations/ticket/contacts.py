"""The people behind addresses: found, made, and given to their company, many at once."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from tickets.domain.freemail import is_freemail
from tickets.domain.incoming import Author
from tickets.models import Contact, Customer, CustomerDomain

_LONGEST = 320


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody wrote as this person; `trusted` when the address was proven."""

    author: Author
    trusted: bool


def address_of(author: Author) -> str:
    """The address as contacts are stored under it, "" when it can be nobody's."""
    address = author.email.strip().lower()
    return address if len(address) <= _LONGEST else ""


def find_or_make_contact(author: Author, *, trusted: bool) -> Contact | None:
    """The contact of an address; a new one belongs to its domain's customer when trusted."""
    return find_or_make_contacts([Claim(author, trusted)]).get(address_of(author))


def find_or_make_contacts(claims: Iterable[Claim]) -> Mapping[str, Contact]:
    """The contacts of all these people by address, in at most five statements."""
    names: dict[str, str] = {}
    trusted: set[str] = set()
    for claim in claims:
        address = address_of(claim.author)
        if address:
            names[address] = names.get(address) or claim.author.name[:200]
            if claim.trusted:
                trusted.add(address)
    found = stored_contacts(names)
    homeless = {
        address for address in trusted if address not in found or found[address].customer is None
    }
    customers = customers_of_domains({_domain(address) for address in homeless})
    missing = sorted(names.keys() - found.keys())
    if missing:
        # Sorted, so that two batches which make the same people never wait for each other.
        Contact.objects.bulk_create(
            (
                Contact(
                    email=address,
                    name=names[address],
                    email_sha256=hashlib.sha256(address.encode()).hexdigest(),
                    customer=customers.get(_domain(address)) if address in homeless else None,
                )
                for address in missing
            ),
            ignore_conflicts=True,
        )
        found |= stored_contacts(missing)
    # In the order in which acknowledgements lock them: two batches never wait for each other.
    for address, contact in sorted(found.items(), key=lambda item: item[1].pk):
        _complete(
            contact,
            name=names[address],
            customer=customers.get(_domain(address)) if address in homeless else None,
        )
    return found


def customers_of_domains(domains: Collection[str]) -> Mapping[str, Customer]:
    """The customers whose e-mail domains these are, by domain."""
    # Whatever somebody has typed in: an address that anybody can have belongs to no company.
    companies = [domain for domain in domains if not is_freemail(domain)]
    if not companies:
        return {}
    known = CustomerDomain.objects.select_related("customer").filter(domain__in=companies)
    return {row.domain: row.customer for row in known}


def stored_contacts(addresses: Collection[str]) -> dict[str, Contact]:
    """The contacts that have these addresses (lower case), by address."""
    if not addresses:
        return {}
    rows = Contact.objects.select_related("customer").filter(email__in=addresses)
    return {contact.email: contact for contact in rows}


def _complete(contact: Contact, *, name: str, customer: Customer | None) -> None:
    fields = []
    if contact.customer is None and customer is not None:
        contact.customer = customer
        fields.append("customer")
    if not contact.name and name:
        contact.name = name
        fields.append("name")
    if fields:
        contact.save(update_fields=fields)


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
