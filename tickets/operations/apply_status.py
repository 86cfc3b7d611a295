"""The origin's tool changed a ticket's status or severity."""

from datetime import datetime, timedelta

from tickets.domain.event_time import EventTime, start_time, stop_time
from tickets.domain.incoming import IncomingSeverity, IncomingStatus
from tickets.domain.lifecycle import read_standing
from tickets.domain.words import AuthorKind, EventKind, Severity, Status
from tickets.models import Delivery, Outcome, Ticket
from tickets.operations.applied import Applied, TooEarly
from tickets.operations.identify import find_agent
from tickets.operations.log import Entry, lock_ticket, record
from tickets.operations.severity import severity_entry
from tickets.queries import log_of

# Both facts of "open": the replay lets the one that does not fit change nothing, so that
# the order in which deliveries arrive does not matter.
_KINDS: dict[str, tuple[EventKind, ...]] = {
    Status.OPEN: (EventKind.WAITING_ENDED, EventKind.REOPENED),
    Status.WAITING: (EventKind.WAITING_STARTED,),
    Status.SOLVED: (EventKind.SOLVED,),
}


def apply_status(*, incoming: IncomingStatus, delivery: Delivery, now: datetime) -> Applied:
    """Records what the status means for the clocks. Raises TooEarly when the ticket is unknown."""
    ticket = _ticket(incoming.thread, delivery)
    at = _time(incoming, delivery, starts=incoming.status == Status.OPEN)
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


def apply_severity(*, incoming: IncomingSeverity, delivery: Delivery, now: datetime) -> Applied:
    """Records a person's choice of severity made in the origin's tool."""
    ticket = _ticket(incoming.thread, delivery)
    if incoming.author.kind is AuthorKind.CUSTOMER:
        return Applied(
            outcome=Outcome.IGNORED,
            ticket=ticket,
            reason="a customer's own priority does not set the severity",
        )
    severity = Severity(incoming.severity)
    at = _time(incoming, delivery, starts=True)
    if severity.rank > _severity_at(ticket, at.at).rank:
        # A lowering takes a promise back: like an answer, it is not believed long afterwards,
        # or whoever holds the secret would lower a missed ticket before it was missed.
        at = _time(incoming, delivery, starts=False)
    entry = severity_entry(
        ticket=ticket,
        severity=severity,
        got_worse=False,
        actor=find_agent(incoming.author.email),
        at=at.at,
        key=f"severity:{delivery.pk}:{incoming.key}"[:100],
        delivery=delivery,
    )
    record(ticket, [entry], now=now)
    return Applied(outcome=Outcome.APPENDED, ticket=ticket)


def _ticket(thread: str, delivery: Delivery) -> Ticket:
    pk = (
        Ticket.objects.filter(source=delivery.source, thread=thread)
        .values_list("pk", flat=True)
        .first()
    )
    if pk is None or not thread:
        raise TooEarly(f"no ticket with the id {thread!r} has come from this source")
    return lock_ticket(pk)


def _severity_at(ticket: Ticket, at: datetime) -> Severity:
    facts = [fact for fact in log_of(ticket) if fact.at <= at]
    return read_standing(facts).severity if facts else Severity(ticket.severity)


def _time(
    incoming: IncomingStatus | IncomingSeverity, delivery: Delivery, *, starts: bool
) -> EventTime:
    if starts:
        return start_time(occurred_at=incoming.occurred_at, arrived_at=delivery.received_at)
    return stop_time(
        occurred_at=incoming.occurred_at,
        arrived_at=delivery.received_at,
        tolerance=timedelta(seconds=delivery.source.stop_tolerance_seconds),
    )
