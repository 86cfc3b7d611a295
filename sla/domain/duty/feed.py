"""Reads the shifts of an iCalendar feed (RFC 5545). Run as a program, it reads standard input.

Feeds come from outside and a rule of recurrence can be made to run for ever: the caller runs this
in a process of its own, with a limit of time and memory, and gives it no secrets.
"""

import json
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from importlib import import_module
from typing import Any, Final

from sla.domain.duty.turns import first_shown
from tickets.domain.instants import from_microseconds, to_microseconds

_EVENTS_MOST: Final = 5_000
_SHIFTS_MOST: Final = 3_000
_FREQUENCIES: Final = frozenset({"HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
# What comes out of them for one or another broken text.
_SAID_BY_THE_LIBRARIES: Final = (
    ValueError,
    ArithmeticError,
    TypeError,
    AttributeError,
    LookupError,
    RecursionError,
)
_CPU_SECONDS: Final = 15
_MEMORY_BYTES: Final = 512 * 1024 * 1024
_UID_MOST: Final = 255
_TEXT_MOST: Final = 500
_MAILTO: Final = re.compile(r"mailto:", re.IGNORECASE)


class FeedFault(StrEnum):
    """What is wrong with a feed."""

    ADDRESS = "address"  # no address of a web page
    PRIVATE = "private"  # it leads into a private network
    AWAY = "away"  # no answer in time
    STATUS = "status"  # the HTTP status
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"  # not iCalendar
    TOO_MUCH = "too_much"  # more events, or more work, than any rota has
    EMPTY = "empty"  # no shift to come, where there were some
    UNKNOWN_PEOPLE = "unknown_people"  # how many events, and the instant of the first
    BAD_EVENTS = "bad_events"  # how many could not be read
    LIBRARY = "library"  # the packages that read iCalendar are not installed


class FeedTrouble(Exception):
    """A feed could not be used; what was read before stays."""

    def __init__(self, fault: FeedFault, detail: str = "") -> None:
        """`detail` holds numbers and instants, never a text or an address."""
        super().__init__(f"{fault.value}: {detail}" if detail else fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedShift:
    """One occurrence of an event, in UTC; who holds it stands in its text or its attendees."""

    uid: str
    starts_at: datetime
    ends_at: datetime
    text: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """The shifts of a time, in order, and how many events could not be read."""

    shifts: tuple[FeedShift, ...]
    bad_events: int


def read_feed(raw: bytes, *, zone_name: str, starts_at: datetime, ends_at: datetime) -> Feed:
    """The occurrences that touch [starts_at, ends_at).

    Days, and times without a zone, are those of `zone_name`. Raises FeedTrouble.
    """
    icalendar, recurring = _library("icalendar"), _library("recurring_ical_events")
    # One that was cut off on its way would look like a rota with fewer shifts.
    if not raw.rstrip().upper().endswith(b"END:VCALENDAR"):
        raise FeedTrouble(FeedFault.UNREADABLE)
    try:
        calendars = icalendar.Calendar.from_ical(raw, multiple=True)
    except _SAID_BY_THE_LIBRARIES:
        raise FeedTrouble(FeedFault.UNREADABLE) from None
    if not any(calendar.name == "VCALENDAR" for calendar in calendars):
        raise FeedTrouble(FeedFault.UNREADABLE)
    bad = 0
    shifts: list[FeedShift] = []
    for calendar in calendars:
        bad += _drop_bad(calendar)
        try:
            found = recurring.of(calendar, skip_bad_series=True).between(starts_at, ends_at)
        except _SAID_BY_THE_LIBRARIES:
            raise FeedTrouble(FeedFault.UNREADABLE) from None
        bad += _take(found, zone_name, shifts)
    shifts.sort(key=lambda shift: (shift.starts_at, shift.uid))
    return Feed(shifts=tuple(shifts), bad_events=bad)


def _take(events: Iterable[Any], zone_name: str, shifts: list[FeedShift]) -> int:
    """Adds the occurrences; how many could not be read."""
    bad = 0
    for event in events:
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        try:
            shift = _shift(event, zone_name)
        except _SAID_BY_THE_LIBRARIES:
            bad += 1
            continue
        if shift.starts_at < shift.ends_at:
            shifts.append(shift)
        if len(shifts) > _SHIFTS_MOST:
            raise FeedTrouble(FeedFault.TOO_MUCH)
    return bad


def _library(name: str) -> Any:
    """Late: only who reads a feed pays for it, and only they need it."""
    try:
        return import_module(name)
    except ModuleNotFoundError:
        raise FeedTrouble(FeedFault.LIBRARY) from None


def _drop_bad(calendar: Any) -> int:
    """Takes out the events that nothing can be made of, or too much; how many."""
    events = [part for part in calendar.subcomponents if part.name == "VEVENT"]
    if len(events) > _EVENTS_MOST:
        raise FeedTrouble(FeedFault.TOO_MUCH)
    bad = [event for event in events if not _is_sound(event)]
    if bad:
        calendar.subcomponents = [
            part for part in calendar.subcomponents if not any(part is each for each in bad)
        ]
    return len(bad)


def _is_sound(event: Any) -> bool:
    try:
        return _has_sound_rules(event)
    except _SAID_BY_THE_LIBRARIES:
        return False


def _has_sound_rules(event: Any) -> bool:
    if not hasattr(event.get("DTSTART"), "dt"):
        return False
    rules = event.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        if not hasattr(rule, "get"):
            return False
        frequency = [str(each).upper() for each in rule.get("FREQ", [])]
        # Once a minute is no rota; an interval of 0 would never end.
        if len(frequency) != 1 or frequency[0] not in _FREQUENCIES:
            return False
        if any(int(each) < 1 for each in rule.get("INTERVAL", [])):
            return False
        if any(key in rule for key in ("BYSECOND", "BYMINUTE")):
            return False
    return True


def _shift(event: Any, zone_name: str) -> FeedShift:
    begins, ends = event["DTSTART"].dt, event.end
    return FeedShift(
        uid=_uid(str(event.get("UID", ""))),
        starts_at=_instant(begins, zone_name),
        ends_at=_instant(ends, zone_name),
        text=str(event.get("SUMMARY", ""))[:_TEXT_MOST],
        addresses=tuple(_addresses(event.get("ATTENDEE", []))),
    )


def _uid(uid: str) -> str:
    """As it is stored; an event without one is known by its time alone."""
    fits = 0 < len(uid) <= _UID_MOST and uid.isprintable()
    return uid if fits else sha256(uid.encode(errors="replace")).hexdigest()


def _instant(at: date, zone_name: str) -> datetime:
    """In UTC; a day begins at its first moment in the rota's zone."""
    if not isinstance(at, datetime):
        return first_shown(zone_name, datetime(at.year, at.month, at.day))  # noqa: DTZ001
    if at.tzinfo is None:
        return first_shown(zone_name, at)
    return at.astimezone(UTC)


def _addresses(attendees: Any) -> Iterable[str]:
    for attendee in attendees if isinstance(attendees, list) else [attendees]:
        params = getattr(attendee, "params", {})
        if str(params.get("PARTSTAT", "")).upper() != "DECLINED":
            yield _MAILTO.sub("", str(attendee)).strip().lower()[:_TEXT_MOST]


def feed_as_json(feed: Feed) -> str:
    """What the program prints."""
    return json.dumps(
        {
            "bad_events": feed.bad_events,
            "shifts": [
                [
                    shift.uid,
                    to_microseconds(shift.starts_at),
                    to_microseconds(shift.ends_at),
                    shift.text,
                    list(shift.addresses),
                ]
                for shift in feed.shifts
            ],
        }
    )


def feed_from_json(text: str | bytes) -> Feed:
    """What the program printed. Raises FeedTrouble, as the program said it."""
    told = json.loads(text)
    if "fault" in told:
        raise FeedTrouble(FeedFault(told["fault"]))
    return Feed(
        bad_events=told["bad_events"],
        shifts=tuple(
            FeedShift(
                uid=uid,
                starts_at=from_microseconds(starts),
                ends_at=from_microseconds(ends),
                text=words,
                addresses=tuple(addresses),
            )
            for uid, starts, ends, words, addresses in told["shifts"]
        ),
    )


def _limit_itself() -> None:
    """More time or memory than this is no rota's; the caller limits the time of the clock."""
    import resource

    # It reserves far more memory than it uses.
    import_module("numpy")
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (used + _MEMORY_BYTES, used + _MEMORY_BYTES))


def main(zone_name: str, starts: str, days: str) -> None:
    """`python -m sla.domain.duty.feed ZONE MICROSECONDS DAYS < feed`."""
    _limit_itself()
    starts_at = from_microseconds(int(starts))
    try:
        feed = read_feed(
            sys.stdin.buffer.read(),
            zone_name=zone_name,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(days=int(days)),
        )
        answer = feed_as_json(feed)
    except FeedTrouble as trouble:
        answer = json.dumps({"fault": trouble.fault.value})
    sys.stdout.write(answer)


if __name__ == "__main__":
    main(*sys.argv[1:4])
