"""Storing a message with its attachments, once."""

import hashlib
import re
from datetime import datetime

from tickets.domain.incoming import IncomingMessage
from tickets.models import Attachment, Delivery, Message, Ticket
from tickets.operations.identify import Identity

# PostgreSQL's text refuses U+0000, and no page or log needs the other control characters.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def clean(text: str) -> str:
    """Without control characters that the database or a terminal would choke on."""
    return _CONTROL.sub("", text)


def hash_of(text: str) -> str:
    """SHA-256 of a text, which stays when the text is erased."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def is_repeat(ticket: Ticket, incoming: IncomingMessage) -> bool:
    """Whether this conversation already holds this message (a Message-ID alone proves nothing)."""
    if not incoming.key:
        return False
    if incoming.thread:
        return ticket.messages.filter(key=stored_key(incoming)).exists()
    return ticket.messages.filter(
        message_id=stored_key(incoming), body_sha256=hash_of(clean(incoming.body))
    ).exists()


def stored_key(incoming: IncomingMessage) -> str:
    """The id of a message at its origin as it is stored, so that a repeat is found by it."""
    if incoming.thread:
        return clean(incoming.key)[:255]
    # In bytes: an index row of PostgreSQL holds 2,704 of them, and 998 characters may have more.
    return clean(incoming.key).encode()[:998].decode(errors="ignore")


def store_message(
    *,
    ticket: Ticket,
    incoming: IncomingMessage,
    identity: Identity,
    at: datetime,
    delivery: Delivery,
) -> Message:
    """The stored message with its attachments; the caller holds the ticket's lock."""
    body = clean(incoming.body)
    message = Message.objects.create(
        ticket=ticket,
        is_public=incoming.public,
        author_kind=incoming.author.kind,
        contact=identity.contact,
        user=identity.agent,
        author_name=clean(incoming.author.name or incoming.author.email)[:200],
        channel=incoming.channel,
        mail_kind=incoming.kind,
        subject=clean(incoming.subject)[:500],
        body=body,
        reply=clean(incoming.reply),
        html=clean(incoming.html),
        body_sha256=hash_of(body),
        at=at,
        sent_at=incoming.sent_at,
        message_id="" if incoming.thread else stored_key(incoming),
        key=stored_key(incoming) if incoming.thread else "",
        delivery=delivery,
    )
    Attachment.objects.bulk_create(
        Attachment(
            message=message,
            name=clean(attachment.name)[:255],
            media_type=clean(attachment.media_type)[:255],
            size=len(attachment.content),
            sha256=hashlib.sha256(attachment.content).hexdigest(),
            content=attachment.content,
        )
        for attachment in incoming.attachments
    )
    return message
