"""What is due next, for the desk: conditions, the order, and the clock that decides a row.

A ticket is sorted by its running promise that is due first; without one, by its next internal
objective. Internal objectives that are missed already stand at the end: they never hide a promise.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import OrderBy
from django.db.models.functions import Coalesce

from sla.domain.clocks.clock import ClockState
from sla.domain.time.business_hours import BusinessHours
from sla.domain.time.calendar_rules import ALWAYS
from sla.models import Basis, Clock
from sla.queries.terms.calendars import hours_of
from tickets.domain.instants import from_microseconds, to_microseconds
from tickets.domain.words import Status
from tickets.models import Ticket

UNFINISHED = (Status.OPEN, Status.WAITING)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLeft:
    """Microseconds of the clock's own time until the deadline, or since it when `is_late`.

    `wall_us` is the same in real time; `stands_until` is the next opening when nothing counts now.
    """

    own_us: int
    wall_us: int
    is_late: bool
    is_always_open: bool
    stands_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskCounts:
    """How many unfinished tickets need what; promises only, never internal objectives."""

    missed: int
    at_risk: int
    triage: int
    unassigned: int
    stale: int


def _running() -> QuerySet[Clock]:
    return Clock.objects.filter(
        ticket=OuterRef("pk"), state=ClockState.RUNNING, void=False
    ).order_by()


def is_missed(now: datetime) -> Q:
    """A promise of the ticket is past due and unanswered, whether or not a sweep has noticed."""
    return Q(Exists(_running().exclude(basis=Basis.OBJECTIVE).filter(due_at__lt=now)))


def is_at_risk(now: datetime) -> Q:
    """A promise of the ticket is past its warning step and not yet past due."""
    return Q(
        Exists(
            _running().exclude(basis=Basis.OBJECTIVE).filter(at_risk_at__lte=now, due_at__gte=now)
        )
    )


def is_due_between(after: datetime | None, before: datetime | None) -> Q:
    """A promise of the ticket runs and is due in [after, before); None is without a bound."""
    clocks = _running().exclude(basis=Basis.OBJECTIVE).filter(due_at__isnull=False)
    if after is not None:
        clocks = clocks.filter(due_at__gte=after)
    if before is not None:
        clocks = clocks.filter(due_at__lt=before)
    return Q(Exists(clocks))


def is_on_plan(plan: str) -> Q:
    """The ticket's first answer is promised by an agreement on this plan."""
    promised = Clock.objects.filter(
        ticket=OuterRef("pk"),
        basis=Basis.CONTRACT,
        void=False,
        agreement__isnull=False,
        plan_code=plan,
    )
    return Q(Exists(promised.order_by()))


def due_order(now: datetime) -> list[OrderBy]:
    """By what is due next; tickets on which nothing runs come last, the oldest first."""
    promise = _first(_running().exclude(basis=Basis.OBJECTIVE))
    coming = _first(_running().filter(basis=Basis.OBJECTIVE, due_at__gte=now))
    missed = _first(_running().filter(basis=Basis.OBJECTIVE, due_at__lt=now))
    pressing = Coalesce(promise, coming)
    only_missed = Case(
        When(Exists(_running().exclude(basis=Basis.OBJECTIVE)), then=Value(0)),
        When(Exists(_running().filter(basis=Basis.OBJECTIVE, due_at__gte=now)), then=Value(0)),
        default=Value(1),
        output_field=IntegerField(),
    )
    return [
        only_missed.asc(),
        Coalesce(pressing, missed).asc(nulls_last=True),
        F("opened_at").asc(),
    ]


def _first(clocks: QuerySet[Clock]) -> Subquery:
    return Subquery(clocks.values("ticket").annotate(first=Min("due_at")).values("first"))


def clocks_of(ticket_ids: Collection[int]) -> Mapping[int, list[Clock]]:
    """The clocks of some tickets that are not void, in one query."""
    found: dict[int, list[Clock]] = defaultdict(list)
    rows = (
        Clock.objects.filter(ticket_id__in=ticket_ids, void=False)
        .select_related("calendar_version")
        .defer("pins", "calendar_version__definition")
        .order_by("started_at", "pk")
    )
    for clock in rows:
        found[clock.ticket_id].append(clock)
    return found


def next_clock(clocks: Sequence[Clock], now: datetime) -> Clock | None:
    """The clock that decides where a ticket stands in the desk's order."""
    running = [
        (_rank(clock, now), clock.due_at, clock)
        for clock in clocks
        if clock.state == ClockState.RUNNING and clock.due_at is not None
    ]
    return min(running, key=lambda item: item[:2])[2] if running else None


def plan_of(clocks: Sequence[Clock]) -> str:
    """The code of the agreement's plan; nobody's ticket is measured by a plan, and has none."""
    promised = (clock for clock in clocks if clock.basis == Basis.CONTRACT and clock.agreement_id)
    return next((clock.plan_code for clock in promised), "")


def _rank(clock: Clock, now: datetime) -> int:
    if clock.basis != Basis.OBJECTIVE:
        return 0
    return 1 if clock.due_at is not None and clock.due_at >= now else 2


def time_left(clock: Clock, now: datetime) -> TimeLeft | None:
    """How long until a clock's deadline, in its own time; None without a deadline."""
    if clock.due_at is None:
        return None
    hours = hours_of(clock.calendar_version.sha256)
    return span_between(hours, now, clock.due_at)


def span_between(hours: BusinessHours, now: datetime, due_at: datetime) -> TimeLeft:
    """The time from `now` to `due_at`, or back when it has passed."""
    now_us, due_us = to_microseconds(now), to_microseconds(due_at)
    is_late = now_us > due_us
    begins, ends = (due_us, now_us) if is_late else (now_us, due_us)
    stands = None if hours.is_open_us(now_us) else from_microseconds(hours.add_us(now_us, 0))
    return TimeLeft(
        own_us=hours.between_us(begins, ends),
        wall_us=ends - begins,
        is_late=is_late,
        is_always_open=hours.spec.hours == ALWAYS,
        stands_until=stands,
    )


def desk_counts(tickets: QuerySet[Ticket], now: datetime) -> DeskCounts:
    """The counts over some tickets, in one query."""
    counts = (
        tickets.order_by()
        .filter(Q(status__in=UNFINISHED) | Q(clocks_stale_since__isnull=False))
        .aggregate(
            missed=Count("pk", filter=Q(status__in=UNFINISHED) & is_missed(now)),
            at_risk=Count("pk", filter=Q(status__in=UNFINISHED) & is_at_risk(now)),
            triage=Count("pk", filter=Q(status__in=UNFINISHED, needs_triage=True)),
            unassigned=Count("pk", filter=Q(status__in=UNFINISHED, assignee=None)),
            stale=Count("pk", filter=Q(clocks_stale_since__isnull=False)),
        )
    )
    return DeskCounts(**counts)
