"""What a person says of the verdict on a ticket, kept for learning; the caller holds the lock."""

from datetime import datetime

from django.contrib.auth.models import User

from tickets.domain.severity_evidence import CorrectionMode
from tickets.domain.severity_log import SeverityReading, decided_by, read_severity
from tickets.domain.words import Severity, SeverityBy
from tickets.models import Message, SeverityCorrection, SeverityOrigin, Ticket
from tickets.operations.ticket.open_ticket import OPENED_BY_US
from tickets.queries import log_of, opening_message, says_mended, told_at, verdict_behind


def note_correction(
    *,
    ticket: Ticket,
    before: Severity,
    after: Severity,
    got_worse: bool,
    reason: Message | None,
    user: User,
    now: datetime,
) -> None:
    """Keeps that a person changed a severity; nothing where no verdict had been given."""
    mode = CorrectionMode.CONFIRMED if before is after else CorrectionMode.MISJUDGED
    if got_worse:
        mode = CorrectionMode.GOT_WORSE
    elif after.rank > before.rank and _is_over(ticket):
        mode = CorrectionMode.IS_OVER
    _store(ticket, mode, before=before, after=after, reason=reason, user=user, now=now)


def _is_over(ticket: Ticket) -> bool:
    """Whether a lowering takes back what had become true since, not what the verdict said.

    A person or the source had raised it, or a later message says that it works again.
    """
    changes = read_severity(log_of(ticket)).changes[:-1]
    if changes:
        last = changes[-1]
        got_worse = last.details.get("mode") == "got_worse"
        if decided_by(last) is SeverityBy.SOURCE:
            return True
        if decided_by(last) is SeverityBy.PERSON and got_worse:
            return True
    triages = list(ticket.triages.select_related("message"))
    behind = verdict_behind(triages, SeverityReading(changes=changes))
    if behind is None:
        return False
    return any(says_mended(each) for each in triages if told_at(each) > told_at(behind))


def note_confirmation(*, ticket: Ticket, user: User, now: datetime) -> None:
    """Keeps that a person let the verdict stand, once per ticket; a corrected one says enough."""
    if (
        ticket.severity_origin != SeverityOrigin.RULES
        or SeverityCorrection.objects.filter(ticket=ticket).exists()
    ):
        return
    severity = Severity(ticket.severity)
    _store(
        ticket,
        CorrectionMode.CONFIRMED,
        before=severity,
        after=severity,
        reason=None,
        user=user,
        now=now,
    )


def _store(
    ticket: Ticket,
    mode: CorrectionMode,
    *,
    before: Severity,
    after: Severity,
    reason: Message | None,
    user: User,
    now: datetime,
) -> None:
    triages = list(ticket.triages.select_related("message"))
    verdict = verdict_behind(triages, read_severity(log_of(ticket)))
    if verdict is None or verdict.version == OPENED_BY_US:
        return
    SeverityCorrection.objects.create(
        ticket=ticket,
        message=verdict.message or opening_message(ticket.pk),
        verdict=verdict.severity,
        from_severity=before,
        to_severity=after,
        mode=mode,
        by=user,
        reason=reason,
        model_version=verdict.version,
        at=now,
    )
