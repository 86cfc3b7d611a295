"""Answering a customer from the desk: the answer is stored, leaves, and counts once it has left."""

import hashlib
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from tickets.domain.words import Attention, AuthorKind, Channel, Status
from tickets.models import Attachment, Message, SendState, Source, Ticket
from tickets.operations.outgoing.answer_files import file_limits
from tickets.operations.ticket.log import lock_ticket
from tickets.operations.ticket.notes import EmptyText
from tickets.operations.ticket.write_message import clean, hash_of
from tickets.operations.tool_access import answers_through
from tickets.outbound.tools.chatwoot import NO_ACCOUNT
from tickets.outbound.tools.table import ANSWER_WAYS
from tickets.queries import newest_public_message, person_name

logger = logging.getLogger(__name__)

LIVES_ELSEWHERE = "This conversation lives in"
SWITCH_ON = "An operator can have answers sent from here: on the page of the source."


class CannotAnswerHere(ValueError):
    """This ticket cannot be answered here; the message says where."""


class WrittenMeanwhile(ValueError):
    """A message came while the answer was being written: read it first."""


class FilesTooLarge(ValueError):
    """The files are too many or too large for one answer: send fewer or smaller ones."""


class TooLong(ValueError):
    """The answer is too long for this tool: send it in parts."""


class NotFailed(ValueError):
    """Only an answer that could not be sent can be sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file that goes along with an answer."""

    name: str
    media_type: str
    content: bytes


@transaction.atomic
def answer_ticket(
    *,
    ticket_id: int,
    text: str,
    user: User,
    now: datetime,
    files: Sequence[NewFile] = (),
    seen: int | None = None,
) -> Message:
    """Stores a public answer, to be sent by e-mail or through the tool from `now` (UTC) on.

    It counts as our answer when our mail server or the tool has taken it, not before: the outbox
    writes that down. `seen` is the newest public message that its author has read. Raises
    EmptyText, FilesTooLarge, TooLong, WrittenMeanwhile, or CannotAnswerHere when the
    conversation must be answered elsewhere.
    """
    ticket = lock_ticket(ticket_id)
    # Under the lock, so that two clicks on "send" are one answer.
    if seen is not None and newest_public_message(ticket) > seen:
        raise WrittenMeanwhile(str(WrittenMeanwhile.__doc__))
    body = clean(text).strip()
    if not body:
        raise EmptyText(str(EmptyText.__doc__))
    refusal = why_not_here(ticket)
    if refusal:
        raise CannotAnswerHere(refusal)
    _check_size(ticket.source, body, files)
    message = Message.objects.create(
        ticket=ticket,
        author_kind=AuthorKind.AGENT,
        user=user,
        author_name=person_name(user),
        channel=Channel.EMAIL if ticket.source.is_mail else ticket.channel,
        subject=ticket.subject,
        body=body,
        reply=body,
        body_sha256=hash_of(body),
        at=now,
        message_id=new_message_id(ticket.source) if ticket.source.is_mail else "",
        send_state=SendState.WAITING,
        send_to=_address(ticket),
        send_after=now,
    )
    Attachment.objects.bulk_create(_attachment(message, file) for file in files)
    return message


@transaction.atomic
def resend_answer(*, message_id: int, user: User, now: datetime) -> Message:
    """Puts an answer that could not be sent back into the outbox, to the address of today.

    It stays its author's, whoever (`user`) asks for it. Raises NotFailed, or CannotAnswerHere.
    """
    ticket_id = Message.objects.values_list("ticket_id", flat=True).get(pk=message_id)
    ticket = lock_ticket(ticket_id)
    message = Message.objects.select_for_update(of=("self",)).get(pk=message_id)
    is_answer = message.author_kind == AuthorKind.AGENT and message.erased_at is None
    if message.send_state != SendState.FAILED or not is_answer:
        raise NotFailed(str(NotFailed.__doc__))
    refusal = why_not_here(ticket)
    if refusal:
        raise CannotAnswerHere(refusal)
    logger.info("answer %s is sent again at the wish of user %s", message.pk, user.pk)
    if ticket.attention == Attention.UNSENT:
        ticket.attention, ticket.attention_at = "", None
        ticket.save(update_fields=["attention", "attention_at"])
    message.send_state, message.send_after = SendState.WAITING, now
    # Through a tool it may have arrived in spite of all: the next try looks there first.
    message.send_attempts, message.send_error = (0 if ticket.source.is_mail else 1), ""
    message.send_to = _address(ticket)
    message.save(
        update_fields=["send_state", "send_after", "send_attempts", "send_error", "send_to"]
    )
    return message


def why_not_here(ticket: Ticket) -> str:
    """Empty when the desk can answer this ticket; otherwise the reason and what to do."""
    if not ticket.source.is_mail:
        refusal = _why_not_through(ticket)
        if refusal:
            return refusal
    if ticket.status == Status.SPAM:
        return "This ticket is marked as spam: take the mark away first."
    if ticket.source.is_mail and not _address(ticket):
        return "There is no address to answer to."
    return ""


def _why_not_through(ticket: Ticket) -> str:
    source = ticket.source
    access = answers_through(source)
    if access is None or not ticket.thread:
        elsewhere = f"{LIVES_ELSEWHERE} {source.name}: answer it there."
        return f"{elsewhere} {SWITCH_ON}" if can_switch_on(ticket) else elsewhere
    if ANSWER_WAYS[source.kind].needs_account and not access.account:
        return NO_ACCOUNT
    return ""


def can_switch_on(ticket: Ticket) -> bool:
    """Whether answers could leave through this ticket's tool, if an operator so wished."""
    return bool(ticket.source.kind in ANSWER_WAYS and ticket.thread)


def _address(ticket: Ticket) -> str:
    """Where a mail goes; "" in a tool, which knows its people itself."""
    return ticket.requester.email if ticket.source.is_mail and ticket.requester else ""


def _check_size(source: Source, body: str, files: Sequence[NewFile]) -> None:
    limits = file_limits(source)
    sizes = [len(file.content) for file in files]
    if len(sizes) > limits.most or sum(sizes) > limits.together:
        raise FilesTooLarge(str(FilesTooLarge.__doc__))
    if source.is_mail:
        return
    if max(sizes, default=0) > limits.each:
        raise FilesTooLarge(str(FilesTooLarge.__doc__))
    if len(body) > ANSWER_WAYS[source.kind].longest:
        raise TooLong(str(TooLong.__doc__))


def new_message_id(source: Source) -> str:
    """A Message-ID of ours that nobody can guess, without its angle brackets."""
    domain = (source.address or settings.SUPPORT_ADDRESSES[0]).rpartition("@")[2]
    return f"{secrets.token_urlsafe(18)}@{domain}"


def _attachment(message: Message, file: NewFile) -> Attachment:
    return Attachment(
        message=message,
        name=clean(file.name)[:255],
        media_type=clean(file.media_type).lower()[:255],
        size=len(file.content),
        sha256=hashlib.sha256(file.content).hexdigest(),
        content=file.content,
    )
