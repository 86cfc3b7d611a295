"""A ticket's log as plain records, and the one order in which it is read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
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
    return sorted(facts, key=lambda fact: (fact.at, _RANK[fact.kind], int(fact.key)))
