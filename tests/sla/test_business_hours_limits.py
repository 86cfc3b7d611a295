"""The limits of business time: calendars that never open, centuries, and what is kept."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from sla.domain.time.business_hours import BeyondCalendar, BusinessHours, NeverOpen
from tests.sla.business_calendars import hours_of
from tests.sla.business_time_oracle import DAYS, utc
from tickets.domain.instants import to_microseconds

TICK = timedelta(microseconds=1)
office = hours_of({day: [["09:00", "18:00"]] for day in DAYS[:5]})


def days_from(first: str, count: int) -> list[str]:
    """That many dates in a row."""
    start = utc(f"{first}T00:00Z")
    return [(start + timedelta(days=n)).date().isoformat() for n in range(count)]


@pytest.mark.parametrize(
    ("hours", "holidays"),
    [
        ({}, ()),
        ({"mon": []}, ()),
        ({"mon": None}, ()),
        ("24x7", days_from("2026-02-01", 3_653)),
    ],
)
@pytest.mark.parametrize("allowance", [timedelta(0), timedelta(hours=1)])
def test_a_calendar_that_does_not_open_within_ten_years_has_no_deadline(
    hours: Any, holidays: list[str], allowance: timedelta
) -> None:
    compiled = hours_of(hours, *holidays)
    start = utc("2026-02-01T12:00Z")
    with pytest.raises(NeverOpen, match="no open second within 10 years"):
        compiled.add(start, allowance)
    assert compiled.between(start, utc("2030-01-01T00:00Z")) == timedelta(0)


def test_ten_years_are_counted_to_the_microsecond() -> None:
    closed = days_from("2026-02-01", 3652)
    hours = hours_of("24x7", *closed, timezone="UTC")
    opening = utc("2036-02-01T00:00Z")
    just_within = utc("2026-02-01T00:00:00.000001Z")
    assert hours.add(just_within, timedelta(0)) == opening
    assert hours.add(just_within, timedelta(days=1)) == opening + timedelta(days=1)
    for allowance in (timedelta(0), timedelta(days=1)):
        with pytest.raises(NeverOpen):
            hours.add(utc("2026-02-01T00:00:00Z"), allowance)


def test_once_open_an_allowance_may_outlast_any_closed_decade() -> None:
    closed = days_from("2026-02-01", 4000)
    hours = hours_of("24x7", *closed, timezone="UTC")
    start = utc("2026-01-31T00:00Z")
    assert hours.add(start, timedelta(days=1)) == start + timedelta(days=1)
    assert hours.add(start, timedelta(days=1) + TICK) == start + timedelta(days=4001) + TICK


def test_time_is_known_from_the_year_1_to_the_year_9999() -> None:
    begin, end = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    always = hours_of("24x7")
    assert always.between(begin, end) == end - begin
    assert always.add(begin, end - begin) == end
    assert always.add(end, timedelta(0)) == end
    for hours in (always, office):
        with pytest.raises(BeyondCalendar, match="9999"):
            hours.add(utc("9999-12-30T12:00Z"), timedelta(days=30))
    with pytest.raises(NeverOpen):
        office.add(utc("9999-12-31T23:00Z"), timedelta(0))


def test_centuries_are_answered_without_being_kept() -> None:
    begin, end = utc("0001-01-01T00:00Z"), utc("9001-01-01T00:00Z")
    elapsed = office.between(begin, end)
    assert elapsed == office.between(begin, utc("2026-01-01T00:00Z")) + office.between(
        utc("2026-01-01T00:00Z"), end
    )
    # 400 years are whole weeks, and the rules of summer time repeat with them.
    later, cycle = utc("2400-01-01T00:00Z"), timedelta(days=146_097)
    assert office.between(later, later + cycle) == timedelta(hours=9 * 5 * 20_871)
    assert office.add(later, timedelta(hours=9 * 5 * 20_871)) == utc("2799-12-31T17:00Z")
    assert len(office.table_around(to_microseconds(later), to_microseconds(later)).opens) < 50_000


def test_an_interval_cut_by_two_tables_is_one_interval() -> None:
    hours = hours_of({day: [["00:00", "24:00"]] for day in DAYS})
    begin, end = (to_microseconds(utc(f"{year}-06-01T00:00Z")) for year in (1900, 2300))
    assert list(hours.intervals_us(begin, end)) == [(begin, end)]
    assert list(hours.intervals_us(end, begin)) == []


def test_questions_in_any_order_get_the_same_answers() -> None:
    years = [2026, 1950, 2150, 2027, 1, 9000, 2030, 1990, 2026]
    instants = [utc(f"{year:04d}-05-05T10:00Z") for year in years]
    allowances = [timedelta(hours=n) for n in (4, 100_000, 48, 10_000, 0)]
    fresh = [BusinessHours(office.spec).add(at, n) for at in instants for n in allowances]
    kept = BusinessHours(office.spec)
    assert [kept.add(at, n) for at in instants for n in allowances] == fresh
    for before, after in pairwise(instants):
        assert kept.between(before, after) == BusinessHours(office.spec).between(before, after)
