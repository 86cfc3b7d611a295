"""Missed first-response targets of one plan per month: the contract alone, never objectives.

A clock belongs to the month of its `due_at` in the contract's zone; one that was cancelled without
being late has no deadline any more, stands in the month of its end, and leaves the ratio.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, CharField, Count, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, TruncMonth

from sla.domain.clocks.clock import ClockState
from sla.domain.clocks.target import Metric
from sla.models import Basis, Clock
from sla.queries.terms.calendars import hours_of
from tickets.domain.instants import to_microseconds
from tickets.domain.words import Severity

ZONE = ZoneInfo("Europe/Madrid")
PLAN = "enterprise"

MET = "met"
MISSED = "missed"
OPEN = "open"
CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month in the contract's zone."""

    year: int
    month: int

    @property
    def begins_at(self) -> datetime:
        """Its first instant."""
        return datetime(self.year, self.month, 1, tzinfo=ZONE)

    @property
    def ends_at(self) -> datetime:
        """The first instant of the next one."""
        return self.next.begins_at

    @property
    def next(self) -> "Month":
        """The month after it."""
        return Month(self.year + self.month // 12, self.month % 12 + 1)

    @property
    def before(self) -> "Month":
        """The month before it."""
        return Month(self.year - (self.month == 1), 12 if self.month == 1 else self.month - 1)

    @property
    def code(self) -> str:
        """Such as 2026-12."""
        return f"{self.year:04d}-{self.month:02d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How the clocks of one row ended; the ratio is over those that are decided."""

    met: int = 0
    missed: int = 0
    open: int = 0
    cancelled: int = 0

    @property
    def ratio(self) -> float | None:
        """The share of decided targets that were met; None when none is decided."""
        decided = self.met + self.missed
        return self.met / decided if decided else None

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            met=self.met + other.met,
            missed=self.missed + other.missed,
            open=self.open + other.open,
            cancelled=self.cancelled + other.cancelled,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedRow:
    """One missed target; lateness in microseconds, of a clock that still runs up to now."""

    clock: Clock
    late_wall_us: int
    late_own_us: int
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedTargets:
    """The report of one month."""

    month: Month
    by_severity: Sequence[tuple[str, Tally]]
    total: Tally
    missed: Sequence[MissedRow]
    cancelled: Sequence[Clock]


def promised(clocks: QuerySet[Clock], plan: str = PLAN) -> QuerySet[Clock]:
    """The clocks that the report is about: first responses promised under one plan."""
    return clocks.filter(
        basis=Basis.CONTRACT, metric=Metric.FIRST_RESPONSE, plan_code=plan, void=False
    ).order_by()


def belongs_to(first: Month, last: Month) -> Q:
    """The clocks of some months: by their deadline, without one by their end."""
    due = Q(due_at__gte=first.begins_at, due_at__lt=last.ends_at)
    ended = Q(ended_at__gte=first.begins_at, ended_at__lt=last.ends_at)
    return due | (Q(due_at__isnull=True, state=ClockState.CANCELLED) & ended)


def outcome(now: datetime) -> Case:
    """How a clock ended, by its instants: late is late whether or not a sweep has noticed."""
    return Case(
        When(breached_at__isnull=False, then=Value(MISSED)),
        When(state=ClockState.CANCELLED, then=Value(CANCELLED)),
        When(met=True, then=Value(MET)),
        When(state=ClockState.RUNNING, due_at__lt=now, then=Value(MISSED)),
        default=Value(OPEN),
        output_field=CharField(),
    )


def of_month(
    clocks: QuerySet[Clock], month: Month, *, now: datetime, plan: str = PLAN
) -> QuerySet[Any]:
    """The clocks of one month with their `outcome`."""
    mine = promised(clocks, plan).filter(belongs_to(month, month))
    return mine.annotate(outcome=outcome(now))


def tallies_of(mine: QuerySet[Any]) -> list[tuple[str, Tally]]:
    """The tally of each severity, in one query."""
    counts: dict[str, dict[str, int]] = {severity.value: {} for severity in Severity}
    for severity, result, number in mine.values_list("severity", "outcome").annotate(
        number=Count("pk")
    ):
        counts[severity][result] = number
    return [(severity, Tally(**found)) for severity, found in counts.items()]


def total_of(tallies: Sequence[tuple[str, Tally]]) -> Tally:
    """All severities together."""
    return sum((tally for _, tally in tallies), Tally())


def missed_targets(
    clocks: QuerySet[Clock], month: Month, *, now: datetime, plan: str = PLAN
) -> MissedTargets:
    """The report over the clocks that a person may see, in four queries at most."""
    mine = of_month(clocks, month, now=now, plan=plan)
    tallies = tallies_of(mine)
    rows = mine.select_related("ticket__customer__csm", "calendar_version").defer(
        "pins", "calendar_version__definition"
    )
    missed = rows.filter(outcome=MISSED).order_by("due_at", "pk")
    return MissedTargets(
        month=month,
        by_severity=tallies,
        total=total_of(tallies),
        missed=[missed_row(clock, now) for clock in missed],
        cancelled=list(rows.filter(outcome=CANCELLED).order_by("ended_at", "pk")),
    )


def by_month(
    clocks: QuerySet[Clock], *, now: datetime, last: Month, months: int = 12, plan: str = PLAN
) -> list[tuple[Month, Tally]]:
    """The tallies of the months up to `last`, newest first, in one query."""
    wanted = [last]
    while len(wanted) < months:
        wanted.append(wanted[-1].before)
    counts: dict[Month, dict[str, int]] = {month: {} for month in wanted}
    rows = (
        promised(clocks, plan)
        .filter(belongs_to(wanted[-1], last))
        .annotate(outcome=outcome(now), belongs_at=Coalesce("due_at", "ended_at"))
        .annotate(month=TruncMonth("belongs_at", tzinfo=ZONE))
        .values_list("month", "outcome")
        .annotate(number=Count("pk"))
    )
    for begins, result, number in rows:
        counts[Month(begins.year, begins.month)][result] = number
    return [(month, Tally(**found)) for month, found in counts.items()]


def month_of(at: datetime) -> Month:
    """The month of an instant in the contract's zone."""
    local = at.astimezone(ZONE)
    return Month(local.year, local.month)


def missed_row(clock: Clock, now: datetime) -> MissedRow:
    """How late one is; its calendar version comes with it."""
    due_at = clock.due_at or now
    until = clock.ended_at or now
    hours = hours_of(clock.calendar_version.sha256)
    begins, ends = to_microseconds(due_at), max(to_microseconds(until), to_microseconds(due_at))
    return MissedRow(
        clock=clock,
        late_wall_us=ends - begins,
        late_own_us=hours.between_us(begins, ends),
        is_open=clock.ended_at is None,
    )
