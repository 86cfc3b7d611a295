"""Answering a customer from the desk: the message is stored, then sent until it has left."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from tickets.domain.words import AuthorKind, Channel, EventKind, Status
from tickets.models import Attachment, Message, SendState, Ticket
from tickets.operations.log import Entry, lock_ticket, record
from tickets.operations.notes import EmptyText
from tickets.operations.write_message import clean, hash_of


class CannotAnswerHere(ValueError):
    """This ticket cannot be answered here; the message says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file that goes with an answer; `media_type` in lower case."""

    name: str
    media_type: str
    content: bytes


@transaction.atomic
def answer_ticket(
    *, ticket_id: int, text: str, user: User, now: datetime, files: Sequence[NewFile] = ()
) -> Message:
    """Stores a public answer by e-mail and counts it as the answer at `now` (UTC).

    Raises EmptyText, or CannotAnswerHere when the conversation lives in another tool.
    """
    ticket = lock_ticket(ticket_id)
    body = clean(text).strip()
    if not body:
        raise EmptyText(str(EmptyText.__doc__))
    refusal = why_not_here(ticket)
    if refusal:
        raise CannotAnswerHere(refusal)
    message = Message.objects.create(
        ticket=ticket,
        author_kind=AuthorKind.AGENT,
        user=user,
        author_name=user.get_full_name() or user.get_username(),
        channel=Channel.EMAIL,
        subject=ticket.subject,
        body=body,
        reply=body,
        body_sha256=hash_of(body),
        at=now,
        message_id=new_message_id(),
        send_state=SendState.WAITING,
        send_after=now,
    )
    Attachment.objects.bulk_create(
        Attachment(
            message=message,
            name=clean(file.name)[:255],
            media_type=file.media_type[:255],
            size=len(file.content),
            sha256=hashlib.sha256(file.content).hexdigest(),
            content=file.content,
        )
        for file in files
    )
    record(
        ticket,
        [
            Entry(
                kind=EventKind.AGENT_REPLIED,
                at=now,
                key=f"{EventKind.AGENT_REPLIED}:{message.pk}",
                actor=user,
                message=message,
            )
        ],
        now=now,
    )
    return message


def why_not_here(ticket: Ticket) -> str:
    """Empty when the desk can answer this ticket; otherwise the reason and what to do."""
    if not ticket.source.is_mail:
        return f"This conversation lives in {ticket.source.name}: answer it there."
    if ticket.status == Status.SPAM:
        return "This ticket is marked as spam: take the mark away first."
    if ticket.requester is None or not ticket.requester.email:
        return "There is no address to answer to."
    return ""


def new_message_id() -> str:
    """A Message-ID of ours that nobody can guess, without its angle brackets."""
    domain = settings.SUPPORT_ADDRESSES[0].rpartition("@")[2]
    return f"{secrets.token_urlsafe(18)}@{domain}"
