"""What a classifier answers, and the port that any classifier fills."""

from dataclasses import dataclass
from typing import Protocol

from tickets.domain.words import Severity

# Signals that it works again; one that is set aside has its reason beside its name.
MENDED = frozenset({"resolved", "restored"})


@dataclass(frozen=True, slots=True)
class Reason:
    """One signal that was heard, the customer's own words for it, and how much it weighs."""

    signal: str
    text: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A severity with its confidence (0 to 1), heaviest reasons first, and who must look again."""

    severity: Severity
    confidence: float
    needs_triage: bool
    language: str
    reasons: tuple[Reason, ...]
    version: str


class Classifier(Protocol):
    """Judges one message; pure, and never raises, whatever the text."""

    def __call__(self, *, channel: str, subject: str, body: str) -> Verdict:
        """The verdict on the newest message of a ticket."""
