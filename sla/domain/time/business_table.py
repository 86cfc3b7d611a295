"""The compiled form of open time: sorted intervals with running sums, asked by bisection."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sla.domain.time.calendar_rules import CalendarSpec
from sla.domain.time.open_intervals import open_seconds
from sla.domain.time.time_limits import SECOND
from sla.domain.time.wall_clock import Seconds


@dataclass(frozen=True, eq=False)
class Table:
    """Open time in [lo, hi), in microseconds since 1970, sorted and disjoint.

    `ends[i]` is the open time up to the end of interval i, `bases[i]` what to add to an instant
    within interval i to get the open time before it. Entry 0 is an empty interval at `lo`.
    """

    lo: int
    hi: int
    opens: list[int]
    closes: list[int]
    bases: list[int]
    ends: list[int]

    @classmethod
    def build(cls, spec: CalendarSpec, lo: int, hi: int) -> "Table":
        """Compiles the open time of a calendar in [lo, hi); both must be whole seconds."""
        opens, closes = (edges * SECOND for edges in open_seconds(spec, lo // SECOND, hi // SECOND))
        opens = np.concatenate(([lo], opens))
        closes = np.concatenate(([lo], closes))
        ends = np.cumsum(closes - opens)
        return cls(
            lo=lo,
            hi=hi,
            opens=opens.tolist(),
            closes=closes.tolist(),
            bases=(ends - closes).tolist(),
            ends=ends.tolist(),
        )

    @property
    def total(self) -> int:
        """All open time of the table."""
        return self.ends[-1]

    @cached_property
    def arrays(self) -> tuple[Seconds, Seconds, Seconds, Seconds]:
        """opens, closes, bases and ends as arrays, for whole batches."""
        opens, closes, bases, ends = (
            np.array(column, dtype=np.int64)
            for column in (self.opens, self.closes, self.bases, self.ends)
        )
        return opens, closes, bases, ends

    def add(self, start: int, allowance: int) -> int | None:
        """The earliest t >= start with `allowance` of open time in [start, t].

        For 0 the first open instant. None when the table ends before it. `start` in [lo, hi).
        """
        opens = self.opens
        i = bisect_right(opens, start) - 1
        if start < self.closes[i]:
            if not allowance:
                return start
            used = start + self.bases[i]
        elif not allowance:
            return opens[i + 1] if i + 1 < len(opens) else None
        else:
            used = self.ends[i]
        used += allowance
        ends = self.ends
        i = bisect_left(ends, used, i)
        return used - self.bases[i] if i < len(ends) else None

    def elapsed(self, at: int) -> int:
        """The open time in [lo, at); `at` in [lo, hi]."""
        i = bisect_right(self.opens, at) - 1
        close = self.closes[i]
        return (at if at < close else close) + self.bases[i]  # noqa: FURB136 - min() is slower

    def next_open(self, at: int) -> int | None:
        """The first open instant at or after `at`, None when the table ends before it."""
        return self.add(at, 0)

    def within(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The open intervals within [start, end), clipped to it."""
        first = bisect_right(self.closes, start)
        for i in range(max(first, 1), bisect_left(self.opens, end)):
            yield max(self.opens[i], start), min(self.closes[i], end)
