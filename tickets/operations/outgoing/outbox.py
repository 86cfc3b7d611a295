"""The outbox: an answer counts from the instant at which our mail server, or its tool, took it.

Claim, hand over, write down: three steps, and no lock is held while the other side talks. When
this process dies between the second and the third, a mail is sent again under the same
Message-ID, and the later instant counts: at least once, never counted before it has left. Through
a tool, see `tool_outbox`.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import (
    InterfaceError,
    OperationalError,
    close_old_connections,
    transaction,
)
from django.db.models import Q

from tickets.domain.tool_request import ToolAway, ToolRefused
from tickets.domain.words import Attention, AuthorKind, EventKind
from tickets.models import Message, SendState, Ticket
from tickets.models.advisory import alone
from tickets.models.source import MAIL_KINDS
from tickets.operations.outgoing.acknowledge import NotWanted
from tickets.operations.outgoing.compose import compose
from tickets.operations.outgoing.sent import write_down_sent
from tickets.operations.ticket.attention import raise_attention
from tickets.operations.ticket.log import Entry, lock_ticket, record
from tickets.operations.ticket.write_message import clean
from tickets.outbound.letter import NoAddress
from tickets.outbound.server import MailServer, RefusedForGood, ServerAway

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]

_MAX_ATTEMPTS = 12
_FIRST_WAIT = timedelta(seconds=30)
# Longer than a task may run (see tickets.tasks): who claimed it is gone by then.
_LEASE = timedelta(seconds=90)
_TRIES_TO_WRITE_DOWN = 3
_BY_MAIL = Q(ticket__source__kind__in=MAIL_KINDS)
# Nothing on this way can be handed over at present.
_AWAY = (ServerAway, ToolAway)
_FOR_GOOD = (RefusedForGood, NoAddress, ToolRefused)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The other side took it: when (UTC, by the database's clock), and its own id of it."""

    at: datetime
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One way out: whose messages leave on it, how one is handed over, and the longest wait.

    `hand_over` raises ServerAway or ToolAway, NotWanted, RefusedForGood, NoAddress or ToolRefused.
    """

    rows: Q
    hand_over: Callable[[Message], Taken]
    longest_wait: timedelta


def send_waiting(
    *, clock: Clock, limit: int = 50, budget: timedelta = timedelta(seconds=20)
) -> int:
    """Sends the mails that are due, people's first; the number that our mail server took.

    `clock` tells the present (UTC): it is read again for every mail, right after the server's
    answer. Stops after `budget`, and when the server takes nothing at all.
    """
    server = MailServer()

    def hand_over(message: Message) -> Taken:
        server.hand_over(compose(message, now=clock()))
        return Taken(at=clock())

    lane = Lane(rows=_BY_MAIL, hand_over=hand_over, longest_wait=timedelta(hours=4))
    try:
        # A mail server that hangs holds one worker, not all of them: others have clocks to watch.
        with alone("outbox") as is_alone:
            return drain(lane, clock, limit, clock() + budget) if is_alone else 0
    finally:
        server.close()


def drain(lane: Lane, clock: Clock, limit: int, ends_at: datetime) -> int:
    """Sends what is due on one way until it is away; begins nothing after `ends_at`.

    The number that was taken.
    """
    sent = 0
    for _ in range(limit):
        message = _claim(clock(), lane.rows) if clock() <= ends_at else None
        if message is None:
            break
        try:
            sent += _send(message, lane, clock)
        except _AWAY as error:
            _postpone_or_give_up(message, lane, error, clock())
            break
    return sent


@transaction.atomic
def _claim(now: datetime, rows: Q = _BY_MAIL) -> Message | None:
    """One waiting message, ours alone until its lease ends."""
    message = (
        Message.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("ticket__source", "ticket__customer", "ticket__requester", "user")
        .filter(rows, send_state=SendState.WAITING, send_after__lte=now)
        # "agent" comes before "bot": no acknowledgement delays a person's answer.
        .order_by("author_kind", "send_after", "pk")
        .first()
    )
    if message is not None:
        # Counted before the try, so that a mail that kills its worker is counted too.
        message.send_attempts += 1
        message.send_after = now + _LEASE
        message.save(update_fields=["send_attempts", "send_after"])
    return message


def _send(message: Message, lane: Lane, clock: Clock) -> bool:
    """Whether it was taken. Raises ServerAway or ToolAway."""
    if message.send_attempts > _MAX_ATTEMPTS:
        reason = message.send_error or "no attempt came to an end"
        _give_up(message, reason, clock(), warns=True)
        return False
    try:
        taken = lane.hand_over(message)
    except _AWAY:
        raise
    except NotWanted as error:
        _give_up(message, str(error), clock(), warns=False)
        return False
    except _FOR_GOOD as error:
        _give_up(message, str(error), clock(), warns=True)
        return False
    except Exception as error:  # noqa: BLE001  (whatever it is, the answer must not be lost)
        _postpone_or_give_up(message, lane, error, clock())
        return False
    _write_down(message, taken, clock)
    return True


def _write_down(message: Message, taken: Taken, clock: Clock) -> None:
    for left in reversed(range(_TRIES_TO_WRITE_DOWN)):
        try:
            _record_acceptance(message.pk, message.ticket_id, taken, clock())
        except (OperationalError, InterfaceError):
            # Else it is sent a second time when the lease ends.
            if not left:
                raise
            close_old_connections()
        else:
            return


@transaction.atomic
def _record_acceptance(message_id: int, ticket_id: int, taken: Taken, now: datetime) -> None:
    """The answer has left, and counts from that instant. Locks the ticket first (D4)."""
    ticket = lock_ticket(ticket_id)
    message = Message.objects.select_for_update(of=("self",)).get(pk=message_id)
    if message.send_state != SendState.SENT:
        write_down_sent(ticket, message, accepted_at=taken.at, key=taken.key, now=now)


def _postpone_or_give_up(message: Message, lane: Lane, error: Exception, now: datetime) -> None:
    # The address is in the server's answer, and has no place in a log.
    logger.warning("message %s could not be sent: %s", message.pk, type(error).__name__)
    if message.send_attempts >= _MAX_ATTEMPTS:
        _give_up(message, str(error), now, warns=True)
        return
    wait = min(_FIRST_WAIT * 2 ** (message.send_attempts - 1), lane.longest_wait)
    # Only while it is still ours: after the lease somebody else may be at it.
    Message.objects.filter(
        pk=message.pk, send_state=SendState.WAITING, send_attempts=message.send_attempts
    ).update(send_after=now + wait, send_error=_shown(str(error)))


@transaction.atomic
def _give_up(message: Message, reason: str, now: datetime, *, warns: bool) -> None:
    """It does not leave, and never counted. A person is told when the mail was a person's."""
    ticket = lock_ticket(message.ticket_id)
    row = Message.objects.select_for_update(of=("self",)).get(pk=message.pk)
    if row.send_state != SendState.WAITING:
        return
    row.send_state, row.send_after, row.send_error = SendState.FAILED, None, _shown(reason)
    row.save(update_fields=["send_state", "send_after", "send_error"])
    _undo_early_answer(ticket, row, now)
    if warns and row.author_kind == AuthorKind.AGENT:
        raise_attention(ticket=ticket, kind=Attention.UNSENT, now=now)


def _undo_early_answer(ticket: Ticket, message: Message, now: datetime) -> None:
    """An answer that an older version counted when it was written: it counts no more."""
    replied = ticket.events.filter(message=message, kind=EventKind.AGENT_REPLIED).last()
    if replied is None:
        return
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


def _shown(reason: str) -> str:
    return clean(reason)[:500]
