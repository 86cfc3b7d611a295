"""Sending the answers that wait: each leaves at least once, under one Message-ID."""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from tickets.models import Message, SendState
from tickets.outbound.mail import Answer, send_answer

logger = logging.getLogger(__name__)

_MAX_ATTEMPTS = 12
_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=4)


def send_waiting(*, now: datetime, limit: int = 50) -> int:
    """Sends what is due; a failure waits longer each time and is shown to the agent at the end."""
    sent = 0
    for _ in range(limit):
        outcome = _send_one(now)
        if outcome is None:
            break
        sent += outcome
    return sent


@transaction.atomic
def _send_one(now: datetime) -> int | None:
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
        if message.send_attempts >= _MAX_ATTEMPTS:
            message.send_state, message.send_after = SendState.FAILED, None
        else:
            wait = min(_FIRST_WAIT * 2 ** (message.send_attempts - 1), _LONGEST_WAIT)
            message.send_after = now + wait
        message.save(update_fields=["send_state", "send_after", "send_attempts", "send_error"])
        return 0
    message.send_state, message.send_after, message.send_error = SendState.SENT, None, ""
    message.save(update_fields=["send_state", "send_after", "send_attempts", "send_error"])
    return 1


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
