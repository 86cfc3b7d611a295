"""iCalendar texts for the tests of duty feeds."""

from importlib.util import find_spec

import pytest

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
