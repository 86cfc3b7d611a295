"""Whose a ticket is, as its log says: given at our desk, and told by the tool that it came from."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from tickets.domain.facts import Fact, in_order
from tickets.domain.words import EventKind

BY_TOOL: Final = "tool"
# Of a person at the tool who is nobody here: the ticket stays whose it is.
UNKNOWN: Final = "unknown"
Word = tuple[str, Any]
# Where a tool begins.
NOBODY: Final[Word] = ("to", None)


def word_for(names: Sequence[str], person: int | None) -> Word:
    """What a tool says when it gives a ticket to somebody of these names, our `person` if known."""
    if person is not None or not names:
        return ("to", person)
    return (UNKNOWN, hashlib.sha256(names[0].casefold().encode()).hexdigest()[:16])


def word_of(details: Mapping[str, Any]) -> Word:
    """The same as a fact of the log holds it."""
    return (UNKNOWN, details[UNKNOWN]) if UNKNOWN in details else ("to", details.get("to"))


def last_word(facts: Iterable[Fact], until: datetime) -> Word | None:
    """What the tool said last until an instant; None when it said nothing yet."""
    said = [fact for fact in _assigned(facts) if _is_by_tool(fact) and fact.at <= until]
    return word_of(said[-1].details) if said else None


def whose(facts: Iterable[Fact]) -> int | None:
    """Replays the log: the newest word counts, and what the tool only repeats is none."""
    holder: int | None = None
    said = NOBODY
    for fact in _assigned(facts):
        word = word_of(fact.details)
        if _is_by_tool(fact):
            if word == said:
                continue
            said = word
        if word[0] != UNKNOWN:
            holder = word[1]
    return holder


def _assigned(facts: Iterable[Fact]) -> list[Fact]:
    return [fact for fact in in_order(facts) if fact.kind is EventKind.ASSIGNED]


def _is_by_tool(fact: Fact) -> bool:
    return fact.details.get("by") == BY_TOOL
