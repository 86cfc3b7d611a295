"""A message with its attachments as rows: cleaned of what the database refuses, hashed."""

import hashlib
import re
from datetime import datetime

from tickets.domain.incoming import IncomingMessage
from tickets.models import Attachment, Delivery, Message, Ticket
from tickets.operations.ticket.identity import Identity

_MAX_RECIPIENTS = 100
# PostgreSQL's text refuses U+0000, and no page or log needs the other control characters.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def clean(text: str) -> str:
    """Without control characters that the database or a terminal would choke on."""
    return _CONTROL.sub("", text)


def hash_of(text: str) -> str:
    """SHA-256 of a text, which stays when the text is erased."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def stored_key(incoming: IncomingMessage) -> str:
    """The id of a message at its origin as it is stored, so that a repeat is found by it."""
    if incoming.thread:
        return clean(incoming.key)[:255]
    # In bytes: an index row of PostgreSQL holds 2,704 of them, and 998 characters may have more.
    return clean(incoming.key).encode()[:998].decode(errors="ignore")


def new_message(
    *,
    ticket: Ticket,
    incoming: IncomingMessage,
    identity: Identity,
    at: datetime,
    delivery: Delivery,
) -> Message:
    """The message, not stored yet."""
    body = clean(incoming.body)
    return Message(
        ticket=ticket,
        is_public=incoming.public,
        author_kind=incoming.author.kind,
        contact=identity.contact,
        user=identity.agent,
        author_name=clean(incoming.author.name or incoming.author.email)[:200],
        channel=incoming.channel,
        mail_kind=incoming.kind,
        subject=clean(incoming.subject)[:500],
        recipients=[clean(address).lower() for address in incoming.recipients[:_MAX_RECIPIENTS]],
        authenticated=incoming.authenticated,
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


def new_attachments(message: Message, incoming: IncomingMessage) -> list[Attachment]:
    """The files of a message, not stored yet."""
    return [
        Attachment(
            message=message,
            name=clean(attachment.name)[:255],
            media_type=clean(attachment.media_type)[:255],
            size=len(attachment.content),
            content_id=clean(attachment.content_id)[:255],
            is_inline=attachment.is_inline,
            sha256=hashlib.sha256(attachment.content).hexdigest(),
            content=attachment.content,
        )
        for attachment in incoming.attachments
    ]
