"""What needs a person whatever the clocks say: what happened, and what to do now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tickets.domain.words import Attention
from tickets.models import Ticket

MARKS: Mapping[str, Promise] = {
    Attention.BOUNCED: _("answer came back"),
    Attention.UNSENT: _("answer not sent"),
    Attention.LOOP: _("mail loop"),
    Attention.RECOVERED: _("works again?"),
}
_SENTENCES: Mapping[str, Promise] = {
    Attention.BOUNCED: _(
        "Our answer came back undelivered, so the customer has not read it: check the address, "
        "then answer again or call."
    ),
    Attention.UNSENT: _(
        "Our answer could not be sent, so the customer has not read it: the reason stands at the "
        "answer below. Send it again, or call."
    ),
    Attention.LOOP: _(
        "Machines may be writing to each other, so nothing automatic is sent here any more; what "
        "people write still counts. Look at the last messages."
    ),
    Attention.RECOVERED: _(
        "The customer says that it works again. Nothing was lowered: read the message, then lower "
        "the severity or solve the ticket."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionView:
    """Empty texts when nothing needs a person; `parked_at` since when automatic mail is stopped."""

    mark: str | Promise
    sentence: str | Promise
    since: datetime | None
    parked_at: datetime | None


def attention_view(ticket: Ticket) -> AttentionView | None:
    """The words for a ticket's mark; None when there is nothing to say."""
    if not ticket.attention and ticket.parked_at is None:
        return None
    return AttentionView(
        mark=attention_mark(ticket),
        sentence=_SENTENCES.get(ticket.attention, ""),
        since=ticket.attention_at,
        parked_at=ticket.parked_at,
    )


def attention_mark(ticket: Ticket) -> str | Promise:
    """Two or three words for a row of the desk, "" without a mark."""
    return MARKS.get(ticket.attention, ticket.attention)
