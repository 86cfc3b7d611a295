"""What a calendar says, as data: its zone, its weekly hours and its holidays, strictly read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from sla.domain.time import interval
from sla.domain.time.timezones import UnknownZone, zone

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_SECONDS: Final = 86_400
ALWAYS: Final = "24x7"

# Open and close in seconds after the local midnight of the weekday on which the window begins;
# a close above 86,400 lies on the next date.
Window = tuple[int, int]
WeeklyHours = tuple[tuple[Window, ...], ...]

# ASCII digits only: \d would also take Arabic-Indic ones.
_TIME = re.compile(r"([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


class BadCalendar(ValueError):
    """The calendar cannot be read; the message says what to change."""


@dataclass(frozen=True, slots=True)
class CalendarSpec:
    """One calendar in canonical form: equal calendars are equal values, usable as keys."""

    timezone: str
    hours: Literal["24x7"] | WeeklyHours
    holidays: tuple[date, ...] = ()

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> "CalendarSpec":
        """Reads `{"timezone", "hours", "holidays"}`; other keys are ignored. Raises BadCalendar."""
        if not isinstance(raw, Mapping):
            raise BadCalendar(
                f"a calendar must be an object with 'timezone' and 'hours', not {raw!r:.80}"
            )
        return cls(
            timezone=_zone_name(raw.get("timezone")),
            hours=_hours(raw.get("hours")),
            holidays=_holidays(raw.get("holidays")),
        )

    def as_json(self) -> dict[str, Any]:
        """The calendar as `parse` reads it, the same for equal calendars."""
        hours: Any = ALWAYS
        if self.hours != ALWAYS:
            hours = {
                day: [[_clock(open_), _clock(close)] for open_, close in _spelled(windows)]
                for day, windows in zip(WEEKDAYS, self.hours, strict=True)
                if windows
            }
        return {
            "timezone": self.timezone,
            "hours": hours,
            "holidays": [day.isoformat() for day in self.holidays],
        }


def _zone_name(raw: object) -> str:
    if raw is None:
        raise BadCalendar("the calendar has no 'timezone'; name one such as Europe/Madrid")
    if not isinstance(raw, str):
        raise BadCalendar(f"'timezone' must be a text such as Europe/Madrid, not {raw!r:.80}")
    try:
        zone(raw)
    except UnknownZone as error:
        raise BadCalendar(str(error)) from None
    return raw


def _hours(raw: object) -> Literal["24x7"] | WeeklyHours:
    if raw is None:
        raise BadCalendar("the calendar has no 'hours'; give '24x7' or the windows of each weekday")
    if raw == ALWAYS:
        return ALWAYS
    if not isinstance(raw, Mapping):
        raise BadCalendar(
            f"'hours' must be '24x7' or an object from {'/'.join(WEEKDAYS)} to windows, "
            f"not {raw!r:.80}"
        )
    for key in raw:
        if key not in WEEKDAYS:
            raise BadCalendar(
                f"{key!r:.80} is not a weekday; 'hours' takes only {', '.join(WEEKDAYS)}"
            )
    return tuple(_day(day, raw.get(day)) for day in WEEKDAYS)


def _day(day: str, raw: object) -> tuple[Window, ...]:
    if raw is None:
        return ()
    if not isinstance(raw, list | tuple):
        raise BadCalendar(f"{day}: give a list of windows such as [['09:00', '18:00']]")
    # Windows of one weekday are merged here, on the wall clock: both ways of resolving a
    # boundary keep the order of times, so the union is the same after the conversion to UTC.
    return tuple(interval.union(_window(day, window) for window in raw))


def _window(day: str, raw: object) -> Window:
    if not isinstance(raw, list | tuple) or len(raw) != 2:
        raise BadCalendar(
            f"{day}: a window is an opening and a close such as ['09:00', '18:00'], not {raw!r:.80}"
        )
    opens, closes = (_seconds(day, part) for part in raw)
    if opens == DAY_SECONDS:
        raise BadCalendar(f"{day}: 24:00 can only be a close; open the next weekday at 00:00")
    return opens, closes if closes > opens else closes + DAY_SECONDS


def _seconds(day: str, raw: object) -> int:
    match = _TIME.fullmatch(raw) if isinstance(raw, str) else None
    if match is None:
        raise BadCalendar(f"{day}: {raw!r:.80} is not a time; write it as HH:MM or HH:MM:SS")
    hour, minute, second = (int(part or 0) for part in match.groups())
    if (hour, minute, second) == (24, 0, 0):
        return DAY_SECONDS
    if hour > 23 or minute > 59 or second > 59:
        raise BadCalendar(f"{day}: {raw!r} is not a time of day; the last one is 24:00 as a close")
    return hour * 3_600 + minute * 60 + second


def _holidays(raw: object) -> tuple[date, ...]:
    if raw is None:
        return ()
    if not isinstance(raw, list | tuple):
        raise BadCalendar(f"'holidays' must be a list of dates such as 2026-12-25, not {raw!r:.80}")
    return tuple(sorted({_date(day) for day in raw}))


def _date(raw: object) -> date:
    match = _DATE.fullmatch(raw) if isinstance(raw, str) else None
    if match is None:
        raise BadCalendar(f"holidays: {raw!r:.80} is not a date; write it as YYYY-MM-DD")
    try:
        return date(*(int(part) for part in match.groups()))
    except ValueError as error:
        raise BadCalendar(f"holidays: {raw!r} is not a date that exists: {error}") from None


def _spelled(windows: tuple[Window, ...]) -> list[Window]:
    """Windows of at most 24 hours each: merged ones may be longer than HH:MM can say."""
    spelled: list[Window] = []
    for opens, closes in windows:
        if closes - opens > DAY_SECONDS:
            spelled += [(opens, opens + DAY_SECONDS), (closes - DAY_SECONDS, closes)]
        else:
            spelled.append((opens, closes))
    return spelled


def _clock(second: int) -> str:
    if second > DAY_SECONDS:
        second -= DAY_SECONDS
    hour, rest = divmod(second, 3_600)
    minute, rest = divmod(rest, 60)
    return f"{hour:02d}:{minute:02d}" + (f":{rest:02d}" if rest else "")
