"""Intercom: notifications about conversations and tickets."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from tickets.domain.incoming import Author, Ignored, Incoming
from tickets.domain.words import AuthorKind, Severity, Status, WaitCause
from tickets.inbound.json_fields import Fields, read_object
from tickets.inbound.tools import intercom_parts as parts
from tickets.inbound.tools import records
from tickets.inbound.tools.call import ToolCall, ToolMap, Verified
from tickets.inbound.tools.proofs import check_hmac, hex_signature, id_in_body
from tickets.inbound.tools.records import Change

# A conversation that sleeps may wait for anybody, so it pauses nothing.
STATUSES: Final[Mapping[str, tuple[Status, str]]] = MappingProxyType(
    {
        "open": (Status.OPEN, ""),
        "submitted": (Status.OPEN, ""),
        "in_progress": (Status.OPEN, ""),
        "snoozed": (Status.WAITING, WaitCause.INTERNAL),
        "waiting_on_customer": (Status.WAITING, WaitCause.CUSTOMER),
        "closed": (Status.SOLVED, ""),
        "resolved": (Status.SOLVED, ""),
    }
)
# It knows only "priority" and "not_priority": a source may give them a meaning.
SEVERITIES: Final[Mapping[str, Severity]] = MappingProxyType({})

_MESSAGES: Final = frozenset(
    {
        "conversation.user.replied",
        "conversation.admin.replied",
        "conversation.operator.replied",
        "conversation.admin.noted",
    }
)
_STATES: Final = {
    "conversation.admin.closed": "closed",
    "conversation.admin.opened": "open",
    "conversation.admin.snoozed": "snoozed",
    "conversation.admin.unsnoozed": "open",
}
_OPENINGS: Final = frozenset({"conversation.user.created", "conversation.admin.single.created"})
_TICKET_MESSAGES: Final = frozenset(
    {"ticket.contact.replied", "ticket.admin.replied", "ticket.note.created"}
)
_UNUSED: Final = {
    "ping": "a question whether the address is right",
    "conversation.admin.assigned": "the assignee stays in the tool that sent it",
    "ticket.admin.assigned": "the assignee stays in the tool that sent it",
    "ticket.team.assigned": "the assignee stays in the tool that sent it",
    "conversation_part.tag.created": "tags stay in the tool that sent them",
    "conversation.deleted": "a ticket that is deleted there stays here",
    "conversation_part.redacted": "erase the text here too, if it must go",
}


def verify(call: ToolCall, secrets: Sequence[str], now: datetime) -> Verified:
    """HMAC-SHA1 in hex over the body; no timestamp. Raises BadSignature."""
    _ = now
    check_hmac(hex_signature(call, "x-hub-signature", "sha1="), call.body, secrets, "sha1")
    return Verified(delivery_id=id_in_body(call, lambda told: told.get("id")))


def parse(call: ToolCall, words: ToolMap) -> tuple[Incoming, ...]:
    """What a call says. Raises Unreadable."""
    told = Fields(read_object(call.body), "")
    topic = told.text("topic")
    if topic in _OPENINGS:
        return parts.opening(_item(told), words)
    if topic in _MESSAGES:
        return _messages(topic, _item(told), words)
    if topic in _STATES:
        return _state(topic, told, _item(told), words)
    if topic == "conversation.priority.updated":
        return _priority(told, _item(told), words)
    if topic in _TICKET_MESSAGES:
        item = _item(told)
        return _ticket_message(topic, item.fields("ticket"), item.fields("ticket_part"), words)
    if topic == "ticket.created":
        return parts.ticket_opening(_item(told), words)
    if topic in {"ticket.state.updated", "ticket.closed"}:
        return _ticket_state(topic, told, _item(told), words)
    return records.unused(topic, _UNUSED)


def _item(told: Fields) -> Fields:
    return told.fields("data").fields("item")


def _messages(topic: str, item: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    """The newest messages that a notification carries; one, as a rule."""
    found = [
        parts.message(item.key("id"), part, item, words, is_note=topic.endswith(".noted"))
        for part in _parts(item)
        if parts.says_something(part)
    ]
    return tuple(found) or (Ignored(reason="a notification without any text"),)


def _state(topic: str, told: Fields, item: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    thread = item.key("id")
    newest = _parts(item)[-1:]
    # One may close with a last word, which is a reply like any other.
    written = [
        parts.message(thread, part, item, words)
        for part in newest
        if parts.says_something(part) and not parts.is_note(part)
    ]
    part = newest[0] if newest else None
    change = _change(thread, part, told, item, words)
    return (*written, records.status(change, _STATES[topic], STATUSES, words))


def _priority(told: Fields, item: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    newest = _parts(item)[-1:]
    change = _change(item.key("id"), newest[0] if newest else None, told, item, words)
    return (records.priority(change, item.text("priority"), SEVERITIES, words),)


def _ticket_message(
    topic: str, ticket: Fields, part: Fields, words: ToolMap
) -> tuple[Incoming, ...]:
    """Only the part of this event: the ticket repeats its whole history every time."""
    if not parts.says_something(part):
        return (Ignored(reason="a notification without any text"),)
    is_note = topic == "ticket.note.created"
    return (parts.message(ticket.key("id"), part, ticket, words, is_note=is_note),)


def _ticket_state(topic: str, told: Fields, item: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    ticket = item.optional_fields("ticket") or item
    state = ticket.optional_fields("ticket_state")
    history = ticket.optional_fields("ticket_parts")
    changes = [
        part
        for part in (history.records("ticket_parts") if history else [])
        if (part.optional_text("part_type") or "").startswith("ticket_state_updated")
    ]
    part = changes[-1] if changes else None
    word = "closed" if topic == "ticket.closed" else None
    if word is None and part is not None:
        word = part.optional_text("ticket_state")
        if word == part.optional_text("previous_ticket_state"):
            return (Ignored(reason="the state is the one that it was"),)
    if word is None:
        word = state.optional_text("category") if state else None
    if word is None:
        return (Ignored(reason="the event names no state"),)
    change = _change(ticket.key("id"), part, told, ticket, words)
    return (records.status(change, word, STATUSES, words),)


def _parts(item: Fields) -> list[Fields]:
    listed = item.optional_fields("conversation_parts")
    return listed.records("conversation_parts") if listed else []


def _change(thread: str, part: Fields | None, told: Fields, item: Fields, words: ToolMap) -> Change:
    if part is None:
        return Change(
            thread=thread,
            key=told.key("id"),
            author=Author(kind=AuthorKind.AGENT),
            at=item.seconds("updated_at") or told.seconds("created_at"),
        )
    return Change(
        thread=thread,
        key=f"{part.key('id')}:change",
        author=parts.author_of(part.fields("author"), words),
        at=part.seconds("created_at"),
    )
