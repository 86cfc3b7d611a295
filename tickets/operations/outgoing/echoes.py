"""What a tool tells us of an answer that we have just written there ourselves.

Its webhook may be here before the outbox has written down that the tool took the answer, or come
when the worker died in between. Once it is written down, its key is known and it is a repeat.
"""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q, QuerySet

from tickets.domain.incoming import IncomingMessage
from tickets.domain.words import Attention, AuthorKind
from tickets.models import Message, SendState, Ticket
from tickets.operations.outgoing.sent import write_down_sent
from tickets.operations.ticket.write_message import stored_key
from tickets.outbound.marks import bears_mark

_HANDED_OVER = Q(
    author_kind=AuthorKind.AGENT,
    send_state__in=[SendState.WAITING, SendState.FAILED],
    send_attempts__gt=0,
)


def tickets_with_echoes(ticket_ids: Collection[int]) -> set[int]:
    """Those in which an answer was handed over and nobody knows yet that it was taken."""
    rows = Message.objects.filter(_HANDED_OVER, ticket__in=ticket_ids).order_by()
    return set(rows.values_list("ticket_id", flat=True).distinct())


def may_be_ours(incoming: IncomingMessage) -> bool:
    """Whether this could be an answer of ours at all."""
    return bool(
        incoming.thread
        and incoming.key
        and incoming.public
        and incoming.author.kind is not AuthorKind.CUSTOMER
    )


def find_echo(ticket: Ticket, incoming: IncomingMessage) -> Message | None:
    """The answer that this is: it bears our mark, or says the same while ours is on its way.

    Locks it; the caller holds the ticket's lock.
    """
    for row in _handed_over(ticket):
        if incoming.loop_token and bears_mark(incoming.loop_token, row.pk):
            return row
    # The very same words of an answer that was given up are those of whoever copied them.
    on_its_way = (row for row in _handed_over(ticket) if row.send_state == SendState.WAITING)
    said = _words(incoming.body)
    return next((row for row in on_its_way if said and _says(row, said)), None)


def is_sending(ticket: Ticket) -> bool:
    """Whether an answer of ours is on its way, in whatever words the tool may repeat it."""
    return _handed_over(ticket).filter(send_state=SendState.WAITING).exists()


def adopt(
    ticket: Ticket, message: Message, incoming: IncomingMessage, *, at: datetime, now: datetime
) -> None:
    """It was taken: the tool says so, faster than our own outbox. Counts from `at` (UTC)."""
    write_down_sent(
        ticket, message, accepted_at=max(at, message.at), key=stored_key(incoming), now=now
    )
    if ticket.attention == Attention.UNSENT:
        ticket.attention, ticket.attention_at = "", None
        ticket.save(update_fields=["attention", "attention_at"])


def _handed_over(ticket: Ticket) -> QuerySet[Message]:
    rows = ticket.messages.filter(_HANDED_OVER).select_related("user")
    return rows.select_for_update(of=("self",)).order_by("pk")


def _says(row: Message, said: str) -> bool:
    """Tools name the files of a message below its text, or do not."""
    names = row.attachments.order_by("pk").values_list("name", flat=True)
    return said in {
        _words(row.body),
        _words(" ".join([row.body, *(f"[{each}]" for each in names)])),
    }


def _words(text: str) -> str:
    """Line ends and blanks are each tool's own."""
    return " ".join(text.split())
