"""A mail of ours came back: the answer in it never reached the customer."""

from datetime import datetime

from tickets.domain.incoming import IncomingMessage
from tickets.domain.words import Attention, AuthorKind, EventKind, MailRole
from tickets.models import (
    Attachment,
    Delivery,
    MailFolder,
    Message,
    Outcome,
    SendState,
    SourceKind,
    Ticket,
    TicketEvent,
)
from tickets.operations.incoming.applied import MAX_ATTEMPTS, Applied, TooEarly
from tickets.operations.ticket.attention import raise_attention
from tickets.operations.ticket.identity import NOBODY
from tickets.operations.ticket.log import Entry, lock_ticket, record
from tickets.operations.ticket.write_message import (
    clean,
    hash_of,
    new_attachments,
    new_message,
    stored_key,
)


def apply_bounce(*, incoming: IncomingMessage, delivery: Delivery, now: datetime) -> Applied:
    """Undoes the answer that could not be delivered; a bounce of anything else is ignored.

    Raises TooEarly while the answer's own sending is not written down, or while an answer that an
    agent's mail program sent may not have been found yet.
    """
    answer = _answer_that_bounced(incoming)
    if answer is None:
        if delivery.attempts < MAX_ATTEMPTS and _may_still_be_found(delivery):
            raise TooEarly("the mail that came back may lie in a folder that is read next")
        return Applied(
            outcome=Outcome.IGNORED,
            reason="a failed delivery of a mail that is not an answer of ours",
        )
    if answer.send_state == SendState.WAITING:
        # Our mail server has taken it, and the outbox is about to write that down.
        raise TooEarly("the answer that came back is just being sent")
    ticket = lock_ticket(answer.ticket_id)
    if _is_repeat(ticket, incoming):
        return Applied(
            outcome=Outcome.DUPLICATE, ticket=ticket, reason="this bounce is already here"
        )
    message = new_message(
        ticket=ticket,
        incoming=incoming,
        identity=NOBODY,
        at=delivery.received_at,
        delivery=delivery,
    )
    message.save(force_insert=True)
    Attachment.objects.bulk_create(new_attachments(message, incoming))
    # The last: one that was undone before and sent again counts anew.
    replied = (
        TicketEvent.objects.filter(ticket=ticket, message=answer, kind=EventKind.AGENT_REPLIED)
        .order_by("-at", "-pk")
        .first()
    )
    if replied is not None:
        record(
            ticket,
            [
                Entry(
                    kind=EventKind.REPLY_BOUNCED,
                    # A bounce cannot precede the mail that bounced, whatever the hosts' clocks say.
                    at=max(delivery.received_at, replied.at),
                    key=f"{EventKind.REPLY_BOUNCED}:{replied.pk}",
                    message=message,
                    delivery=delivery,
                    details={"of": replied.at.isoformat(), "of_event": str(replied.pk)},
                )
            ],
            now=now,
        )
    raise_attention(ticket=ticket, kind=Attention.BOUNCED, now=now)
    return Applied(outcome=Outcome.APPENDED, ticket=ticket)


def _answer_that_bounced(incoming: IncomingMessage) -> Message | None:
    """The answer of ours that the report names first; its thread may name earlier ones."""
    ids = [each for each in incoming.bounced_references[:50] if each]
    rows = Message.objects.filter(message_id__in=ids, author_kind=AuthorKind.AGENT)
    return min(rows, key=lambda row: (ids.index(row.message_id), row.pk), default=None)


def _may_still_be_found(delivery: Delivery) -> bool:
    """A bounce is often faster than the next look into the folder of sent mail.

    In a provider's call it would hold up the mails beside it.
    """
    if delivery.source.kind != SourceKind.EMAIL:
        return False
    return MailFolder.objects.filter(role=MailRole.SENT).exists()


def _is_repeat(ticket: Ticket, incoming: IncomingMessage) -> bool:
    """A Message-ID alone proves nothing."""
    same = {"message_id": stored_key(incoming), "body_sha256": hash_of(clean(incoming.body))}
    return bool(incoming.key) and ticket.messages.filter(**same).exists()
