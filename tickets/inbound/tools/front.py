"""Front: the webhooks of an application, and those of a rule, which send the bare event."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from tickets.domain.incoming import Author, Ignored, Incoming
from tickets.domain.words import AuthorKind, Channel, Severity, Status, WaitCause
from tickets.inbound.json_fields import Fields, one_line, read_object
from tickets.inbound.signing import header
from tickets.inbound.tools import records
from tickets.inbound.tools.call import Handshake, ToolCall, ToolMap, Verified
from tickets.inbound.tools.proofs import (
    base64_signature,
    check_hmac,
    id_in_body,
    signed_milliseconds,
)
from tickets.inbound.tools.records import Change

# A ticket that waits there may wait for anybody, so it pauses nothing.
STATUSES: Final[Mapping[str, tuple[Status, str]]] = MappingProxyType(
    {
        "open": (Status.OPEN, ""),
        "assigned": (Status.OPEN, ""),
        "unassigned": (Status.OPEN, ""),
        "waiting": (Status.WAITING, WaitCause.INTERNAL),
        "snoozed": (Status.WAITING, WaitCause.INTERNAL),
        "archived": (Status.SOLVED, ""),
        "resolved": (Status.SOLVED, ""),
    }
)
# It knows no priorities.
SEVERITIES: Final[Mapping[str, Severity]] = MappingProxyType({})

# What an application calls an event, where the event itself does not say it.
_NAMES: Final = {
    "inbound_received": "inbound",
    "outbound_sent": "outbound",
    "new_comment_added": "comment",
    "conversation_archived": "archive",
    "conversation_reopened": "reopen",
    "conversation_restored": "restore",
    "conversation_deleted": "trash",
    "conversation_snoozed": "snooze",
    "conversation_snooze_expired": "snooze_expired",
    "ticket_status_updated": "ticket_status_update",
    "assignee_changed": "assign",
    "tag_added": "tag",
}
_STATES: Final = {
    "archive": "archived",
    "reopen": "open",
    "restore": "open",
    "snooze": "snoozed",
    "snooze_expired": "open",
}
# A conversation and its first message are written together.
_AT_ONCE: Final = timedelta(seconds=5)
_MESSAGES: Final = frozenset({"inbound", "outbound", "out_reply"})
_CHANNELS: Final = {
    "email": Channel.EMAIL,
    "call": Channel.PHONE,
    "phone-call": Channel.PHONE,
    "custom": Channel.HELPDESK,
}
_MOST_CHALLENGE: Final = 1000
_UNUSED: Final = {
    "sync": "a question whether the address is right",
    "assign": "the assignee stays in the tool that sent it",
    "unassign": "the assignee stays in the tool that sent it",
    "tag": "tags stay in the tool that sent them",
    "untag": "tags stay in the tool that sent them",
    "trash": "a ticket that is deleted there stays here",
    "conversations_merged": "merge the two tickets here too, if they are to count as one",
    "message_bounce_error": "a reply did not arrive: mark it here, so that it does not count",
    "sending_error": "a reply was not sent: mark it here, so that it does not count",
}


def verify(call: ToolCall, secrets: Sequence[str], now: datetime) -> Verified:
    """An application signs time and body by SHA-256, a rule the body by SHA-1.

    Raises BadSignature.
    """
    given = base64_signature(call, "x-front-signature")
    signed_at = None
    if call.headers.get("x-front-request-timestamp"):
        milliseconds = header(call.headers, "x-front-request-timestamp")
        signed_at = signed_milliseconds(milliseconds, now=now)
        check_hmac(given, f"{milliseconds}:".encode() + call.body, secrets, "sha256")
    else:
        check_hmac(given, call.body, secrets, "sha1")
    return Verified(delivery_id=id_in_body(call, _event_id), signed_at=signed_at)


def _event_id(told: dict[str, Any]) -> object:
    event = told.get("payload")
    return (event if isinstance(event, dict) else told).get("id")


def handshake(call: ToolCall) -> Handshake | None:
    """The challenge that Front wants back when the address is saved."""
    challenge = call.headers.get("x-front-challenge")
    if not isinstance(challenge, str) or not challenge:
        return None
    return Handshake(body=challenge[:_MOST_CHALLENGE].encode("utf-8", "replace"))


def parse(call: ToolCall, words: ToolMap) -> tuple[Incoming, ...]:
    """What a call says. Raises Unreadable."""
    told = Fields(read_object(call.body), "")
    event = told.optional_fields("payload")
    outer = told.text("type")
    if event is None and not told.has("conversation"):
        return records.unused(_NAMES.get(outer, outer), _UNUSED)
    event = event or told
    kind = event.optional_text("type") or outer
    kind = _NAMES.get(kind, kind)
    if kind in _MESSAGES:
        return (_message(event, kind, words),)
    if kind == "comment":
        return (_comment(event, words),)
    if kind == "ticket_status_update":
        return (_ticket_status(event, words),)
    if kind in _STATES:
        return (records.status(_change(event, words), _STATES[kind], STATUSES, words),)
    return records.unused(kind, _UNUSED)


def _message(event: Fields, kind: str, words: ToolMap) -> Incoming:
    conversation = event.fields("conversation")
    told = _target(event) or conversation.optional_fields("last_message")
    if told is None:
        raise event.error("target", "there: let the rule send the full event, not its preview")
    inbound = told.optional_flag("is_inbound")
    if inbound is None:
        inbound = kind == "inbound"
    person = told.optional_fields("author")
    if not inbound and person and _is_machine(person, words):
        return Ignored(reason=records.MACHINE)
    people = told.records("recipients")
    author = _customer(people) if inbound else _teammate(person)
    return records.message(
        change=Change(
            thread=_thread(conversation),
            key=told.key("id"),
            author=author,
            at=told.seconds("created_at") or event.seconds("emitted_at"),
        ),
        text=_text(told),
        subject=conversation.long_text("subject"),
        channel=_CHANNELS.get(told.optional_text("type") or "", Channel.CHAT),
        public=True,
        opens=inbound and _is_first(told, conversation),
        recipients=() if inbound else _addresses(people, "to"),
    )


def _is_first(told: Fields, conversation: Fields) -> bool:
    """Whether a message began its conversation: nothing says so but their instants."""
    began, at = conversation.seconds("created_at"), told.seconds("created_at")
    return began is not None and at is not None and abs(at - began) <= _AT_ONCE


def _comment(event: Fields, words: ToolMap) -> Incoming:
    told = _target(event)
    if told is None:
        raise event.error("target", "there: let the rule send the full event, not its preview")
    person = told.optional_fields("author")
    if person and _is_machine(person, words):
        return Ignored(reason=records.MACHINE)
    conversation = event.fields("conversation")
    return records.message(
        change=Change(
            thread=_thread(conversation),
            key=told.key("id"),
            author=_teammate(person),
            at=told.seconds("posted_at") or event.seconds("emitted_at"),
        ),
        text=records.from_plain(told.long_text("body"), _files(told)),
        subject=conversation.long_text("subject"),
        channel=Channel.HELPDESK,
        public=False,
    )


def _ticket_status(event: Fields, words: ToolMap) -> Incoming:
    conversation = event.fields("conversation")
    word = conversation.optional_text("status_category") or conversation.text("status")
    return records.status(_change(event, words), word, STATUSES, words)


def _change(event: Fields, words: ToolMap) -> Change:
    """Who: a teammate, or a rule, whose source is no teammate."""
    source = event.optional_fields("source")
    meta = source.optional_fields("_meta") if source else None
    author = Author(kind=AuthorKind.BOT)
    if source and meta and meta.optional_text("type") == "teammate":
        person = source.optional_fields("data")
        if person is None or not _is_machine(person, words):
            author = _teammate(person) if person else Author(kind=AuthorKind.AGENT)
    return Change(
        thread=_thread(event.fields("conversation")),
        key=event.key("id"),
        author=author,
        at=event.seconds("emitted_at"),
    )


def _target(event: Fields) -> Fields | None:
    target = event.optional_fields("target")
    return target.optional_fields("data") if target else None


def _thread(conversation: Fields) -> str:
    # Previews leave the beginning out.
    return conversation.key("id").removeprefix("cnv_")


def _customer(people: list[Fields]) -> Author:
    addresses = _addresses(people, "from")
    handle = next((each.long_text("handle") for each in people if _role(each) == "from"), "")
    return Author(
        kind=AuthorKind.CUSTOMER,
        email=addresses[0] if addresses else "",
        name="" if addresses else one_line(handle, records.NAME),
    )


def _teammate(person: Fields | None) -> Author:
    """Without an author it was sent by a rule or through the API."""
    if person is None:
        return Author(kind=AuthorKind.BOT)
    name = f"{person.long_text('first_name')} {person.long_text('last_name')}"
    return Author(
        kind=AuthorKind.AGENT,
        email=person.address("email"),
        name=one_line(name, records.NAME),
    )


def _is_machine(person: Fields, words: ToolMap) -> bool:
    return records.is_listed(words.bots, person.optional_key("id"), person.address("email"))


def _addresses(people: list[Fields], role: str) -> tuple[str, ...]:
    found = (each.address("handle") for each in people if _role(each) == role)
    return tuple(address for address in found if address)


def _role(person: Fields) -> str:
    return person.optional_text("role") or ""


def _text(told: Fields) -> records.Text:
    # The plain text leaves out what is quoted.
    text = told.long_text("text")
    if text.strip():
        return records.from_plain(text, _files(told))
    return records.from_html(told.long_text("body"), _files(told))


def _files(told: Fields) -> list[str]:
    return records.file_names(told.records("attachments"), "filename")
