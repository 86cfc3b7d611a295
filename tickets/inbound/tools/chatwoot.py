"""Chatwoot (4.11 and newer): the webhooks of an account."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from tickets.domain.incoming import Author, Ignored, Incoming
from tickets.domain.words import AuthorKind, Channel, Severity, Status, WaitCause
from tickets.inbound.json_fields import Fields, one_line, read_object
from tickets.inbound.signing import header, signed_instant
from tickets.inbound.tools import records
from tickets.inbound.tools.call import ToolCall, ToolMap, Verified
from tickets.inbound.tools.proofs import TOLERANCE, check_hmac, hex_signature, id_in_header
from tickets.inbound.tools.records import Change

# A conversation that sleeps may wait for anybody, so it pauses nothing.
STATUSES: Final[Mapping[str, tuple[Status, str]]] = MappingProxyType(
    {
        "open": (Status.OPEN, ""),
        "pending": (Status.OPEN, ""),
        "snoozed": (Status.WAITING, WaitCause.INTERNAL),
        "resolved": (Status.SOLVED, ""),
    }
)
SEVERITIES: Final[Mapping[str, Severity]] = MappingProxyType(
    {
        "urgent": Severity.S1,
        "high": Severity.S2,
        "medium": Severity.S3,
        "low": Severity.S4,
    }
)
# A conversation and its first message are written together.
_AT_ONCE: Final = timedelta(seconds=5)
_TYPES: Final = ("incoming", "outgoing", "activity", "template")
_CHANNELS: Final = {"Channel::Email": Channel.EMAIL, "Channel::Voice": Channel.PHONE}
_UNUSED: Final = {
    "conversation_created": "its first message comes by itself",
    "message_updated": "a changed message counts as it was first written",
}


def verify(call: ToolCall, secrets: Sequence[str], now: datetime) -> Verified:
    """HMAC-SHA256 in hex over timestamp, full stop and body. Raises BadSignature."""
    seconds = header(call.headers, "x-chatwoot-timestamp")
    signed_at = signed_instant(seconds, now=now, tolerance=TOLERANCE)
    given = hex_signature(call, "x-chatwoot-signature", "sha256=")
    check_hmac(given, f"{seconds}.".encode() + call.body, secrets, "sha256")
    return Verified(delivery_id=id_in_header(call, "x-chatwoot-delivery"), signed_at=signed_at)


def parse(call: ToolCall, words: ToolMap) -> tuple[Incoming, ...]:
    """What a call says. Raises Unreadable."""
    told = Fields(read_object(call.body), "")
    kind = told.text("event")
    reader = _READERS.get(kind)
    return reader(told, words) if reader else records.unused(kind, _UNUSED)


def _message(told: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    return read_message(told, told.fields("conversation"), words)


def read_message(told: Fields, conversation: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    """One message with its conversation beside it. Raises Unreadable."""
    kind = _type(told)
    if kind == "activity":
        return (Ignored(reason="a line that the tool itself wrote into the conversation"),)
    sender = told.optional_fields("sender")
    if (
        kind == "outgoing"
        and sender
        and records.is_listed(words.bots, sender.optional_key("id"), sender.address("email"))
    ):
        # Only of an outgoing one: contacts and agents are numbered each by themselves.
        return (Ignored(reason=records.MACHINE),)
    author = _author(kind, told, sender)
    change = Change(
        # The number that people see, one per account.
        thread=conversation.key("id"),
        key=told.key("id"),
        author=author,
        at=told.moment("created_at"),
    )
    extra = conversation.optional_fields("additional_attributes")
    said = records.message(
        change=change,
        text=_text(told),
        subject=extra.long_text("mail_subject") if extra else "",
        channel=_CHANNELS.get(conversation.optional_text("channel") or "", Channel.CHAT),
        public=_is_public(told, author),
        opens=kind == "incoming" and _is_first(told, conversation),
    )
    return (replace(said, loop_token=_mark(told)),)


def _mark(told: Fields) -> str:
    """Ours on an answer that we wrote there ourselves."""
    content = told.optional_fields("content_attributes")
    is_there = content is not None and content.is_text("sivo_answer")
    return content.long_text("sivo_answer")[:100] if content and is_there else ""


def _is_first(told: Fields, conversation: Fields) -> bool:
    """Whether a message began its conversation: nothing says so but their instants."""
    began, at = conversation.moment("created_at"), told.moment("created_at")
    return began is not None and at is not None and abs(at - began) <= _AT_ONCE


def _type(told: Fields) -> str:
    number = told.raw("message_type")
    if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < len(_TYPES):
        return _TYPES[number]
    kind = told.text("message_type")
    if kind not in _TYPES:
        raise told.error("message_type", f"one of {', '.join(_TYPES)}")
    return kind


def _author(kind: str, told: Fields, sender: Fields | None) -> Author:
    role = sender.optional_text("type") if sender else None
    if kind == "incoming":
        found = AuthorKind.CUSTOMER
    elif kind == "outgoing" and role == "user" and not _is_automatic(told):
        found = AuthorKind.AGENT
    else:
        found = AuthorKind.BOT
    if sender is None:
        return Author(kind=found)
    name = one_line(sender.long_text("name"), records.NAME)
    return Author(kind=found, email=sender.address("email"), name=name)


def _is_automatic(told: Fields) -> bool:
    """Whether a rule or a campaign wrote it in the name of an agent."""
    content = told.optional_fields("content_attributes")
    extra = told.optional_fields("additional_attributes")
    by_rule = content is not None and content.raw("automation_rule_id") is not None
    return by_rule or (extra is not None and extra.raw("campaign_id") is not None)


def _is_public(told: Fields, author: Author) -> bool:
    private = told.optional_flag("private")
    if private is None and author.kind is AuthorKind.AGENT:
        # A note taken for a reply would stop a clock.
        raise told.missing("private")
    return private is not True


def _text(told: Fields) -> records.Text:
    files = records.file_names(told.records("attachments"), "file_name", "data_url", "file_type")
    html = _html(told)
    return (
        records.from_html(html, files)
        if html
        else records.from_plain(told.long_text("content"), files)
    )


def _html(told: Fields) -> str:
    """Of an e-mail that has no plain text."""
    content = told.optional_fields("content_attributes")
    email = content.optional_fields("email") if content else None
    html = email.optional_fields("html_content") if email else None
    return html.long_text("full") if html and not told.long_text("content").strip() else ""


def _status(told: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    return (records.status(_change(told, "status"), told.text("status"), STATUSES, words),)


def _updated(told: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    for changed in told.records("changed_attributes"):
        priority = changed.optional_fields("priority")
        word = priority.optional_text("current_value") if priority else None
        if word is not None:
            return (records.priority(_change(told, "priority"), word, SEVERITIES, words),)
    return (Ignored(reason="no priority was set; a status comes by itself"),)


def _change(told: Fields, about: str) -> Change:
    # Who did it is not told: in the tool only agents and its rules can.
    at = told.moment("updated_at") or told.moment("timestamp")
    thread = told.key("id")
    return Change(
        thread=thread,
        key=f"{thread}:{about}:{at.isoformat() if at else 'undated'}",
        author=Author(kind=AuthorKind.AGENT),
        at=at,
    )


_Reader = Callable[[Fields, ToolMap], tuple[Incoming, ...]]
_READERS: Final[Mapping[str, _Reader]] = MappingProxyType(
    {
        "message_created": _message,
        "conversation_status_changed": _status,
        "conversation_updated": _updated,
    }
)
