"""Business time against a slow second opinion, around every kind of clock change."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sla.domain.time.business_hours import CalendarSpec, NeverOpen, compile_hours
from sla.domain.time.business_hours_batch import add_many, between_many
from tests.chaos import share_of
from tests.sla.business_time_oracle import DAYS, Oracle
from tickets.domain.instants import to_microseconds

# A UTC date on or next to which something happens to the clocks of the zone.
CHANGES = [
    ("Europe/Madrid", "2026-03-29"),
    ("Europe/Madrid", "2026-10-25"),
    ("Europe/Madrid", "2400-03-26"),
    ("America/New_York", "2022-11-06"),
    ("America/Sao_Paulo", "2018-11-04"),  # midnight does not exist
    ("America/Sao_Paulo", "2018-02-18"),  # back to 23:00 of the day before
    ("America/Havana", "2015-03-08"),  # midnight does not exist
    ("America/Havana", "2015-11-01"),  # midnight occurs twice
    ("Africa/Cairo", "2014-05-15"),  # midnight does not exist
    ("Africa/Cairo", "2014-09-25"),
    ("Asia/Beirut", "2022-03-27"),
    ("Asia/Beirut", "2022-10-29"),
    ("America/St_Johns", "2006-04-02"),  # forward at 00:01
    ("America/St_Johns", "2006-10-29"),  # back at 00:01 to 23:01 of the day before
    ("Atlantic/Azores", "2021-10-31"),  # 00:00 occurs twice
    ("Australia/Lord_Howe", "2021-04-03"),  # half an hour
    ("Australia/Lord_Howe", "2021-10-02"),
    ("Pacific/Apia", "2011-12-30"),  # a date that never was
    ("Pacific/Kwajalein", "1993-08-21"),
    ("Pacific/Kwajalein", "1969-10-01"),  # a date that was twice
    ("Asia/Kathmandu", "1985-12-31"),  # a quarter of an hour
    ("America/Caracas", "2007-12-09"),
    ("Asia/Gaza", "2016-10-29"),
    ("Antarctica/Troll", "2021-03-28"),  # two hours
    ("America/Nuuk", "2022-10-29"),
    ("Africa/Casablanca", "2020-05-31"),
    ("UTC", "2024-02-29"),
]
QUARTER = timedelta(minutes=15)
# Shrinking would count minutes for minutes.
QUICK = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)

times = st.one_of(
    st.sampled_from(["00:00", "00:01", "00:30", "01:00", "01:30", "02:00", "02:30", "03:00"]),
    st.sampled_from(["09:00", "18:00", "22:00", "23:00", "23:01", "23:30"]),
    st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.integers(0, 59)),
)
windows = st.tuples(times, st.one_of(times, st.just("24:00"))).map(list)
weeks = st.one_of(
    st.just("24x7"),
    st.fixed_dictionaries({}, optional=dict.fromkeys(DAYS, st.lists(windows, max_size=3))),
    windows.map(lambda window: {day: [window] for day in DAYS}),
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[dict[str, Any], datetime]:
    """A calendar and the midnight (UTC) four days before something happens to its clocks."""
    zone, day = draw(st.sampled_from(CHANGES))
    change = datetime.fromisoformat(day).replace(tzinfo=UTC)
    closed = draw(st.sets(st.integers(-2, 2), max_size=3))
    holidays = [(change + timedelta(days=n)).date().isoformat() for n in closed]
    calendar = {"timezone": zone, "hours": draw(weeks), "holidays": holidays}
    return calendar, change - timedelta(days=4)


@settings(QUICK, max_examples=share_of(40, parts=2))
@given(cases(), st.data())
def test_deadlines_and_elapsed_time_agree_with_minute_by_minute_counting(
    case: tuple[dict[str, Any], datetime], data: st.DataObject
) -> None:
    calendar, begin = case
    oracle = Oracle(calendar, begin, days=9)
    hours = compile_hours(CalendarSpec.parse(calendar))
    for _ in range(5):
        seconds = data.draw(st.one_of(st.integers(0, 7 * 96).map(lambda n: n * 900), offsets))
        start = begin + timedelta(seconds=seconds)
        end = start + data.draw(st.integers(0, 48 * 4).map(lambda n: n * QUARTER))
        assert hours.between(start, end) == oracle.between(start, end)
        allowance = data.draw(
            st.one_of(st.just(timedelta(0)), st.just(oracle.between(start, end)), allowances)
        )
        deadline = oracle.add(start, allowance)
        if deadline is not None:
            assert hours.add(start, allowance) == deadline


offsets = st.floats(0, 7 * 86_400).map(lambda second: round(second, 6))
allowances = st.integers(0, 2 * 86_400_000_000).map(lambda n: timedelta(microseconds=n))


@settings(QUICK, max_examples=share_of(150, parts=2))
@given(cases(), offsets, allowances, offsets, offsets)
def test_adding_and_counting_are_two_readings_of_one_stream(
    case: tuple[dict[str, Any], datetime],
    offset: float,
    allowance: timedelta,
    second: float,
    third: float,
) -> None:
    calendar, begin = case
    hours = compile_hours(CalendarSpec.parse(calendar))
    start = begin + timedelta(seconds=offset)
    try:
        deadline = hours.add(start, allowance)
    except NeverOpen:
        assert hours.between(start, start + timedelta(days=3_650)) == timedelta(0)
        return
    tick = timedelta(microseconds=1)
    assert deadline >= start
    assert hours.between(start, deadline) == allowance
    if allowance:
        assert hours.between(start, deadline - tick) < allowance
        assert hours.add(start, allowance - tick) < deadline
    else:
        assert hours.is_open_us(to_microseconds(deadline))
    a, b, c = sorted((start, begin + timedelta(seconds=second), begin + timedelta(seconds=third)))
    assert hours.between(a, b) + hours.between(b, c) == hours.between(a, c)
    assert hours.between(c, a) == timedelta(0)
    if allowance:
        assert hours.add(min(start, b), allowance) <= hours.add(max(start, b), allowance)


@settings(QUICK, max_examples=share_of(60, parts=2))
@given(cases(), st.lists(st.tuples(offsets, offsets, allowances), min_size=1, max_size=20))
def test_a_batch_gives_what_single_questions_give(
    case: tuple[dict[str, Any], datetime], questions: list[tuple[float, float, timedelta]]
) -> None:
    calendar, begin = case
    hours = compile_hours(CalendarSpec.parse(calendar))
    base = to_microseconds(begin)
    starts = np.array([base + round(first * 1e6) for first, _, _ in questions])
    ends = np.array([base + round(second * 1e6) for _, second, _ in questions])
    spans = np.array([span // timedelta(microseconds=1) for _, _, span in questions])
    pairs = list(zip(starts.tolist(), ends.tolist(), strict=True))
    assert between_many(hours, starts, ends).tolist() == [hours.between_us(*p) for p in pairs]
    try:
        single = [hours.add_us(s, n) for s, n in zip(starts.tolist(), spans.tolist(), strict=True)]
    except NeverOpen:
        return
    assert add_many(hours, starts, spans).tolist() == single


@settings(QUICK, max_examples=share_of(60, parts=2))
@given(cases(), offsets, offsets)
def test_the_open_intervals_are_maximal_and_sum_to_the_elapsed_time(
    case: tuple[dict[str, Any], datetime], first: float, second: float
) -> None:
    calendar, begin = case
    hours = compile_hours(CalendarSpec.parse(calendar))
    base = to_microseconds(begin)
    start, end = sorted((base + round(first * 1e6), base + round(second * 1e6)))
    found = list(hours.intervals_us(start, end))
    assert sum(closes - opens for opens, closes in found) == hours.between_us(start, end)
    assert all(start <= opens < closes <= end for opens, closes in found)
    assert all(before[1] < after[0] for before, after in pairwise(found))
    for opens, closes in found:
        assert hours.is_open_us(opens)
        assert hours.is_open_us(closes - 1)
        assert closes == end or not hours.is_open_us(closes)


def test_seconds_of_local_mean_time_are_kept() -> None:
    calendar = {"timezone": "Europe/Madrid", "hours": {"mon": [["09:00:07", "18:00"]]}}
    begin = datetime(1899, 12, 31, tzinfo=UTC)  # Madrid was at -0:14:44 until 1901
    oracle = Oracle(calendar, begin, days=3, step=1, margin_days=1)
    hours = compile_hours(CalendarSpec.parse(calendar))
    for allowance in (timedelta(0), timedelta(hours=1), timedelta(seconds=32_393)):
        assert hours.add(begin, allowance) == oracle.add(begin, allowance)
