"""Storing what the clocks of a ticket say: rows, and a ledger entry for every change."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sla.domain.clocks.clock import ClockState
from sla.domain.clocks.ledger import Change, EntryKind, Snapshot, changes_between
from sla.domain.escalation.run import deciding_target
from sla.domain.escalation.steps import StepPlan
from sla.models import Clock, ClockEntry
from sla.operations.clocks.writes import Writes
from sla.operations.escalation.escalate import Passed
from sla.operations.escalation.plans import Plans, load_plans
from sla.operations.hooks.announce import news_of
from sla.operations.tools.show_in_tools import Seen
from sla.queries.clocks.commitments import Commitment, commitments_of
from sla.queries.clocks.readings import (
    RunReading,
    key_of,
    pinned_commitments,
    pins_json,
    read_commitments,
    snapshot_of,
    until_of,
)
from sla.queries.terms.calendars import hours_of
from sla.queries.terms.contracts import load_contracts
from tickets.domain.facts import Fact
from tickets.domain.instants import from_microseconds, to_microseconds
from tickets.models import Ticket
from tickets.queries import log_of
from tickets.signals import Grown

_MICROSECOND = timedelta(microseconds=1)
_EVER = datetime.min.replace(tzinfo=UTC)


def read_clocks(*, ticket: Ticket, now: datetime) -> None:
    """Reads all clocks of a ticket anew and stores them; the caller holds the ticket's lock."""
    # Nobody said what is new: any part of the log may be.
    read_clocks_of([Grown(ticket=ticket, facts=log_of(ticket), since=_EVER)], now=now)


def read_clocks_alone(*, ticket: Ticket, now: datetime) -> None:
    """As `read_clocks`, but no step fires, and a ticket that is marked stale stays so.

    For when firing fails: a fault of an escalation must not cost a deadline or the fact that it
    was missed. The steps stay unrecorded, and the next whole reading fires them.
    """
    _read([Grown(ticket=ticket, facts=log_of(ticket), since=_EVER)], now=now, without_steps=True)


def read_clocks_of(grown: Sequence[Grown], *, now: datetime) -> None:
    """Reads all clocks of some locked tickets anew, in a fixed number of statements."""
    _read(grown, now=now)
    for each in grown:
        if each.ticket.clocks_stale_since is not None:
            each.ticket.clocks_stale_since = each.ticket.clocks_retry_at = None
            each.ticket.save(update_fields=["clocks_stale_since", "clocks_retry_at"])


def _read(grown: Sequence[Grown], *, now: datetime, without_steps: bool = False) -> None:
    contracts = load_contracts({each.ticket.customer_id for each in grown})
    stored = _stored_clocks([each.ticket.pk for each in grown if not each.is_new])
    plans = load_plans([clock.pk for clocks in stored.values() for clock in clocks])
    if without_steps:
        plans = replace(plans, without_steps=True)
    told = plans.subscribers
    writes = Writes(now=now, subscribers=told, news=news_of(grown, told) if told else ())
    for each in grown:
        ticket, clocks = each.ticket, stored.get(each.ticket.pk, [])
        stage_reading(
            ticket=ticket,
            facts=each.facts,
            clocks=clocks,
            commitments=_with_kept_pins(commitments_of(ticket, each.facts, contracts), clocks),
            now=now,
            writes=writes,
            plans=plans,
            since=each.since if ticket.clocks_stale_since is None else _EVER,
        )
    writes.save()


