"""What a person says of the verdict on a ticket, kept for learning; the caller holds the lock."""

from datetime import datetime

from django.contrib.auth.models import User

from tickets.domain.severity_evidence import CorrectionMode
from tickets.domain.severity_log import read_severity
from tickets.domain.words import Severity
from tickets.models import Message, SeverityCorrection, SeverityOrigin, Ticket
from tickets.operations.open_ticket import OPENED_BY_US
from tickets.queries import log_of, opening_message, verdict_behind


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
    _store(ticket, mode, before=before, after=after, reason=reason, user=user, now=now)


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
