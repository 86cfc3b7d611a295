"""Who is known before the first mail comes, and the mailboxes of ours that they write to."""

from tests.journeys.shapes.writer import COMPANIES, SUPPORT
from tests.sla.world import customer, person
from tickets.domain.reply_address import sign
from tickets.models import Source, SourceKind
from tickets.outbound.keys import signing_keys

MAILBOXES = ("support", "ventas")


def people() -> None:
    """Alice, and a customer for each company on its plan."""
    person("Alice")
    for domain, plan in COMPANIES.items():
        customer(plan, domain=domain)


def mailboxes() -> dict[str, Source]:
    """A source for each mailbox, by its name."""
    return {
        name: Source.objects.create(kind=SourceKind.EMAIL, name=name, channel="email")
        for name in MAILBOXES
    }


def plus_address_of(ticket_id: int) -> str:
    """The signed address of a ticket, as our answers name it."""
    return sign(address=SUPPORT, ticket=ticket_id, key=signing_keys()[0])
