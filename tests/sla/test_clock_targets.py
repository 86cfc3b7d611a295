"""How a new target moves a deadline: smaller, larger, from now, late, in a pause, while solved."""

from collections.abc import Callable

import pytest

from sla.domain.clocks.clock import ClockEvent, ClockEventKind, Reading, UnknownTargetError, read
from sla.domain.clocks.target import Metric, Target
from sla.domain.time.business_hours import BusinessHours, CalendarSpec, compile_hours
from tests.sla.clock_stories import ALWAYS, OFFICE, at, clocks, table, told
from tickets.domain.instants import parse_instant, to_microseconds

MINUTE = 60_000_000

SMALLER = {
    "a smaller target counts from the start": (
        ["09:00 opened", "09:30 targets_set resolution=60"], None,
        "running 09:00-, due 10:00, open, 30 min",
    ),
    "the breach is dated where the smaller target was used up": (
        ["09:00 opened", "09:30 targets_set resolution=20"], "09:40",
        "running 09:00-, due 09:20, missed, 40 min",
    ),
    "from now it counts from the change": (
        ["09:00 opened", "09:30 targets_set resolution=20 from=now"], None,
        "running 09:00-, due 09:50, open, 30 min",
    ),
    "from now it never makes a deadline later": (
        ["09:00 opened", "11:30 targets_set resolution=60 from=now"], None,
        "running 09:00-, due 12:00, open, 150 min",
    ),
    "after a breach, from now, the old deadline stays": (
        ["09:00 opened", "12:30 targets_set resolution=60 from=now"], None,
        "running 09:00-, due 12:00, missed, 210 min",
    ),
    "after a breach, from the start, the breach is dated earlier": (
        ["09:00 opened", "12:30 targets_set resolution=60"], None,
        "running 09:00-, due 10:00, missed, 210 min",
    ),
    "the past deadline is found over the waits that were": (
        ["09:00 opened", "09:10 waiting_started", "10:00 waiting_ended", "10:20 waiting_started",
         "11:00 waiting_ended", "11:10 targets_set resolution=25"], None,
        "running 09:00-, due 10:15, missed, 40 min",
    ),
    "a past deadline is known even in a pause": (
        ["09:00 opened", "09:30 waiting_started", "11:00 targets_set resolution=20"], "11:00",
        "paused 09:00-, due 09:20, missed, 30 min",
    ),
    "in a pause the new deadline is not known before the wait ends": (
        ["09:00 opened", "09:30 waiting_started", "11:00 targets_set resolution=60"], "11:00",
        "paused 09:00-, due , open, 30 min",
    ),
    "set in a pause it counts after the pause": (
        ["09:00 opened", "09:30 waiting_started", "11:00 targets_set resolution=60 from=now",
         "12:00 waiting_ended"], None,
        "running 09:00-, due 13:00, open, 30 min",
    ),
    "used up exactly at the change it is due there": (
        ["09:00 opened", "09:30 targets_set resolution=30"], None,
        "running 09:00-, due 09:30, open, 30 min",
    ),
    "two in a row: the earlier deadline holds": (
        ["09:00 opened", "09:30 targets_set resolution=60 from=now",
         "10:00 targets_set resolution=50 from=now"], None,
        "running 09:00-, due 10:30, open, 60 min",
    ),
    "at the opening's instant it counts from the start, however it is meant": (
        ["09:00 opened", "09:00 targets_set resolution=60 from=now"], None,
        "running 09:00-, due 10:00, open, 0 min",
    ),
    "before the opening it is ignored": (
        ["08:59 targets_set resolution=60", "09:00 opened"], None,
        "running 09:00-, due 12:00, open, 0 min",
    ),
    "an answer at the instant of the change is judged by the new target": (
        ["09:00 opened", "10:00 solved", "10:00 targets_set resolution=30"], None,
        "stopped 09:00-10:00, due 09:30, missed, 60 min",
    ),
}  # fmt: skip

