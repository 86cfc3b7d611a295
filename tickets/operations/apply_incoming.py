"""From a normalised record to a ticket: which rule takes which kind of record."""

from datetime import datetime

from tickets.domain.incoming import (
    Ignored,
    Incoming,
    IncomingMessage,
    IncomingSeverity,
    IncomingStatus,
)
from tickets.domain.words import MailKind
from tickets.models import Delivery, Outcome
from tickets.operations.applied import Applied
from tickets.operations.apply_bounce import apply_bounce
from tickets.operations.apply_message import apply_message
from tickets.operations.apply_status import apply_severity, apply_status


def apply_incoming(*, incoming: Incoming, delivery: Delivery, now: datetime) -> Applied:
    """Applies one record inside the caller's transaction."""
    match incoming:
        case IncomingMessage(kind=MailKind.BOUNCE):
            return apply_bounce(incoming=incoming, delivery=delivery, now=now)
        case IncomingMessage():
            return apply_message(incoming=incoming, delivery=delivery, now=now)
        case IncomingStatus():
            return apply_status(incoming=incoming, delivery=delivery, now=now)
        case IncomingSeverity():
            return apply_severity(incoming=incoming, delivery=delivery, now=now)
        case Ignored():
            return Applied(outcome=Outcome.IGNORED, reason=incoming.reason)
