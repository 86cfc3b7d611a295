"""How late things were noticed or done: histograms with fixed bounds, which can be added up."""

from dataclasses import dataclass
from typing import Final

# Upper bounds in milliseconds. Stored histograms have one count for each: never reorder or remove.
BOUNDS_MS: Final = (
    *(100, 250, 500, 1_000, 2_000, 3_000, 4_000, 6_000),
    *(10_000, 30_000, 60_000, 300_000, 3_600_000),
)
# 99 of 100 escalations fire within this: two sweeps and the time that they take. One of the bounds.
GOAL_MS: Final = 6_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """`up_to` counts what was at most as late as each bound; `measured` counts all."""

    up_to: tuple[int, ...] = (0,) * len(BOUNDS_MS)
    measured: int = 0
    total_ms: int = 0

    @property
    def within_goal(self) -> int:
        """How many were in time."""
        return self.up_to[BOUNDS_MS.index(GOAL_MS)]

    def __add__(self, other: "Histogram") -> "Histogram":
        return Histogram(
            up_to=tuple(a + b for a, b in zip(self.up_to, other.up_to, strict=True)),
            measured=self.measured + other.measured,
            total_ms=self.total_ms + other.total_ms,
        )