LARGER = {
    "a larger target counts from the start": (
        ["09:00 opened", "09:30 targets_set resolution=240"], None,
        "running 09:00-, due 13:00, open, 30 min",
    ),
    "whatever is said about now": (
        ["09:00 opened", "09:30 targets_set resolution=240 from=now"], None,
        "running 09:00-, due 13:00, open, 30 min",
    ),
    "after the breach it changes nothing": (
        ["09:00 opened", "12:01 targets_set resolution=240"], None,
        "running 09:00-, due 12:00, missed, 181 min",
    ),
    "exactly at the due instant nothing was used up before": (
        ["09:00 opened", "12:00 targets_set resolution=240"], None,
        "running 09:00-, due 13:00, open, 180 min",
    ),
    "after a breach a smaller one is compared with the newest number": (
        ["09:00 opened", "12:01 targets_set resolution=240", "12:02 targets_set resolution=200"],
        None,
        "running 09:00-, due 12:00, missed, 182 min",
    ),
    "a pause that hides the deadline did not use it up": (
        ["09:00 opened", "10:00 waiting_started", "15:00 targets_set resolution=240",
         "16:00 waiting_ended"], None,
        "running 09:00-, due 19:00, open, 60 min",
    ),
    "larger than a smaller one it counts from the start again": (
        ["09:00 opened", "10:00 targets_set resolution=30 from=now",
         "10:20 targets_set resolution=120"], None,
        "running 09:00-, due 11:00, open, 80 min",
    ),
    "an equal number changes nothing": (
        ["09:00 opened", "09:30 targets_set resolution=180 from=now"], None,
        "running 09:00-, due 12:00, open, 30 min",
    ),
    "two at one instant are taken in the order of their text: 14400 before 7200": (
        ["09:00 opened", "09:30 targets_set resolution=120", "09:30 targets_set resolution=240"],
        None,
        "running 09:00-, due 11:00, open, 30 min",
    ),
    "the same one twice counts once": (
        ["09:00 opened", "09:30 targets_set resolution=120", "09:30 targets_set resolution=120"],
        None,
        "running 09:00-, due 11:00, open, 30 min",
    ),
}  # fmt: skip

STOPPED = {
    "a stopped clock stays as decided": (
        ["09:00 opened", "10:00 solved", "10:10 targets_set resolution=30"], None,
        "stopped 09:00-10:00, due 12:00, met, 60 min",
    ),
    "reopened it runs under the newest target": (
        ["09:00 opened", "10:00 solved", "10:10 targets_set resolution=90", "11:00 reopened"],
        None,
        "running 09:00-, due 11:30, open, 60 min",
    ),
    "reopened it may turn out late": (
        ["09:00 opened", "10:00 solved", "10:10 targets_set resolution=30", "11:00 reopened"],
        None,
        "running 09:00-, due 09:30, missed, 60 min",
    ),
    "from now, set while solved, it counts once the clock runs again": (
        ["09:00 opened", "10:00 solved", "10:10 targets_set resolution=90 from=now",
         "11:00 reopened"], None,
        "running 09:00-, due 12:30, open, 60 min",
    ),
    "only the newest of those set while solved matters": (
        ["09:00 opened", "10:00 solved", "10:10 targets_set resolution=30",
         "10:20 targets_set resolution=90", "11:00 reopened"], None,
        "running 09:00-, due 11:30, open, 60 min",
    ),
    "a larger one set while solved helps when nothing was used up": (
        ["09:00 opened", "10:00 solved", "15:00 targets_set resolution=240", "16:00 reopened"],
        None,
        "running 09:00-, due 19:00, open, 60 min",
    ),
    "a larger one set while solved does not undo a breach": (
        ["09:00 opened", "12:30 solved", "15:00 targets_set resolution=240", "16:00 reopened"],
        None,
        "running 09:00-, due 12:00, missed, 210 min",
    ),
    "a deadline from now outlives solving and reopening": (
        ["09:00 opened", "09:30 targets_set resolution=60 from=now", "10:00 solved",
         "11:00 reopened"], None,
        "running 09:00-, due 11:30, open, 60 min",
    ),
}  # fmt: skip

NEXT_RESPONSE = {
    "a target set before the start is simply in force": (
        ["09:00 opened", "09:05 targets_set next_response=30 from=now", "09:10 agent_replied",
         "09:20 customer_wrote"], None,
        "running 09:20-, due 09:50, open, 0 min",
    ),
    "a run under way takes it from its own start": (
        ["09:00 opened", "09:10 agent_replied", "09:20 customer_wrote",
         "09:30 targets_set next_response=30"], None,
        "running 09:20-, due 09:50, open, 10 min",
    ),
    "set at the instant of the message it is in force": (
        ["09:00 opened", "09:10 agent_replied", "09:20 customer_wrote",
         "09:20 targets_set next_response=90"], None,
        "running 09:20-, due 10:50, open, 0 min",
    ),
    "an answered run stays as decided": (
        ["09:00 opened", "09:10 agent_replied", "09:20 customer_wrote", "09:50 agent_replied",
         "09:55 targets_set next_response=5"], None,
        "stopped 09:20-09:50, due 10:20, met, 30 min",
    ),
}  # fmt: skip


@table(SMALLER | LARGER | STOPPED)
def test_resolution(lines: list[str], until: str | None, expected: str) -> None:
    assert told(clocks(*lines, until=until)["resolution"]) == expected


