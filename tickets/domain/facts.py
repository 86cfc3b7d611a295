"""A ticket's log as plain records, and the one order in which it is read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tickets.domain.words import EventKind

# Facts of one instant happen in this order (reference of `read_clocks`, rule 1).
_ORDER: tuple[EventKind, ...] = (
    EventKind.OPENED,
    EventKind.CUSTOMER_SET,
    EventKind.SEVERITY_CHANGED,
    EventKind.SEVERITY_CONFIRMED,
    EventKind.WAITING_ENDED,
    EventKind.AGENT_REPLIED,
    EventKind.WAITING_STARTED,
    EventKind.SOLVED,
    EventKind.REOPENED,
    EventKind.CUSTOMER_WROTE,
    EventKind.REPLY_BOUNCED,
    EventKind.MARKED_SPAM,
    EventKind.UNMARKED_SPAM,
    EventKind.AUTO_REPLIED,
    EventKind.NOTE_ADDED,
    EventKind.ASSIGNED,
    EventKind.TIME_CONFIRMED,
)
_RANK: Mapping[str, int] = {kind.value: rank for rank, kind in enumerate(_ORDER)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One row of the log: `key` is its id as text, `at` when it happened (UTC)."""

    key: str
    kind: EventKind
    at: datetime
    details: Mapping[str, Any] = field(default_factory=dict)


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """By instant, then by kind, then by id: never by order of arrival."""
    return sorted(settled(facts), key=lambda fact: (fact.at, _RANK[fact.kind], int(fact.key)))


def settled(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """The facts at their true instants: a later `time_confirmed` moves the one that it names.

    What it says is then told by the fact itself, and it is gone.
    """
    told = tuple(facts)
    times = {
        str(fact.details["of_event"]): fact
        for fact in sorted(told, key=lambda fact: int(fact.key))
        if fact.kind is EventKind.TIME_CONFIRMED
    }
    if not times:
        return told
    return tuple(_moved(fact, times) for fact in told if fact.kind is not EventKind.TIME_CONFIRMED)


def _moved(fact: Fact, times: Mapping[str, Fact]) -> Fact:
    time = times.get(fact.key)
    if time is not None:
        details = {**time.details.get("anew", fact.details), "time": time.details["time"]}
        return replace(fact, at=time.at, details=details)
    if fact.kind is EventKind.REPLY_BOUNCED and (of := times.get(str(fact.details["of_event"]))):
        # It names its reply by its instant too.
        return replace(fact, details={**fact.details, "of": of.at.isoformat()})
    return fact
