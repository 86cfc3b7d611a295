"""The two sides of a look: what we hold of a conversation, and in what the tool differs from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tickets.domain.instants import format_instant
from tickets.models import Because, Differs, Source, Ticket
from tickets.operations.incoming.told_before import Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing in which both sides differ; `ours` and `theirs` hold codes and instants."""

    what: Differs
    because: Because
    key: str
    ours: str = ""
    theirs: str = ""


@dataclass(slots=True, kw_only=True)
class Compared:
    """The parts that are news, those that nobody can read, and every difference.

    `same_status`, `same_assignee`: both sides say the same now; None when that is not known.
    """

    ticket: Ticket | None
    news: list[Mapping[str, Any]] = field(default_factory=list)
    unreadable: list[Mapping[str, Any]] = field(default_factory=list)
    of_news: list[Difference] = field(default_factory=list)
    on_purpose: list[Difference] = field(default_factory=list)
    same_status: bool | None = None
    same_assignee: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """What we hold of the conversation."""

    source: Source
    ticket: Ticket | None
    messages: Mapping[str, int]
    told: Sequence[Told]
    is_erased: bool = False


def late(fact: Told, at: datetime | None, key: str) -> Difference | None:
    """A fact that is here, but at the instant at which its webhook came."""
    if at is None or not fact.is_off(at):
        return None
    return Difference(
        what=Differs.TIME,
        because=Because.CAME_LATE,
        key=f"{key}:{fact.pk}",
        ours=instant(fact.at),
        theirs=instant(at),
    )


def instant(at: datetime | None) -> str:
    """As a difference keeps it."""
    return format_instant(at) if at else ""
