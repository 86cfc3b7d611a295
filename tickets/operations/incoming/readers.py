"""To whom mails of ours were sent: the people and companies behind their recipients."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from tickets.models import Contact, Customer, Ticket
from tickets.operations.ticket.contacts import customers_of_domains, stored_contacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """Contacts by address, customers by e-mail domain; all in lower case."""

    contacts: Mapping[str, Contact]
    customers: Mapping[str, Customer]

    def is_of(self, address: str, ticket: Ticket, people: Collection[int]) -> bool:
        """Whether the address is somebody's of this conversation (`people`) or of its customer."""
        contact = self.contacts.get(address)
        if contact is not None and (contact.pk == ticket.requester_id or contact.pk in people):
            return True
        if ticket.customer_id is None:
            return False
        company = self.customers.get(address.rpartition("@")[2])
        known = {contact.customer_id if contact else None, company.pk if company else None}
        return ticket.customer_id in known


def find_readers(addresses: Collection[str]) -> Readers:
    """The people of these addresses (lower case), in at most two statements."""
    return Readers(
        contacts=stored_contacts(addresses),
        customers=customers_of_domains({address.rpartition("@")[2] for address in addresses}),
    )
