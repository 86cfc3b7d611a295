"""What is read from an iCalendar feed, and whom its events mean."""

import sys
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import pytest

from sla.domain.duty.feed import FeedFault, FeedTrouble, read_feed
from sla.domain.duty.names import Colleague, Roll
from sla.operations.duty.read_feed import expand_feed
from tests.sla.duty_calendars import NOW, WEEKLY, calendar, event, reads_calendars
from tests.sla.world import madrid


def read(raw: bytes, days: int = 30) -> list[tuple[datetime, datetime, str]]:
    ends_at = NOW + timedelta(days=days)
    feed = read_feed(raw, zone_name="Europe/Madrid", starts_at=NOW, ends_at=ends_at)
    return [(each.starts_at, each.ends_at, each.text) for each in feed.shifts]


def at(text: str) -> datetime:
    return madrid(text)


@reads_calendars
def test_weeks_in_turn_are_read_over_the_change_of_the_clocks() -> None:
    assert read(calendar(WEEKLY)) == [
        (at("2026-10-19 09:00"), at("2026-10-26 09:00"), "On call: Alice"),
        (at("2026-11-02 09:00"), at("2026-11-09 09:00"), "On call: Alice"),
        (at("2026-11-16 09:00"), at("2026-11-23 09:00"), "On call: Alice"),
    ]


@reads_calendars
def test_a_swapped_week_and_a_cancelled_one_are_as_the_calendar_shows_them() -> None:
    swapped = event(
        "RECURRENCE-ID;TZID=Europe/Madrid:20261102T090000",
        "DTSTART;TZID=Europe/Madrid:20261103T090000",
        "DTEND;TZID=Europe/Madrid:20261109T090000",
        "SUMMARY:Dave",
    )
    cancelled = event(
        "RECURRENCE-ID;TZID=Europe/Madrid:20261116T090000",
        "DTSTART;TZID=Europe/Madrid:20261116T090000",
        "DTEND;TZID=Europe/Madrid:20261123T090000",
        "STATUS:CANCELLED",
    )
    assert read(calendar(WEEKLY, swapped, cancelled))[1:] == [
        (at("2026-11-03 09:00"), at("2026-11-09 09:00"), "Dave")
    ]


@reads_calendars
def test_days_and_times_without_a_zone_are_those_of_the_rota() -> None:
    days = event("DTSTART;VALUE=DATE:20261025", "DTEND;VALUE=DATE:20261026", "SUMMARY:Alice")
    floating = event("DTSTART:20261030T220000", "DURATION:PT8H", "SUMMARY:Dave", uid="b")
    found = read(calendar(days, floating))
    assert found == [
        (at("2026-10-25 00:00"), at("2026-10-26 00:00"), "Alice"),
        (at("2026-10-30 22:00"), at("2026-10-31 06:00"), "Dave"),
    ]
    # The day on which the clocks go back has 25 hours.
    assert found[0][1] - found[0][0] == timedelta(hours=25)


@reads_calendars
@pytest.mark.parametrize(
    "bad",
    [
        event("DTSTART:20261020T090000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;INTERVAL=0"),
        event("DTSTART:20261020T090000Z", "DURATION:PT1H", "RRULE:FREQ=SECONDLY"),
        event("DTSTART:20261020T090000Z", "DURATION:PT1H", "RRULE:FREQ=HOURLY;BYSECOND=1,2,3"),
        event("DTSTART:20261020T090000Z", "DURATION:PT1H", "RRULE:FREQ=NEVER"),
        event("DTSTART:nonsense", "SUMMARY:Alice"),
        event("SUMMARY:Alice"),
    ],
)
def test_one_bad_event_takes_nothing_from_the_others(bad: str) -> None:
    feed = read_feed(
        calendar(bad, event("DTSTART:20261021T090000Z", "DURATION:PT1H", uid="b")),
        zone_name="Europe/Madrid",
        starts_at=NOW,
        ends_at=NOW + timedelta(days=3),
    )
    assert ([each.uid for each in feed.shifts], feed.bad_events) == (["b"], 1)


@reads_calendars
@pytest.mark.parametrize(
    "raw",
    [b"", b"<html>Please log in</html>", b"\xff\xfe", calendar(WEEKLY)[:-30], calendar()[20:]],
)
def test_what_is_no_whole_calendar_is_refused(raw: bytes) -> None:
    with pytest.raises(FeedTrouble) as caught:
        read(raw)
    assert caught.value.fault is FeedFault.UNREADABLE


@reads_calendars
def test_a_rule_that_never_comes_true_ends_with_the_process(monkeypatch: Any) -> None:
    monkeypatch.setattr("sla.operations.duty.read_feed._READ_SECONDS", 2)
    never = "RRULE:FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30"
    endless = [
        event("DTSTART:20261020T090000Z", "DURATION:PT1H", never, uid=str(number))
        for number in range(50)
    ]
    began = monotonic()
    with pytest.raises(FeedTrouble) as caught:
        expand_feed(calendar(*endless), zone_name="Europe/Madrid", starts_at=NOW)
    assert caught.value.fault is FeedFault.TOO_MUCH
    assert monotonic() - began < 10


@reads_calendars
def test_too_many_shifts_are_refused() -> None:
    many = [
        event("DTSTART:20261020T090000Z", "DURATION:PT1H", "RRULE:FREQ=HOURLY", uid=str(number))
        for number in range(5)
    ]
    with pytest.raises(FeedTrouble) as caught:
        read(calendar(*many))
    assert caught.value.fault is FeedFault.TOO_MUCH


def test_without_the_packages_the_feed_says_so(monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "icalendar", None)
    with pytest.raises(FeedTrouble) as caught:
        read(calendar())
    assert caught.value.fault is FeedFault.LIBRARY


ROLL = Roll(
    [
        Colleague(id=1, username="alice", email="alice@sivo.example", first_name="Alice",
                  last_name="Núñez"),
        Colleague(id=2, username="dave.k", email="dave@sivo.example", first_name="David",
                  last_name="Kerr"),
        Colleague(id=3, username="dsmith", email="", first_name="David", last_name="Smith"),
        Colleague(id=4, username="on", email="", first_name="", last_name=""),
    ]
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "addresses", "expected"),
    [
        ("Guardia de ALICE NUNEZ", (), (1,)),
        ("On call - Alice", (), (1,)),
        ("on call: dave.k", (), (2,)),
        ("Alice", ("dave@sivo.example",), (2,)),
        ("alice@sivo.example (primary)", (), (1,)),
        ("Alice Núñez / David Kerr", (), (1, 2)),
        # Two Davids: nobody knows which.
        ("David", (), ()),
        ("David Smith", (), (3,)),
        ("Malice", (), ()),
        ("on call", (), ()),
        ("Zoe", ("zoe@elsewhere.example",), ()),
    ],
)
def test_an_event_means_whom_it_names(
    text: str, addresses: tuple[str, ...], expected: tuple[int, ...]
) -> None:
    assert ROLL.named(text, addresses) == expected
