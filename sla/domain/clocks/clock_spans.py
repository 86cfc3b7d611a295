"""The spans in which one clock counts, and the open time of a calendar over them."""

from bisect import bisect_left
from dataclasses import dataclass, field

from sla.domain.clocks.target import Target
from sla.domain.time.business_hours import BusinessHours


@dataclass(slots=True)
class CountedSpans:
    """Spans [start, end] in ascending order; while the clock runs the last one has no end."""

    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    @property
    def running(self) -> bool:
        """Whether the last span is still open."""
        return len(self.starts) > len(self.ends)

    def resume(self, at: int) -> None:
        """Counts from `at` on."""
        if not self.running:
            self.starts.append(at)

    def pause(self, at: int) -> None:
        """Counts no longer from `at` on."""
        if self.running:
            self.ends.append(at)

    def gaps(self, until: int) -> tuple[tuple[int, int], ...]:
        """The spans between the first start and `until` that did not count."""
        nexts = self.starts[1:] if self.running else [*self.starts[1:], until]
        return tuple(
            (end, start) for end, start in zip(self.ends, nexts, strict=True) if start > end
        )


@dataclass(frozen=True, slots=True)
class Deadline:
    """A target counted from one instant.

    `threshold_us` is the counted time since the clock's start at which it is used up.
    """

    target: Target
    counted_from: int
    threshold_us: int


class Meter:
    """Open time of one calendar over the spans of one clock, summed as they close."""

    def __init__(self, hours: BusinessHours, spans: CountedSpans) -> None:
        self.hours = hours
        self._spans = spans
        self._counted: list[int] = []  # up to the end of each closed span

    def elapsed(self, as_of: int) -> int:
        """Counted microseconds from the clock's start to `as_of`, no earlier than the last end."""
        self._sum_up()
        total = self._counted[-1] if self._counted else 0
        if self._spans.running:
            total += self.hours.between_us(self._spans.starts[-1], as_of)
        return total

    def due(self, deadline: Deadline, *, runs_on: bool) -> int | None:
        """The earliest instant at which the deadline's allowance is used up.

        With `runs_on` the last span is taken to go on for ever; without it the answer is None
        unless the allowance was used up within the spans. Raises NeverOpen.
        """
        self._sum_up()
        if deadline.target.allowance_us == 0:
            return self._first_open(deadline.counted_from, runs_on=runs_on)
        number = bisect_left(self._counted, deadline.threshold_us)
        if number == len(self._counted):
            if not runs_on:
                return None
            number = len(self._spans.starts) - 1
        before = self._counted[number - 1] if number else 0
        return self.hours.add_us(self._spans.starts[number], deadline.threshold_us - before)

    def _first_open(self, counted_from: int, *, runs_on: bool) -> int | None:
        # Nothing to count, so counted time cannot tell: the first counted instant that is open.
        starts, ends = self._spans.starts, self._spans.ends
        for number in range(bisect_left(ends, counted_from), len(starts)):
            opening = self.hours.add_us(max(starts[number], counted_from), 0)
            if runs_on and number == len(starts) - 1:
                return opening
            if number < len(ends) and opening <= ends[number]:
                return opening
        return None

    def _sum_up(self) -> None:
        for number in range(len(self._counted), len(self._spans.ends)):
            before = self._counted[-1] if self._counted else 0
            start, end = self._spans.starts[number], self._spans.ends[number]
            self._counted.append(before + self.hours.between_us(start, end))
