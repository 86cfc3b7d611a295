"""The origin's tool changed a ticket's status."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from tickets.domain.event_time import EventTime, confirmed_time, start_time, stop_time
from tickets.domain.incoming import (
    IncomingAssignee,
    IncomingSeverity,
    IncomingStatus,
    UnknownPriority,
)
from tickets.domain.lifecycle import read_standing
from tickets.domain.words import EventKind, Status
from tickets.models import Delivery, Outcome, Ticket
from tickets.operations.incoming.applied import Applied, TooEarly
from tickets.operations.incoming.confirm_time import IN_TIME, confirm_change
from tickets.operations.incoming.identify import find_agent
from tickets.operations.incoming.told_before import STATUS_KINDS, Told, same_status, told_of
from tickets.operations.ticket.log import Entry, lock_ticket, record
from tickets.queries import log_of

KNOWN = "the tool told of this change before"
NOTHING_TO_CONFIRM = "there is nothing to confirm"
Change = IncomingStatus | IncomingSeverity | UnknownPriority | IncomingAssignee


def apply_status(*, incoming: IncomingStatus, delivery: Delivery, now: datetime) -> Applied:
    """Records what the status means for the clocks. Raises TooEarly when the ticket is unknown."""
    ticket = ticket_of(incoming.thread, delivery)
    known = same_status(told_of(ticket), incoming, by_api=delivery.is_confirmed)
    if known is not None and (delivery.is_confirmed or known.is_sure):
        return already_told(known, incoming, ticket, delivery, now)
    if incoming.only_confirms:
        return Applied(outcome=Outcome.IGNORED, ticket=ticket, reason=NOTHING_TO_CONFIRM)
    at = time_of(incoming, delivery, starts=incoming.status == Status.OPEN)
    if at.stated is not None and _stood_so(ticket, incoming, at.stated):
        # Told late, and again: dated by its arrival it would undo what came in between.
        return Applied(outcome=Outcome.DUPLICATE, ticket=ticket, reason=KNOWN)
    details = at.details()
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
        # Both facts of "open": the replay lets the one that does not fit change nothing, so that
        # the order in which deliveries arrive does not matter.
        for kind in STATUS_KINDS[incoming.status]
    ]
    record(ticket, entries, now=now)
    return Applied(outcome=Outcome.APPENDED, ticket=ticket)


def _stood_so(ticket: Ticket, incoming: IncomingStatus, at: datetime) -> bool:
    """Whether the log says that the ticket had this status at that instant."""
    facts = [fact for fact in log_of(ticket) if fact.at <= at]
    if not any(fact.kind is EventKind.OPENED for fact in facts):
        return False
    standing = read_standing(facts)
    return (standing.status, standing.wait_cause) == (incoming.status, incoming.cause)


def already_told(
    known: Told,
    incoming: Change,
    ticket: Ticket,
    delivery: Delivery,
    now: datetime,
    *,
    anew: Mapping[str, Any] | None = None,
) -> Applied:
    """A change that is in the log: the tool's own word on when it was counts, and nothing else.

    `anew`: what the fact says when it is judged by that time.
    """
    if delivery.is_confirmed:
        at = time_of(incoming, delivery, starts=True).at
        moved = confirm_change(
            ticket=ticket, fact=known, delivery=delivery, at=at, now=now, anew=anew
        )
        if moved:
            return Applied(outcome=Outcome.APPENDED, ticket=ticket, reason=IN_TIME)
    return Applied(outcome=Outcome.DUPLICATE, ticket=ticket, reason=KNOWN)


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
    incoming: Change,
    delivery: Delivery,
    *,
    starts: bool,
) -> EventTime:
    """The instant that counts for a change: what takes a promise back is not believed for long."""
    if delivery.is_confirmed:
        return confirmed_time(occurred_at=incoming.occurred_at, arrived_at=delivery.received_at)
    if starts:
        return start_time(occurred_at=incoming.occurred_at, arrived_at=delivery.received_at)
    return stop_time(
        occurred_at=incoming.occurred_at,
        arrived_at=delivery.received_at,
        tolerance=timedelta(seconds=delivery.source.stop_tolerance_seconds),
    )
