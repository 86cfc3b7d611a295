"""Correcting a severity with one click: twice is once, and what it did to the promise is told."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from tickets.domain.promises import Promise, promise_of
from tickets.domain.words import Severity, SeverityBy
from tickets.operations.severity.change import change_severity
from tickets.operations.ticket.log import lock_ticket


class NotWorse(ValueError):
    """What got worse is more severe than before: to lower it, say that it was misjudged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """What was done; the promised first answer before and after, None when none is promised."""

    severity: Severity
    changed: bool
    before: Promise | None = None
    promise: Promise | None = None


@transaction.atomic
def correct_severity(
    *,
    ticket_id: int,
    severity: Severity,
    got_worse: bool,
    reason: str,
    user: User,
    now: datetime,
) -> Corrected:
    """Sets the severity, unless a person has set this very one already and there is no reason.

    Raises NotWorse, and what `change_severity` raises.
    """
    ticket = lock_ticket(ticket_id)
    present = Severity(ticket.severity)
    if present is severity and ticket.severity_origin == SeverityBy.PERSON and not reason.strip():
        return Corrected(severity=severity, changed=False)
    if got_worse and severity.rank > present.rank:
        raise NotWorse(str(NotWorse.__doc__))
    before = promise_of(ticket_id)
    change_severity(
        ticket_id=ticket_id,
        severity=severity,
        got_worse=got_worse,
        reason=reason,
        user=user,
        now=now,
    )
    return Corrected(severity=severity, changed=True, before=before, promise=promise_of(ticket_id))