@table(NEXT_RESPONSE)
def test_next_response(lines: list[str], until: str | None, expected: str) -> None:
    assert told(clocks(*lines, until=until)["next_response"]) == expected


def test_a_target_set_for_one_metric_leaves_the_others() -> None:
    readings = clocks("09:00 opened", "09:10 targets_set first_response=30")
    assert told(readings["first_response"]) == "running 09:00-, due 09:30, open, 10 min"
    assert told(readings["resolution"]) == "running 09:00-, due 12:00, open, 10 min"


def test_set_in_closed_time_from_now_it_counts_from_the_opening() -> None:
    lines = ["17:00 opened", "20:00 targets_set resolution=60 from=now"]
    reading = clocks(*lines, calendar=OFFICE)["resolution"]
    assert told(reading) == "running 17:00-, due 34:00, open, 60 min"


def test_nothing_granted_from_now_in_closed_time_is_due_at_the_opening() -> None:
    lines = ["17:00 opened", "20:00 targets_set resolution=0 from=now"]
    reading = clocks(*lines, calendar=OFFICE)["resolution"]
    assert told(reading) == "running 17:00-, due 33:00, open, 60 min"


def test_only_a_metric_that_has_a_target_can_get_another() -> None:
    with pytest.raises(UnknownTargetError, match="next_response"):
        read(
            [_event("09:00", "opened"), _set("09:10", "now", Target(MINUTE, ALWAYS_HOURS))],
            {Metric.RESOLUTION: Target(MINUTE, ALWAYS_HOURS)},
            _us("10:00"),
        )


ALWAYS_HOURS = compile_hours(CalendarSpec.parse(ALWAYS))
OFFICE_HOURS = compile_hours(CalendarSpec.parse(OFFICE))


def _us(time: str) -> int:
    return to_microseconds(parse_instant(at(time)))


def _event(time: str, kind: str) -> ClockEvent:
    return ClockEvent(at=_us(time), kind=ClockEventKind(kind), key=f"{time} {kind}")


def _set(time: str, count_from: str, target: Target) -> ClockEvent:
    return ClockEvent(
        at=_us(time),
        kind=ClockEventKind.TARGETS_SET,
        key=f"{time} set",
        targets={Metric.NEXT_RESPONSE: target},
        count_from="now" if count_from == "now" else "start",
    )


def _upgraded(minutes: int, until: str, *more: ClockEvent) -> Reading:
    """Asked on Monday 16:00 with 4 office hours, upgraded at 19:00 to `minutes` round the clock."""
    log = [_event("09:00", "opened"), _event("09:30", "agent_replied")]
    log += [_event("16:00", "customer_wrote")]
    log += [_set("19:00", "now", Target(minutes * MINUTE, ALWAYS_HOURS)), *more]
    targets = {Metric.NEXT_RESPONSE: Target(240 * MINUTE, OFFICE_HOURS)}
    (reading,) = read(log, targets, _us(until))[Metric.NEXT_RESPONSE]
    return reading


def test_on_another_calendar_the_new_target_counts_from_the_change() -> None:
    reading = _upgraded(480, "20:00")
    assert reading.due_at == _us("27:00")
    assert reading.target == Target(480 * MINUTE, ALWAYS_HOURS)
    assert reading.counted_from == _us("19:00")
    assert reading.elapsed_us == 240 * MINUTE


def test_on_another_calendar_the_earlier_deadline_holds() -> None:
    reading = _upgraded(24 * 60, "20:00")
    assert reading.due_at == _us("35:00")
    assert reading.target == Target(240 * MINUTE, OFFICE_HOURS)
    assert reading.allowance_us == 24 * 60 * MINUTE
    assert reading.elapsed_us == 120 * MINUTE


def test_a_breach_on_the_old_calendar_survives_another_calendar() -> None:
    reading = _upgraded(480, "36:00", _set("35:30", "now", Target(5 * MINUTE, OFFICE_HOURS)))
    assert reading.breached_at == _us("27:00")


@pytest.mark.parametrize("copy", [lambda hours: hours, lambda hours: BusinessHours(hours.spec)])
def test_the_same_hours_compiled_twice_are_one_calendar(
    copy: Callable[[BusinessHours], BusinessHours],
) -> None:
    log = [_event("09:00", "opened"), _event("09:10", "agent_replied")]
    log += [_event("09:20", "customer_wrote")]
    log += [_set("09:30", "now", Target(90 * MINUTE, copy(OFFICE_HOURS)))]
    targets = {Metric.NEXT_RESPONSE: Target(60 * MINUTE, OFFICE_HOURS)}
    (reading,) = read(log, targets, _us("09:30"))[Metric.NEXT_RESPONSE]
    assert reading.due_at == _us("10:50")
