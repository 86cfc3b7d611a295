"""One run of one clock: counts, pauses, changes its target, ends, and is read."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from sla.domain.clocks.clock_spans import CountedSpans, Deadline, Meter
from sla.domain.clocks.target import Metric, Target, same_calendar
from sla.domain.time.business_hours import BusinessHours

CountFrom = Literal["start", "now"]


class ClockState(StrEnum):
    """What a clock is doing; being late is a second fact, beside it."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one run of a clock says at one instant; instants in microseconds since 1970 (UTC).

    `run_key` is the key of the event that started it, `ended_at` its stop or cancellation.
    `target` and `counted_from` are those that decide `due_at`; `allowance_us` is the newest
    number set, which may be another one. `pauses` are the spans up to its end that did not
    count, however the calendar stood.
    """

    metric: Metric
    run_key: str
    state: ClockState
    started_at: int
    due_at: int | None
    stopped_at: int | None
    breached_at: int | None
    met: bool | None
    elapsed_us: int
    ended_at: int | None
    cancelled_at: int | None
    allowance_us: int
    target: Target
    counted_from: int
    pauses: tuple[tuple[int, int], ...]


class Run:
    """A clock under replay: told of its events in their order, then read."""

    def __init__(self, metric: Metric, key: str, started_at: int, target: Target) -> None:
        self.state = ClockState.RUNNING
        self._metric = metric
        self._key = key
        self._started_at = started_at
        self._ended_at: int | None = None
        self._target = target
        self._set_after_stop: tuple[Target, int, CountFrom] | None = None
        self._spans = CountedSpans()
        self._spans.resume(started_at)
        self._meters: list[Meter] = []
        # One per calendar: on one calendar the smaller threshold is always the earlier instant.
        self._deadlines = [Deadline(target, started_at, target.allowance_us)]

    def pause(self, at: int) -> None:
        """Counts no longer; only a running clock can pause."""
        if self.state is ClockState.RUNNING:
            self._spans.pause(at)
            self.state = ClockState.PAUSED

    def resume(self, at: int) -> None:
        """Counts again after a pause."""
        if self.state is ClockState.PAUSED:
            self._spans.resume(at)
            self.state = ClockState.RUNNING

    def stop(self, at: int) -> None:
        """Stops a running or paused clock; a pause counts as ended just before."""
        self.resume(at)
        if self.state is ClockState.RUNNING:
            self._spans.pause(at)
            self.state, self._ended_at = ClockState.STOPPED, at

    def cancel(self, at: int) -> None:
        """Ends a running or paused clock without an answer."""
        if self.state in {ClockState.RUNNING, ClockState.PAUSED}:
            self._spans.pause(at)
            self.state, self._ended_at = ClockState.CANCELLED, at

    def reopen(self, at: int) -> None:
        """Runs again after a stop, under the newest target; the time between does not count."""
        if self.state is not ClockState.STOPPED:
            return
        if self._set_after_stop is not None:
            self._change_target(*self._set_after_stop)
            self._set_after_stop = None
        self._spans.resume(at)
        self.state, self._ended_at = ClockState.RUNNING, None

    def set_target(self, target: Target, at: int, count_from: CountFrom) -> None:
        """A new target from `at` on; a stopped clock stays as decided until it is reopened."""
        if self.state is ClockState.STOPPED:
            self._set_after_stop = (target, at, count_from)
        elif self.state is not ClockState.CANCELLED:
            self._change_target(target, at, count_from)

    def read(self, as_of: int) -> Reading:
        """What the clock says at `as_of`, no earlier than its last event. Raises NeverOpen."""
        runs_on = self.state in {ClockState.RUNNING, ClockState.STOPPED}
        deadline, due_at = self._decide(runs_on=runs_on)
        until = as_of if self._ended_at is None else self._ended_at
        breached_at = due_at if due_at is not None and until > due_at else None
        if self.state is ClockState.CANCELLED:
            due_at = breached_at
        stopped = self.state is ClockState.STOPPED
        met = False if breached_at is not None else (True if stopped else None)
        return Reading(
            metric=self._metric,
            run_key=self._key,
            state=self.state,
            started_at=self._started_at,
            due_at=due_at,
            stopped_at=self._ended_at if stopped else None,
            breached_at=breached_at,
            met=met,
            elapsed_us=self._meter(deadline.target.hours).elapsed(as_of),
            ended_at=self._ended_at,
            cancelled_at=None if stopped else self._ended_at,
            allowance_us=self._target.allowance_us,
            target=deadline.target,
            counted_from=deadline.counted_from,
            pauses=self._spans.gaps(until),
        )

    def _change_target(self, target: Target, at: int, count_from: CountFrom) -> None:
        old, self._target = self._target, target
        if not same_calendar(target.hours, old.hours):
            # Another calendar: its numbers do not compare, so the earlier deadline holds.
            self._add_deadline(target, at, count_from)
        elif target.allowance_us < old.allowance_us:
            self._add_deadline(target, at, count_from)
        elif target.allowance_us > old.allowance_us:
            _, due_at = self._decide(runs_on=self._spans.running)
            if due_at is None or due_at >= at:
                self._drop_deadline(target.hours)
                self._add_deadline(target, at, "start")

    def _add_deadline(self, target: Target, at: int, count_from: CountFrom) -> None:
        counted_from, counted = self._started_at, 0
        if count_from == "now":
            counted_from, counted = at, self._meter(target.hours).elapsed(at)
        new = Deadline(target, counted_from, counted + target.allowance_us)
        present = [d for d in self._deadlines if same_calendar(d.target.hours, target.hours)]
        if not present or new.threshold_us < present[0].threshold_us:
            self._drop_deadline(target.hours)
            self._deadlines.append(new)

    def _drop_deadline(self, hours: BusinessHours) -> None:
        self._deadlines = [d for d in self._deadlines if not same_calendar(d.target.hours, hours)]

    def _decide(self, *, runs_on: bool) -> tuple[Deadline, int | None]:
        """The deadline that holds, and its instant when it is known: the earliest one."""
        chosen, earliest = self._deadlines[-1], None
        for deadline in self._deadlines:
            due_at = self._meter(deadline.target.hours).due(deadline, runs_on=runs_on)
            if due_at is not None and (earliest is None or due_at < earliest):
                chosen, earliest = deadline, due_at
        return chosen, earliest

    def _meter(self, hours: BusinessHours) -> Meter:
        for meter in self._meters:
            if same_calendar(meter.hours, hours):
                return meter
        self._meters.append(Meter(hours, self._spans))
        return self._meters[-1]
