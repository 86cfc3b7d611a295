"""What a tool's ticket is to show of our promise: codes and instants, never a customer's text."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sla.domain.clocks.clock import ClockState
from sla.domain.clocks.target import Metric
from tickets.domain.instants import format_instant, parse_instant


class ShownState(StrEnum):
    """How the promise stands, for the agent in the tool."""

    RUNNING = "running"
    AT_RISK = "at_risk"
    MISSED = "missed"
    MET = "met"
    LATE = "late"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockFacts:
    """What counts of one clock that is not void; `promised`: not an internal objective.

    Instants are in UTC.
    """

    promised: bool
    metric: Metric
    state: ClockState
    started_at: datetime
    due_at: datetime | None
    at_risk_at: datetime | None
    breached_at: datetime | None
    severity: str
    plan: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The promise that decides: until when, since when, how it stands.

    `due_at` is None where nothing runs any more; `objective_due_at` is the internal objective that
    is due first.
    """

    state: ShownState
    metric: str = ""
    due_at: datetime | None = None
    since: datetime | None = None
    severity: str = ""
    plan: str = ""
    objective_due_at: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """For the store."""
        return {
            "state": self.state.value,
            "metric": self.metric,
            "due_at": _text(self.due_at),
            "since": _text(self.since),
            "severity": self.severity,
            "plan": self.plan,
            "objective_due_at": _text(self.objective_due_at),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Shown":
        """As stored."""
        return cls(
            state=ShownState(stored["state"]),
            metric=stored["metric"],
            due_at=_instant(stored["due_at"]),
            since=_instant(stored["since"]),
            severity=stored["severity"],
            plan=stored["plan"],
            objective_due_at=_instant(stored["objective_due_at"]),
        )

    @property
    def digest(self) -> str:
        """The same for the same content."""
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return sha256(text.encode()).hexdigest()


def shown_of(clocks: Iterable[ClockFacts], as_of: datetime) -> Shown:
    """What a ticket's clocks come to at an instant (UTC); as on the desk, the first due decides."""
    found = list(clocks)
    promises = [clock for clock in found if clock.promised]
    objective = min(
        (
            clock.due_at
            for clock in found
            if not clock.promised and clock.state is ClockState.RUNNING and clock.due_at
        ),
        default=None,
    )
    clock = _deciding(promises)
    if clock is None:
        return Shown(state=ShownState.NONE, objective_due_at=objective)
    state = state_of(clock, as_of)
    is_open = clock.state in {ClockState.RUNNING, ClockState.PAUSED}
    return Shown(
        state=state,
        metric=clock.metric.value,
        due_at=clock.due_at if is_open else None,
        since=clock.started_at,
        severity=clock.severity,
        plan=clock.plan,
        objective_due_at=objective,
    )


def state_of(clock: ClockFacts, as_of: datetime) -> ShownState:
    """How one promise stands at an instant; late is *after* the due instant."""
    if clock.state is ClockState.PAUSED:
        return ShownState.PAUSED
    if clock.state is ClockState.CANCELLED:
        return ShownState.CANCELLED
    is_late = clock.breached_at is not None
    if clock.state is ClockState.STOPPED:
        return ShownState.LATE if is_late else ShownState.MET
    if is_late or (clock.due_at is not None and clock.due_at < as_of):
        return ShownState.MISSED
    if clock.at_risk_at is not None and clock.at_risk_at <= as_of:
        return ShownState.AT_RISK
    return ShownState.RUNNING


def _deciding(promises: list[ClockFacts]) -> ClockFacts | None:
    running = [each for each in promises if each.state is ClockState.RUNNING and each.due_at]
    if running:
        return min(running, key=lambda each: (each.due_at, each.started_at))
    paused = [each for each in promises if each.state is ClockState.PAUSED]
    return max(paused or promises, key=lambda each: each.started_at, default=None)


def _text(at: datetime | None) -> str | None:
    return None if at is None else format_instant(at)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else parse_instant(text)
