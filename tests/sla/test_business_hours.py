"""Deadlines and elapsed business time: the rules as tables."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sla.domain.time.business_hours import CalendarSpec, compile_hours
from tests.sla.business_calendars import hours_of
from tests.sla.business_time_oracle import DAYS, utc
from tickets.domain.instants import to_microseconds

OFFICE = {"timezone": "Europe/Madrid", "hours": {day: [["09:00", "18:00"]] for day in DAYS[:5]}}
TICK = timedelta(microseconds=1)

office = compile_hours(CalendarSpec.parse(OFFICE))


@pytest.mark.parametrize(
    ("start", "allowance", "deadline"),
    [
        ("2026-11-23T09:00:00+01:00", 4 * 3600, "2026-11-23T13:00:00+01:00"),
        ("2026-11-23T08:00:00+01:00", 4 * 3600, "2026-11-23T13:00:00+01:00"),
        ("2026-11-23T14:00:00+01:00", 4 * 3600, "2026-11-23T18:00:00+01:00"),  # at closing time
        ("2026-11-23T14:00:01+01:00", 4 * 3600, "2026-11-24T09:00:01+01:00"),
        ("2026-11-23T17:59:59.999999+01:00", 1, "2026-11-24T09:00:00.999999+01:00"),
        ("2026-11-23T18:00:00+01:00", 4 * 3600, "2026-11-24T13:00:00+01:00"),
        ("2026-11-27T17:00:00+01:00", 2 * 3600, "2026-11-30T10:00:00+01:00"),  # over a weekend
        ("2026-11-28T12:00:00+01:00", 9 * 3600, "2026-11-30T18:00:00+01:00"),
        ("2026-11-23T09:00:00+01:00", 48 * 3600, "2026-11-30T12:00:00+01:00"),  # 5 1/3 days
        ("2026-03-27T17:00:00+01:00", 3600 + 60, "2026-03-30T09:01:00+02:00"),  # summer time
        ("2026-11-23T12:00:00+01:00", 0, "2026-11-23T12:00:00+01:00"),
        ("2026-11-23T09:00:00+01:00", 0, "2026-11-23T09:00:00+01:00"),
        ("2026-11-23T18:00:00+01:00", 0, "2026-11-24T09:00:00+01:00"),
        ("2026-11-23T17:59:59.999999+01:00", 0, "2026-11-23T17:59:59.999999+01:00"),
        ("2026-11-27T18:00:00+01:00", 0, "2026-11-30T09:00:00+01:00"),
    ],
)
def test_a_deadline_skips_closed_time(start: str, allowance: int, deadline: str) -> None:
    assert office.add(utc(start), timedelta(seconds=allowance)) == utc(deadline)


@pytest.mark.parametrize(
    ("start", "end", "seconds"),
    [
        ("2026-11-23T09:00:00+01:00", "2026-11-23T10:00:00+01:00", 3600),
        ("2026-11-23T17:00:00+01:00", "2026-11-24T10:00:00+01:00", 7200),
        ("2026-11-27T18:00:00+01:00", "2026-11-30T09:00:00+01:00", 0),
        ("2026-11-27T12:00:00+01:00", "2026-11-27T12:00:00+01:00", 0),
        ("2026-11-27T13:00:00+01:00", "2026-11-27T12:00:00+01:00", 0),
        ("2026-11-27T12:00:00.000001+01:00", "2026-11-27T12:00:01+01:00", 0.999999),
    ],
)
def test_elapsed_time_counts_open_time_only(start: str, end: str, seconds: float) -> None:
    assert office.between(utc(start), utc(end)) == timedelta(seconds=seconds)


def test_a_deadline_stays_at_closing_time_even_when_the_next_window_follows_later() -> None:
    split = hours_of(None, mon=[["09:00", "12:00"], ["14:00", "18:00"]])
    assert split.add(utc("2026-11-23T09:00+01:00"), timedelta(hours=3)) == utc(
        "2026-11-23T12:00+01:00"
    )
    assert split.add(utc("2026-11-23T12:00+01:00"), timedelta(0)) == utc("2026-11-23T14:00+01:00")


@pytest.mark.parametrize(
    ("windows", "sunday", "expected"),
    [
        ([["22:00", "06:00"]], [], [(22, 30)]),  # past midnight
        ([["22:00", "24:00"]], [], [(22, 24)]),
        ([["00:00", "24:00"]], [], [(0, 24)]),
        ([["08:00", "08:00"]], [], [(8, 32)]),  # round the clock, from eight to eight
        ([["00:00", "00:00"]], [], [(0, 24)]),
        ([["09:00", "12:00"], ["12:00", "15:00"]], [], [(9, 15)]),  # touching
        ([["13:00", "18:00"], ["09:00", "14:00"]], [], [(9, 18)]),  # overlapping, unsorted
        ([["09:00", "18:00"], ["10:00", "11:00"]], [], [(9, 18)]),  # one within the other
        ([["20:00", "24:00"]], [["00:00", "04:00"]], [(20, 28)]),  # touching over midnight
        ([["20:00", "05:00"]], [["04:00", "07:00"]], [(20, 31)]),
        ([["20:00", "10:00"], ["08:00", "21:00"]], [], [(8, 34)]),
        ([], [["01:00", "02:00"]], [(25, 26)]),
        ([["09:00:30", "09:00:31"]], [], [(9 + 30 / 3600, 9 + 31 / 3600)]),
    ],
)
def test_windows_are_merged_within_a_day_and_over_midnight(
    windows: list[list[str]], sunday: list[list[str]], expected: list[tuple[float, float]]
) -> None:
    hours = hours_of(None, timezone="UTC", sat=windows, sun=sunday)
    midnight = to_microseconds(utc("2026-11-28T00:00Z"))
    found = hours.intervals_us(midnight, midnight + 2 * 86_400_000_000)
    assert [
        ((opens - midnight) / 3.6e9, (closes - midnight) / 3.6e9) for opens, closes in found
    ] == pytest.approx([pytest.approx(span) for span in expected])


def test_instants_of_any_zone_are_taken_at_their_place_in_time() -> None:
    madrid = ZoneInfo("Europe/Madrid")
    always = hours_of("24x7")
    first = datetime(2026, 10, 25, 2, 30, tzinfo=madrid)
    second = first.replace(fold=1)
    assert always.between(first, second) == timedelta(hours=1)
    assert always.add(first, timedelta(hours=1)) == second.astimezone(UTC)


def test_a_negative_allowance_and_a_naive_instant_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        office.add(utc("2026-11-23T09:00Z"), -TICK)
    with pytest.raises(TypeError):
        office.add(datetime(2026, 11, 23), TICK)


def test_equal_calendars_share_one_compiled_value() -> None:
    again = {**OFFICE, "hours": {**OFFICE["hours"], "sat": [], "sun": None}, "holidays": None}
    assert compile_hours(CalendarSpec.parse(again)) is compile_hours(CalendarSpec.parse(OFFICE))
