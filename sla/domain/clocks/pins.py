"""What a clock was read with, written down, so that any replay gives the same answer (D1)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

CountFrom = Literal["start", "now"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedTarget:
    """One target as it stood: microseconds of open time on a calendar's version."""

    allowance_us: int
    calendar: str
    plan: str
    severity: str
    terms: str
    clause: str
    agreement: int | None = None

    def to_json(self) -> dict[str, Any]:
        """The plain form that is stored."""
        return {
            "allowance_us": self.allowance_us,
            "calendar": self.calendar,
            "plan": self.plan,
            "severity": self.severity,
            "terms": self.terms,
            "clause": self.clause,
            "agreement": self.agreement,
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "PinnedTarget":
        """The target that was stored."""
        return cls(**raw)


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedChange:
    """A later target; `key` names what brought it, `at` is in microseconds (UTC)."""

    key: str
    at: int
    count_from: CountFrom
    target: PinnedTarget


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """The target at the start, each change of it, and the share of it after which it is at risk."""

    start: PinnedTarget
    changes: tuple[PinnedChange, ...] = ()
    at_risk_permille: int = 750

    def to_json(self) -> dict[str, Any]:
        """The plain form that is stored."""
        return {
            "start": self.start.to_json(),
            "at_risk_permille": self.at_risk_permille,
            "changes": [
                {
                    "key": change.key,
                    "at": change.at,
                    "count_from": change.count_from,
                    "target": change.target.to_json(),
                }
                for change in self.changes
            ],
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Pins":
        """The pins that were stored."""
        return cls(
            start=PinnedTarget.from_json(raw["start"]),
            at_risk_permille=raw["at_risk_permille"],
            changes=tuple(
                PinnedChange(
                    key=change["key"],
                    at=change["at"],
                    count_from=change["count_from"],
                    target=PinnedTarget.from_json(change["target"]),
                )
                for change in raw["changes"]
            ),
        )

    def keeping(self, older: "Pins") -> "Pins":
        """These pins, with whatever the older ones already say: a pinned number never moves."""
        known = {change.key: change.target for change in older.changes}
        return Pins(
            start=older.start,
            at_risk_permille=older.at_risk_permille,
            changes=tuple(
                replace(change, target=known.get(change.key, change.target))
                for change in self.changes
            ),
        )

    def warning(self) -> "Pins":
        """The same pins with every allowance cut to the share at which the clock is at risk."""
        return replace(
            self,
            start=self._cut(self.start),
            changes=tuple(replace(c, target=self._cut(c.target)) for c in self.changes),
        )

    def _cut(self, target: PinnedTarget) -> PinnedTarget:
        return replace(target, allowance_us=target.allowance_us * self.at_risk_permille // 1000)

    @property
    def calendars(self) -> frozenset[str]:
        """The calendar versions that a replay needs."""
        return frozenset({self.start.calendar, *(c.target.calendar for c in self.changes)})
