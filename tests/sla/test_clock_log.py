"""What a log says, and what the replay hands to those who store it."""

import time
from dataclasses import replace
from typing import Any

import pytest

from sla.domain.clocks.clock import ClockEvent, ClockEventKind, ClockState, NeverOpenedError, read
from sla.domain.clocks.clock_log import settled_log
from sla.domain.clocks.target import Metric, Target
from sla.domain.time.business_hours import CalendarSpec, compile_hours
from tests.sla.clock_stories import ALWAYS, OFFICE

MINUTE = 60_000_000
ALWAYS_HOURS = compile_hours(CalendarSpec.parse(ALWAYS))
TARGETS = {metric: Target(60 * MINUTE, ALWAYS_HOURS) for metric in Metric}


def event(minute: int, kind: str, **details: Any) -> ClockEvent:
    details.setdefault("key", f"{kind}@{minute}")
    return ClockEvent(at=minute * MINUTE, kind=ClockEventKind(kind), **details)


def test_ties_of_one_instant_are_taken_by_kind() -> None:
    told = settled_log([event(0, kind) for kind in reversed(ClockEventKind)], as_of=0)
    assert [fact.kind.value for fact in told] == [
        "opened",
        "targets_set",
        "waiting_ended",
        "agent_replied",
        "waiting_started",
        "solved",
        "reopened",
        "customer_wrote",
        "cancelled",
    ]


def test_ties_of_one_kind_are_taken_by_key() -> None:
    log = [event(0, "opened"), event(1, "customer_wrote", key="b")]
    log.append(event(1, "customer_wrote", key="a"))
    assert [fact.key for fact in settled_log(log, as_of=MINUTE)] == ["opened@0", "a", "b"]


def test_without_keys_ties_still_have_one_order() -> None:
    causes = [event(1, "waiting_started", key="", cause=cause) for cause in ("customer", "other")]
    log = [event(0, "opened"), *causes]
    assert settled_log(log, as_of=MINUTE) == settled_log([*reversed(log), *log], as_of=MINUTE)


def test_a_log_that_is_not_known_to_begin_cannot_be_read() -> None:
    log = [event(5, "opened"), event(1, "agent_replied")]
    with pytest.raises(NeverOpenedError, match="opened"):
        read(log, TARGETS, 4 * MINUTE)


def test_every_run_is_there_in_order_of_start_named_after_its_message() -> None:
    log = [event(0, "opened"), event(1, "agent_replied"), event(2, "customer_wrote")]
    log += [event(3, "agent_replied"), event(4, "customer_wrote"), event(5, "customer_wrote")]
    runs = read(log, TARGETS, 6 * MINUTE)[Metric.NEXT_RESPONSE]
    assert [run.run_key for run in runs] == ["customer_wrote@2", "customer_wrote@4"]
    assert [run.state for run in runs] == [ClockState.STOPPED, ClockState.RUNNING]
    assert [run.ended_at for run in runs] == [3 * MINUTE, None]


def test_a_late_answer_splits_a_run_and_leaves_the_name_of_the_first() -> None:
    log = [event(0, "opened"), event(1, "agent_replied"), event(2, "customer_wrote")]
    log += [event(4, "customer_wrote")]
    assert len(read(log, TARGETS, 6 * MINUTE)[Metric.NEXT_RESPONSE]) == 1
    log += [event(3, "agent_replied")]
    runs = read(log, TARGETS, 6 * MINUTE)[Metric.NEXT_RESPONSE]
    assert [run.run_key for run in runs] == ["customer_wrote@2", "customer_wrote@4"]


def test_a_metric_without_a_target_is_not_read() -> None:
    clocks = read([event(0, "opened")], {Metric.RESOLUTION: TARGETS[Metric.RESOLUTION]}, 0)
    assert list(clocks) == [Metric.RESOLUTION]


def test_a_metric_that_never_started_has_no_runs() -> None:
    clocks = read([event(0, "opened", by="agent")], TARGETS, 0)
    assert clocks[Metric.FIRST_RESPONSE] == clocks[Metric.NEXT_RESPONSE] == ()


@pytest.mark.parametrize(
    ("ending", "pauses"),
    [
        ([], [(10, 20), (30, 40), (50, 60)]),
        ([event(55, "waiting_ended")], [(10, 20), (30, 40), (50, 55)]),
        ([event(55, "solved")], [(10, 20), (30, 40), (50, 55)]),
        ([event(55, "cancelled")], [(10, 20), (30, 40), (50, 55)]),
        ([event(55, "solved"), event(58, "reopened")], [(10, 20), (30, 40), (50, 55), (55, 58)]),
    ],
)
def test_a_reading_names_the_spans_that_did_not_count(
    ending: list[ClockEvent], pauses: list[tuple[int, int]]
) -> None:
    log = [event(0, "opened"), event(10, "waiting_started"), event(20, "customer_wrote")]
    log += [event(30, "solved"), event(40, "reopened"), event(50, "waiting_started"), *ending]
    (reading,) = read(log, TARGETS, 60 * MINUTE)[Metric.RESOLUTION]
    assert [(a // MINUTE, b // MINUTE) for a, b in reading.pauses] == pauses
    until = 60 if reading.ended_at is None else reading.ended_at // MINUTE
    paused = sum(b - a for a, b in pauses)
    assert reading.elapsed_us == (until - paused) * MINUTE


def test_a_calendar_that_never_opens_is_told() -> None:
    shut = compile_hours(CalendarSpec.parse({"timezone": "UTC", "hours": {}}))
    with pytest.raises(ValueError, match="no open second"):
        read([event(0, "opened")], {Metric.RESOLUTION: Target(MINUTE, shut)}, 0)


def _long_log(length: int) -> list[ClockEvent]:
    kinds = ["customer_wrote", "agent_replied", "waiting_started", "targets_set", "waiting_ended"]
    kinds += ["solved", "reopened", "reply_bounced"]
    office = compile_hours(CalendarSpec.parse(OFFICE))
    log = [event(0, "opened")]
    for number in range(1, length):
        kind = kinds[number % len(kinds)]
        told = event(10 * number, kind)
        if kind == "targets_set":
            target = Target((10**6 - number) * MINUTE, office)
            told = replace(told, targets=dict.fromkeys(Metric, target))
        if kind == "reply_bounced":
            told = replace(told, of=10 * (number - 6) * MINUTE)
        log.append(told)
    return log


def test_a_log_of_five_thousand_events_is_read_in_a_moment() -> None:
    office = compile_hours(CalendarSpec.parse(OFFICE))
    targets = dict.fromkeys(Metric, Target(10**6 * MINUTE, office))
    log = _long_log(5_000)
    read(log[:100], targets, 50_000 * MINUTE)
    began = time.process_time()
    read(log, targets, 50_000 * MINUTE)
    assert time.process_time() - began < 2
