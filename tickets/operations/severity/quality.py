"""How well severities were judged lately: by week against what people said, and by the audit."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q

from tickets.domain.severity_score import Interval, estimated_recall
from tickets.domain.words import Severity, Status
from tickets.models import SeverityAudit, Ticket
from tickets.operations.severity.audit import Verdicted, midnight, monday_of, verdicts_on

WEEKS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekScore:
    """The verdicts on the tickets opened in one week; `week_from` is its Monday."""

    week_from: date
    judged: int
    confirmed: int
    corrected: int
    missed_s1: int
    false_s1: int

    @property
    def right(self) -> float | None:
        """The share that was right of those that a person has judged."""
        known = self.confirmed + self.corrected
        return self.confirmed / known if known else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditScore:
    """What the audits of some weeks say together; the weeks without an answer are left out."""

    drawn: int
    answered: int
    said_s1: int
    weeks: int
    recall: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """All that the page shows but the models."""

    weeks: Sequence[WeekScore]
    total: WeekScore
    audit: AuditScore

    @property
    def false_s1_per_1000(self) -> float | None:
        """Of all judged tickets; those that nobody looked at count as right."""
        return 1000 * self.total.false_s1 / self.total.judged if self.total.judged else None


def severity_quality(*, now: datetime) -> Quality:
    """The last twelve weeks, this one included; newest first."""
    first = monday_of(now) - timedelta(days=7 * (WEEKS - 1))
    weeks = [
        _score(week, judged) for week, judged in sorted(_by_week(first, now).items(), reverse=True)
    ]
    return Quality(weeks=weeks, total=_sum(first, weeks), audit=_audit(first))


def _by_week(first: date, now: datetime) -> dict[date, list[Verdicted]]:
    tickets = Ticket.objects.filter(opened_at__gte=midnight(first), opened_at__lte=now).exclude(
        status=Status.SPAM
    )
    opened = {pk: monday_of(at) for pk, at in tickets.values_list("pk", "opened_at")}
    weeks: dict[date, list[Verdicted]] = defaultdict(list)
    for each in verdicts_on(tickets):
        # One that came between the two reads counts next time.
        if each.ticket_id in opened:
            weeks[opened[each.ticket_id]].append(each)
    return weeks


def _score(week: date, judged: Sequence[Verdicted]) -> WeekScore:
    wrong = [each for each in judged if each.truth is not each.verdict]
    return WeekScore(
        week_from=week,
        judged=len(judged),
        confirmed=sum(each.is_known for each in judged) - len(wrong),
        corrected=len(wrong),
        missed_s1=sum(each.truth is Severity.S1 for each in wrong),
        false_s1=sum(each.verdict is Severity.S1 for each in wrong),
    )


def _sum(first: date, weeks: Sequence[WeekScore]) -> WeekScore:
    return WeekScore(
        week_from=first,
        judged=sum(week.judged for week in weeks),
        confirmed=sum(week.confirmed for week in weeks),
        corrected=sum(week.corrected for week in weeks),
        missed_s1=sum(week.missed_s1 for week in weeks),
        false_s1=sum(week.false_s1 for week in weeks),
    )


def _audit(first: date) -> AuditScore:
    audits = SeverityAudit.objects.filter(week_from__gte=first).annotate(
        drawn=Count("tickets"),
        answered=Count("tickets__answer"),
        said_s1=Count("tickets__answer", filter=Q(tickets__answer__severity=Severity.S1)),
    )
    rows = list(audits)
    read = [row for row in rows if row.answered]
    return AuditScore(
        drawn=sum(row.drawn for row in rows),
        answered=sum(row.answered for row in rows),
        said_s1=sum(row.said_s1 for row in rows),
        weeks=len(read),
        recall=estimated_recall(
            found=sum(row.found for row in read),
            known_missed=sum(row.missed for row in read),
            unseen=sum(row.unseen for row in read),
            missed_in_sample=sum(row.said_s1 for row in read),
            sample=sum(row.answered for row in read),
        ),
    )
