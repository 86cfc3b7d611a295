"""What a reading of clocks comes to in the tool: wanted there from now on, in its transaction."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from sla.domain.clocks.clock import ClockState
from sla.domain.clocks.target import Metric
from sla.domain.tools.display import TICKET_REST_SECONDS, Display
from sla.domain.tools.shown import ClockFacts, Shown, ShownState, shown_of, state_of
from sla.models import Basis, Clock, ToolUpdate, UpdateKind, UpdateState
from sla.queries.tools.displays import displays_at
from tickets.models import Ticket

logger = logging.getLogger(__name__)

TICKET_REST = timedelta(seconds=TICKET_REST_SECONDS)
_COLUMNS = ("wanted", "wanted_sha", "state", "attempts", "next_attempt_at", "made_at", "trouble")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The clocks of a locked ticket as they are stored now, and the instant that they know."""

    ticket: Ticket
    clocks: Sequence[Clock]
    as_of: datetime
    now: datetime


def queue_updates(seen: Sequence[Seen]) -> None:
    """Notes down what the tools are to show of these tickets, where that is another thing.

    The caller holds the tickets' locks. Without a tool among them it costs no statement. A fault
    in here never costs a deadline: the next look through all tickets makes it good.
    """
    if not seen:
        return
    try:
        displays = displays_at(seen[0].now)
        shown = [each for each in seen if each.ticket.source_id in displays and each.ticket.thread]
        if shown:
            with transaction.atomic():
                queue_for(shown, displays)
    except Exception:
        ids = [each.ticket.pk for each in seen]
        logger.exception("what tools are to show of the tickets %s is not noted down", ids)


def queue_for(seen: Sequence[Seen], displays: Mapping[UUID, Display]) -> None:
    """As `queue_updates`, for tickets of these displays alone; failures are the caller's."""
    # Locked against the worker that writes: its lease must not be lost.
    rows = ToolUpdate.objects.select_for_update(of=("self",)).filter(
        kind=UpdateKind.STATE, ticket__in=[each.ticket.pk for each in seen]
    )
    stored = {row.ticket_id: row for row in rows.order_by("pk")}
    new: list[ToolUpdate] = []
    changed: list[ToolUpdate] = []
    notes: list[ToolUpdate] = []
    for each in seen:
        shown = shown_of([facts_of(clock) for clock in each.clocks], each.as_of)
        row = stored.get(each.ticket.pk)
        if row is None:
            # What was never promised anything needs no line that says so.
            if shown.state is not ShownState.NONE or shown.objective_due_at is not None:
                new.append(_row(each, shown, UpdateKind.STATE))
        elif row.wanted_sha != shown.digest:
            _want(row, shown, each.now)
            changed.append(row)
        notes += _notes(each, displays[each.ticket.source_id])
    ToolUpdate.objects.bulk_create(new)
    ToolUpdate.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["id"], update_fields=_COLUMNS
    )
    if notes:
        # Said once for each clock, whoever comes to say it again.
        ToolUpdate.objects.bulk_create(notes, ignore_conflicts=True)


def facts_of(clock: Clock) -> ClockFacts:
    """What counts of a stored clock."""
    return ClockFacts(
        promised=clock.basis != Basis.OBJECTIVE,
        metric=Metric(clock.metric),
        state=ClockState(clock.state),
        started_at=clock.started_at,
        due_at=clock.due_at,
        at_risk_at=clock.at_risk_at,
        breached_at=clock.breached_at,
        severity=clock.severity,
        # Who is no known customer is measured by a plan, and has none.
        plan=clock.plan_code if clock.agreement_id else "",
    )


def _want(row: ToolUpdate, shown: Shown, now: datetime) -> None:
    """The newest content wins; a row on its way keeps its turn, or its lease."""
    row.wanted, row.wanted_sha, row.made_at = shown.to_json(), shown.digest, now
    if row.state in {UpdateState.WRITTEN, UpdateState.GIVEN_UP}:
        rested = row.written_at + TICKET_REST if row.written_at else now
        row.state, row.next_attempt_at = UpdateState.WAITING, max(now, rested)
        row.attempts, row.trouble = 0, ""


def _notes(each: Seen, display: Display) -> Iterator[ToolUpdate]:
    """A note for each promise that is late and unanswered, or else at risk."""
    for clock in each.clocks:
        facts = facts_of(clock)
        if not facts.promised or clock.state != ClockState.RUNNING:
            continue
        state = state_of(facts, each.as_of)
        if state is ShownState.MISSED and display.note_missed:
            kind, at = UpdateKind.MISSED, clock.due_at
        elif state is ShownState.AT_RISK and display.note_at_risk:
            kind, at = UpdateKind.AT_RISK, clock.at_risk_at
        else:
            continue
        if display.since is not None and at is not None and at >= display.since:
            yield _row(each, shown_of([facts], each.as_of), kind, clock)


def _row(each: Seen, shown: Shown, kind: UpdateKind, clock: Clock | None = None) -> ToolUpdate:
    return ToolUpdate(
        source_id=each.ticket.source_id,
        ticket=each.ticket,
        kind=kind,
        clock=clock,
        wanted=shown.to_json(),
        wanted_sha=shown.digest,
        made_at=each.now,
        next_attempt_at=each.now,
    )
