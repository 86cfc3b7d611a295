"""Who is on duty when: shifts, overrides and absences of any number of rotas."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from sla.domain.time import interval
from sla.domain.time.interval import Span
from sla.domain.time.timezones import zone
from tickets.domain.instants import from_microseconds, to_microseconds

SECOND: Final = 1_000_000
_DAY_SECONDS: Final = 86_400
TURNS_MOST: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One person's duty in one rota, half-open, in microseconds since 1970."""

    rota: int
    person: int
    starts: int
    ends: int
    is_override: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A span in which a person really is on duty for a rota."""

    rota: int
    person: int
    starts: int
    ends: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DutySpan:
    """A span in which the same people are on duty; nobody where `people` is empty."""

    starts: int
    ends: int
    people: tuple[int, ...]


class TooManyTurns(ValueError):
    """A rota is planned for at most 400 turns at a time."""


class Duty:
    """Who is on duty between two instants (microseconds); pure."""

    __slots__ = ("_begins", "spans")

    def __init__(self, spans: Sequence[DutySpan]) -> None:
        """`spans` follow each other without a gap."""
        self.spans = tuple(spans)
        self._begins = [span.starts for span in spans]

    def at(self, at: int) -> tuple[int, ...]:
        """The people on duty at an instant; at a hand-over the one who comes."""
        place = bisect_right(self._begins, at) - 1
        if place < 0 or at >= self.spans[place].ends:
            return ()
        return self.spans[place].people


def held(shifts: Iterable[Shift], absences: Mapping[int, Sequence[Span]]) -> list[Held]:
    """What is left of each shift, in order of time.

    An absence takes a person out of every rota. An override takes the place of the shifts of its
    rota as far as its own person is there: an override whose person is absent leaves them in
    place, for it is better to wake the one who was replaced than nobody.
    """
    all_shifts = list(shifts)
    present = [
        (shift, interval.subtract([(shift.starts, shift.ends)], absences.get(shift.person, ())))
        for shift in all_shifts
    ]
    replaced: dict[int, list[Span]] = {}
    for shift, spans in present:
        if shift.is_override:
            replaced.setdefault(shift.rota, []).extend(spans)
    replaced = {rota: interval.union(spans) for rota, spans in replaced.items()}
    by_person: dict[tuple[int, int], list[Span]] = {}
    for shift, spans in present:
        left = spans
        if not shift.is_override and shift.rota in replaced:
            left = interval.subtract(spans, replaced[shift.rota])
        by_person.setdefault((shift.rota, shift.person), []).extend(left)
    found = [
        Held(rota=rota, person=person, starts=starts, ends=ends)
        for (rota, person), spans in by_person.items()
        for starts, ends in interval.union(spans)
    ]
    return sorted(found, key=lambda each: (each.starts, each.rota, each.person))


def duty(
    shifts: Iterable[Shift], absences: Mapping[int, Sequence[Span]], start: int, end: int
) -> Duty:
    """Everybody who is on duty in [start, end), over all the rotas of the shifts."""
    if end <= start:
        return Duty([])
    edges: dict[int, list[tuple[int, int]]] = {start: [], end: []}
    for each in held(shifts, absences):
        begins, stops = max(each.starts, start), min(each.ends, end)
        if begins < stops:
            edges.setdefault(begins, []).append((each.person, 1))
            edges.setdefault(stops, []).append((each.person, -1))
    spans: list[DutySpan] = []
    # A person may hold two rotas at once.
    there: Counter[int] = Counter()
    for begins, stops in pairwise(sorted(edges)):
        for person, change in edges[begins]:
            there[person] += change
        people = tuple(sorted(person for person, times in there.items() if times > 0))
        if spans and spans[-1].people == people:
            spans[-1] = DutySpan(starts=spans[-1].starts, ends=stops, people=people)
        else:
            spans.append(DutySpan(starts=begins, ends=stops, people=people))
    return Duty(spans)


def first_shown(zone_name: str, local: datetime) -> datetime:
    """The instant at which the clock of a zone first shows a (naive) local time, in UTC.

    For a time that does not exist, the jump over it. Raises UnknownZone.
    """
    # Late, for numpy behind them: who only asks who is on duty does not need them.
    import numpy as np

    from sla.domain.time.wall_clock import WallClock

    zone(zone_name)
    seconds = (local - datetime(1970, 1, 1)) // timedelta(seconds=1)  # noqa: DTZ001  (wall time)
    wall = WallClock(zone_name, seconds - 3 * _DAY_SECONDS, seconds + 3 * _DAY_SECONDS)
    shown = int(wall.first(np.array([seconds], dtype=np.int64))[0])
    return from_microseconds(shown * SECOND)


def turns(
    people: Sequence[int], *, first: datetime, days: int, count: int, zone_name: str
) -> list[tuple[int, datetime, datetime]]:
    """People in turn: (person, from, to) in UTC, each of `days` local days from `first` on.

    `first` is the naive local time of the first hand-over; every later one is at the same time of
    the day, also when the clocks have changed. Raises TooManyTurns, UnknownZone.
    """
    if not 1 <= count <= TURNS_MOST or days < 1 or not people:
        raise TooManyTurns(str(TooManyTurns.__doc__))
    try:
        edges = [
            first_shown(zone_name, first + timedelta(days=days * number))
            for number in range(count + 1)
        ]
    except OverflowError:
        raise TooManyTurns(str(TooManyTurns.__doc__)) from None
    return [
        (people[number % len(people)], begins, ends)
        for number, (begins, ends) in enumerate(pairwise(edges))
    ]


def span_of(begins: datetime, ends: datetime) -> Span:
    """Two instants as a half-open span of microseconds."""
    return to_microseconds(begins), to_microseconds(ends)
