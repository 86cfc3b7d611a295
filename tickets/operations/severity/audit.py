"""The weekly random audit: draws tickets that nobody took for S1, and takes a person's word."""

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from tickets.domain.severity_evidence import CHANGED_LATER
from tickets.domain.severity_log import SeverityReading
from tickets.domain.words import AuthorKind, EventKind, Severity, Status
from tickets.models import (
    SeverityAudit,
    SeverityAuditAnswer,
    SeverityAuditTicket,
    SeverityCorrection,
    Ticket,
    TicketEvent,
    Triage,
)
from tickets.models.advisory import hold_until_commit
from tickets.operations.ticket.open_ticket import OPENED_BY_US
from tickets.queries import verdict_behind

SAMPLE = 50
_DRAWING = "tickets.draw_severity_audit"


class AnsweredAlready(ValueError):
    """Somebody has answered this one already: the first answer stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicted:
    """A ticket with the verdict on it and, where a person said something, what is right."""

    ticket_id: int
    verdict: Severity
    truth: Severity
    is_known: bool
    version: str


@transaction.atomic
def draw_audit(*, now: datetime, seed: int) -> SeverityAudit | None:
    """Draws the audit of the last whole week (local time), once; None when that was done.

    Whoever takes the same tickets in the order of their ids and the same seed draws the same.
    """
    monday = monday_of(now) - timedelta(days=7)
    hold_until_commit(_DRAWING)
    if SeverityAudit.objects.filter(week_from=monday).exists():
        return None
    judged = judged_tickets(week_from=monday)
    unseen = [each for each in judged if each.truth is not Severity.S1]
    critical = [each for each in judged if each.truth is Severity.S1]
    found = sum(each.verdict is Severity.S1 for each in critical)
    audit = SeverityAudit.objects.create(
        week_from=monday,
        seed=seed,
        unseen=len(unseen),
        found=found,
        missed=len(critical) - found,
        drawn_at=now,
    )
    drawn = random.Random(seed).sample(unseen, min(SAMPLE, len(unseen)))  # noqa: S311
    SeverityAuditTicket.objects.bulk_create(
        SeverityAuditTicket(
            audit=audit,
            position=position,
            ticket_id=each.ticket_id,
            verdict=each.verdict,
            model_version=each.version,
        )
        for position, each in enumerate(drawn, start=1)
    )
    return audit


@transaction.atomic
def answer_audit(
    *, drawn: SeverityAuditTicket, severity: Severity, user: User, now: datetime
) -> SeverityAuditAnswer:
    """Keeps what a person reads in the first message. Raises AnsweredAlready."""
    answer, is_new = SeverityAuditAnswer.objects.get_or_create(
        drawn=drawn, defaults={"severity": severity, "by": user, "at": now}
    )
    if not is_new:
        raise AnsweredAlready(str(AnsweredAlready.__doc__))
    return answer


def open_questions() -> QuerySet[SeverityAuditTicket]:
    """The drawn tickets without an answer, newest week first; erased ones cannot be judged."""
    return (
        SeverityAuditTicket.objects.filter(_has_text("ticket"), answer__isnull=True)
        .select_related("audit", "ticket")
        .order_by("-audit__week_from", "position")
    )


def monday_of(at: datetime) -> date:
    """The Monday of the week of an instant, in the time zone of the service."""
    day = timezone.localtime(at, timezone.get_default_timezone()).date()
    return day - timedelta(days=day.weekday())


def midnight(day: date) -> datetime:
    """The instant at which a day begins, in the time zone of the service."""
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_default_timezone())


def judged_tickets(*, week_from: date) -> list[Verdicted]:
    """The customers' tickets of a week with a verdict, by id; without spam and erased ones."""
    tickets = (
        Ticket.objects.filter(
            _has_text(""),
            opened_at__gte=midnight(week_from),
            opened_at__lt=midnight(week_from + timedelta(days=7)),
        )
        .exclude(status=Status.SPAM)
        .order_by()
    )
    return verdicts_on(tickets)


def verdicts_on(tickets: QuerySet[Ticket]) -> list[Verdicted]:
    """The verdict that opened each ticket, by id; what is right as far as is known.

    What later messages raised, and what people say of those, are other verdicts.
    """
    ticket_ids = tickets.order_by().values("pk")
    rows = Triage.objects.filter(ticket_id__in=ticket_ids).select_related("message")
    triages: dict[int, list[Triage]] = defaultdict(list)
    for row in rows.order_by("-at", "-pk"):
        triages[row.ticket_id].append(row)
    first = {pk: verdict_behind(mine, SeverityReading()) for pk, mine in triages.items()}
    said: dict[tuple[int, int | None], Severity] = {
        (ticket_id, message_id): Severity(severity)
        for ticket_id, message_id, severity in SeverityCorrection.objects.filter(
            ticket_id__in=ticket_ids
        )
        .exclude(mode__in=CHANGED_LATER)
        .order_by("at", "pk")
        .values_list("ticket_id", "message_id", "to_severity")
    }
    opened = dict(
        TicketEvent.objects.filter(ticket_id__in=ticket_ids, kind=EventKind.OPENED)
        .order_by("-at", "-pk")
        .values_list("ticket_id", "message_id")
    )
    found = []
    for ticket_id, triage in sorted(first.items()):
        if triage is None or triage.version == OPENED_BY_US:
            continue
        known = said.get((ticket_id, triage.message_id or opened.get(ticket_id)))
        verdict = Severity(triage.severity)
        found.append(
            Verdicted(
                ticket_id=ticket_id,
                verdict=verdict,
                truth=known or verdict,
                is_known=known is not None,
                version=triage.version,
            )
        )
    return found


def _has_text(path: str) -> Exists:
    """Whether the opening message of a ticket is a customer's and can still be read."""
    return Exists(
        TicketEvent.objects.filter(
            ticket=OuterRef(f"{path}_id" if path else "pk"),
            kind=EventKind.OPENED,
            message__erased_at__isnull=True,
            message__author_kind=AuthorKind.CUSTOMER,
        )
    )
