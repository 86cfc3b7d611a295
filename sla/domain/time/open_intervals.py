"""Builds the stream of open intervals: local rules in, disjoint spans of UTC seconds out."""

from datetime import date

import numpy as np

from sla.domain.time import interval
from sla.domain.time.calendar_rules import ALWAYS, DAY_SECONDS, CalendarSpec, WeeklyHours
from sla.domain.time.wall_clock import Seconds, WallClock

_UNIX_DAY = date(1970, 1, 1).toordinal()
# A local date may begin a day and more away from the UTC one, and a window may run two dates on.
_MARGIN_DAYS = 4


def open_seconds(spec: CalendarSpec, start: int, end: int) -> tuple[Seconds, Seconds]:
    """The maximal open intervals within [start, end), as openings and closes in order."""
    if spec.hours == ALWAYS:
        opens, closes = np.array([start], dtype=np.int64), np.array([end], dtype=np.int64)
    else:
        opens, closes = _weekly(spec.timezone, spec.hours, start, end)
    if spec.holidays:
        opens, closes = _without(opens, closes, _holiday_spans(spec, start, end))
    opens, closes = np.maximum(opens, start), np.minimum(closes, end)
    kept = opens < closes
    return opens[kept], closes[kept]


def _weekly(name: str, hours: WeeklyHours, start: int, end: int) -> tuple[Seconds, Seconds]:
    first_day = start // DAY_SECONDS - _MARGIN_DAYS
    last_day = end // DAY_SECONDS + _MARGIN_DAYS
    days = np.arange(first_day, last_day, dtype=np.int64)
    weekdays = (days + 3) % 7  # day 0, 1970-01-01, was a Thursday
    opens, closes = [days[:0]], [days[:0]]
    for weekday, windows in enumerate(hours):
        midnights = days[weekdays == weekday] * DAY_SECONDS
        for window_opens, window_closes in windows:
            opens.append(midnights + window_opens)
            closes.append(midnights + window_closes)
    wall = _wall_clock(name, first_day, last_day)
    return _union(wall.first(np.concatenate(opens)), wall.last(np.concatenate(closes)))


def _union(opens: Seconds, closes: Seconds) -> tuple[Seconds, Seconds]:
    kept = opens < closes  # a window that fell into a gap is empty
    opens, closes = opens[kept], closes[kept]
    order = np.argsort(opens, kind="stable")
    opens, furthest = opens[order], np.maximum.accumulate(closes[order])
    begins = np.ones(len(opens), dtype=bool)
    begins[1:] = opens[1:] > furthest[:-1]  # one that only touches goes on
    return opens[begins], furthest[np.append(begins[1:], True)[: len(begins)]]


def _holiday_spans(spec: CalendarSpec, start: int, end: int) -> list[interval.Span]:
    """Every instant whose local date is a holiday; two spans if clocks go back over midnight."""
    first_day = start // DAY_SECONDS - _MARGIN_DAYS
    last_day = end // DAY_SECONDS + _MARGIN_DAYS
    days = [day.toordinal() - _UNIX_DAY for day in spec.holidays]
    days = [day for day in days if first_day <= day <= last_day]
    if not days:
        return []
    wall = _wall_clock(spec.timezone, days[0], days[-1])
    found: list[interval.Span] = []
    for day in days:
        found += wall.showing(day * DAY_SECONDS, (day + 1) * DAY_SECONDS)
    return interval.union(found)


def _wall_clock(name: str, first_day: int, last_day: int) -> WallClock:
    return WallClock(
        name, (first_day - _MARGIN_DAYS) * DAY_SECONDS, (last_day + _MARGIN_DAYS) * DAY_SECONDS
    )


def _without(
    opens: Seconds, closes: Seconds, holes: list[interval.Span]
) -> tuple[Seconds, Seconds]:
    """Cuts every open interval at the edges of the holes, then drops the pieces inside one."""
    if not holes or not len(opens):
        return opens, closes
    edges = np.array(holes, dtype=np.int64)
    cuts = edges.ravel()
    around = np.searchsorted(opens, cuts, side="left") - 1
    inner = cuts[(around >= 0) & (cuts < closes[np.maximum(around, 0)])]
    opens = np.sort(np.concatenate((opens, inner)))
    closes = np.sort(np.concatenate((closes, inner)))
    hole = np.searchsorted(edges[:, 0], opens, side="right") - 1
    kept = (hole < 0) | (opens >= edges[np.maximum(hole, 0), 1])
    return opens[kept], closes[kept]
