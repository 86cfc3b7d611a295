"""Floods and loops: automatic mail is stopped in a ticket, and a person is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from django.db.models import Q

from tickets.domain.incoming import IncomingMessage
from tickets.domain.words import Attention, AuthorKind, MailKind
from tickets.models import Contact, Message, SendState, Ticket
from tickets.operations.ticket.attention import raise_attention

_IN_ONE_TICKET, _SHORTLY = 10, timedelta(minutes=10)
_AUTOMATIC, _HOUR = 20, timedelta(hours=1)
_TURNS, _PING_PONG = 4, timedelta(seconds=60)
_ENOUGH = 60
# No breaker trips on fewer facts in an hour's log.
FEWEST = _TURNS - 1


@dataclass(frozen=True, slots=True)
class _Seen:
    ticket_id: int
    contact_id: int | None
    author_kind: str
    mail_kind: str
    send_state: str
    at: datetime

    @property
    def is_our_machine(self) -> bool:
        return self.author_kind == AuthorKind.BOT and self.send_state != SendState.NOT_OURS


def check_flood(
    *, ticket: Ticket, contact: Contact | None, incoming: IncomingMessage, now: datetime
) -> str:
    """Parks the locked ticket when its last mails look like machines; why, or "".

    Called after a message was appended; one query, none when the ticket is parked already.
    Nothing is dropped: a parked ticket takes every mail, a person's still moves its clocks, and
    our people's answers still leave. Only this ticket is touched, so that no flood, whoever's
    name it bears, silences anybody elsewhere.
    """
    if ticket.parked_at is not None or contact is None or not incoming.public:
        return ""
    reason = flood_reason(ticket=ticket, contact=contact, now=now)
    if reason:
        ticket.parked_at = now
        ticket.save(update_fields=["parked_at"])
        raise_attention(ticket=ticket, kind=Attention.LOOP, now=now)
    return reason


def flood_reason(*, ticket: Ticket, contact: Contact, now: datetime) -> str:
    """Why the mails of the last hour look like machines, "" when they do not; one query."""
    mine = Q(ticket=ticket) | Q(contact=contact, mail_kind=MailKind.AUTO)
    rows = (
        Message.objects.filter(mine, is_public=True, at__gt=now - _HOUR)
        .order_by("-at", "-pk")
        .values_list("ticket_id", "contact_id", "author_kind", "mail_kind", "send_state", "at")
    )
    return _judge([_Seen(*row) for row in rows[:_ENOUGH]], ticket.pk, contact.pk)


def _judge(newest_first: Sequence[_Seen], ticket_id: int, contact_id: int) -> str:
    automatic = [
        each
        for each in newest_first
        if each.contact_id == contact_id and each.mail_kind == MailKind.AUTO
    ]
    if len(automatic) > _AUTOMATIC:
        return f"more than {_AUTOMATIC} automatic mails of one sender within an hour"
    here = [each for each in newest_first if each.ticket_id == ticket_id]
    theirs = [each for each in here if each.contact_id == contact_id]
    if len(theirs) > _IN_ONE_TICKET and theirs[0].at - theirs[_IN_ONE_TICKET].at <= _SHORTLY:
        return f"more than {_IN_ONE_TICKET} mails of one sender within ten minutes"
    if _is_ping_pong(here[:_TURNS], contact_id):
        return "two machines answer each other"
    return ""


def _is_ping_pong(last: Sequence[_Seen], contact_id: int) -> bool:
    if len(last) < _TURNS:
        return False
    turns = [each.is_our_machine for each in last]
    return (
        all(each.is_our_machine or each.contact_id == contact_id for each in last)
        and all(one != other for one, other in pairwise(turns))
        and all(newer.at - older.at < _PING_PONG for newer, older in pairwise(last))
    )
