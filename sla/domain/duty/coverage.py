"""Which hours of the promises nobody could keep: promised time without anyone reachable."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from sla.domain.duty.turns import Duty, DutySpan
from sla.domain.time.business_hours import BusinessHours


class GapReason(StrEnum):
    """Why nobody can be reached."""

    NOBODY = "nobody"  # nobody is on duty
    NO_ADDRESS = "no_address"  # whoever is on duty has no address


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """A customer is promised answers in these hours, within [since, until) (microseconds)."""

    customer: int
    plan: str
    hours: BusinessHours
    since: int
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Promised time that nobody covers, half-open (microseconds).

    `people`: who is on duty but has no address. Customers and plans are sorted.
    """

    starts: int
    ends: int
    reason: GapReason
    customers: tuple[int, ...]
    plans: tuple[str, ...]
    people: tuple[int, ...] = ()

    @property
    def lasts(self) -> int:
        """Microseconds."""
        return self.ends - self.starts


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Gaps between which no promised time is covered: one thing to mend, one thing to tell.

    Two evenings are two stretches only if somebody was reachable in promised time between them.
    """

    gaps: tuple[Gap, ...]

    @property
    def starts(self) -> int:
        """The instant of the first gap."""
        return self.gaps[0].starts

    @property
    def ends(self) -> int:
        """The end of the last gap."""
        return self.gaps[-1].ends

    @property
    def lasts(self) -> int:
        """The promised microseconds in it."""
        return sum(gap.lasts for gap in self.gaps)

    @property
    def customers(self) -> tuple[int, ...]:
        """Everybody whom it touches."""
        return tuple(sorted({customer for gap in self.gaps for customer in gap.customers}))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """A span within which neither the promises nor the duty change."""

    starts: int
    ends: int
    customers: tuple[int, ...]
    plans: tuple[str, ...]
    people: tuple[int, ...]


def coverage(promises: Iterable[Promised], duty: Duty, reachable: Collection[int]) -> list[Stretch]:
    """The stretches in the time of `duty` in which promised time is covered by nobody."""
    stretches: list[list[Gap]] = []
    goes_on = False
    for piece in _pieces(promises, duty.spans):
        if not set(piece.people).isdisjoint(reachable):
            goes_on = False
            continue
        if not goes_on:
            stretches.append([])
            goes_on = True
        _append(stretches[-1], piece)
    return [Stretch(gaps=tuple(gaps)) for gaps in stretches]


def _append(gaps: list[Gap], piece: _Piece) -> None:
    """Adds a piece, or lengthens the gap before it when only time has passed."""
    gap = Gap(
        starts=piece.starts,
        ends=piece.ends,
        reason=GapReason.NO_ADDRESS if piece.people else GapReason.NOBODY,
        customers=piece.customers,
        plans=piece.plans,
        people=piece.people,
    )
    last = gaps[-1] if gaps else None
    if (
        last is not None
        and last.ends == gap.starts
        and (last.customers, last.plans, last.people) == (gap.customers, gap.plans, gap.people)
    ):
        gaps[-1] = Gap(
            starts=last.starts,
            ends=gap.ends,
            reason=gap.reason,
            customers=gap.customers,
            plans=gap.plans,
            people=gap.people,
        )
    else:
        gaps.append(gap)


def _pieces(promises: Iterable[Promised], spans: Sequence[DutySpan]) -> list[_Piece]:
    """The promised pieces of the time of `spans`, in order; closed time is left out."""
    if not spans:
        return []
    begins, ends = spans[0].starts, spans[-1].ends
    edges: dict[int, tuple[list[Promised], list[Promised]]] = {
        at: ([], []) for at in (ends, *(span.starts for span in spans))
    }
    # Many customers share few calendars and, mostly, the whole of the time.
    opened: dict[tuple[BusinessHours, int, int], list[tuple[int, int]]] = {}
    for promise in promises:
        since, until = max(promise.since, begins), min(promise.until, ends)
        if since >= until:
            continue
        key = (promise.hours, since, until)
        if key not in opened:
            opened[key] = list(promise.hours.intervals_us(since, until))
        for opens, closes in opened[key]:
            edges.setdefault(opens, ([], []))[0].append(promise)
            edges.setdefault(closes, ([], []))[1].append(promise)
    return _swept(edges, spans)


def _swept(
    edges: dict[int, tuple[list[Promised], list[Promised]]], spans: Sequence[DutySpan]
) -> list[_Piece]:
    pieces: list[_Piece] = []
    # Two versions of the terms may promise the same hours to one customer.
    counts: dict[tuple[int, str], int] = {}
    place = 0
    for starts, ends in pairwise(sorted(edges)):
        begun, over = edges[starts]
        for promise in begun:
            key = (promise.customer, promise.plan)
            counts[key] = counts.get(key, 0) + 1
        for promise in over:
            key = (promise.customer, promise.plan)
            counts[key] -= 1
            if not counts[key]:
                del counts[key]
        while spans[place].ends <= starts:
            place += 1
        if counts:
            pieces.append(
                _Piece(
                    starts=starts,
                    ends=ends,
                    customers=tuple(sorted({customer for customer, _ in counts})),
                    plans=tuple(sorted({plan for _, plan in counts})),
                    people=spans[place].people,
                )
            )
    return pieces
