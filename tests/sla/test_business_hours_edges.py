"""The edges of a day: clock changes, midnight, holidays, in zones that change at odd hours."""

from datetime import timedelta
from typing import Any

import pytest

from tests.sla.business_calendars import hours_of
from tests.sla.business_time_oracle import utc
from tickets.domain.instants import to_microseconds


@pytest.mark.parametrize(
    ("day", "real_hours"), [("2026-03-28", 7), ("2026-10-24", 9), ("2026-11-28", 8)]
)
def test_a_night_shift_has_the_real_hours_of_its_night(day: str, real_hours: int) -> None:
    night = hours_of(None, sat=[["22:00", "06:00"]])
    noon = utc(f"{day}T12:00Z")
    assert night.between(noon, noon + timedelta(days=1)) == timedelta(hours=real_hours)
    whole = hours_of(None, sat=[["12:00", "12:00"]])
    around = (noon - timedelta(days=1), noon + timedelta(days=2))
    assert whole.between(*around) == timedelta(hours=real_hours + 16)


@pytest.mark.parametrize(
    ("opens", "closes", "begin", "end"),
    [
        # 2026-03-29, 02:00 to 03:00 does not exist: the jump is at 01:00 UTC.
        ("02:30", "04:00", "2026-03-29T01:00Z", "2026-03-29T02:00Z"),
        ("01:00", "02:30", "2026-03-29T00:00Z", "2026-03-29T01:00Z"),
        ("02:10", "02:50", None, None),
        ("02:00", "03:00", None, None),
        ("01:59", "03:01", "2026-03-29T00:59Z", "2026-03-29T01:01Z"),
        # 2026-10-25, 02:00 to 03:00 occurs twice, from 00:00 and from 01:00 UTC.
        ("02:30", "04:00", "2026-10-25T00:30Z", "2026-10-25T03:00Z"),
        ("01:00", "02:30", "2026-10-24T23:00Z", "2026-10-25T01:30Z"),
        ("02:10", "02:20", "2026-10-25T00:10Z", "2026-10-25T01:20Z"),
        ("01:00", "02:00", "2026-10-24T23:00Z", "2026-10-25T01:00Z"),
        ("02:00", "03:00", "2026-10-25T00:00Z", "2026-10-25T02:00Z"),
        ("03:00", "04:00", "2026-10-25T02:00Z", "2026-10-25T03:00Z"),
    ],
)
def test_boundaries_in_the_hour_of_the_change(
    opens: str, closes: str, begin: str | None, end: str | None
) -> None:
    hours = hours_of(None, sun=[[opens, closes]])
    day = utc((begin or "2026-03-29T00:00Z")[:10] + "T12:00Z")
    span = to_microseconds(day - timedelta(days=1)), to_microseconds(day + timedelta(days=1))
    expected = [(to_microseconds(utc(begin)), to_microseconds(utc(end)))] if begin and end else []
    assert list(hours.intervals_us(*span)) == expected


@pytest.mark.parametrize(
    ("hours", "holidays", "expected"),
    [
        # Friday 2026-12-25; the film runs from Thursday 12:00 to Sunday 12:00, UTC.
        ("24x7", ["2026-12-25"], [(0, 12), (36, 72)]),
        ("24x7", ["2026-12-25", "2026-12-26", "2026-12-25"], [(0, 12), (60, 72)]),
        ({"fri": [["22:00", "06:00"]]}, ["2026-12-25"], [(36, 42)]),  # the tail stays
        ({"thu": [["22:00", "06:00"]]}, ["2026-12-25"], [(10, 12)]),  # yesterday's tail goes
        ({"fri": [["08:00", "08:00"]]}, ["2026-12-25"], [(36, 44)]),
        ({"fri": [["20:00", "24:00"]], "sat": [["00:00", "01:00"]]}, ["2026-12-26"], [(32, 36)]),
        ({"sat": [["09:00", "10:00"]]}, ["2026-12-25"], [(45, 46)]),
    ],
)
def test_a_holiday_removes_its_local_date_and_nothing_else(
    hours: Any, holidays: list[str], expected: list[tuple[int, int]]
) -> None:
    compiled = hours_of(hours, *holidays, timezone="UTC")
    begin = to_microseconds(utc("2026-12-24T12:00Z"))
    found = list(compiled.intervals_us(begin, begin + 72 * 3_600_000_000))
    assert [
        ((opens - begin) / 3.6e9, (closes - begin) / 3.6e9) for opens, closes in found
    ] == expected


@pytest.mark.parametrize(
    ("zone", "holiday", "open_before", "open_after"),
    [
        ("Europe/Madrid", "2026-12-25", "2026-12-24T23:00Z", "2026-12-25T23:00Z"),
        ("Europe/Madrid", "2026-10-25", "2026-10-24T22:00Z", "2026-10-25T23:00Z"),  # 25 hours
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00Z", "2018-11-05T02:00Z"),
        ("America/Sao_Paulo", "2018-02-17", "2018-02-17T02:00Z", "2018-02-18T03:00Z"),
        ("America/Havana", "2015-11-01", "2015-11-01T04:00Z", "2015-11-02T05:00Z"),
        ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00Z", "2011-12-31T10:00Z"),
    ],
)
def test_a_holiday_ends_where_its_date_ends_on_the_wall(
    zone: str, holiday: str, open_before: str, open_after: str
) -> None:
    hours = hours_of("24x7", holiday, timezone=zone)
    last, first = to_microseconds(utc(open_before)), to_microseconds(utc(open_after))
    assert hours.is_open_us(last - 1)
    assert not hours.is_open_us(last)
    assert not hours.is_open_us(first - 1)
    assert hours.is_open_us(first)


def test_a_holiday_that_never_was_removes_nothing() -> None:
    hours = hours_of("24x7", "2011-12-30", timezone="Pacific/Apia")
    start = utc("2011-12-28T00:00Z")
    assert hours.between(start, start + timedelta(days=4)) == timedelta(days=4)


def test_where_clocks_go_back_over_midnight_only_the_instants_of_the_holiday_are_closed() -> None:
    # St. John's, 2006-10-29: at 00:01 of Sunday (02:31 UTC) back to 23:01 of Saturday.
    hours = hours_of("24x7", "2006-10-28", timezone="America/St_Johns")
    begin, end = (to_microseconds(utc(f"2006-10-29T0{hour}:00Z")) for hour in (2, 4))
    assert [
        ((opens - begin) // 60_000_000, (closes - begin) // 60_000_000)
        for opens, closes in hours.intervals_us(begin, end)
    ] == [(30, 31), (90, 120)]
