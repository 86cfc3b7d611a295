"""The origin's tool changed a ticket's status."""

from datetime import datetime, timedelta

from tickets.domain.event_time import EventTime, start_time, stop_time
from tickets.domain.incoming import IncomingSeverity, IncomingStatus, UnknownPriority
from tickets.domain.words import EventKind, Status
from tickets.models import Delivery, Outcome, Ticket
from tickets.operations.applied import Applied, TooEarly
from tickets.operations.identify import find_agent
from tickets.operations.log import Entry, lock_ticket, record

# Both facts of "open": the replay lets the one that does not fit change nothing, so that
# the order in which deliveries arrive does not matter.
_KINDS: dict[str, tuple[EventKind, ...]] = {
    Status.OPEN: (EventKind.WAITING_ENDED, EventKind.REOPENED),
    Status.WAITING: (EventKind.WAITING_STARTED,),
    Status.SOLVED: (EventKind.SOLVED,),
}


def apply_status(*, incoming: IncomingStatus, delivery: Delivery, now: datetime) -> Applied:
    """Records what the status means for the clocks. Raises TooEarly when the ticket is unknown."""
    ticket = ticket_of(incoming.thread, delivery)
    at = time_of(incoming, delivery, starts=incoming.status == Status.OPEN)
    details = {"time": at.rule}
    if incoming.status == Status.WAITING:
        details["cause"] = incoming.cause
    entries = [
        Entry(
            kind=kind,
            at=at.at,
            key=f"{kind}:{delivery.pk}:{incoming.key}"[:100],
            actor=find_agent(incoming.author.email),
            delivery=delivery,
            details=details,
        )
        for kind in _KINDS[incoming.status]
    ]
    record(ticket, entries, now=now)
    return Applied(outcome=Outcome.APPENDED, ticket=ticket)


def ticket_of(thread: str, delivery: Delivery) -> Ticket:
    """The ticket of this source's thread, locked. Raises TooEarly when it is unknown."""
    pk = (
        Ticket.objects.filter(source=delivery.source, thread=thread)
        .values_list("pk", flat=True)
        .first()
    )
    if pk is None or not thread:
        raise TooEarly(f"no ticket with the id {thread!r} has come from this source")
    return lock_ticket(pk)


def time_of(
    incoming: IncomingStatus | IncomingSeverity | UnknownPriority,
    delivery: Delivery,
    *,
    starts: bool,
) -> EventTime:
    """The instant that counts for a change: what takes a promise back is not believed for long."""
    if starts:
        return start_time(occurred_at=incoming.occurred_at, arrived_at=delivery.received_at)
    return stop_time(
        occurred_at=incoming.occurred_at,
        arrived_at=delivery.received_at,
        tolerance=timedelta(seconds=delivery.source.stop_tolerance_seconds),
    )
