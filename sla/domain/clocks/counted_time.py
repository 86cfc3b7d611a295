"""Walking a clock's own time: open time of its calendar, without its pauses."""

from collections.abc import Sequence

from sla.domain.time.business_hours import BusinessHours
from sla.domain.time.interval import Span


def advance(hours: BusinessHours, start: int, amount: int, pauses: Sequence[Span]) -> int:
    """The instant at which `amount` microseconds have been counted since `start`.

    For 0: the first instant from `start` on that is open and counts. Raises NeverOpen.
    """
    at = start
    for begins, ends in pauses:
        if ends <= at:
            continue
        if begins > at:
            counted = hours.between_us(at, begins)
            if 0 < amount <= counted:
                return hours.add_us(at, amount)
            if amount == 0 and hours.add_us(at, 0) < begins:
                return hours.add_us(at, 0)
            amount -= counted
        at = ends
    return hours.add_us(at, amount)


def out_of_pause(at: int, pauses: Sequence[Span]) -> int:
    """The first instant from `at` on that is in no pause."""
    for begins, ends in pauses:
        if begins <= at < ends:
            return ends
    return at
