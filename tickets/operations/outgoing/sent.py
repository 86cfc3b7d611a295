"""Writing down that an answer has left: from that instant on it counts."""

from collections.abc import Mapping
from datetime import datetime

from tickets.domain.words import AuthorKind, EventKind
from tickets.models import Message, SendState, Ticket
from tickets.operations.ticket.log import Entry, record

_FACTS: Mapping[str, EventKind] = {
    AuthorKind.AGENT: EventKind.AGENT_REPLIED,
    AuthorKind.BOT: EventKind.AUTO_REPLIED,
}


def write_down_sent(
    ticket: Ticket, message: Message, *, accepted_at: datetime, key: str, now: datetime
) -> None:
    """It was taken at `accepted_at` (UTC), as `key` at the tool; "" for a mail.

    The caller holds the locks of the ticket and of the message.
    """
    message.send_state, message.send_after, message.send_error = SendState.SENT, None, ""
    message.accepted_at = accepted_at
    # Told by the tool already, in words that we did not know for our own: that row has the key.
    if key and not ticket.messages.filter(key=key).exists():
        message.key = key[:255]
    message.save(update_fields=["send_state", "send_after", "send_error", "accepted_at", "key"])
    kind = _FACTS[message.author_kind]
    # An answer that was undone and is sent again counts anew.
    # What undid it names it: the message of that fact is the report of the mail server.
    counted = ticket.events.filter(message=message, kind=kind).values_list("pk", flat=True)
    undone = ticket.events.filter(
        kind=EventKind.REPLY_BOUNCED, details__of_event__in=[str(pk) for pk in counted]
    ).count()
    fact = f"{kind}:{message.pk}" + (f":{undone}" if undone else "")
    record(
        ticket,
        [Entry(kind=kind, at=accepted_at, key=fact, actor=message.user, message=message)],
        now=now,
    )
