"""The other ways to compute business time that the benchmark measures ours against."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pandas as pd
import pytz
from businesstimedelta import BusinessTimeDelta, HolidayRule, Rules, WorkDayRule

from sla.domain.time.business_hours import BusinessHours, CalendarSpec
from sla.domain.time.timezones import zone
from tests.sla.business_time_oracle import DAYS

Add = Callable[[datetime], datetime]
Between = Callable[[datetime, datetime], timedelta]


@dataclass(frozen=True)
class Shift:
    """One window a day on some weekdays (0 is Monday): all that every peer can express."""

    timezone: str
    opens: int
    closes: int
    weekdays: tuple[int, ...]
    holidays: tuple[date, ...]

    def as_json(self) -> dict[str, Any]:
        """The calendar as ours reads it."""
        window = [f"{self.opens:02d}:00", f"{self.closes:02d}:00"]
        return {
            "timezone": self.timezone,
            "hours": {DAYS[weekday]: [window] for weekday in self.weekdays},
            "holidays": [day.isoformat() for day in self.holidays],
        }


class Ours:
    """sla.domain.time.business_hours, aware datetimes in and out."""

    name = "ours (datetime)"

    def __init__(self, shift: Shift) -> None:
        self.hours = BusinessHours(CalendarSpec.parse(shift.as_json()))
        self.between: Between | None = self.hours.between

    def adder(self, hours: int) -> Add:
        allowance, add = timedelta(hours=hours), self.hours.add
        return lambda start: add(start, allowance)


class BusinessTimeDeltaPeer:
    """businesstimedelta: walks rule by rule."""

    name = "businesstimedelta"

    def __init__(self, shift: Shift) -> None:
        tz = pytz.timezone(shift.timezone)
        day = WorkDayRule(time(shift.opens), time(shift.closes), list(shift.weekdays), tz=tz)
        self.rules = Rules([day, HolidayRule(set(shift.holidays), tz=tz)])
        self.between: Between | None = self._between

    def adder(self, hours: int) -> Add:
        delta = BusinessTimeDelta(self.rules, hours=hours)
        return lambda start: (start + delta).astimezone(UTC)

    def _between(self, start: datetime, end: datetime) -> timedelta:
        return self.rules.difference(start, end).timedelta


class PandasPeer:
    """pandas CustomBusinessHour on tz-aware timestamps; it has no elapsed time."""

    name = "pandas CustomBusinessHour"
    between: Between | None = None

    def __init__(self, shift: Shift) -> None:
        self.zone = zone(shift.timezone)
        self.options = {
            "start": f"{shift.opens:02d}:00",
            "end": f"{shift.closes:02d}:00",
            "weekmask": " ".join(DAYS[weekday].title() for weekday in shift.weekdays),
            "holidays": list(shift.holidays),
        }

    def adder(self, hours: int) -> Add:
        offset, tz = pd.offsets.CustomBusinessHour(n=hours, **self.options), self.zone
        stamp = pd.Timestamp
        return lambda start: (stamp(start).tz_convert(tz) + offset).to_pydatetime().astimezone(UTC)


class PlainLoop:
    """What one writes by hand: day by day on the local clock, with zoneinfo and a set."""

    name = "plain loop (zoneinfo)"

    def __init__(self, shift: Shift) -> None:
        self.zone = zone(shift.timezone)
        self.opens, self.closes = time(shift.opens), time(shift.closes)
        self.weekdays, self.holidays = frozenset(shift.weekdays), frozenset(shift.holidays)
        self.between: Between | None = self._between

    def adder(self, hours: int) -> Add:
        allowance = timedelta(hours=hours)
        return lambda start: self._add(start, allowance)

    def _window(self, day: date) -> tuple[datetime, datetime] | None:
        if day.weekday() not in self.weekdays or day in self.holidays:
            return None
        return (
            datetime.combine(day, self.opens, self.zone),
            datetime.combine(day, self.closes, self.zone),
        )

    def _add(self, start: datetime, left: timedelta) -> datetime:
        at = start.astimezone(self.zone)
        day = at.date()
        while True:
            window = self._window(day)
            if window is not None and at < window[1]:
                at = max(at, window[0])
                if left <= window[1] - at:
                    return (at + left).astimezone(UTC)
                left -= window[1] - at
            day += timedelta(days=1)

    def _between(self, start: datetime, end: datetime) -> timedelta:
        since, until = start.astimezone(self.zone), end.astimezone(self.zone)
        day, total = since.date(), timedelta(0)
        while day <= until.date():
            window = self._window(day)
            if window is not None:
                total += max(min(until, window[1]) - max(since, window[0]), timedelta(0))
            day += timedelta(days=1)
        return total


PEERS = (Ours, BusinessTimeDeltaPeer, PandasPeer, PlainLoop)