def _stored_clocks(ticket_ids: Sequence[int]) -> dict[int, list[Clock]]:
    found: dict[int, list[Clock]] = defaultdict(list)
    if ticket_ids:
        for clock in Clock.objects.filter(ticket_id__in=ticket_ids).order_by():
            found[clock.ticket_id].append(clock)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When a reading is made: `as_of` is what it knows, `now` when it is written down (UTC)."""

    as_of: datetime
    now: datetime
    since: datetime | None
    facts: Sequence[Fact]
    plans: Plans

    def plan(self, run: RunReading, clock_id: int | None) -> StepPlan:
        """What the run has passed that is not recorded."""
        return self.plans.plan(run, self.facts, to_microseconds(self.as_of), clock_id)


def stage_reading(
    *,
    ticket: Ticket,
    facts: Sequence[Fact],
    clocks: Sequence[Clock],
    commitments: Sequence[Commitment],
    now: datetime,
    writes: Writes,
    plans: Plans,
    since: datetime | None = None,
) -> None:
    """Reads, compares with what is stored, and stages the difference; touches no database row.

    `since`: from when on the log says something new; None where only time has passed (a sweep).
    """
    # Never back in time: a fact may be dated by a host whose clock is ahead of the database's,
    # and an operation may have waited for the sweep that has read the clocks meanwhile.
    known = (*(fact.at for fact in facts), *(clock.read_at for clock in clocks))
    as_of = max(now, *known) if known else now
    moment = Moment(as_of=as_of, now=now, since=since, facts=facts, plans=plans)
    runs = read_commitments(commitments, facts, as_of)
    stored = {key_of(clock): clock for clock in clocks}
    until = until_of(commitments)
    news, changes = len(writes.new), len(writes.changed)
    for key, run in runs.items():
        pins = pins_json(run, until)
        clock = stored.get(key)
        if clock is None:
            _stage_new(ticket, run, pins, moment, writes)
        else:
            _stage_change(clock, run, pins, moment, writes)
    for key, clock in stored.items():
        if key not in runs and not clock.void:
            _void(clock, moment, writes)
    made = writes.new[news:]
    if made or len(writes.changed) > changes:
        standing = [clock for clock in (*clocks, *made) if not clock.void]
        writes.seen.append(Seen(ticket=ticket, clocks=standing, as_of=as_of, now=now))


def _stage_new(
    ticket: Ticket, run: RunReading, pins: dict[str, object], moment: Moment, writes: Writes
) -> None:
    clock = Clock(ticket=ticket, metric=run.metric, basis=run.basis, run_key=run.run_key)
    _fill(clock, run, moment, pins=pins, plan=moment.plan(run, None), writes=writes)
    writes.new.append(clock)
    changes = changes_between(None, run.snapshot, read_before=None, as_of=moment.as_of)
    writes.entries += _entries(clock, changes, None, run.snapshot, moment)


def _stage_change(
    clock: Clock, run: RunReading, pins: dict[str, object], moment: Moment, writes: Writes
) -> None:
    before = snapshot_of(clock)
    changes = changes_between(before, run.snapshot, read_before=clock.read_at, as_of=moment.as_of)
    if clock.pins.get("start") != pins["start"]:
        changes = [Change(kind=EntryKind.REPINNED, at=moment.as_of), *changes]
    # What is new about the time before the last reading makes that reading another one, even
    # where both say the same today.
    late = moment.since is not None and moment.since <= clock.read_at
    same = before == run.snapshot and clock.pins == pins and not changes and not late
    if same and run.snapshot.ended_at is not None:
        return
    plan = moment.plan(run, clock.pk)
    if (
        same
        and not plan.passed
        and clock.policies_read == moment.plans.newest
        and clock.next_check_at == _next_check(run, moment.as_of, plan)
    ):
        return
    _fill(clock, run, moment, pins=pins, plan=plan, writes=writes)
    writes.changed.append(clock)
    writes.entries += _entries(clock, changes, before, run.snapshot, moment)


def _void(clock: Clock, moment: Moment, writes: Writes) -> None:
    before = snapshot_of(clock)
    after = replace(before, void=True)
    changes = changes_between(before, after, read_before=None, as_of=moment.as_of)
    clock.void, clock.next_check_at, clock.read_at = True, None, moment.as_of
    writes.changed.append(clock)
    writes.entries += _entries(clock, changes, before, after, moment)


def _entries(
    clock: Clock,
    changes: Sequence[Change],
    before: Snapshot | None,
    after: Snapshot,
    moment: Moment,
) -> list[ClockEntry]:
    return [
        ClockEntry(
            clock=clock,
            kind=change.kind,
            at=change.at,
            recorded_at=moment.now,
            lag_ms=_lag(change, moment.now) if moment.since is None else None,
            before=before.to_json() if before else None,
            after=after.to_json(),
        )
        for change in changes
    ]


def _fill(
    clock: Clock,
    run: RunReading,
    moment: Moment,
    *,
    pins: dict[str, object],
    plan: StepPlan,
    writes: Writes,
) -> None:
    deciding = deciding_target(run.pins, run.reading, hours_of)
    snapshot = run.snapshot
    clock.agreement_id = deciding.agreement
    clock.plan_code, clock.severity = deciding.plan, deciding.severity
    clock.terms_version, clock.clause = deciding.terms, deciding.clause
    clock.calendar_version_id = deciding.calendar
    clock.allowance_us = deciding.allowance_us
    clock.state, clock.started_at = snapshot.state, snapshot.started_at
    clock.due_at, clock.at_risk_at = snapshot.due_at, snapshot.at_risk_at
    clock.stopped_at, clock.ended_at = snapshot.stopped_at, snapshot.ended_at
    clock.breached_at, clock.met = snapshot.breached_at, snapshot.met
    clock.elapsed_us, clock.cause = run.reading.elapsed_us, run.cause
    clock.pins, clock.read_at, clock.void = pins, moment.as_of, False
    clock.next_check_at = _next_check(run, moment.as_of, plan)
    clock.policies_read = moment.plans.newest
    writes.passed += [
        Passed(clock=clock, step=step, seen_at=moment.now, swept=moment.since is None)
        for step in plan.passed
    ]


def _next_check(run: RunReading, as_of: datetime, plan: StepPlan) -> datetime | None:
    snapshot = run.snapshot
    if snapshot.state is not ClockState.RUNNING or not snapshot.due_at:
        return None
    moments = [] if plan.next_at is None else [from_microseconds(plan.next_at)]
    if not snapshot.breached_at:
        # Late is *after* the due instant, so looking exactly at it would be a moment too early.
        moments.append(snapshot.due_at + _MICROSECOND)
        if snapshot.at_risk_at:
            moments.append(snapshot.at_risk_at)
        # An upgrade that is agreed for later moves the deadline when its instant comes.
        moments += [from_microseconds(change.at) for change in run.pins.changes]
    return min((moment for moment in moments if moment > as_of), default=None)


def _lag(change: Change, now: datetime) -> int | None:
    if change.kind not in {EntryKind.BREACHED, EntryKind.AT_RISK}:
        return None
    return max(0, round((now - change.at) / timedelta(milliseconds=1)))


def _with_kept_pins(found: Sequence[Commitment], clocks: Sequence[Clock]) -> list[Commitment]:
    """A pinned number never moves, unless the ticket turned out to be another's, or another one."""
    pinned = {(c.basis, c.metric, c.run_key): c.pins for c in pinned_commitments(clocks)}
    kept = []
    for commitment in found:
        older = pinned.get((commitment.basis, commitment.metric, commitment.run_key))
        same = older is not None and (
            older.start.agreement == commitment.pins.start.agreement
            and older.start.plan == commitment.pins.start.plan
            # Another severity at the start: an earlier message turned out to open the ticket.
            and older.start.severity == commitment.pins.start.severity
        )
        kept.append(
            replace(commitment, pins=commitment.pins.keeping(older))
            if older and same
            else commitment
        )
    return kept
