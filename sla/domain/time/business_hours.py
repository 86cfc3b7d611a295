"""Business time: deadlines and elapsed time from one stream of open intervals (habit 1)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from sla.domain.time.calendar_rules import ALWAYS, BadCalendar, CalendarSpec
from sla.domain.time.time_limits import DAY, END_US, FIRST_US, SECOND

if TYPE_CHECKING:
    from sla.domain.time.business_table import Table

__all__ = [
    "BadCalendar",
    "BeyondCalendar",
    "BusinessHours",
    "CalendarSpec",
    "NeverOpen",
    "compile_hours",
]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_YEAR: Final = 366 * DAY
# What one calendar may keep compiled; longer questions are answered in passing.
_MAX_SPAN: Final = 64 * _YEAR
_MAX_WINDOWS: Final = 40_000
_SEARCH_YEARS: Final = 10
SEARCH_LEAST: Final = 3_652 * DAY  # ten years have 3,652 days or more
_DENSITY_STEPS: Final = 1_000


class NeverOpen(ValueError):
    """No open second within 10 years of the start."""


class BeyondCalendar(ValueError):
    """The answer lies outside the years 1 to 9999."""


class BusinessHours:
    """Open time of one calendar; pure, safe to share between threads.

    Open means [open, close). Instants are aware datetimes or whole microseconds since
    1970-01-01T00:00:00Z; answers are in UTC.
    """

    __slots__ = ("_max_span", "_table", "_whole", "spec")

    def __init__(self, spec: CalendarSpec) -> None:
        """Nothing is compiled before the first question."""
        self.spec = spec
        # A table is never changed, only replaced: a reader holds one that is whole.
        self._table: Table | None = None
        weekly = 0 if spec.hours == ALWAYS else sum(len(windows) for windows in spec.hours)
        self._whole = weekly == 0
        self._max_span = min(_MAX_SPAN, max(_YEAR, _MAX_WINDOWS // max(weekly, 1) * 7 * DAY))

    def add(self, start: datetime, allowance: timedelta) -> datetime:
        """The deadline: the earliest t >= start with `allowance` of open time in [start, t], UTC.

        For 0: `start` if open, else the next opening. Raises NeverOpen, BeyondCalendar.
        """
        # Whole microseconds both ways: the quickest exact form of an instant.
        end_us = self.add_us((start - _EPOCH) // _MICROSECOND, allowance // _MICROSECOND)
        try:
            return _EPOCH + _MICROSECOND * end_us
        except OverflowError:
            raise BeyondCalendar("the deadline lies beyond the year 9999") from None

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The open time in [start, end); 0 if end <= start."""
        return _MICROSECOND * self.between_us(
            (start - _EPOCH) // _MICROSECOND, (end - _EPOCH) // _MICROSECOND
        )

    def add_us(self, start_us: int, allowance_us: int) -> int:
        """`add` in microseconds since 1970. Raises NeverOpen, BeyondCalendar, ValueError."""
        table = self._table
        if table is not None and table.lo <= start_us < table.hi and allowance_us >= 0:
            end = table.add(start_us, allowance_us)
            if end is not None and end - start_us < SEARCH_LEAST:
                return end
        return self._add_far(start_us, allowance_us)

    def between_us(self, start_us: int, end_us: int) -> int:
        """`between` in microseconds since 1970."""
        if end_us <= start_us:
            return 0
        table = self._table
        if table is not None and table.lo <= start_us and end_us <= table.hi:
            return table.elapsed(end_us) - table.elapsed(start_us)
        return sum(
            table.elapsed(min(end_us, table.hi)) - table.elapsed(max(start_us, table.lo))
            for table in self._tables(start_us, end_us)
        )

    def is_open_us(self, at_us: int) -> bool:
        """Whether that microsecond since 1970 is open."""
        table = self.table_around(at_us, at_us)
        return table.next_open(at_us) == at_us

    def intervals_us(self, from_us: int, to_us: int) -> Iterator[tuple[int, int]]:
        """The maximal open intervals within [from_us, to_us), clipped to it, in order."""
        held: tuple[int, int] | None = None
        for table in self._tables(from_us, to_us) if from_us < to_us else ():
            for opens, closes in table.within(from_us, to_us):
                if held is not None and held[1] == opens:  # one interval, cut between two tables
                    held = (held[0], closes)
                    continue
                if held is not None:
                    yield held
                held = (opens, closes)
        if held is not None:
            yield held

    def table_around(self, start_us: int, end_us: int) -> "Table":
        """The compiled table with `start_us` in it and, unless that is too much to keep, `end_us`.

        Raises BeyondCalendar.
        """
        if not FIRST_US <= start_us < END_US:
            raise BeyondCalendar("business time is known from the year 1 to the year 9999")
        table = self._table
        if table is not None and table.lo <= start_us < table.hi:
            lo, hi = table.lo, table.hi
            if end_us <= hi or hi == END_US or end_us - lo > self._max_span:
                return table
            hi = min(max(end_us, hi + (hi - lo) // 2), lo + self._max_span)
        elif self._whole:
            lo, hi = FIRST_US, END_US
        else:
            lo, hi = self._fresh_span(table, start_us, end_us)
        # Whole seconds, the last one included.
        lo, hi = max(lo // SECOND * SECOND, FIRST_US), min(-(-hi // SECOND) * SECOND, END_US)
        self._table = table = self._build(lo, hi)
        return table

    def _build(self, lo: int, hi: int) -> "Table":
        # Late, for numpy behind it: most processes start without asking for business time.
        from sla.domain.time.business_table import Table

        return Table.build(self.spec, lo, hi)

    def _fresh_span(self, table: "Table | None", start_us: int, end_us: int) -> tuple[int, int]:
        """What to compile for a start outside of the present table."""
        pad = min(_YEAR, self._max_span // 4)
        if table is not None:
            pad = max(pad, (table.hi - table.lo) // 2)
            lo, hi = min(table.lo, start_us - pad), max(table.hi, end_us, start_us + pad)
            if hi - lo <= self._max_span:
                return lo, hi
            pad = min(_YEAR, self._max_span // 4)
        lo = start_us - pad
        return lo, min(max(end_us, start_us) + pad, lo + self._max_span)

    def _tables(self, start_us: int, end_us: int) -> Iterator["Table"]:
        """Tables that follow each other without a gap, from `start_us` to `end_us` at least."""
        table = self.table_around(start_us, end_us)
        yield table
        while table.hi < min(end_us, END_US):
            table = self._build(table.hi, min(table.hi + self._max_span, END_US))
            yield table

    def _add_far(self, start_us: int, allowance_us: int) -> int:
        if allowance_us < 0:
            raise ValueError("an allowance cannot be negative")
        at = self._first_open(start_us)
        if allowance_us == 0:
            return at
        table = self.table_around(at, at)
        # Compile what the deadline needs at the present density, at once and to be kept.
        density = (table.hi - table.lo) // max(table.total // _DENSITY_STEPS, 1)
        self.table_around(at, min(at + allowance_us * density // _DENSITY_STEPS + _YEAR, END_US))
        left = allowance_us
        for table in self._tables(at, END_US):
            since = max(at, table.lo)
            end = table.add(since, left)
            if end is not None:
                return end
            left -= table.total - table.elapsed(since)
        raise BeyondCalendar("the deadline lies beyond the year 9999")

    def _first_open(self, start_us: int) -> int:
        at = self.table_around(start_us, start_us).next_open(start_us)
        limit = _years_later(start_us)
        if at is None:
            openings = self.intervals_us(start_us, limit)
            at = next(openings, (END_US, END_US))[0]
        if at < limit:
            return at
        raise NeverOpen(
            f"the calendar has no open second within {_SEARCH_YEARS} years of the start; "
            "check its hours and holidays"
        )


@lru_cache(maxsize=128)
def compile_hours(spec: CalendarSpec) -> BusinessHours:
    """The business hours of a calendar; one shared value per calendar, compiled as asked."""
    return BusinessHours(spec)


def _years_later(start_us: int) -> int:
    start = _EPOCH + _MICROSECOND * start_us
    year = start.year + _SEARCH_YEARS
    if year > 9_999:
        return END_US
    try:
        later = start.replace(year=year)
    except ValueError:  # 29 February
        later = start.replace(year=year, month=3, day=1)
    return (later - _EPOCH) // _MICROSECOND
