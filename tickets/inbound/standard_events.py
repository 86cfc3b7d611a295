"""The events that come through the generic door, translated into our own words."""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from tickets.domain.incoming import (
    Author,
    Ignored,
    Incoming,
    IncomingMessage,
    IncomingSeverity,
    IncomingStatus,
    UnknownPriority,
)
from tickets.domain.instants import format_instant
from tickets.domain.plain_word import plain_word
from tickets.domain.words import AuthorKind, Channel, Severity, Status, WaitCause
from tickets.inbound.json_fields import Fields, one_line, read_object

_SUBJECT: Final = 500
_NAME: Final = 200
_WORD: Final = 40

AUTHOR_KINDS: Final = MappingProxyType(
    {
        "customer": AuthorKind.CUSTOMER,
        "contact": AuthorKind.CUSTOMER,
        "user": AuthorKind.CUSTOMER,
        "end_user": AuthorKind.CUSTOMER,
        "requester": AuthorKind.CUSTOMER,
        "lead": AuthorKind.CUSTOMER,
        "agent": AuthorKind.AGENT,
        "admin": AuthorKind.AGENT,
        "staff": AuthorKind.AGENT,
        "teammate": AuthorKind.AGENT,
        "bot": AuthorKind.BOT,
        "ai": AuthorKind.BOT,
        "app": AuthorKind.BOT,
        "automation": AuthorKind.BOT,
        "system": AuthorKind.BOT,
    }
)
CHANNELS: Final = MappingProxyType(
    {
        "email": Channel.EMAIL,
        "e_mail": Channel.EMAIL,
        "mail": Channel.EMAIL,
        "chat": Channel.CHAT,
        "messaging": Channel.CHAT,
        "phone": Channel.PHONE,
        "voice": Channel.PHONE,
        "call": Channel.PHONE,
        "visit": Channel.VISIT,
        "helpdesk": Channel.HELPDESK,
        "web": Channel.HELPDESK,
        "portal": Channel.HELPDESK,
        "form": Channel.HELPDESK,
        "api": Channel.HELPDESK,
    }
)
STATUSES: Final = MappingProxyType(
    {
        "new": (Status.OPEN, ""),
        "open": (Status.OPEN, ""),
        "in_progress": (Status.OPEN, ""),
        "reopened": (Status.OPEN, ""),
        "pending": (Status.WAITING, WaitCause.CUSTOMER),
        "waiting": (Status.WAITING, WaitCause.CUSTOMER),
        "waiting_on_customer": (Status.WAITING, WaitCause.CUSTOMER),
        "on_hold": (Status.WAITING, WaitCause.THIRD_PARTY),
        "waiting_on_third_party": (Status.WAITING, WaitCause.THIRD_PARTY),
        "solved": (Status.SOLVED, ""),
        "resolved": (Status.SOLVED, ""),
        "closed": (Status.SOLVED, ""),
        "done": (Status.SOLVED, ""),
    }
)
SEVERITIES: Final = MappingProxyType(
    {
        "urgent": Severity.S1,
        "critical": Severity.S1,
        "p1": Severity.S1,
        "s1": Severity.S1,
        "high": Severity.S2,
        "p2": Severity.S2,
        "s2": Severity.S2,
        "normal": Severity.S3,
        "medium": Severity.S3,
        "p3": Severity.S3,
        "s3": Severity.S3,
        "low": Severity.S4,
        "p4": Severity.S4,
        "s4": Severity.S4,
    }
)


def parse(body: bytes) -> tuple[Incoming, ...]:
    """What a delivery says. Raises Unreadable, which names the key that is wrong."""
    event = Fields(read_object(body), "")
    kind = event.text("type")
    reader = _READERS.get(kind)
    if reader is None:
        return (_ignored(kind),)
    data = event.fields("data")
    occurred_at = data.instant("occurred_at") or event.instant("timestamp")
    return reader(data, occurred_at, sha256(body).hexdigest())


def _ignored(kind: str) -> Ignored:
    return Ignored(reason=_UNUSED.get(kind, f"events of the type {kind!r:.80} are not used here"))


def _created(data: Fields, occurred_at: datetime | None, _digest: str) -> tuple[Incoming, ...]:
    thread = data.key("ticket_id")
    requester = data.optional_fields("requester")
    opener = data.optional_fields("author")
    contact = _person(requester, AuthorKind.CUSTOMER) if requester else None
    author = _author(opener) if opener else contact or Author(kind=AuthorKind.CUSTOMER)
    body = data.long_text("body") or data.long_text("description")
    message = IncomingMessage(
        thread=thread,
        key=data.optional_key("message_id") or f"{thread}:created",
        author=author,
        subject=one_line(data.long_text("subject"), _SUBJECT),
        body=body,
        reply=body,
        html=data.long_text("html"),
        channel=_channel(data),
        public=data.optional_flag("public") is not False,
        opens=True,
        occurred_at=occurred_at,
        # An agent may open a ticket for a customer: then the customer is the one addressed.
        recipients=(contact.email,) if contact and contact.email and contact != author else (),
    )
    if _stated(data) is None:
        return (message,)
    return (message, _severity(data, author, occurred_at, f"{message.key}:priority"))


