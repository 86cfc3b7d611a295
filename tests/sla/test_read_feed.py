"""Shifts from a feed as they are stored; in trouble the last good ones hold."""

from datetime import datetime, timedelta

import pytest
from django.db import connection

from sla.models import DutyShift, Rota
from sla.operations.duty.read_feed import FeedMissing, FeedRead, read_rota_feed
from tests.sla.desk_world import make_person
from tests.sla.duty_calendars import NOW, WEEKLY, calendar, event, reads_calendars
from tests.sla.duty_world import rota, shift
from tests.sla.world import madrid as at


@pytest.fixture
def support(db: None) -> Rota:
    make_person("Alice", "agents")
    make_person("Dave", "agents")
    return rota(ical_url="https://calendar.example/private-token/basic.ics")


def take(support: Rota, raw: bytes, now: datetime = NOW) -> FeedRead:
    return read_rota_feed(rota_id=support.pk, now=now, fetch=lambda _: raw)


def rows() -> list[tuple[str, datetime, datetime]]:
    columns = ("person__username", "starts_at", "ends_at")
    return list(DutyShift.objects.order_by("starts_at").values_list(*columns))


@reads_calendars
def test_a_feed_becomes_shifts_and_reading_it_again_changes_nothing(support: Rota) -> None:
    assert take(support, calendar(WEEKLY)).added == 5
    before = list(DutyShift.objects.order_by("pk").values())
    again = take(support, calendar(WEEKLY), NOW + timedelta(minutes=15))
    assert (again.added, again.removed, again.error) == (0, 0, "")
    assert list(DutyShift.objects.order_by("pk").values()) == before
    support.refresh_from_db()
    assert support.ical_read_at == NOW + timedelta(minutes=15)


@reads_calendars
def test_what_the_feed_drops_goes_and_what_was_held_stays_on_record(support: Rota) -> None:
    alice = event("DTSTART:20261019T070000Z", "DTEND:20261026T080000Z", "SUMMARY:Alice", uid="1")
    dave = event("DTSTART:20261019T070000Z", "DTEND:20261026T080000Z", "SUMMARY:Dave", uid="2")
    late = event("DTSTART:20261026T080000Z", "DTEND:20261102T080000Z", "SUMMARY:Dave", uid="3")
    take(support, calendar(alice, late))
    read = take(support, calendar(dave))
    assert (read.added, read.removed) == (1, 2)
    began = at("2026-10-19 09:00")
    assert sorted(rows()) == [("alice", began, NOW), ("dave", began, at("2026-10-26 09:00"))]
    # Given back a minute later, it goes on.
    take(support, calendar(alice, dave), NOW + timedelta(minutes=1))
    assert ("alice", began, at("2026-10-26 09:00")) in rows()


@reads_calendars
def test_shifts_made_by_hand_are_never_touched(support: Rota) -> None:
    dave = make_person("Dana", "agents")
    mine = shift(support, dave, "2026-11-01 00:00", "2026-11-02 00:00", layer="override")
    take(support, calendar(WEEKLY))
    take(support, calendar(event("DTSTART:20261021T090000Z", "DURATION:PT1H", "SUMMARY:Dave")))
    assert DutyShift.objects.filter(pk=mine.pk).exists()


@reads_calendars
@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"<html>502</html>", "unreadable"),
        (calendar(), "empty"),
        (calendar(event("DTSTART:20261021T090000Z", "DURATION:P1D", "SUMMARY:Zoe")), "empty"),
    ],
)
def test_in_trouble_the_last_good_feed_holds(support: Rota, raw: bytes, error: str) -> None:
    take(support, calendar(WEEKLY))
    before = rows()
    assert take(support, raw, NOW + timedelta(hours=1)).error == error
    assert rows() == before
    support.refresh_from_db()
    assert (support.ical_read_at, support.ical_error) == (NOW, error)
    assert take(support, calendar(WEEKLY)).error == ""


@reads_calendars
def test_events_that_name_nobody_of_ours_are_counted_without_their_words(support: Rota) -> None:
    zoe = event("DTSTART:20261021T090000Z", "DURATION:PT1H", "SUMMARY:Zoe of Acme", uid="z")
    assert take(support, calendar(WEEKLY, zoe)).error == "unknown_people: 1 2026-10-21T09:00:00Z"


@pytest.mark.django_db
def test_a_rota_without_a_feed_says_so() -> None:
    with pytest.raises(FeedMissing):
        read_rota_feed(rota_id=rota().pk, now=NOW)


def test_the_address_of_a_feed_is_encrypted_and_stands_in_no_trouble(support: Rota) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT ical_url FROM sla_rota")
        assert "private-token" not in cursor.fetchone()[0]
    read = read_rota_feed(rota_id=support.pk, now=NOW)
    support.refresh_from_db()
    assert read.error == support.ical_error == "away"
