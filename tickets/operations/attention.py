"""A ticket needs a person's look, whatever its clocks say."""

from collections.abc import Mapping
from datetime import datetime

from tickets.domain.words import Attention
from tickets.models import Ticket

# A customer who hears nothing is worse than machines that talk.
_GRAVITY: Mapping[str, int] = {"": 0, Attention.LOOP: 1, Attention.UNSENT: 2, Attention.BOUNCED: 2}


def raise_attention(*, ticket: Ticket, kind: Attention, now: datetime) -> None:
    """Marks the locked ticket at `now` (UTC); a graver mark stays, the same one keeps its time."""
    if ticket.attention == kind or _GRAVITY[kind] < _GRAVITY[ticket.attention]:
        return
    ticket.attention, ticket.attention_at = kind, now
    ticket.save(update_fields=["attention", "attention_at"])