def _message(data: Fields, occurred_at: datetime | None, _digest: str) -> tuple[Incoming, ...]:
    author = _author(data.fields("author"))
    if not data.has("body"):
        raise data.missing("body")
    body = data.long_text("body")
    return (
        IncomingMessage(
            thread=data.key("ticket_id"),
            key=data.key("message_id"),
            author=author,
            subject=one_line(data.long_text("subject"), _SUBJECT),
            body=body,
            reply=body,
            html=data.long_text("html"),
            channel=_channel(data),
            public=_public(data, author),
            occurred_at=occurred_at,
        ),
    )


def _status(data: Fields, occurred_at: datetime | None, digest: str) -> tuple[Incoming, ...]:
    thread, theirs = data.key("ticket_id"), data.text("status")
    if plain_word(theirs) not in STATUSES:
        return (Ignored(reason=f"the status {theirs!r:.80} has no counterpart here"),)
    status, cause = STATUSES[plain_word(theirs)]
    given = data.optional_text("cause")
    if given is not None and status is Status.WAITING:
        if plain_word(given) not in tuple(WaitCause):
            raise data.error("cause", f"one of {', '.join(WaitCause)}")
        cause = WaitCause(plain_word(given))
    return (
        IncomingStatus(
            thread=thread,
            key=_event_key(data, thread, "status", occurred_at, digest),
            status=status,
            cause=cause,
            author=_changer(data),
            occurred_at=occurred_at,
        ),
    )


def _priority(data: Fields, occurred_at: datetime | None, digest: str) -> tuple[Incoming, ...]:
    thread = data.key("ticket_id")
    if _stated(data) is None:
        raise data.missing("priority")
    key = _event_key(data, thread, "priority", occurred_at, digest)
    return (_severity(data, _changer(data), occurred_at, key),)


def _severity(data: Fields, author: Author, occurred_at: datetime | None, key: str) -> Incoming:
    theirs = _stated(data) or ""
    said = one_line(theirs, _WORD)
    thread = data.key("ticket_id")
    if plain_word(theirs) not in SEVERITIES:
        return UnknownPriority(
            reason=f"the priority {theirs!r:.80} has no counterpart here",
            thread=thread,
            key=key,
            author=author,
            occurred_at=occurred_at,
            word=said,
        )
    return IncomingSeverity(
        thread=thread,
        key=key,
        severity=SEVERITIES[plain_word(theirs)],
        author=author,
        occurred_at=occurred_at,
        word=said,
    )


def _stated(data: Fields) -> str | None:
    """The priority in their word; some tools call it severity."""
    return data.optional_text("priority") or data.optional_text("severity")


def _event_key(
    data: Fields, thread: str, about: str, occurred_at: datetime | None, digest: str
) -> str:
    # A retry repeats the body, so its digest tells two changes of one instant apart.
    moment = format_instant(occurred_at) if occurred_at else "undated"
    return data.optional_key("event_id") or f"{thread}:{about}:{moment}:{digest[:12]}"


def _author(person: Fields) -> Author:
    theirs = person.text("kind")
    kind = AUTHOR_KINDS.get(plain_word(theirs))
    if kind is None:
        # Never a guess: a bot taken for an agent would stop a clock.
        raise person.error("kind", f"one of {', '.join(AUTHOR_KINDS)}")
    return _person(person, kind)


def _changer(data: Fields) -> Author:
    """Who changed a status or priority: in a helpdesk tool an agent, unless it says otherwise."""
    person = data.optional_fields("author")
    return _author(person) if person else Author(kind=AuthorKind.AGENT)


def _person(person: Fields, kind: AuthorKind) -> Author:
    return Author(
        kind=kind, email=person.address("email"), name=one_line(person.long_text("name"), _NAME)
    )


def _channel(data: Fields) -> Channel:
    return CHANNELS.get(plain_word(data.optional_text("channel") or ""), Channel.HELPDESK)


def _public(data: Fields, author: Author) -> bool:
    public = data.optional_flag("public")
    if public is None and author.kind is AuthorKind.AGENT:
        # A note taken for a reply would stop a clock.
        raise data.missing("public")
    return public is not False


_Reader = Callable[[Fields, datetime | None, str], tuple[Incoming, ...]]
_READERS: Final[dict[str, _Reader]] = {
    "ticket.created": _created,
    "ticket.message.created": _message,
    "ticket.status.changed": _status,
    "ticket.priority.changed": _priority,
}
_UNUSED: Final = {
    "ticket.tags.changed": "tags stay in the tool that sent them",
    "ticket.assignee.changed": "the assignee stays in the tool that sent it",
}
