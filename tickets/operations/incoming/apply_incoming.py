"""From a normalised record to a ticket: which rule takes which kind of record."""

from datetime import datetime

from tickets.domain.incoming import (
    Ignored,
    Incoming,
    IncomingAssignee,
    IncomingMessage,
    IncomingSeverity,
    IncomingStatus,
    UnknownPriority,
)
from tickets.domain.words import MailKind
from tickets.models import Delivery, Outcome
from tickets.operations.incoming.applied import Applied
from tickets.operations.incoming.apply_assignee import apply_assignee
from tickets.operations.incoming.apply_bounce import apply_bounce
from tickets.operations.incoming.apply_message import apply_message
from tickets.operations.incoming.apply_priority import apply_priority
from tickets.operations.incoming.apply_status import apply_status
from tickets.operations.incoming.batch import Batch
from tickets.operations.incoming.look_up import look_up


def apply_incoming(*, incoming: Incoming, delivery: Delivery, now: datetime) -> Applied:
    """Applies one record, and stores it, inside the caller's transaction."""
    match incoming:
        case IncomingMessage(kind=MailKind.BOUNCE):
            return apply_bounce(incoming=incoming, delivery=delivery, now=now)
        case IncomingMessage():
            return _apply_alone(incoming, delivery, now)
        case IncomingStatus():
            return apply_status(incoming=incoming, delivery=delivery, now=now)
        case IncomingSeverity() | UnknownPriority():
            return apply_priority(incoming=incoming, delivery=delivery, now=now)
        case IncomingAssignee():
            return apply_assignee(incoming=incoming, delivery=delivery, now=now)
        case Ignored():
            return Applied(outcome=Outcome.IGNORED, reason=incoming.reason)


def _apply_alone(incoming: IncomingMessage, delivery: Delivery, now: datetime) -> Applied:
    known, (arrival,) = look_up([(delivery, incoming)])
    batch = Batch(known, now=now, alone=True)
    applied = apply_message(arrival, batch)
    batch.write()
    return applied
