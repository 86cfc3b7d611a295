"""Who wrote: the contact and customer behind an address, as far as it can be trusted."""

from django.contrib.auth.models import User

from tickets.domain.words import AuthorKind
from tickets.operations.incoming.known import Arrival, Known, addressee
from tickets.operations.ticket.contacts import address_of
from tickets.operations.ticket.identity import Identity


def identify(arrival: Arrival, known: Known) -> Identity:
    """The person behind a message; a mail that fails DMARC never speaks for a customer."""
    author = arrival.incoming.author
    if author.kind is not AuthorKind.CUSTOMER:
        person = addressee(arrival.incoming)
        contact = known.contacts.get(address_of(person)) if person else None
        return Identity(
            contact=None,
            customer=contact.customer if contact else None,
            agent=known.agent(author.email),
            addressee=contact,
        )
    contact = known.contacts.get(address_of(author))
    customer = contact.customer if contact and arrival.trusted else None
    return Identity(contact=contact, customer=customer)


def find_agent(email: str) -> User | None:
    """The active person of ours with this address."""
    if not email:
        return None
    return User.objects.filter(email__iexact=email, is_active=True, is_staff=True).first()
