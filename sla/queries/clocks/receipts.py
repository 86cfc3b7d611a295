"""The receipt of a stored clock: the lines that lead from its start to its deadline."""

from dataclasses import dataclass
from datetime import datetime

from sla.domain.clocks.clock import ClockState, Reading
from sla.domain.clocks.receipt import ReceiptLine, receipt_lines
from sla.queries.terms.calendars import StoredCalendar
from tickets.domain.instants import from_microseconds, to_microseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One span with what it counted; `code` is open, closed or paused, instants in UTC."""

    from_at: datetime
    to_at: datetime
    counted_us: int
    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """`total_us` of the lines is the allowance unless the clock ended or pauses before it."""

    lines: tuple[Line, ...]
    total_us: int
    counted_from: datetime
    due_at: datetime | None
    allowance_us: int
    is_whole: bool


def receipt_of(
    reading: Reading, calendar: StoredCalendar, *, as_of: datetime, language: str
) -> Receipt:
    """Why a reading has this deadline, in a language ("en", "es"); a paused one ends at `as_of`."""
    end_us = None
    if reading.due_at is None:
        end_us = to_microseconds(as_of) if reading.ended_at is None else reading.ended_at
    lines = receipt_lines(
        calendar.hours,
        calendar.holiday_names(language),
        reading.counted_from,
        reading.target.allowance_us,
        pauses=_pauses(reading),
        end_us=end_us,
        language=language,
    )
    total = sum(line.counted_us for line in lines)
    return Receipt(
        lines=tuple(_line(line) for line in lines),
        total_us=total,
        counted_from=from_microseconds(reading.counted_from),
        due_at=None if reading.due_at is None else from_microseconds(reading.due_at),
        allowance_us=reading.target.allowance_us,
        is_whole=total == reading.target.allowance_us,
    )


def _pauses(reading: Reading) -> list[tuple[int, int]]:
    pauses = list(reading.pauses)
    if reading.state is ClockState.PAUSED and reading.due_at is not None and pauses:
        # Used up before this pause: the pause that still runs stands behind the deadline.
        pauses = [pause for pause in pauses if pause[0] < reading.due_at]
    return pauses


def _line(line: ReceiptLine) -> Line:
    return Line(
        from_at=from_microseconds(line.from_us),
        to_at=from_microseconds(line.to_us),
        counted_us=line.counted_us,
        code=line.code,
        text=line.text,
    )
