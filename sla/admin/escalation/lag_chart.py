"""The lag of 30 days as a drawing: one stroke for each hour, from its median to its 99 of 100."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from sla.domain.escalation.lag import GOAL_MS
from sla.queries.escalation.lag import HOUR, Measured

WIDTH, HEIGHT = 960, 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 950, 14, 204
# Milliseconds on a logarithmic scale: a tenth of a second and a day stand in one drawing.
_LEAST: Final = 50
_TICKS: Final = (100, 1_000, 10_000, 60_000, 600_000, 3_600_000, 86_400_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A line of the scale with its words; positions are text, so that no language puts commas."""

    at: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What the template draws."""

    good: str
    late: str
    marks: str
    goal: str
    rows: Sequence[Tick]
    days: Sequence[Tick]
    is_empty: bool


def chart_of(hours: Sequence[Measured], *, since: datetime, until: datetime) -> Chart:
    """The drawing of the hours in [since, until)."""
    measured = [hour for hour in hours if hour.histogram.measured]
    most = max((hour.p99_ms for hour in measured), default=0)
    scale = _Scale(most=max(60_000, most), since=since, until=until)
    good = [hour for hour in measured if hour.p99_ms <= GOAL_MS]
    late = [hour for hour in measured if hour.p99_ms > GOAL_MS]
    return Chart(
        good=" ".join(map(scale.stroke, good)),
        late=" ".join(map(scale.stroke, late)),
        marks=" ".join(map(scale.triangle, late)),
        goal=_text(scale.y(GOAL_MS)),
        rows=[Tick(at=_text(scale.y(ms)), text=lag_words(ms)) for ms in _TICKS if ms <= scale.most],
        days=scale.days(),
        is_empty=not measured,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    most: int
    since: datetime
    until: datetime

    def x(self, at: datetime) -> float:
        return _LEFT + (_RIGHT - _LEFT) * ((at - self.since) / (self.until - self.since))

    def y(self, ms: int) -> float:
        share = math.log(max(ms, _LEAST) / _LEAST) / math.log(self.most / _LEAST)
        return _BOTTOM - (_BOTTOM - _TOP) * share

    def stroke(self, hour: Measured) -> str:
        x, low, high = self.x(hour.hour + HOUR / 2), self.y(hour.p50_ms), self.y(hour.p99_ms)
        # An hour whose lags are all alike is a point, and must be seen.
        return f"M{_text(x)} {_text(low + 1)}V{_text(high - 1)}"

    def triangle(self, hour: Measured) -> str:
        x, y = self.x(hour.hour + HOUR / 2), self.y(hour.p99_ms) - 10
        return f"M{_text(x)} {_text(y)}l3 6h-6z"

    def days(self) -> list[Tick]:
        first = timezone.localtime(self.since).replace(hour=0, minute=0, second=0, microsecond=0)
        midnights = [first + timedelta(days=number) for number in range(1, 40)]
        return [
            Tick(at=_text(self.x(day)), text=formats.date_format(day, "j M"))
            for day in midnights[::5]
            if day < self.until
        ]


def lag_words(ms: int) -> str:
    """`0.3 s`, `6 s`, `12 s`, `5 min`, `3 h`, `2 d`."""
    if ms < 10_000 and ms % 1_000:
        return _("%(number)s s") % {"number": formats.number_format(ms / 1000, decimal_pos=1)}
    if ms < 60_000:
        return _("%(number)s s") % {"number": ms // 1000}
    if ms < 3_600_000:
        return _("%(number)s min") % {"number": ms // 60_000}
    if ms < 172_800_000:
        return _("%(number)s h") % {"number": ms // 3_600_000}
    return _("%(number)s d") % {"number": ms // 86_400_000}


def _text(value: float) -> str:
    return f"{value:.1f}"
