"""What a customer's later message says of the severity: it may raise it, and never lowers it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from tickets.domain.incoming import IncomingMessage
from tickets.domain.severity import MENDED, Verdict, Weights
from tickets.domain.severity_log import SEVERE
from tickets.domain.words import Attention, Status
from tickets.models import Message, Ticket
from tickets.operations.ticket.attention import raise_attentions
from tickets.operations.ticket.open_ticket import judge

# An unsure verdict below this says next to nothing: "still the same" is one.
_WORTH_A_LOOK = 0.5


def judge_later(incoming: IncomingMessage, weights: Weights | None) -> Verdict:
    """The verdict on what was written this time: neither on the quotes nor on the old subject."""
    said = incoming.reply if incoming.reply.strip() else incoming.body
    return judge(replace(incoming, subject="", body=said), weights)


def is_sure(verdict: Verdict) -> bool:
    """Whether it may raise a severity without a person."""
    return verdict.severity in SEVERE and not verdict.needs_triage


def heard_in(verdict: Verdict) -> dict[str, object]:
    """What the log keeps of a later message; nothing when it does not sound severe."""
    if verdict.severity not in SEVERE:
        return {}
    sure = is_sure(verdict)
    if not sure and verdict.version != "failed" and verdict.confidence < _WORTH_A_LOOK:
        return {}
    return {"sounds": verdict.severity.value, "sure": sure, "version": verdict.version}


def is_recovery(verdict: Verdict) -> bool:
    """Whether it says that what was broken works again; a signal that was set aside has a note."""
    return verdict.severity not in SEVERE and any(
        reason.signal in MENDED for reason in verdict.reasons
    )


def note_recoveries(messages: Sequence[Message], *, now: datetime) -> None:
    """Marks the severe tickets whose newest message says that it works again; the caller locks.

    It lowers nothing: whether it is over, a person judges.
    """
    tickets: dict[int, Ticket] = {}
    for message in messages:
        ticket = message.ticket
        newest = ticket.last_customer_message_at
        if (
            ticket.severity in SEVERE
            and ticket.status not in {Status.SOLVED, Status.SPAM}
            and (newest is None or newest <= message.at)
        ):
            tickets[ticket.pk] = ticket
    raise_attentions(tickets=list(tickets.values()), kind=Attention.RECOVERED, now=now)


def forget_recoveries(messages: Sequence[Message]) -> None:
    """Takes the mark from tickets whose newest message sounds severe again; the caller locks."""
    tickets = {
        message.ticket_id: message.ticket
        for message in messages
        if message.ticket.attention == Attention.RECOVERED
        and (message.ticket.last_customer_message_at or message.at) <= message.at
    }
    for ticket in tickets.values():
        ticket.attention, ticket.attention_at = "", None
    if tickets:
        Ticket.objects.filter(pk__in=tickets).update(attention="", attention_at=None)
