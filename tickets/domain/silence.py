"""Whether a source is silent for longer than is usual for it, by its own weekly rhythm."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

WEEKS: Final = 4
# A silence this improbable is told: once in a thousand.
_PROBABILITY: Final = 1 / 1000
# Mails come in clusters: no shorter silence means anything.
LEAST: Final = timedelta(minutes=30)
# With fewer arrivals nobody knows the rhythm.
_LEAST_ARRIVALS: Final = 20
_HOUR: Final = timedelta(hours=1)
# Beyond it the rhythm repeats; a source that is silent for that long has been told of long ago.
_LONGEST: Final = timedelta(days=28)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How many minutes of each hour of the week brought something, week by week.

    `counts`: (weekday 0-6 from Monday, hour 0-23) in local time -> one number per observed week,
    weeks without any left out. `weeks`: how many whole weeks were observed, at most four.
    """

    weeks: int
    counts: Mapping[tuple[int, int], tuple[int, ...]]

    @property
    def arrivals(self) -> int:
        """All of them."""
        return sum(sum(weeks) for weeks in self.counts.values())

    def per_hour(self, slot: tuple[int, int]) -> float:
        """The usual number in an hour of the week, without the week in which it was busiest.

        So one storm of mail makes no quiet hour a busy one; of a single week only half counts.
        """
        counts = self.counts.get(slot, ())
        if self.weeks < 2:
            return sum(counts) / 2
        return (sum(counts) - max(counts, default=0)) / (self.weeks - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """`expected` is how many arrivals are usual in such a time; `usual_gap` follows from it."""

    lasts: timedelta
    expected: float
    usual_gap: timedelta | None
    is_unusual: bool


def read_silence(*, last_at: datetime, rhythm: Rhythm, now: datetime, zone: ZoneInfo) -> Silence:
    """What the time since the last arrival means. Instants are aware.

    Arrivals are taken for independent within an hour (Poisson): none of `expected` come with the
    probability exp(-expected). A source observed for less than a week is never called silent.
    """
    lasts = max(now - last_at, timedelta(0))
    expected = _expected(last_at, min(now, last_at + _LONGEST), rhythm, zone)
    known = rhythm.weeks >= 1 and rhythm.arrivals >= _LEAST_ARRIVALS
    return Silence(
        lasts=lasts,
        expected=expected,
        usual_gap=lasts / expected if known and expected > 0 else None,
        is_unusual=known and lasts >= LEAST and math.exp(-expected) < _PROBABILITY,
    )


def _expected(start: datetime, end: datetime, rhythm: Rhythm, zone: ZoneInfo) -> float:
    total, at = 0.0, start
    while at < end:
        # All zones of today begin their hours on a multiple of 15 minutes of UTC.
        until = min(end, at + timedelta(minutes=15) - _into_quarter(at))
        local = at.astimezone(zone)
        total += rhythm.per_hour((local.weekday(), local.hour)) * ((until - at) / _HOUR)
        at = until
    return total


def _into_quarter(at: datetime) -> timedelta:
    return timedelta(minutes=at.minute % 15, seconds=at.second, microseconds=at.microsecond)
