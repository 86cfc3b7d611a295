"""The receipt of a deadline: line by line where the allowance went, and why time was closed."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sla.domain.clocks.receipt_words import ClockChange, Reason, line_text
from sla.domain.time import interval
from sla.domain.time.business_hours import BusinessHours
from sla.domain.time.calendar_rules import ALWAYS, DAY_SECONDS, CalendarSpec
from sla.domain.time.timezones import offset_spans, zone
from tickets.domain.instants import from_microseconds

OPEN: Final = "open"
CLOSED: Final = "closed"
PAUSED: Final = "paused"

_SECOND: Final = 1_000_000
_SATURDAY: Final = 5
# Far beyond every instant: a pause or a segment without an end.
_FOREVER: Final = 1 << 62


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptLine:
    """One span of a receipt, in microseconds since 1970: `code` is open, closed or paused.

    `reasons` (why closed) and `changes` (of the zone's offset) are for pages that word them anew.
    """

    from_us: int
    to_us: int
    counted_us: int
    code: str
    reasons: tuple[Reason, ...]
    changes: tuple[ClockChange, ...]
    text: str


def receipt_lines(
    hours: BusinessHours,
    holiday_names: Mapping[date, str],
    start_us: int,
    allowance_us: int,
    *,
    pauses: Iterable[interval.Span] = (),
    end_us: int | None = None,
    language: str = "en",
) -> tuple[ReceiptLine, ...]:
    """Contiguous lines from the start to the deadline, or to `end_us` if that comes first.

    The counted microseconds of a whole receipt sum to the allowance. `holiday_names` are in the
    wanted language ("en", "es"). Raises NeverOpen, BeyondCalendar.
    """
    paused = interval.union(pauses)
    until = _until(hours, start_us, allowance_us, paused, end_us)
    if until <= start_us:
        return ()
    opened = list(hours.intervals_us(start_us, until))
    lines = []
    for from_us, to_us, code in _segments(start_us, until, opened, paused):
        reasons: tuple[Reason, ...] = ()
        if code == CLOSED:
            reasons = _reasons(hours.spec, holiday_names, from_us, to_us)
        changes = _clock_changes(hours.spec.timezone, from_us, to_us)
        lines.append(
            ReceiptLine(
                from_us=from_us,
                to_us=to_us,
                counted_us=to_us - from_us if code == OPEN else 0,
                code=code,
                reasons=reasons,
                changes=changes,
                text=line_text(
                    code,
                    _local(hours.spec, from_us),
                    _local(hours.spec, to_us),
                    counted_us=to_us - from_us,
                    reasons=reasons,
                    changes=changes,
                    language=language,
                ),
            )
        )
    return tuple(lines)


def due_us(
    hours: BusinessHours, start_us: int, allowance_us: int, pauses: Iterable[interval.Span] = ()
) -> int:
    """The earliest instant at which the allowance of open, unpaused time is used up."""
    return _until(hours, start_us, allowance_us, interval.union(pauses), None)


def _until(
    hours: BusinessHours,
    start_us: int,
    allowance_us: int,
    paused: list[interval.Span],
    end_us: int | None,
) -> int:
    left = allowance_us
    for from_us, to_us in interval.subtract([(start_us, _FOREVER)], paused):
        if end_us is not None and end_us <= from_us:
            return end_us
        stop = to_us if end_us is None else min(to_us, end_us)
        if stop >= _FOREVER:
            return hours.add_us(from_us, left)
        counted = hours.between_us(from_us, stop)
        if 0 < left <= counted:
            return hours.add_us(from_us, left)
        if left == 0:
            # Nothing to count: due at the first open instant.
            opening = hours.add_us(from_us, 0)
            if opening <= stop:
                return opening
        left -= counted
    if end_us is None:
        raise ValueError("a pause without an end has no deadline; give the receipt an end")
    return end_us


def _segments(
    start_us: int, until: int, opened: list[interval.Span], paused: list[interval.Span]
) -> Iterator[tuple[int, int, str]]:
    within = [(start_us, until)]
    stopped = interval.intersect(within, paused)
    counted = interval.subtract(opened, stopped)
    closed = interval.subtract(within, [*stopped, *counted])
    labelled = [
        (from_us, to_us, code)
        for spans, code in ((counted, OPEN), (closed, CLOSED), (stopped, PAUSED))
        for from_us, to_us in spans
    ]
    yield from sorted(labelled)


def _reasons(
    spec: CalendarSpec, holiday_names: Mapping[date, str], from_us: int, to_us: int
) -> tuple[Reason, ...]:
    """Why a closed span is closed: the nights first, then weekends, then each holiday."""
    begins, ends = _local(spec, from_us), _local(spec, to_us)
    from_wall, to_wall = f"{begins:%H:%M}", f"{ends:%H:%M}"
    over_midnight = begins.date() < (ends - timedelta(microseconds=1)).date()
    found: dict[str, Reason] = {}
    holidays = []
    for day, part in _wall_parts(begins, ends):
        windows = _windows(spec, day)
        if _is_holiday(spec, day) and interval.intersect(windows, [part]):
            holidays.append(Reason("holiday", on=day, name=holiday_names.get(day, "")))
        elif not windows:
            code = "weekend" if day.weekday() >= _SATURDAY else "day_off"
            found.setdefault(code, Reason(code, on=day))
        else:
            code = _outside(windows, part, over_midnight=over_midnight)
            found.setdefault(code, Reason(code, from_wall=from_wall, to_wall=to_wall))
    order = ("night", "before_opening", "break", "after_closing", "day_off", "weekend")
    ordered = [found[code] for code in order if code in found]
    return (*ordered, *holidays)


def _is_holiday(spec: CalendarSpec, day: date) -> bool:
    at = bisect_left(spec.holidays, day)
    return at < len(spec.holidays) and spec.holidays[at] == day


def _outside(windows: list[interval.Span], part: interval.Span, *, over_midnight: bool) -> str:
    before = any(close <= part[0] for _, close in windows)
    after = any(part[1] <= open_ for open_, _ in windows)
    if before and after:
        return "break"
    if over_midnight:
        return "night"
    return "before_opening" if after else "after_closing"


def _wall_parts(begins: datetime, ends: datetime) -> Iterator[tuple[date, interval.Span]]:
    """The local dates that a span touches, each with its part in microseconds of wall time."""
    day = begins.date()
    while day <= ends.date():
        first = _wall_us(begins) if day == begins.date() else 0
        last = _wall_us(ends) if day == ends.date() else DAY_SECONDS * _SECOND
        if first < last:
            yield day, (first, last)
        day += timedelta(days=1)


def _windows(spec: CalendarSpec, day: date) -> list[interval.Span]:
    """The weekly windows on a date, holidays apart, in microseconds of wall time."""
    whole = (0, DAY_SECONDS * _SECOND)
    if spec.hours == ALWAYS:
        return [whole]
    today = spec.hours[day.weekday()]
    tail = spec.hours[(day.weekday() - 1) % 7]
    # Yesterday's tail counts even after a holiday: only the holiday's own date is closed.
    shifted = [(opens - DAY_SECONDS, closes - DAY_SECONDS) for opens, closes in tail]
    spans = [(opens * _SECOND, closes * _SECOND) for opens, closes in (*today, *shifted)]
    return interval.intersect(spans, [whole])


def _clock_changes(name: str, from_us: int, to_us: int) -> tuple[ClockChange, ...]:
    spans = offset_spans(name, from_us // _SECOND, -(-to_us // _SECOND))
    changes = []
    for number, edge in enumerate(spans.edges):
        before, after = int(spans.offsets[number]), int(spans.offsets[number + 1])
        if before != after:
            at = from_microseconds((int(edge) + before) * _SECOND)
            changes.append(ClockChange(at=at.replace(tzinfo=None), forward=after > before))
    return tuple(changes)


def _local(spec: CalendarSpec, at_us: int) -> datetime:
    return from_microseconds(at_us).astimezone(zone(spec.timezone))


def _wall_us(local: datetime) -> int:
    # What the clock on the wall shows, not what elapsed since midnight.
    seconds = local.hour * 3_600 + local.minute * 60 + local.second
    return seconds * _SECOND + local.microsecond
