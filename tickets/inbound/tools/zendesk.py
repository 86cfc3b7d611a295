"""Zendesk: its ticket events, and the body of a trigger that names the customer's address."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from tickets.domain.incoming import Author, BadSignature, Ignored, Incoming
from tickets.domain.instants import BadInstant, parse_instant
from tickets.domain.plain_word import plain_word
from tickets.domain.words import AuthorKind, Channel, Severity, Status, WaitCause
from tickets.inbound.json_fields import Fields, one_line, read_object
from tickets.inbound.signing import check_fresh, header
from tickets.inbound.tools import records
from tickets.inbound.tools.call import ToolCall, ToolMap, Verified
from tickets.inbound.tools.proofs import TOLERANCE, base64_signature, check_hmac, id_in_header
from tickets.inbound.tools.records import Change

STATUSES: Final[Mapping[str, tuple[Status, str]]] = MappingProxyType(
    {
        "new": (Status.OPEN, ""),
        "open": (Status.OPEN, ""),
        "pending": (Status.WAITING, WaitCause.CUSTOMER),
        "hold": (Status.WAITING, WaitCause.THIRD_PARTY),
        "on_hold": (Status.WAITING, WaitCause.THIRD_PARTY),
        "solved": (Status.SOLVED, ""),
        "closed": (Status.SOLVED, ""),
    }
)
SEVERITIES: Final[Mapping[str, Severity]] = MappingProxyType(
    {
        "urgent": Severity.S1,
        "high": Severity.S2,
        "normal": Severity.S3,
        "low": Severity.S4,
    }
)
# Its events name people by number only, so that the first message of a customer would be nobody's.
TRIGGER_BODY: Final = """{
  "sivo": "zendesk.ticket.created",
  "ticket_id": "{{ticket.id}}",
  "subject": "{{ticket.title}}",
  "description": "{{ticket.description}}",
  "created_at": "{{ticket.created_at_with_timestamp}}",
  "via": "{{ticket.via}}",
  "priority": "{{ticket.priority}}",
  "requester_name": "{{ticket.requester.name}}",
  "requester_email": "{{ticket.requester.email}}"
}"""
BODIES: Final = MappingProxyType({"trigger": TRIGGER_BODY})

_PREFIX: Final = "zen:event-type:ticket."
_SYSTEM: Final = "-1"
# The first comment comes twice: as the ticket's description, and as a comment of its own.
_AT_ONCE: Final = timedelta(seconds=5)
_CHANNELS: Final = {
    "mail": Channel.EMAIL,
    "email": Channel.EMAIL,
    "chat": Channel.CHAT,
    "messaging": Channel.CHAT,
    "native_messaging": Channel.CHAT,
    "chat_transcript": Channel.CHAT,
    "whatsapp": Channel.CHAT,
    "voice": Channel.PHONE,
    "phone": Channel.PHONE,
    "voicemail": Channel.PHONE,
}
_UNUSED: Final = {
    f"{_PREFIX}tags_changed": "tags stay in the tool that sent them",
    f"{_PREFIX}agent_assignment_changed": "the assignee stays in the tool that sent it",
    f"{_PREFIX}group_assignment_changed": "the assignee stays in the tool that sent it",
    f"{_PREFIX}comment_made_private": "a reply that was sent stays one when it is hidden later",
    f"{_PREFIX}merged": "merge the two tickets here too, if they are to count as one",
    f"{_PREFIX}soft_deleted": "a ticket that is deleted there stays here",
    f"{_PREFIX}marked_as_spam": "mark the ticket as spam here too, if its clocks are to end",
}


def verify(call: ToolCall, secrets: Sequence[str], now: datetime) -> Verified:
    """HMAC-SHA256 in base64 over timestamp and body, nothing between. Raises BadSignature."""
    stamp = header(call.headers, "x-zendesk-webhook-signature-timestamp")
    try:
        signed_at = parse_instant(stamp)
    except BadInstant:
        raise BadSignature("the timestamp is not an RFC 3339 instant") from None
    given = base64_signature(call, "x-zendesk-webhook-signature")
    check_hmac(given, stamp.encode() + call.body, secrets, "sha256")
    check_fresh(signed_at, now=now, tolerance=TOLERANCE)
    return Verified(
        delivery_id=id_in_header(call, "x-zendesk-webhook-invocation-id"), signed_at=signed_at
    )


def parse(call: ToolCall, words: ToolMap) -> tuple[Incoming, ...]:
    """What a call says. Raises Unreadable."""
    told = Fields(read_object(call.body), "")
    if told.has("sivo"):
        return _from_trigger(told, words)
    kind = told.text("type")
    reader = _READERS.get(kind.removeprefix(_PREFIX)) if kind.startswith(_PREFIX) else None
    if reader is None:
        return records.unused(kind, _UNUSED)
    return reader(told, told.fields("detail"), words)


def _created(told: Fields, detail: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    thread = detail.key("id")
    requester, submitter = detail.key("requester_id"), detail.optional_key("submitter_id")
    by_customer = submitter in {None, requester} and not records.is_listed(words.agents, submitter)
    change = Change(
        thread=thread,
        key=f"{thread}:created",
        author=Author(kind=AuthorKind.CUSTOMER if by_customer else AuthorKind.AGENT),
        at=detail.instant("created_at") or told.instant("time"),
    )
    opening = records.message(
        change=change,
        text=records.from_plain(detail.long_text("description")),
        subject=detail.long_text("subject"),
        channel=channel_of(detail),
        public=detail.optional_flag("is_public") is not False,
        opens=True,
    )
    return (opening, *_stated_priority(change, detail, words))


def _from_trigger(told: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    if told.text("sivo") != "zendesk.ticket.created":
        return records.unused(told.text("sivo"), {})
    thread = told.key("ticket_id")
    person = Author(
        kind=AuthorKind.CUSTOMER,
        email=told.address("requester_email"),
        name=one_line(told.long_text("requester_name"), records.NAME),
    )
    change = Change(
        thread=thread, key=f"{thread}:created", author=person, at=told.instant("created_at")
    )
    opening = records.message(
        change=change,
        text=records.from_plain(told.long_text("description")),
        subject=told.long_text("subject"),
        channel=_CHANNELS.get(plain_word(told.long_text("via")), Channel.HELPDESK),
        public=True,
        opens=True,
    )
    return (opening, *_stated_priority(change, told, words))


def _stated_priority(change: Change, stated: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    # Forms and triggers fill it in, so it is nobody's choice yet.
    word = stated.optional_text("priority")
    if word is None:
        return ()
    author = change.author
    if author.kind is AuthorKind.AGENT:
        author = Author(kind=AuthorKind.BOT)
    first = Change(
        thread=change.thread, key=f"{change.thread}:priority", author=author, at=change.at
    )
    return (records.priority(first, word, SEVERITIES, words),)


def _comment(told: Fields, detail: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    comment = told.fields("event").fields("comment")
    person = comment.fields("author")
    number, name = person.key("id"), one_line(person.long_text("name"), records.NAME)
    if records.is_listed(words.bots, number):
        return (Ignored(reason=records.MACHINE),)
    author = Author(kind=_kind(person, number, words), name=name)
    if comment.optional_flag("is_public") is None:
        raise comment.missing("is_public")
    opens = _is_first(told, detail, comment)
    thread = detail.key("id")
    change = Change(
        thread=thread,
        key=f"{thread}:created" if opens else comment.key("id"),
        author=author,
        at=detail.instant("created_at") if opens else told.instant("time"),
    )
    said = records.message(
        change=change,
        text=records.from_plain(comment.long_text("body")),
        subject=detail.long_text("subject"),
        channel=channel_of(detail),
        public=comment.optional_flag("is_public") is True,
        opens=opens,
    )
    return (said,)


def _kind(person: Fields, number: str, words: ToolMap) -> AuthorKind:
    if number == _SYSTEM:
        return AuthorKind.BOT
    if records.is_listed(words.agents, number):
        return AuthorKind.AGENT
    is_staff = person.optional_flag("is_staff")
    if is_staff is None:
        # Never a guess: a customer taken for an agent would stop a clock.
        raise person.missing("is_staff")
    return AuthorKind.AGENT if is_staff else AuthorKind.CUSTOMER


def _is_first(told: Fields, detail: Fields, comment: Fields) -> bool:
    created, at = detail.instant("created_at"), told.instant("time")
    return (
        created is not None
        and at is not None
        and abs(at - created) <= _AT_ONCE
        and comment.long_text("body").split() == detail.long_text("description").split()
    )


def _status(told: Fields, detail: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    change = _change(told, detail, words)
    # Of a custom status only its number is told.
    word = told.fields("event").optional_key("current")
    if word is None:
        return (Ignored(reason="the event names no status"),)
    return (records.status(change, word, STATUSES, words),)


def _priority(told: Fields, detail: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    word = told.fields("event").optional_text("current")
    if word is None:
        return (Ignored(reason="the priority was taken away; the severity stays"),)
    return (records.priority(_change(told, detail, words), word, SEVERITIES, words),)


def _change(told: Fields, detail: Fields, words: ToolMap) -> Change:
    actor = detail.optional_key("actor_id")
    kind = AuthorKind.AGENT
    if actor == _SYSTEM or records.is_listed(words.bots, actor):
        kind = AuthorKind.BOT
    elif actor == detail.optional_key("requester_id") and actor is not None:
        kind = AuthorKind.CUSTOMER
    return Change(
        thread=detail.key("id"),
        key=told.key("id"),
        author=Author(kind=kind),
        at=told.instant("time"),
    )


def channel_of(detail: Fields) -> Channel:
    """How a ticket came to Zendesk."""
    via = detail.optional_fields("via")
    word = plain_word(via.optional_text("channel") or "") if via else ""
    return _CHANNELS.get(word, Channel.HELPDESK)


_Reader = Callable[[Fields, Fields, ToolMap], tuple[Incoming, ...]]
_READERS: Final[Mapping[str, _Reader]] = MappingProxyType(
    {
        "created": _created,
        "comment_added": _comment,
        "status_changed": _status,
        "custom_status_changed": _status,
        "priority_changed": _priority,
    }
)
