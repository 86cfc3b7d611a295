"""Compares what a shadow run has read with our clocks, and keeps why they differ."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from sla.domain.clocks.clock import ClockState
from sla.domain.clocks.target import Metric
from sla.domain.terms.records import PlanTerms
from sla.domain.time.business_hours import BusinessHours, compile_hours
from sla.domain.tools.shadow import compare
from sla.domain.tools.shadow_records import Comparison, Ours, Theirs
from sla.models import Basis, Clock, ShadowFigure, ShadowRun
from sla.queries.terms.calendars import current_calendars, hours_of
from sla.queries.terms.terms import terms_of
from sla.queries.tools.shadow import figures_to_compare
from sla.queries.tools.shadow_schedules import schedules_of
from tickets.domain.instants import format_instant
from tickets.models import Ticket
from tickets.queries import logs_of

# Of one turn; the rest follows with the next.
MOST: Final = 500


def compare_run(*, run_id: int, now: datetime) -> int:
    """Compares what is new on either side; how many tickets."""
    run = ShadowRun.objects.filter(pk=run_id).first()
    if run is None:
        return 0
    figures = figures_to_compare(run, most=MOST)
    _find_tickets(run, figures)
    ids = [each.ticket_id for each in figures if each.ticket_id]
    clocks, logs = _clocks(ids), logs_of(ids)
    calendars = [hours_of(sha) for sha in sorted(set(current_calendars().values()))]
    schedules = [compile_hours(spec) for _name, spec in schedules_of(run)]
    for figure in figures:
        clock = clocks.get(figure.ticket_id or 0)
        found = compare(
            _theirs(figure, schedules),
            _ours(clock) if clock else None,
            logs.get(figure.ticket_id or 0, ()),
            _others(calendars, clock),
        )
        figure.verdict = found.verdict
        figure.is_unexplained = not found.is_explained
        figure.differences = _as_json(found)
        figure.compared_at = now
    ShadowFigure.objects.bulk_update(
        figures, ["ticket", "verdict", "is_unexplained", "differences", "compared_at"]
    )
    return len(figures)


def _find_tickets(run: ShadowRun, figures: Sequence[ShadowFigure]) -> None:
    """A ticket may reach us after its figure has."""
    missing = [each.thread for each in figures if each.ticket_id is None]
    if not missing:
        return
    rows = Ticket.objects.filter(source=run.source_id, thread__in=missing).order_by()
    known = dict(rows.values_list("thread", "pk"))
    for each in figures:
        each.ticket_id = each.ticket_id or known.get(each.thread)


def _clocks(ticket_ids: Sequence[int]) -> Mapping[int, Clock]:
    rows = Clock.objects.filter(
        ticket__in=ticket_ids, basis=Basis.CONTRACT, metric=Metric.FIRST_RESPONSE, void=False
    )
    return {row.ticket_id: row for row in rows.defer("pins").order_by("started_at", "pk")}


def _theirs(figure: ShadowFigure, schedules: Sequence[BusinessHours]) -> Theirs:
    return Theirs(
        read_at=figure.read_at,
        started_at=figure.started_at,
        due_at=figure.due_at,
        answered_at=figure.answered_at,
        missed=figure.missed,
        target_us=figure.target_us,
        in_business_hours=figure.in_business_hours,
        has_target=figure.has_target,
        is_gone=figure.is_gone,
        schedules=schedules,
    )


def _ours(clock: Clock) -> Ours:
    hours = hours_of(clock.calendar_version_id)
    plan = _plan(clock.terms_version, clock.plan_code)
    return Ours(
        started_at=clock.started_at,
        due_at=clock.due_at,
        answered_at=clock.stopped_at,
        allowance_us=clock.allowance_us,
        hours=hours,
        severity=clock.severity,
        allowances={target.severity.value: target.allowance_us for target in plan.first_response},
        is_cancelled=clock.state == ClockState.CANCELLED and clock.breached_at is None,
    )


@lru_cache(maxsize=64)
def _plan(version: str, code: str) -> PlanTerms:
    # A published version never changes.
    return terms_of(version).plan(code)


def _others(calendars: Sequence[BusinessHours], clock: Clock | None) -> Sequence[BusinessHours]:
    if clock is None:
        return ()
    own = hours_of(clock.calendar_version_id)
    return [each for each in calendars if each.spec != own.spec]


def _as_json(found: Comparison) -> list[dict[str, Any]]:
    return [
        {
            "what": each.what.value,
            "theirs": _plain(each.theirs),
            "ours": _plain(each.ours),
            "causes": [cause.value for cause in each.causes],
        }
        for each in found.differences
    ]


def _plain(value: datetime | str | None) -> str | None:
    return format_instant(value) if isinstance(value, datetime) else value
