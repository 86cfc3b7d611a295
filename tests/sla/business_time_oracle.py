"""A slow second opinion on business time: every step of a few days judged on its own."""

import io
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def packaged_zone(name: str) -> ZoneInfo:
    """The zone from the tzdata wheel, whatever the machine has."""
    data = resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()
    return ZoneInfo.from_file(io.BytesIO(data), key=name)


class Oracle:
    """Whether each step of [start, start + days) is open, from the text of the rules.

    Exact when the boundaries and the changes of the clocks lie on whole steps. `margin_days`
    on either side are looked at as well, so that windows which begin outside are seen whole.
    """

    def __init__(
        self,
        calendar: dict[str, Any],
        start: datetime,
        *,
        days: int,
        step: int = 60,
        margin_days: int = 4,
    ) -> None:
        self.start, self.step = start, timedelta(seconds=step)
        zone = packaged_zone(calendar["timezone"])
        margin = margin_days * 86_400 // step
        begin = start - margin * self.step
        count = days * 86_400 // step
        self.walls = [
            (begin + i * self.step).astimezone(zone).replace(tzinfo=None, fold=0)
            for i in range(count + 2 * margin)
        ]
        self.first: dict[datetime, int] = {}
        self.last: dict[datetime, int] = {}
        self.jumps: list[int] = []
        for i, wall in enumerate(self.walls):
            self.first.setdefault(wall, i)
            self.last[wall] = i
            if i and wall - self.walls[i - 1] > self.step:
                self.jumps.append(i)
        is_open = self._by_windows(calendar["hours"])
        holidays = {date.fromisoformat(day) for day in calendar.get("holidays") or ()}
        self.open = [
            flag and wall.date() not in holidays
            for flag, wall in zip(is_open, self.walls, strict=True)
        ][margin : margin + count]

    def add(self, start: datetime, allowance: timedelta) -> datetime | None:
        """The earliest t >= start with that much open time since start; None if not in sight."""
        index, left = (start - self.start) // self.step, allowance
        at = start
        for is_open in self.open[index:]:
            index += 1
            until = self.start + index * self.step
            if is_open:
                if left <= until - at and (left or at < until):
                    return at + left
                left -= until - at
                if not left and allowance:
                    return until
            at = until
        return None

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The open time in [start, end)."""
        total = timedelta(0)
        for index in range((start - self.start) // self.step, len(self.open)):
            if not self.open[index]:
                continue
            begins = self.start + index * self.step
            shared = min(end, begins + self.step) - max(start, begins)
            if shared <= timedelta(0):
                break
            total += shared
        return total

    def _by_windows(self, hours: Any) -> list[bool]:
        if hours == "24x7":
            return [True] * len(self.walls)
        flags = [False] * len(self.walls)
        day, last = min(self.walls).date(), max(self.walls).date()
        while day <= last:
            for opens, closes in hours.get(DAYS[day.weekday()]) or ():
                begin, end = _local(day, opens), _local(day, closes)
                if end <= begin:
                    end += timedelta(days=1)
                i = self._index(begin, self.first)
                j = self._index(end, self.last)
                flags[i:j] = [True] * max(j - i, 0)
            day += timedelta(days=1)
        return flags

    def _index(self, local: datetime, shown: dict[datetime, int]) -> int:
        if local in shown:
            return shown[local]
        for jump in self.jumps:
            if self.walls[jump - 1] < local < self.walls[jump]:
                return jump
        # Not on the film: before its beginning or after its end.
        return 0 if local < self.walls[0] else len(self.walls)


def _local(day: date, text: str) -> datetime:
    hour, minute, second = (int(part) for part in f"{text}:00".split(":")[:3])
    midnight = datetime(day.year, day.month, day.day)
    return midnight + timedelta(hours=hour, minutes=minute, seconds=second)


def utc(text: str) -> datetime:
    """An instant from its ISO text, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)
