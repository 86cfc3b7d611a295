"""What the clock on the wall shows, for whole arrays of local times at once."""

import numpy as np
import numpy.typing as npt

from sla.domain.time.timezones import offset_spans

Seconds = npt.NDArray[np.int64]

_FAR = 1 << 61


class WallClock:
    """The clock of one zone between two UTC seconds; local times are seconds since local 1970."""

    def __init__(self, name: str, first_second: int, last_second: int) -> None:
        """Reads how the zone's offset changes in that time."""
        spans = offset_spans(name, first_second, last_second)
        self.edges: Seconds = np.array(spans.edges, dtype=np.int64)
        self.offsets: Seconds = np.array(spans.offsets, dtype=np.int64)

    def first(self, local: Seconds) -> Seconds:
        """The UTC second at which the wall clock shows `local` for the first time.

        For a time that does not exist, the jump over it.
        """
        span = np.searchsorted(self._latest_shown(), local, side="right")
        begins: Seconds = np.concatenate(([-_FAR], self.edges))[span]
        shown: Seconds = np.maximum(begins, local - self.offsets[span])
        return shown

    def last(self, local: Seconds) -> Seconds:
        """The UTC second at which the wall clock shows `local` for the last time.

        For a time that does not exist, the jump over it.
        """
        # "right": the time to which clocks go back occurs again at the very change.
        span = np.searchsorted(self._earliest_shown(), local, side="right") - 1
        ends: Seconds = np.concatenate((self.edges, [_FAR]))[span]
        shown: Seconds = np.minimum(ends, local - self.offsets[span])
        return shown

    def showing(self, start: int, end: int) -> list[tuple[int, int]]:
        """The spans of UTC seconds in which the wall clock shows a time in [start, end)."""
        first = int(np.searchsorted(self._latest_shown(), start, side="right"))
        last = int(np.searchsorted(self._earliest_shown(), end, side="left")) - 1
        found = []
        for span in range(first, last + 1):
            offset = int(self.offsets[span])
            begin = start - offset
            stop = end - offset
            if span > 0:
                begin = max(begin, int(self.edges[span - 1]))
            if span < len(self.edges):
                stop = min(stop, int(self.edges[span]))
            if begin < stop:
                found.append((begin, stop))
        return found

    def _latest_shown(self) -> Seconds:
        # Running maxima: where clocks go back, a later span may end with an earlier wall time.
        return np.maximum.accumulate(np.concatenate((self.edges + self.offsets[:-1], [_FAR])))

    def _earliest_shown(self) -> Seconds:
        shown = np.concatenate(([-_FAR], self.edges + self.offsets[1:]))
        return np.minimum.accumulate(shown[::-1])[::-1]
