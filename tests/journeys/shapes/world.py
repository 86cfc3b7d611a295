"""Who is known before the first mail comes, and the mailboxes of ours that they write to."""

from collections.abc import Callable

from tests.journeys.shapes.writer import COMPANIES
from tests.sla.world import customer, person
from tickets.models import Source, SourceKind, Ticket

MAILBOXES = ("support", "ventas")
# Says the signed plus-address of a ticket; None while there are none.
plus_address_of: Callable[[Ticket], str] | None = None


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
