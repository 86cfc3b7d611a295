"""Reading a ticket's clocks: pure values from its log and pins, ready to be stored or compared."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sla.domain.clocks.clock import ClockState, Reading, read
from sla.domain.clocks.ledger import Snapshot
from sla.domain.clocks.pins import Pins
from sla.domain.clocks.target import Metric
from sla.domain.clocks.ticket_log import pinned_target
from sla.models import Basis, Clock, ClockCause
from sla.queries.clocks.commitments import Commitment, events_for
from sla.queries.terms.calendars import hours_of
from tickets.domain.facts import Fact
from tickets.domain.instants import from_microseconds, to_microseconds

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReading:
    """One run of one clock as read: what the row must say."""

    basis: Basis
    metric: Metric
    run_key: str
    commitment: Commitment
    reading: Reading
    snapshot: Snapshot
    cause: ClockCause

    @property
    def pins(self) -> Pins:
        """What it was read with."""
        return self.commitment.pins

    @property
    def key(self) -> Key:
        """What identifies the row within its ticket."""
        return (self.basis, self.metric, self.run_key)


def key_of(clock: Clock) -> Key:
    """What identifies a stored clock within its ticket."""
    return (clock.basis, clock.metric, clock.run_key)


def snapshot_of(clock: Clock) -> Snapshot:
    """What a stored clock says."""
    return Snapshot(
        state=ClockState(clock.state),
        started_at=clock.started_at,
        due_at=clock.due_at,
        at_risk_at=clock.at_risk_at,
        stopped_at=clock.stopped_at,
        ended_at=clock.ended_at,
        breached_at=clock.breached_at,
        met=clock.met,
        void=clock.void,
    )


def pinned_commitments(clocks: Iterable[Clock]) -> list[Commitment]:
    """The commitments as the stored clocks pin them: what a replay uses, and nothing else.

    Where a void clock and one that stands pin the same, the latter is believed.
    """
    found: dict[tuple[str, str, str], Commitment] = {}
    for clock in sorted(clocks, key=lambda clock: not clock.void):
        catch_up = clock.basis == Basis.CATCH_UP
        key = (clock.basis, clock.metric, clock.run_key if catch_up else "")
        until = clock.pins.get("until")
        found[key] = Commitment(
            basis=Basis(clock.basis),
            metric=Metric(clock.metric),
            pins=Pins.from_json(clock.pins),
            run_key=key[2],
            since=to_microseconds(clock.started_at) if catch_up else None,
            until=until,
        )
    return list(found.values())


def standing_commitments(clocks: Iterable[Clock]) -> list[Commitment]:
    """Without those of void clocks alone: replaying these would bring them back."""
    return pinned_commitments(clock for clock in clocks if not clock.void)


def read_commitments(
    commitments: Sequence[Commitment], facts: Sequence[Fact], as_of: datetime
) -> dict[Key, RunReading]:
    """Every run of every commitment at an instant; runs without a start are absent."""
    found: dict[Key, RunReading] = {}
    for commitment in commitments:
        for reading, warned in _runs(commitment, facts, to_microseconds(as_of)):
            run = RunReading(
                basis=commitment.basis,
                metric=commitment.metric,
                run_key=reading.run_key,
                commitment=commitment,
                reading=reading,
                snapshot=_snapshot(reading, warned),
                cause=_cause(commitment, reading, facts, to_microseconds(as_of)),
            )
            found[run.key] = run
    return found


def until_of(commitments: Iterable[Commitment]) -> int | None:
    """Where the watch of an unknown sender ends (microseconds), if there is one and it does."""
    return next((c.until for c in commitments if c.basis == Basis.WATCH), None)


def pins_json(run: RunReading, until: int | None) -> dict[str, object]:
    """The stored form of a run's pins, with the end of a watch."""
    return {**run.pins.to_json(), "until": until if run.basis == Basis.WATCH else None}


def _runs(
    commitment: Commitment, facts: Sequence[Fact], as_of: int
) -> Iterable[tuple[Reading, Reading]]:
    warning = replace(commitment, pins=commitment.pins.warning())
    return zip(read_runs(commitment, facts, as_of), read_runs(warning, facts, as_of), strict=True)


def read_runs(commitment: Commitment, facts: Sequence[Fact], as_of: int) -> Sequence[Reading]:
    """The runs of one commitment at an instant (microseconds), in order of start."""
    if commitment.since is not None and commitment.since > as_of:
        # A catch-up of later: a clock that was void before is still read at its own instant.
        return ()
    metric = commitment.metric
    target = pinned_target(commitment.pins.start, hours_of)
    return read(events_for(commitment, facts), {metric: target}, as_of)[metric]


def _snapshot(reading: Reading, warned: Reading) -> Snapshot:
    return Snapshot(
        state=reading.state,
        started_at=from_microseconds(reading.started_at),
        due_at=_instant(reading.due_at),
        at_risk_at=_instant(warned.due_at) if reading.due_at is not None else None,
        stopped_at=_instant(reading.stopped_at),
        ended_at=_instant(reading.ended_at),
        breached_at=_instant(reading.breached_at),
        met=reading.met,
    )


def _instant(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else from_microseconds(microseconds)


def _cause(
    commitment: Commitment, reading: Reading, facts: Sequence[Fact], as_of: int
) -> ClockCause:
    """Late triage: the breach lies before the change that moved the deadline there."""
    breached_at = reading.breached_at
    if breached_at is None or commitment.basis != Basis.CONTRACT:
        return ClockCause.UNKNOWN
    in_time = tuple(change for change in commitment.pins.changes if change.at <= breached_at)
    if len(in_time) == len(commitment.pins.changes):
        return ClockCause.UNKNOWN
    without = replace(commitment, pins=replace(commitment.pins, changes=in_time))
    again = next(
        (run for run in read_runs(without, facts, as_of) if run.run_key == reading.run_key), None
    )
    moved = again is None or again.breached_at is None or again.breached_at > breached_at
    return ClockCause.LATE_TRIAGE if moved else ClockCause.UNKNOWN
