"""Business time for whole arrays of instants: the same tables, asked in one go."""

import numpy as np
import numpy.typing as npt

from sla.domain.time.business_hours import SEARCH_LEAST, BusinessHours

Microseconds = npt.NDArray[np.int64]


def add_many(
    hours: BusinessHours, starts_us: Microseconds, allowance_us: Microseconds | int
) -> Microseconds:
    """`hours.add_us` for each start; one allowance for all, or one each. The same errors."""
    starts, allowances = _same_shape(starts_us, allowance_us)
    if not starts.size:
        return starts.copy()
    # The furthest question compiles what the others need.
    furthest = int((starts + allowances).argmax())
    hours.add_us(int(starts[furthest]), int(allowances[furthest]))
    table = hours.table_around(int(starts.min()), int(starts.max()))
    opens, closes, bases, ends = table.arrays
    at = np.searchsorted(opens, starts, side="right") - 1
    to = np.searchsorted(ends, np.minimum(starts, closes[at]) + bases[at] + allowances)
    outside = (to >= len(ends)) | (starts < table.lo) | (starts >= table.hi) | (allowances <= 0)
    to[outside] = at[outside]
    deadlines: Microseconds = np.minimum(starts, closes[at]) + bases[at] + allowances - bases[to]
    # Whatever one table cannot answer: far deadlines, zero allowances, and every error.
    for index in np.flatnonzero(outside | (deadlines - starts >= SEARCH_LEAST)):
        deadlines[index] = hours.add_us(int(starts[index]), int(allowances[index]))
    return deadlines


def between_many(
    hours: BusinessHours, starts_us: Microseconds, ends_us: Microseconds
) -> Microseconds:
    """`hours.between_us` for each pair of a start and an end; 0 where the end is not later."""
    starts, stops = _same_shape(starts_us, ends_us)
    if not starts.size:
        return starts.copy()
    first, last = int(min(starts.min(), stops.min())), int(max(starts.max(), stops.max()))
    table = hours.table_around(first, last)
    opens, closes, bases, _ = table.arrays
    until = np.searchsorted(opens, stops, side="right") - 1
    since = np.searchsorted(opens, starts, side="right") - 1
    elapsed: Microseconds = np.minimum(stops, closes[until]) + bases[until]
    elapsed -= np.minimum(starts, closes[since]) + bases[since]
    elapsed[stops <= starts] = 0
    outside = (starts < table.lo) | (stops > table.hi)
    for index in np.flatnonzero(outside & (stops > starts)):
        elapsed[index] = hours.between_us(int(starts[index]), int(stops[index]))
    return elapsed


def _same_shape(
    first: Microseconds, second: Microseconds | int
) -> tuple[Microseconds, Microseconds]:
    left, right = np.broadcast_arrays(np.asarray(first, np.int64), np.asarray(second, np.int64))
    return left, right
