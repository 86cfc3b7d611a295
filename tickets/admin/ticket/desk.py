"""The rows of the desk: a ticket with what is due next, as whoever keeps promises says it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from tickets.admin.ticket.attention_words import attention_mark
from tickets.models import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class DueView:
    """What is due next for one ticket: `mark` names shape and colour, `mark_text` says it.

    `left` is in the clock's own time, `unit` says which, `aside` what else to know about it (in
    real time, or until when it stands still); `internal` when it is not promised.
    """

    mark: str
    mark_text: str
    what: str
    left: str
    unit: str
    aside: str
    due_at: datetime | None
    internal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskRow:
    """One ticket of the list; `due` is None when nothing runs."""

    ticket: Ticket
    due: DueView | None
    plan: str

    @property
    def attention(self) -> str | Promise:
        """Why a person must look at it, in two or three words."""
        return attention_mark(self.ticket)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A tab above the list, with how many tickets it holds (None: not counted)."""

    code: str
    label: str
    query: str
    count: int | None
    is_chosen: bool
    mark: str


def plain_rows(tickets: Sequence[Ticket]) -> list[DeskRow]:
    """Rows without promises."""
    return [DeskRow(ticket=ticket, due=None, plan="") for ticket in tickets]
