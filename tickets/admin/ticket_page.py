"""What the ticket page shows of the conversation, its log and its triage: plain records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from tickets.admin.labels import CHANNEL_LABELS, EVENT_LABELS, in_words
from tickets.admin.severity_words import signal_words
from tickets.domain.words import AuthorKind, EventKind, MailKind
from tickets.models import Attachment, Message, SendState, Ticket, TicketEvent
from tickets.operations.answer import why_not_here

# Older messages are folded: what counts is at the end of a conversation.
OPEN_MESSAGES = 4
_REASONS = 5
_LEAST_WEIGHT = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    """One message; `quoted` is the whole text when the reply alone is not all of it."""

    message: Message
    side: str
    author: str
    label: str
    channel: str | Promise
    text: str
    quoted: str
    is_open: bool
    trouble: str
    sending: str
    attachments: Sequence[Attachment]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """One fact of the log in words; `late` is how much later than it happened we learnt of it."""

    event: TicketEvent
    label: str | Promise
    by: str
    what: str
    time_rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityReason:
    """One signal of the rules, in the customer's own words."""

    words: str
    text: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingLowering:
    """A lowered severity that a second person must confirm before it counts for the contract."""

    event: TicketEvent
    until: datetime | None
    by_me: bool


def messages_of(ticket: Ticket) -> list[MessageView]:
    """The conversation, oldest first, in two queries."""
    files = Attachment.objects.defer("content").order_by("pk")
    rows = list(
        ticket.messages.select_related("user", "contact")
        .defer("html")
        .prefetch_related(Prefetch("attachments", files))
    )
    return [
        _message(row, is_open=number >= len(rows) - OPEN_MESSAGES)
        for number, row in enumerate(rows)
    ]


def _message(message: Message, *, is_open: bool) -> MessageView:
    text = message.reply or message.body
    return MessageView(
        message=message,
        side=_side(message),
        author=_author(message),
        label=_label(message),
        channel=CHANNEL_LABELS.get(message.channel, message.channel),
        text="" if message.erased_at else text,
        quoted=message.body if message.body.strip() != text.strip() else "",
        is_open=is_open,
        trouble=_trouble(message),
        sending=_("on its way") if message.send_state == SendState.WAITING else "",
        attachments=list(message.attachments.all()),
    )


def _side(message: Message) -> str:
    if not message.is_public:
        return "note"
    if message.author_kind == AuthorKind.BOT or message.mail_kind != MailKind.HUMAN:
        return "machine"
    return "ours" if message.author_kind == AuthorKind.AGENT else "theirs"


def _author(message: Message) -> str:
    if message.user is not None:
        return message.user.get_full_name() or message.user.get_username()
    return message.author_name or str(message.contact or _("unknown"))


def _label(message: Message) -> str:
    if not message.is_public:
        return _("internal note")
    if message.mail_kind == MailKind.BOUNCE:
        return _("failed delivery")
    return {
        "machine": _("automatic"),
        "ours": _("answer"),
        "theirs": _("customer"),
    }[_side(message)]


def _trouble(message: Message) -> str:
    if message.send_state == SendState.FAILED:
        return _("This answer could not be sent: %(error)s") % {"error": message.send_error}
    if message.send_state == SendState.WAITING and message.send_error:
        return _("Sending failed and is tried again: %(error)s") % {"error": message.send_error}
    return ""


def events_of(ticket: Ticket) -> list[EventView]:
    """The log in the order of what happened."""
    rows = ticket.events.select_related("actor")
    return [
        EventView(
            event=row,
            label=EVENT_LABELS.get(row.kind, row.kind),
            by=_by(row),
            what=_what(row),
            time_rule=in_words(row.details.get("time", "")),
        )
        for row in rows
    ]


def _by(event: TicketEvent) -> str:
    if event.actor is not None:
        return event.actor.get_full_name() or event.actor.get_username()
    if event.kind in {EventKind.OPENED, EventKind.CUSTOMER_WROTE}:
        ours = event.details.get("by") == "agent"
        return _("us") if ours else _("the customer")
    return ""


def _what(event: TicketEvent) -> str:
    details = event.details
    match event.kind:
        case EventKind.OPENED:
            return str(details.get("severity", ""))
        case EventKind.SEVERITY_CHANGED:
            mode = _("got worse") if details.get("mode") == "got_worse" else _("was misjudged")
            words = f"{details.get('from')} → {details.get('to')} ({mode})"
            if details.get("contract") == "pending":
                words += " · " + _("needs a second person")
            return words
        case EventKind.WAITING_STARTED:
            return {
                "customer": _("for the customer"),
                "third_party": _("for a third party"),
                "internal": _("for us"),
            }.get(str(details.get("cause")), "")
        case _:
            return in_words(details.get("review", ""))


def pending_lowering(events: Sequence[EventView], user_id: int | None) -> PendingLowering | None:
    """The newest lowering that still waits for somebody else, if any."""
    confirmed = {
        str(view.event.details.get("of_event"))
        for view in events
        if view.event.kind == EventKind.SEVERITY_CONFIRMED
    }
    for view in reversed(events):
        event = view.event
        if (
            event.kind == EventKind.SEVERITY_CHANGED
            and event.details.get("contract") == "pending"
            and str(event.pk) not in confirmed
        ):
            until = event.details.get("confirm_until")
            return PendingLowering(
                event=event,
                until=datetime.fromisoformat(until) if until else None,
                by_me=event.actor_id == user_id,
            )
    return None


def severity_reasons(ticket: Ticket) -> tuple[float | None, list[SeverityReason]]:
    """The confidence of the rules' latest verdict and its heaviest reasons."""
    triage = ticket.triages.first()
    if triage is None:
        return None, []
    heard = [reason for reason in triage.reasons if abs(_weight(reason)) >= _LEAST_WEIGHT]
    heaviest = sorted(heard, key=lambda reason: -abs(_weight(reason)))
    return triage.confidence, [
        SeverityReason(
            words=signal_words(str(reason.get("signal", ""))),
            text=str(reason.get("text", "")),
            weight=_weight(reason),
        )
        for reason in heaviest[:_REASONS]
    ]


def _weight(reason: Mapping[str, Any]) -> float:
    return float(reason.get("weight", 0))


def where_to_answer(ticket: Ticket) -> str:
    """Empty when the desk can answer; otherwise where to, in the reader's language."""
    refusal = why_not_here(ticket)
    if refusal and not ticket.source.is_mail:
        return _("This conversation lives in %(source)s: answer it there.") % {
            "source": ticket.source.name
        }
    return in_words(refusal)
