"""Any run under any policy, against a slow second opinion; any later look at it."""

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sla.domain.clocks.clock import ClockEvent, ClockEventKind, ClockState, Reading, read
from sla.domain.clocks.target import Metric, Target
from sla.domain.escalation.policy import SHARES, Policy, PolicyBook, Step
from sla.domain.escalation.steps import Stretch, instant_of, plan_steps
from sla.domain.escalation.words import Outcome, StepKind
from tests.chaos import share_of
from tests.sla.escalation_oracle import (
    MINUTE,
    SlowRun,
    SlowStep,
    hours,
    minute_of,
    passed_slowly,
    us,
)

METRIC = Metric.RESOLUTION


@st.composite
def steps(draw: st.DrawFn, allowance: int) -> list[tuple[Step, SlowStep]]:
    made = []
    for number in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(StepKind))
        amount = draw(st.integers(0, allowance if kind is not StepKind.AFTER_DUE else 30))
        every = draw(st.none() | st.integers(1, 12))
        most = draw(st.integers(1, 6)) if every else 0
        used = {
            StepKind.FRACTION: amount,
            StepKind.BEFORE_DUE: allowance - amount,
            StepKind.AFTER_DUE: allowance + amount,
        }[kind]
        share = -(-amount * SHARES // allowance) if kind is StepKind.FRACTION else 0
        if kind is StepKind.FRACTION and allowance * MINUTE * share // SHARES != amount * MINUTE:
            kind, share, used = StepKind.BEFORE_DUE, 0, allowance - amount
        code = f"step-{number}"
        made.append(
            (
                Step(
                    code=code,
                    kind=kind,
                    share=share,
                    offset_us=0 if kind is StepKind.FRACTION else amount * MINUTE,
                    repeat_every_us=every * MINUTE if every else None,
                    repeat_at_most=most,
                    recipients=("assignee",),
                ),
                SlowStep(
                    code=f"p/{code}",
                    used=used,
                    late=kind is StepKind.AFTER_DUE,
                    every=every,
                    most=most,
                ),
            )
        )
    return made


@st.composite
def runs(draw: st.DrawFn) -> dict[str, Any]:
    allowance = draw(st.sampled_from([4, 5, 8, 10, 20, 25]))
    edges = sorted(draw(st.sets(st.integers(1, 90), max_size=6)))
    pauses = list(zip(edges[::2], edges[1::2], strict=False))
    last = max((b for _, b in pauses), default=0)
    as_of = last + draw(st.integers(0, 90))
    ended = draw(st.none() | st.integers(last, as_of))
    return {
        "allowance": allowance,
        "steps": draw(steps(allowance)),
        "pauses": pauses,
        "ended": ended,
        "as_of": as_of,
        "acknowledged": draw(st.lists(st.integers(0, 90), max_size=2)),
    }


def reading_of(run: dict[str, Any], as_of: int) -> Reading:
    """What the engine says of the run at a minute."""
    events = [ClockEvent(at=us(0), kind=ClockEventKind.OPENED, key="o")]
    for begins, ends in run["pauses"]:
        events.append(ClockEvent(at=us(begins), kind=ClockEventKind.WAITING_STARTED, key="w"))
        events.append(ClockEvent(at=us(ends), kind=ClockEventKind.WAITING_ENDED, key="e"))
    if run["ended"] is not None:
        events.append(ClockEvent(at=us(run["ended"]), kind=ClockEventKind.SOLVED, key="s"))
    target = Target(run["allowance"] * MINUTE, hours())
    [reading] = read(events, {METRIC: target}, us(as_of))[METRIC]
    return reading


def book_of(run: dict[str, Any]) -> PolicyBook:
    return PolicyBook(
        [
            Policy(
                id=1,
                code="p",
                metric=METRIC,
                bases=frozenset({"objective"}),
                made_at=us(-1),
                steps=tuple(step for step, _ in run["steps"]),
            )
        ]
    )


def plan(run: dict[str, Any], as_of: int) -> Any:
    stretch = Stretch(
        since=us(0),
        until=None,
        plan="pro",
        severity="S3",
        reading=reading_of(run, as_of),
        known_at=us(as_of),
    )
    return plan_steps(
        [stretch],
        metric=METRIC,
        basis="objective",
        book=book_of(run),
        acknowledged=[us(at) for at in run["acknowledged"]],
    )


def passed(run: dict[str, Any], as_of: int) -> set[tuple[str, int, int]]:
    found = plan(run, as_of).passed
    assert all(step.outcome is Outcome.FIRED for step in found)
    told = {(step.code, step.repeat, minute_of(step.at)) for step in found}
    assert len(told) == len(found)
    return told


@settings(max_examples=share_of(400, parts=3), deadline=None)
@given(runs())
def test_the_plan_agrees_with_a_walk_minute_by_minute(run: dict[str, Any]) -> None:
    expected = passed_slowly(
        [slow for _, slow in run["steps"]],
        SlowRun(
            allowance=run["allowance"],
            pauses=run["pauses"],
            ended=run["ended"],
            as_of=run["as_of"],
        ),
        run["acknowledged"],
    )
    assert passed(run, run["as_of"]) == expected


AT_ONCE = Step(
    code="step-0",
    kind=StepKind.FRACTION,
    share=0,
    offset_us=0,
    repeat_every_us=None,
    repeat_at_most=0,
    recipients=("assignee",),
)


@settings(max_examples=share_of(150, parts=3), deadline=None)
@given(runs())
# A wait that begins in the very instant in which the run would first count.
@example(
    {
        "allowance": 4,
        "steps": [(AT_ONCE, SlowStep(code="p/step-0", used=0, late=False))],
        "pauses": [(3, 4)],
        "ended": None,
        "as_of": 4,
        "acknowledged": [],
    }
)
def test_what_has_passed_stays_passed(run: dict[str, Any]) -> None:
    before: set[tuple[str, int, int]] = set()
    for as_of in range(run["as_of"] + 1):
        now = passed(run, as_of)
        assert before <= now
        before = now


@settings(max_examples=share_of(150, parts=3), deadline=None)
@given(runs())
def test_a_step_passes_exactly_when_the_plan_said_to_look(run: dict[str, Any]) -> None:
    """Looking only when told to finds every step that time alone brings."""
    seen = plan(run, 0)
    for minute in range(1, run["as_of"] + 1):
        now = plan(run, minute)
        changed = any(a <= minute <= b for a, b in run["pauses"]) or minute == run["ended"]
        new = {(s.code, s.repeat) for s in now.passed} - {(s.code, s.repeat) for s in seen.passed}
        if new and not changed:
            assert seen.next_at is not None
            assert seen.next_at <= us(minute)
        if seen.next_at is not None and seen.next_at > us(minute) and not changed:
            assert not new
        seen = now


@settings(max_examples=share_of(200, parts=3), deadline=None)
@given(runs())
def test_the_whole_allowance_ends_at_the_deadline(run: dict[str, Any]) -> None:
    reading = reading_of(run, run["as_of"])
    if reading.due_at is None or reading.state is not ClockState.RUNNING:
        return
    almost = Step(code="x", kind=StepKind.FRACTION, share=SHARES - 1)
    at = instant_of(almost, reading)
    assert at is not None
    assert at <= reading.due_at
    assert instant_of(Step(code="y", kind=StepKind.FRACTION, share=SHARES), reading) == (
        reading.due_at
    )
