"""What became of one normalised record."""

from dataclasses import dataclass

from tickets.models import Outcome, Ticket

# Counted before each try, so that a delivery that kills its worker is counted too.
MAX_ATTEMPTS = 6


class TooEarly(Exception):
    """The ticket that this record speaks of is not here yet."""


class WaitsForAnother(TooEarly):
    """An earlier mail, which this one depends on, is still being understood."""


class NotTogether(Exception):
    """This record must be applied alone: it asks for more than a batch has looked up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The outcome, with a reason that a person can read."""

    outcome: Outcome
    ticket: Ticket | None = None
    reason: str = ""
