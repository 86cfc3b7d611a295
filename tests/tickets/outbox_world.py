"""An answer that waits in the outbox, and the outbox emptied at an instant of the past."""

from datetime import datetime, timedelta
from typing import Any

from tests.sla.world import customer, madrid, person, ticket_by_mail
from tickets.domain.words import EventKind
from tickets.models import Message, Ticket, TicketEvent
from tickets.operations.outgoing.answer import answer_ticket
from tickets.operations.outgoing.outbox import send_waiting

START = madrid("2026-11-18 10:00")
DUE = madrid("2026-11-18 14:00")
WRITTEN = START + timedelta(hours=1)


def written(at: datetime = WRITTEN, text: str = "Lo miramos.") -> Message:
    """An answer of Alice to Bob's ticket on Pro, waiting to be sent."""
    customer("pro")
    return more(ticket_by_mail(START), at, text)


def more(ticket: Ticket, at: datetime, text: str = "Y otra cosa.") -> Message:
    """One more answer to the same ticket."""
    alice = ticket.messages.filter(user__isnull=False).first()
    user = alice.user if alice is not None and alice.user else person("Alice")
    return answer_ticket(ticket_id=ticket.pk, text=text, user=user, now=at)


def send(at: datetime, **options: Any) -> int:
    """The number that the mail server took, at an instant that stands still."""
    return send_waiting(clock=lambda: at, **options)


def replies(ticket: Ticket) -> list[TicketEvent]:
    """What counted as an answer of ours."""
    return list(ticket.events.filter(kind=EventKind.AGENT_REPLIED))
