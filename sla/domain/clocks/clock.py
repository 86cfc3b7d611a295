"""The clocks of a ticket as a pure reading of its log (decision D1)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from sla.domain.clocks.clock_log import ClockEvent, ClockEventKind, NeverOpenedError, settled_log
from sla.domain.clocks.clock_run import ClockState, Reading, Run
from sla.domain.clocks.target import Metric, Target

__all__ = [
    "ClockEvent",
    "ClockEventKind",
    "ClockState",
    "NeverOpenedError",
    "Reading",
    "UnknownTargetError",
    "read",
]

WAIT_THAT_PAUSES: Final = "customer"


class UnknownTargetError(ValueError):
    """A `targets_set` names a metric that has no target to replace."""


def read(
    events: Iterable[ClockEvent], targets: Mapping[Metric, Target], as_of: int
) -> Mapping[Metric, tuple[Reading, ...]]:
    """Every run of every metric that has a target, in order of start, as known at `as_of`.

    A function of the set of events: neither their order nor repetition matters. A metric that
    never started has no runs. Raises NeverOpenedError, UnknownTargetError, and what the calendar
    raises where it never opens.
    """
    replay = _Replay(targets)
    for event in settled_log(events, as_of):
        replay.take(event)
    return {
        metric: tuple(run.read(as_of) for run in replay.runs[metric])
        for metric in Metric
        if metric in targets
    }


class _Replay:
    """The ticket as its log tells it, event by event, with the runs of its clocks."""

    def __init__(self, targets: Mapping[Metric, Target]) -> None:
        self.runs: dict[Metric, list[Run]] = {metric: [] for metric in Metric}
        self._targets = dict(targets)
        self._opened = False
        self._answered = False
        self._solved = False
        self._waiting_for: str | None = None
        self._steps: Mapping[ClockEventKind, Callable[[ClockEvent], None]] = {
            ClockEventKind.OPENED: self._open,
            ClockEventKind.TARGETS_SET: self._set_targets,
            ClockEventKind.WAITING_ENDED: self._end_wait,
            ClockEventKind.AGENT_REPLIED: self._agent_replied,
            ClockEventKind.WAITING_STARTED: self._start_wait,
            ClockEventKind.SOLVED: self._solve,
            ClockEventKind.REOPENED: self._reopen,
            ClockEventKind.CUSTOMER_WROTE: self._customer_wrote,
            ClockEventKind.CANCELLED: self._cancel,
        }

    def take(self, event: ClockEvent) -> None:
        self._steps[event.kind](event)

    def _open(self, event: ClockEvent) -> None:
        if self._opened:
            return
        self._opened = True
        if event.by == "customer":
            self._start(Metric.FIRST_RESPONSE, event)
        self._start(Metric.RESOLUTION, event)

    def _set_targets(self, event: ClockEvent) -> None:
        for metric, target in (event.targets or {}).items():
            if metric not in self._targets:
                raise UnknownTargetError(
                    f"'targets_set' names {metric}, which has no target to replace"
                )
            self._targets[metric] = target
            # Only the latest run of a metric can still be running.
            for run in self.runs[metric][-1:]:
                run.set_target(target, event.at, event.count_from)

    def _agent_replied(self, event: ClockEvent) -> None:
        self._answered = True
        for metric in (Metric.FIRST_RESPONSE, Metric.NEXT_RESPONSE):
            for run in self.runs[metric][-1:]:
                run.stop(event.at)

    def _customer_wrote(self, event: ClockEvent) -> None:
        if self._waiting_for == WAIT_THAT_PAUSES:
            self._end_wait(event)
        last = self.runs[Metric.NEXT_RESPONSE][-1:]
        unanswered = bool(last) and last[0].state is ClockState.RUNNING
        if self._answered and not self._solved and not unanswered:
            self._start(Metric.NEXT_RESPONSE, event)

    def _start_wait(self, event: ClockEvent) -> None:
        if self._solved:
            return
        self._waiting_for = event.cause
        for run in self.runs[Metric.RESOLUTION]:
            if event.cause == WAIT_THAT_PAUSES:
                run.pause(event.at)
            else:
                run.resume(event.at)

    def _end_wait(self, event: ClockEvent) -> None:
        self._waiting_for = None
        for run in self.runs[Metric.RESOLUTION]:
            run.resume(event.at)

    def _solve(self, event: ClockEvent) -> None:
        self._solved, self._waiting_for = True, None
        for run in self.runs[Metric.RESOLUTION]:
            run.stop(event.at)
        for run in self.runs[Metric.NEXT_RESPONSE][-1:]:
            run.cancel(event.at)

    def _reopen(self, event: ClockEvent) -> None:
        self._solved = False
        for run in self.runs[Metric.RESOLUTION]:
            run.reopen(event.at)

    def _cancel(self, event: ClockEvent) -> None:
        for runs in self.runs.values():
            for run in runs[-1:]:
                run.cancel(event.at)

    def _start(self, metric: Metric, event: ClockEvent) -> None:
        if metric in self._targets:
            self.runs[metric].append(Run(metric, event.key, event.at, self._targets[metric]))
