"""Reading calendars: what is taken, what is refused and with which advice."""

from datetime import date
from typing import Any

import pytest

from sla.domain.time import timezones
from sla.domain.time.business_hours import BadCalendar, CalendarSpec
from tests.sla.business_time_oracle import DAYS, packaged_zone, utc

NINE_TO_SIX = [["09:00", "18:00"]]


def parse(hours: Any = "24x7", timezone: Any = "Europe/Madrid", **rest: Any) -> CalendarSpec:
    return CalendarSpec.parse({"timezone": timezone, "hours": hours, **rest})


def windows(*day: Any) -> Any:
    return parse({"mon": list(day)}).hours[0]


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (["09:00", "18:00"], (32_400, 64_800)),
        (("09:00", "18:00"), (32_400, 64_800)),
        (["09:00:01", "18:00:59"], (32_401, 64_859)),
        (["00:00", "24:00"], (0, 86_400)),
        (["00:00", "24:00:00"], (0, 86_400)),
        (["00:00", "00:00"], (0, 86_400)),
        (["22:00", "06:00"], (79_200, 108_000)),
        (["12:00", "12:00"], (43_200, 129_600)),
        (["23:59:59", "00:00"], (86_399, 86_400)),
    ],
)
def test_a_window_is_an_opening_and_a_close(window: Any, expected: tuple[int, int]) -> None:
    assert windows(window) == (expected,)


@pytest.mark.parametrize(
    "window",
    [
        [],
        ["09:00"],
        ["09:00", "10:00", "11:00"],
        ["9:00", "18:00"],
        ["09:00", "18"],
        ["09:00", "18:00:00.5"],
        ["09:00", "18:00:60"],
        ["09:60", "18:00"],
        ["24:00", "24:00"],
        ["24:00", "06:00"],
        ["09:00", "24:01"],
        ["09:00", "24:00:01"],
        ["09:00", "25:00"],
        ["09:00", "-1:00"],
        ["09:00 ", "18:00"],
        ["09:00\n", "18:00"],
        ["09:00", "18:00\n"],
        ["٠٩:٠٠", "18:00"],
        ["０９:00", "18:00"],
        ["", ""],
        [9, 18],
        [None, "18:00"],
        [True, "18:00"],
        "09:00-18:00",
        "ab",
        {"open": "09:00", "close": "18:00"},
        {"09:00": 1, "18:00": 2},
        None,
    ],
)
def test_a_bad_window_is_refused_by_the_name_of_its_day(window: Any) -> None:
    with pytest.raises(BadCalendar, match="mon: "):
        windows(window)


@pytest.mark.parametrize("day", ["09:00", 9, True, {}, {"open": "09:00"}, "", False, 0])
def test_a_day_that_is_not_a_list_of_windows_is_refused(day: Any) -> None:
    with pytest.raises(BadCalendar, match="mon: give a list of windows"):
        parse({"mon": day})


@pytest.mark.parametrize("key", ["Mon", "monday", "MON", "", "mon ", "holidays", "lun", "0"])
def test_an_unknown_weekday_is_refused_whatever_it_holds(key: str) -> None:
    for value in (NINE_TO_SIX, [], None):
        with pytest.raises(BadCalendar, match="is not a weekday"):
            parse({"tue": NINE_TO_SIX, key: value})


@pytest.mark.parametrize(
    "hours", ["24X7", "24/7", "always", "", [], [["09:00", "18:00"]], 24, True]
)
def test_hours_of_another_shape_are_refused(hours: Any) -> None:
    with pytest.raises(BadCalendar, match="'hours' must be '24x7' or an object"):
        parse(hours)


@pytest.mark.parametrize("key", ["timezone", "hours"])
def test_zone_and_hours_are_required(key: str) -> None:
    full = {"timezone": "UTC", "hours": "24x7"}
    for raw in ({**full, key: None}, {name: full[name] for name in full if name != key}):
        with pytest.raises(BadCalendar, match=f"no '{key}'"):
            CalendarSpec.parse(raw)


@pytest.mark.parametrize(
    "zone",
    ["", "../etc/passwd", "/etc/localtime", "posixrules", "localtime", "europe/madrid", "CEST",
     "Europe", "Europe/", "Europe/Madrid ", "Europe/Madrid\x00", "UTC+1", "tzdata.zi", "zone.tab",
     "Mars/Base", "\ud800", "a" * 5_000],
)  # fmt: skip
def test_a_zone_outside_the_tz_database_is_refused(zone: str) -> None:
    with pytest.raises(BadCalendar, match="is not a time zone") as refused:
        parse(timezone=zone)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize("zone", [1, True, [], {}, ["Europe/Madrid"]])
