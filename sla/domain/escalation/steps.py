"""Which steps of an escalation a clock has passed, and when it passes the next one.

A pure function of the clock's run, the history of the policies and the acknowledgements.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sla.domain.clocks.clock import ClockState, Reading
from sla.domain.clocks.counted_time import advance, out_of_pause
from sla.domain.clocks.target import Metric
from sla.domain.escalation.policy import SHARES, Policy, PolicyBook, Step
from sla.domain.escalation.words import Outcome, StepKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A part [since, until) of a run under one target, and the run as known at `known_at`.

    Microseconds; the last one has no end.
    """

    since: int
    until: int | None
    plan: str
    severity: str
    reading: Reading
    known_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep:
    """A step that has passed: `at` is when it should have fired; repeat 0 is the step itself."""

    code: str
    repeat: int
    at: int
    outcome: Outcome
    policy: Policy
    step: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPlan:
    """What has passed in the order of planning, and when to look again."""

    passed: tuple[PlannedStep, ...]
    next_at: int | None


def plan_steps(
    stretches: Sequence[Stretch],
    *,
    metric: Metric,
    basis: str,
    book: PolicyBook,
    acknowledged: Sequence[int] = (),
) -> StepPlan:
    """Every step that the run has passed as known at the end of its last stretch.

    A change of target plans anew what has not fired: what lies in the past by the new plan fires
    at the change. An edit of a policy makes the steps before it not applicable. `acknowledged`:
    instants in microseconds; each stops the repeats of the steps that stand before it.
    """
    planner = _Planner(sorted(acknowledged))
    for stretch in stretches:
        for policy, since, until, edited in _spans(stretch, metric, basis, book):
            planner.walk(policy, _Span(stretch, since, until, edited))
    return StepPlan(passed=tuple(planner.passed), next_at=planner.next_at)


def instant_of(step: Step, reading: Reading) -> int | None:
    """When a run comes to a step if nothing more happens; None while it has no deadline."""
    hours, allowance = reading.target.hours, reading.target.allowance_us
    if step.kind is StepKind.AFTER_DUE:
        # The deadline itself is never moved: it may stand exactly on closing time.
        if reading.due_at is None or step.offset_us == 0:
            return reading.due_at
        return advance(hours, reading.due_at, step.offset_us, reading.pauses)
    amount = _amount_of(step, allowance)
    if amount == allowance and reading.due_at is not None:
        return reading.due_at
    return advance(hours, reading.counted_from, amount, reading.pauses)


def _amount_of(step: Step, allowance: int) -> int:
    """The counted time before a step that does not hang on the deadline."""
    if step.kind is StepKind.BEFORE_DUE:
        return max(allowance - step.offset_us, 0)
    return allowance * step.share // SHARES


@dataclass(frozen=True, slots=True)
class _Span:
    """A part of a stretch that one version of a policy governs."""

    stretch: Stretch
    since: int
    until: int | None
    edited: bool

    @property
    def reading(self) -> Reading:
        return self.stretch.reading

    def reaches(self, at: int, *, strictly: bool) -> bool:
        """Whether the run has come to an instant; strictly where a stop just then is in time."""
        reading, end = self.reading, self.stretch.known_at
        if reading.ended_at is not None:
            end = min(end, reading.ended_at)
        if strictly and at == end:
            return False
        return at <= (end if self.waits_since is None else min(end, self.waits_since))

    @property
    def waits_since(self) -> int | None:
        """Where the wait began that lasts until now."""
        if self.reading.state is not ClockState.PAUSED:
            return None
        for begins, ends in self.reading.pauses[-1:]:
            if ends == self.stretch.known_at:
                return begins
        return self.stretch.known_at

    def is_untold(self, at: int, step: Step) -> bool:
        """Whether a step stands where the run first counts, and that is not told yet.

        Such a step waits for the end of a wait that began just there; any other one stands where
        its time was used up, before the wait.
        """
        if self.waits_since is None or step.kind is StepKind.AFTER_DUE:
            return False
        is_first = _amount_of(step, self.reading.target.allowance_us) == 0
        return is_first and at >= self.waits_since

    def is_late(self, at: int) -> bool:
        """Whether an instant is the deadline or lies behind it."""
        return self.reading.due_at is not None and at >= self.reading.due_at


