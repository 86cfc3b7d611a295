"""What became of one normalised record."""

from dataclasses import dataclass

from tickets.models import Outcome, Ticket


class TooEarly(Exception):
    """The ticket that this record speaks of is not here yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The outcome, with a reason that a person can read."""

    outcome: Outcome
    ticket: Ticket | None = None
    reason: str = ""