def test_a_zone_that_is_not_a_text_is_refused(zone: Any) -> None:
    with pytest.raises(BadCalendar, match="'timezone' must be a text"):
        parse(timezone=zone)


@pytest.mark.parametrize("zone", ["UTC", "Etc/GMT+3", "US/Eastern", "Asia/Calcutta", "EST5EDT"])
def test_every_name_of_the_tz_database_is_taken_as_it_is(zone: str) -> None:
    assert parse(timezone=zone).timezone == zone


def test_holidays_are_sorted_dates_once_each() -> None:
    spec = parse(holidays=["2026-12-25", "2026-01-06", "2026-12-25", "2024-02-29"])
    assert spec.holidays == (date(2024, 2, 29), date(2026, 1, 6), date(2026, 12, 25))
    assert parse(holidays=None) == parse(holidays=[]) == parse()


@pytest.mark.parametrize(
    "holidays",
    [
        ["2026-02-29"],
        ["2026-13-01"],
        ["0000-01-01"],
        ["20261225"],
        ["2026-W52-5"],
        ["2026-12-25T00:00:00"],
        ["26-12-25"],
        ["2026-12-25 "],
        ["٢٠٢٦-12-25"],
        [""],
        [None],
        [20261225],
        [["2026-12-25"]],
        "2026-12-25",
        {"2026-12-25": "Navidad"},
        0,
        False,
    ],
)
def test_holidays_of_another_shape_are_refused(holidays: Any) -> None:
    with pytest.raises(BadCalendar, match="holidays"):
        parse(holidays=holidays)


@pytest.mark.parametrize("raw", [None, [], "es-office", 7])
def test_a_calendar_must_be_an_object(raw: Any) -> None:
    with pytest.raises(BadCalendar, match="a calendar must be an object"):
        CalendarSpec.parse(raw)


def test_unknown_keys_of_a_calendar_are_ignored() -> None:
    assert parse(name="ours", holiday=["x"], Hours={"x": 1}) == parse()


def test_calendars_that_mean_the_same_are_equal_and_have_the_same_text() -> None:
    one = parse({"mon": [["09:00", "12:00"], ["12:00", "18:00"]], "sat": []})
    other = parse({"mon": [["10:00", "18:00:00"], ["09:00", "11:00"]], "tue": None})
    assert one == other
    assert hash(one) == hash(other)
    assert one.as_json() == other.as_json()
    assert one.as_json()["hours"] == {"mon": NINE_TO_SIX}


@pytest.mark.parametrize(
    "hours",
    [
        "24x7",
        {},
        dict.fromkeys(DAYS, ()),
        {"mon": [["00:00", "24:00"]], "tue": [["00:00", "00:00"]]},
        {"fri": [["22:00", "06:00:30"], ["09:00", "10:00"]]},
        {"fri": [["20:00", "10:00"], ["08:00", "21:00"]]},
        {"fri": [["12:00", "12:00"], ["23:00", "22:00"]]},
        {"sun": [["00:00:01", "00:00:01"]]},
    ],
)
def test_the_text_of_a_calendar_reads_back_as_the_same_calendar(hours: Any) -> None:
    spec = parse(hours, holidays=["2026-12-25"])
    assert CalendarSpec.parse(spec.as_json()) == spec


def test_offsets_are_those_of_the_packaged_tz_database() -> None:
    zone = timezones.zone("Europe/Madrid")
    assert zone.key == "Europe/Madrid"
    assert timezones.zone("Europe/Madrid") is zone
    assert timezones.tzdata_version()[:2] == "20"


@pytest.mark.parametrize("name", sorted(timezones.zone_names())[::23])
def test_every_change_of_the_clocks_is_found(name: str) -> None:
    zone = packaged_zone(name)
    begin, end = (int(utc(f"{year}-01-01T00:00Z").timestamp()) for year in (1930, 2060))
    spans = timezones.offset_spans(name, begin, end)
    edges = list(spans.edges)
    assert edges == sorted(edges)
    for second in range(begin, end, 5 * 86_400 + 3_600):
        offset = utc("1970-01-01T00:00Z").fromtimestamp(second, zone).utcoffset()
        index = sum(edge <= second for edge in edges)
        assert offset is not None
        assert offset.total_seconds() == spans.offsets[index]
