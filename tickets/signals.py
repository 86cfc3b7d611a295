"""The only signal of the project: facts were added to the logs of tickets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.dispatch import Signal

from tickets.domain.facts import Fact
from tickets.models import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """A locked ticket with its whole log; `since` is when the earliest new fact happened (UTC).

    `added`: the facts that are new; none where only the clocks are to be read again.
    """

    ticket: Ticket
    facts: Sequence[Fact]
    since: datetime
    is_new: bool = False
    added: Sequence[Fact] = ()


# Sent inside the transaction, in a savepoint: grown (Sequence[Grown]), now (datetime, UTC).
events_recorded = Signal()
