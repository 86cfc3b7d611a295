"""Sending the answers that wait: each leaves at least once, under one Message-ID."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from tickets.domain.words import EventKind
from tickets.models import Message, SendState
from tickets.operations.log import Entry, lock_ticket, record
from tickets.outbound.mail import Answer, send_answer

logger = logging.getLogger(__name__)

_MAX_ATTEMPTS = 12
_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Tried:
    """One attempt to send one answer."""

    message: Message
    has_left: bool


def send_waiting(*, now: datetime, limit: int = 50) -> int:
    """Sends what is due; a failure waits longer each time, and at the end undoes the answer."""
    sent = 0
    for _ in range(limit):
        tried = _send_one(now)
        if tried is None:
            break
        sent += tried.has_left
        if not tried.has_left and tried.message.send_attempts >= _MAX_ATTEMPTS:
            _give_up(tried.message.pk, tried.message.ticket_id, now)
    return sent


@transaction.atomic
def _send_one(now: datetime) -> Tried | None:
    message = (
        Message.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("ticket__requester")
        .filter(send_state=SendState.WAITING, send_after__lte=now)
        .order_by("send_after")
        .first()
    )
    if message is None:
        return None
    message.send_attempts += 1
    try:
        send_answer(_answer_of(message))
    except Exception as error:  # noqa: BLE001  (any trouble of the mail server: try again later)
        logger.warning("answer %s could not be sent: %s", message.pk, type(error).__name__)
        message.send_error = f"{type(error).__name__}: {error}"[:500]
        wait = min(_FIRST_WAIT * 2 ** (message.send_attempts - 1), _LONGEST_WAIT)
        message.send_after = now + wait
        message.save(update_fields=["send_after", "send_attempts", "send_error"])
        return Tried(message=message, has_left=False)
    message.send_state, message.send_after, message.send_error = SendState.SENT, None, ""
    message.save(update_fields=["send_state", "send_after", "send_attempts", "send_error"])
    return Tried(message=message, has_left=True)


@transaction.atomic
def _give_up(message_id: int, ticket_id: int, now: datetime) -> None:
    """The answer never left: it does not count, as if it had bounced.

    The ticket is locked before the message, as everywhere (D4): hence a transaction of its own.
    """
    ticket = lock_ticket(ticket_id)
    message = Message.objects.select_for_update(of=("self",)).get(pk=message_id)
    if message.send_state != SendState.WAITING:
        return
    message.send_state, message.send_after = SendState.FAILED, None
    message.save(update_fields=["send_state", "send_after"])
    replied = ticket.events.filter(message=message, kind=EventKind.AGENT_REPLIED).first()
    if replied is not None:
        record(
            ticket,
            [
                Entry(
                    kind=EventKind.REPLY_BOUNCED,
                    at=max(now, replied.at),
                    key=f"{EventKind.REPLY_BOUNCED}:{replied.pk}",
                    message=message,
                    details={"of": replied.at.isoformat(), "of_event": str(replied.pk)},
                )
            ],
            now=now,
        )


def _answer_of(message: Message) -> Answer:
    ticket = message.ticket
    earlier = ticket.messages.exclude(message_id="").exclude(pk=message.pk).order_by("at", "pk")
    return Answer(
        to=ticket.requester.email if ticket.requester else "",
        subject=ticket.subject,
        reference=ticket.reference,
        body=message.body,
        message_id=message.message_id,
        references=tuple(earlier.values_list("message_id", flat=True))[-10:],
    )
