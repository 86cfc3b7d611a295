"""The port through which others judge a change of a ticket before it is made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Change(StrEnum):
    """A change that must be judged by whoever keeps promises about the ticket."""

    SOLVE = "solve"
    LOWER_SEVERITY = "lower_severity"
    MARK_SPAM = "mark_spam"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one guard says: `refusal` is the reason in words, `details` goes into the log."""

    refusal: str = ""
    details: Mapping[str, object] = field(default_factory=dict)


class ChangeRefused(ValueError):
    """The change was refused; the message says why and what to do instead."""


Guard = Callable[[int, Change, datetime], Verdict]
_guards: list[Guard] = []


def register_guard(guard: Guard) -> None:
    """Adds a guard; called once, when an app is ready."""
    if guard not in _guards:
        _guards.append(guard)


def ask_guards(ticket_id: int, change: Change, now: datetime) -> Mapping[str, object]:
    """The details that the guards want logged. Raises ChangeRefused when one refuses."""
    details: dict[str, object] = {}
    for guard in _guards:
        verdict = guard(ticket_id, change, now)
        if verdict.refusal:
            raise ChangeRefused(verdict.refusal)
        details.update(verdict.details)
    return details
