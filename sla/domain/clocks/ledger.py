"""What changed about a clock between two readings: the entries of its append-only ledger."""

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from sla.domain.clocks.clock import ClockState
from tickets.domain.instants import format_instant


class EntryKind(StrEnum):
    """What changed about a clock."""

    STARTED = "started"
    DUE_MOVED = "due_moved"
    PAUSED = "paused"
    RESUMED = "resumed"
    AT_RISK = "at_risk"
    MET = "met"
    BREACHED = "breached"
    CORRECTED = "corrected"
    STOPPED_LATE = "stopped_late"
    CANCELLED = "cancelled"
    REOPENED = "reopened"
    VOIDED = "voided"
    RESTORED = "restored"
    REPINNED = "repinned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The stored answer of one clock; aware datetimes in UTC."""

    state: ClockState
    started_at: datetime
    due_at: datetime | None
    at_risk_at: datetime | None
    stopped_at: datetime | None
    ended_at: datetime | None
    breached_at: datetime | None
    met: bool | None
    void: bool = False

    def to_json(self) -> dict[str, Any]:
        """Codes and instants only."""
        values = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {
            name: format_instant(value) if isinstance(value, datetime) else value
            for name, value in values
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One entry to write: `at` is when it became so."""

    kind: EntryKind
    at: datetime


def changes_between(
    before: Snapshot | None, after: Snapshot, *, read_before: datetime | None, as_of: datetime
) -> list[Change]:
    """The entries that lead from one reading to the next, in the order of their instants."""
    changes: list[Change] = []
    if before is None:
        changes.append(Change(kind=EntryKind.STARTED, at=after.started_at))
    elif before.void and not after.void:
        changes.append(Change(kind=EntryKind.RESTORED, at=as_of))
    elif after.void and not before.void:
        return [Change(kind=EntryKind.VOIDED, at=as_of)]
    changes += _due_changes(before, after, as_of)
    if (
        after.at_risk_at is not None
        and after.at_risk_at <= (after.ended_at or as_of)
        and (read_before is None or before is None or _not_yet_at_risk(before, read_before))
    ):
        changes.append(Change(kind=EntryKind.AT_RISK, at=after.at_risk_at))
    changes += _breach_changes(before, after, as_of)
    changes += _state_changes(before, after, as_of)
    return sorted(changes, key=lambda change: change.at)


def _not_yet_at_risk(before: Snapshot, read_before: datetime) -> bool:
    return before.at_risk_at is None or before.at_risk_at > read_before


def _due_changes(before: Snapshot | None, after: Snapshot, as_of: datetime) -> list[Change]:
    # A pause takes the deadline away and a cancellation drops it: those have entries of their own.
    if before is None or before.due_at is None or after.due_at is None:
        return []
    return [Change(kind=EntryKind.DUE_MOVED, at=as_of)] if before.due_at != after.due_at else []


def _breach_changes(before: Snapshot | None, after: Snapshot, as_of: datetime) -> list[Change]:
    was = before.breached_at if before else None
    if after.breached_at is not None and was != after.breached_at:
        return [Change(kind=EntryKind.BREACHED, at=after.breached_at)]
    if was is not None and after.breached_at is None:
        return [Change(kind=EntryKind.CORRECTED, at=as_of)]
    return []


def _state_changes(before: Snapshot | None, after: Snapshot, as_of: datetime) -> list[Change]:
    was = before.state if before else ClockState.RUNNING
    ended = before.ended_at if before else None
    match after.state:
        case ClockState.STOPPED if was is not ClockState.STOPPED or ended != after.ended_at:
            kind = EntryKind.MET if after.breached_at is None else EntryKind.STOPPED_LATE
            return [Change(kind=kind, at=after.ended_at or as_of)]
        case ClockState.CANCELLED if was is not ClockState.CANCELLED:
            return [Change(kind=EntryKind.CANCELLED, at=after.ended_at or as_of)]
        case ClockState.PAUSED if was is not ClockState.PAUSED:
            return [Change(kind=EntryKind.PAUSED, at=as_of)]
        case ClockState.RUNNING if was is ClockState.PAUSED:
            return [Change(kind=EntryKind.RESUMED, at=as_of)]
        case ClockState.RUNNING if was in {ClockState.STOPPED, ClockState.CANCELLED}:
            return [Change(kind=EntryKind.REOPENED, at=as_of)]
    return []
