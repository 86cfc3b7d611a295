"""What a customer's later message says of the severity: it may raise it, and never lowers it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from tickets.domain.incoming import IncomingMessage
from tickets.domain.severity import Verdict, Weights
from tickets.domain.words import Attention, Severity, Status
from tickets.models import Message, Ticket
from tickets.operations.attention import raise_attentions
from tickets.operations.open_ticket import judge

_SEVERE = frozenset({Severity.S1, Severity.S2})
# An unsure verdict below this says next to nothing: "still the same" is one.
_WORTH_A_LOOK = 0.5
_MENDED = frozenset({"resolved", "restored"})


def judge_later(incoming: IncomingMessage, weights: Weights | None) -> Verdict:
    """The verdict on what was written this time: neither on the quotes nor on the old subject."""
    said = incoming.reply if incoming.reply.strip() else incoming.body
    return judge(replace(incoming, subject="", body=said), weights)


def is_sure(verdict: Verdict) -> bool:
    """Whether it may raise a severity without a person."""
    return verdict.severity in _SEVERE and not verdict.needs_triage


def heard_in(verdict: Verdict) -> dict[str, object]:
    """What the log keeps of a later message; nothing when it does not sound severe."""
    if verdict.severity not in _SEVERE:
        return {}
    sure = is_sure(verdict)
    if not sure and verdict.version != "failed" and verdict.confidence < _WORTH_A_LOOK:
        return {}
    return {"sounds": verdict.severity.value, "sure": sure, "version": verdict.version}


def is_recovery(verdict: Verdict) -> bool:
    """Whether it says that what was broken works again; a signal that was set aside has a note."""
    return verdict.severity not in _SEVERE and any(
        reason.signal in _MENDED for reason in verdict.reasons
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
            ticket.severity in _SEVERE
            and ticket.status not in {Status.SOLVED, Status.SPAM}
            and (newest is None or newest <= message.at)
        ):
            tickets[ticket.pk] = ticket
    raise_attentions(tickets=list(tickets.values()), kind=Attention.RECOVERED, now=now)
