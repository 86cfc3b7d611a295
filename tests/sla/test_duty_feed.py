"""Shifts from an iCalendar feed: what is read, what is refused, and what stays in trouble."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from threading import Thread
from time import monotonic, sleep
from typing import Any

import pytest
from django.db import connection

from sla.domain.duty_feed import FeedFault, FeedTrouble, read_feed
from sla.domain.duty_names import Colleague, Roll
from sla.domain.public_address import is_public
from sla.models import DutyShift, Rota
from sla.operations import fetch_feed as fetching
from sla.operations.fetch_feed import fetch_feed
from sla.operations.read_feed import FeedMissing, FeedRead, expand_feed, read_rota_feed
from tests.sla.desk_world import make_person
from tests.sla.duty_world import rota, shift
from tests.sla.world import madrid

NOW = madrid("2026-10-20 12:00")
reads_calendars = pytest.mark.skipif(
    not (find_spec("icalendar") and find_spec("recurring_ical_events")),
    reason="NO ICALENDAR HERE: install icalendar and recurring-ical-events to test the feeds",
)


def event(*lines: str, uid: str = "a") -> str:
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{uid}", *lines, "END:VEVENT"])


def calendar(*events: str) -> bytes:
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN"]
    return "\r\n".join([*head, *events, "END:VCALENDAR", ""]).encode()


WEEKLY = event(
    "DTSTART;TZID=Europe/Madrid:20261019T090000",
    "DTEND;TZID=Europe/Madrid:20261026T090000",
    "RRULE:FREQ=WEEKLY;INTERVAL=2",
    "SUMMARY:On call: Alice",
)


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
    monkeypatch.setattr("sla.operations.read_feed._READ_SECONDS", 2)
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


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("nonsense", False),
    ],
)
def test_only_addresses_of_the_public_network_are_public(address: str, expected: bool) -> None:
    assert is_public(address) is expected


Reply = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def web(reply: Reply) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with suppress(OSError):
                reply(self)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def sending(body: bytes, status: int = 200, **headers: str) -> Reply:
    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return reply


def fault(url: str) -> FeedFault:
    with pytest.raises(FeedTrouble) as caught:
        fetch_feed(url)
    return caught.value.fault


@pytest.fixture
def here(settings: Any) -> None:
    settings.DUTY_FEED_PRIVATE_HOSTS = ["127.0.0.1"]


def test_a_feed_is_fetched_with_its_login(here: None) -> None:
    def reply(handler: BaseHTTPRequestHandler) -> None:
        sending((handler.headers["Authorization"] + handler.path).encode())(handler)

    with web(reply) as url:
        told = fetch_feed(url.replace("//", "//olga:se%40cret@") + "/a.ics?key=1")
    assert told == b"Basic b2xnYTpzZUBjcmV0/a.ics?key=1"


def test_nothing_is_fetched_from_our_own_network() -> None:
    with web(sending(b"secret")) as url:
        # Not named by an operator: neither without TLS, nor by any name of this machine.
        assert fault(url) is FeedFault.ADDRESS
        port = url.rpartition(":")[2]
        for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0x7f.1", "2130706433"):
            assert fault(f"https://{host}:{port}/") is FeedFault.PRIVATE


def test_a_redirect_into_our_own_network_is_not_followed(settings: Any) -> None:
    settings.DUTY_FEED_PRIVATE_HOSTS = ["localhost"]
    with web(sending(b"secret")) as inner:
        target = inner.replace("http:", "https:")
        with web(sending(b"", 302, Location=target)) as outer:
            assert fault(outer.replace("127.0.0.1", "localhost")) is FeedFault.PRIVATE


@pytest.mark.parametrize(
    "url", ["", "file:///etc/passwd", "ftp://x.example/a", "https://", "https://a b/", "gopher:x"]
)
def test_what_is_no_address_of_the_web_is_refused(url: str) -> None:
    assert fault(url) is FeedFault.ADDRESS


def test_endless_redirects_large_packed_and_missing_answers_are_trouble(here: None) -> None:
    with web(sending(b"", 302, Location="/again")) as url:
        assert fault(url) is FeedFault.STATUS
    with web(sending(b"x" * (2 * 1024 * 1024 + 1))) as url:
        assert fault(url) is FeedFault.TOO_LARGE
    with web(sending(b"", Content_Encoding="gzip")) as url:
        assert fault(url) is FeedFault.UNREADABLE
    with web(sending(b"", 404)) as url:
        assert fault(url) is FeedFault.STATUS
    assert fault(url) is FeedFault.AWAY


def test_an_answer_that_trickles_is_cut_off(here: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "_ALL_SECONDS", 1.0)

    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(60):
            handler.wfile.write(b"x")
            sleep(0.2)

    began = monotonic()
    with web(reply) as url:
        assert fault(url) is FeedFault.AWAY
    assert monotonic() - began < 5


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