def _spans(
    stretch: Stretch, metric: Metric, basis: str, book: PolicyBook
) -> Iterator[tuple[Policy, int, int | None, bool]]:
    reading = stretch.reading
    end = stretch.known_at + 1 if reading.ended_at is None else reading.ended_at
    if stretch.since > end:
        return
    last = end if stretch.until is None else min(end, stretch.until)
    cuts = [stretch.since, *book.edits(metric, stretch.since, last)]
    policies = [
        book.governing(
            plan=stretch.plan, severity=stretch.severity, metric=metric, basis=basis, at=at
        )
        for at in cuts
    ]
    kept = [n for n, policy in enumerate(policies) if n == 0 or policy is not policies[n - 1]]
    for place, n in enumerate(kept):
        until = cuts[kept[place + 1]] if place + 1 < len(kept) else stretch.until
        policy = policies[n]
        if policy is not None:
            yield policy, cuts[n], until, n > 0


@dataclass(slots=True)
class _Fired:
    """How far a step has come: its own instant, and its last repeat."""

    base: int
    last: int
    number: int = 0
    is_applicable: bool = True


class _Planner:
    """Walks the spans of a run in order; a step that was taken once is never taken again."""

    def __init__(self, acknowledged: Sequence[int]) -> None:
        self.passed: list[PlannedStep] = []
        self.next_at: int | None = None
        self._acknowledged = acknowledged
        self._fired: dict[str, _Fired] = {}

    def walk(self, policy: Policy, span: _Span) -> None:
        for step in policy.steps:
            fired = self._fired.get(policy.key_of(step)) or self._take(policy, step, span)
            if fired is not None and fired.is_applicable and step.repeat_every_us:
                self._repeat(policy, step, span, fired)

    def _take(self, policy: Policy, step: Step, span: _Span) -> _Fired | None:
        at = instant_of(step, span.reading)
        if at is None or span.is_untold(at, step):
            return None
        if at < span.since and span.edited:
            if span.reaches(at, strictly=span.is_late(at)):
                self._pass(policy, step, 0, at, Outcome.NOT_APPLICABLE)
                self._fired[policy.key_of(step)] = _Fired(at, at, is_applicable=False)
            return None
        strictly = span.is_late(at) and at >= span.since
        if at < span.since:
            at = out_of_pause(span.since, span.reading.pauses)
        if span.until is not None and at >= span.until:
            return None
        if not span.reaches(at, strictly=strictly):
            self._look(span, at + strictly)
            return None
        self._pass(policy, step, 0, at, Outcome.FIRED)
        fired = self._fired[policy.key_of(step)] = _Fired(at, at)
        return fired

    def _repeat(self, policy: Policy, step: Step, span: _Span, fired: _Fired) -> None:
        every, reading = step.repeat_every_us or 0, span.reading
        while fired.number < step.repeat_at_most:
            at = advance(reading.target.hours, fired.last, every, reading.pauses)
            # A shorter interval, or a policy that governs again, makes up for nothing.
            at = max(at, span.since)
            if (span.until is not None and at >= span.until) or self._is_stopped(fired.base, at):
                return
            if not span.reaches(at, strictly=True):
                self._look(span, at + 1)
                return
            fired.number, fired.last = fired.number + 1, at
            self._pass(policy, step, fired.number, at, Outcome.FIRED)

    def _pass(self, policy: Policy, step: Step, repeat: int, at: int, outcome: Outcome) -> None:
        self.passed.append(
            PlannedStep(
                code=policy.key_of(step),
                repeat=repeat,
                at=at,
                outcome=outcome,
                policy=policy,
                step=step,
            )
        )

    def _look(self, span: _Span, look_at: int) -> None:
        # Only the last span can say what comes next.
        if span.until is None and span.reading.state is ClockState.RUNNING:
            self.next_at = look_at if self.next_at is None else min(self.next_at, look_at)

    def _is_stopped(self, base: int, at: int) -> bool:
        number = bisect_left(self._acknowledged, base)
        return number < len(self._acknowledged) and self._acknowledged[number] <= at
