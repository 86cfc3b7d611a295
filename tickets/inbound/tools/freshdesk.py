"""Freshdesk: the webhooks of its automation rules, whose bodies a person pastes into each rule."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from tickets.domain.incoming import Author, BadSignature, Ignored, Incoming
from tickets.domain.words import AuthorKind, Channel, Severity, Status, WaitCause
from tickets.inbound.json_fields import Fields, one_line, read_object
from tickets.inbound.signing import has_basic, header, is_one_of
from tickets.inbound.tools import records
from tickets.inbound.tools.call import ToolCall, ToolMap, Verified
from tickets.inbound.tools.proofs import OWN_HEADER, digest_of
from tickets.inbound.tools.records import Change

_OPEN: Final = (Status.OPEN, "")
_CUSTOMER: Final = (Status.WAITING, WaitCause.CUSTOMER)
_SOLVED: Final = (Status.SOLVED, "")
# The words are in the account's language; the numbers are those of `triggered_event`.
STATUSES: Final[Mapping[str, tuple[Status, str]]] = MappingProxyType(
    {
        "open": _OPEN,
        "pending": _CUSTOMER,
        "waiting_on_customer": _CUSTOMER,
        "waiting_on_third_party": (Status.WAITING, WaitCause.THIRD_PARTY),
        "resolved": _SOLVED,
        "closed": _SOLVED,
        "2": _OPEN,
        "3": _CUSTOMER,
        "4": _SOLVED,
        "5": _SOLVED,
    }
)
SEVERITIES: Final[Mapping[str, Severity]] = MappingProxyType(
    {
        "urgent": Severity.S1,
        "high": Severity.S2,
        "medium": Severity.S3,
        "low": Severity.S4,
        "4": Severity.S1,
        "3": Severity.S2,
        "2": Severity.S3,
        "1": Severity.S4,
    }
)
_BODY: Final = """{{
  "freshdesk_webhook": {{
    "schema": "sivo1",
    "event": "{event}",
    "triggered_event": "{{{{triggered_event}}}}",
    "ticket_id": "{{{{ticket.id}}}}",
    "ticket_subject": "{{{{ticket.subject}}}}",
    "ticket_status": "{{{{ticket.status}}}}",
    "ticket_priority": "{{{{ticket.priority}}}}",
    "ticket_source": "{{{{ticket.source}}}}",
    "requester_name": "{{{{ticket.requester.name}}}}",
    "requester_email": "{{{{ticket.requester.email}}}}",
    "text": "{{{{{text}}}}}"
  }}
}}"""
_PUBLIC: Final = "ticket.latest_public_comment"
# One rule each: who wrote, and whether the customer sees it, is what the rule is set to.
BODIES: Final = MappingProxyType(
    {
        "ticket_created": _BODY.format(event="ticket_created", text="ticket.description"),
        "customer_replied": _BODY.format(event="customer_replied", text=_PUBLIC),
        "agent_replied": _BODY.format(event="agent_replied", text=_PUBLIC),
        "note_added": _BODY.format(event="note_added", text="ticket.latest_private_comment"),
        "status_changed": _BODY.format(event="status_changed", text="ticket.subject"),
        "priority_changed": _BODY.format(event="priority_changed", text="ticket.subject"),
    }
)
# {status:{from:4,to:6}}: not JSON, and without any quotes.
_CHANGED: Final = re.compile(r"\b(status|priority):\{from:[^{},]{0,80},to:([^{},]{0,80})\}")
_CREATED: Final = "{ticket_action:created}"
_NOTE: Final = re.compile(r"\{note_type:(public|private)\}")
# Who it was is not told: the assignee need not be the one who wrote.
_AGENT: Final = Author(kind=AuthorKind.AGENT)
_MOST_EVENT: Final = 1000
_CHANNELS: Final = {"email": Channel.EMAIL, "chat": Channel.CHAT, "phone": Channel.PHONE}


def verify(call: ToolCall, secrets: Sequence[str], now: datetime) -> Verified:
    """Basic authentication, or the password in a header of ours. Raises BadSignature."""
    _ = now
    lines = [secret.strip() for secret in secrets if secret.strip()]
    if not lines:
        raise BadSignature("this source has no password yet: enter one on its page")
    if call.headers.get(OWN_HEADER):
        passwords = [line.partition(":")[2] or line for line in lines]
        proved = is_one_of(header(call.headers, OWN_HEADER).encode(), passwords)
    else:
        proved = has_basic(header(call.headers, "authorization"), lines)
    if not proved:
        raise BadSignature("user and password are not those of this source")
    return Verified(delivery_id=digest_of(call.body))


def parse(call: ToolCall, words: ToolMap) -> tuple[Incoming, ...]:
    """What a call says. Raises Unreadable."""
    told = Fields(read_object(call.body), "").fields("freshdesk_webhook")
    triggered = told.long_text("triggered_event")[:_MOST_EVENT]
    event = told.optional_text("event") or _event(triggered)
    digest = sha256(call.body).hexdigest()[:12]
    if event == "ticket_created":
        return _created(told, words)
    if event in {"customer_replied", "agent_replied", "note_added"}:
        return (_message(told, event, digest),)
    if event in {"status_changed", "priority_changed", "changed"}:
        return _changes(told, event, triggered, digest, words)
    if event == "public_note":
        return (Ignored(reason="who wrote it is not told: use the bodies of the set-up page"),)
    return records.unused(event or triggered or "", {})


def _event(triggered: str) -> str:
    """The event of a body that Freshdesk itself proposes."""
    bare = "".join(triggered.split())
    if bare == _CREATED:
        return "ticket_created"
    note = _NOTE.search(bare)
    if note:
        return "note_added" if note.group(1) == "private" else "public_note"
    return "changed" if _CHANGED.search(bare) else ""


def _created(told: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    thread = told.key("ticket_id")
    change = Change(thread=thread, key=f"{thread}:created", author=_requester(told), at=None)
    opening = records.message(
        change=change,
        text=records.from_html(told.long_text("text") or told.long_text("ticket_description")),
        subject=told.long_text("ticket_subject"),
        channel=_channel(told),
        public=True,
        opens=True,
    )
    word = told.optional_text("ticket_priority")
    if word is None:
        return (opening,)
    first = Change(thread=thread, key=f"{thread}:priority", author=change.author, at=None)
    return (opening, records.priority(first, word, SEVERITIES, words))


def _message(told: Fields, event: str, digest: str) -> Incoming:
    thread = told.key("ticket_id")
    by_customer = event == "customer_replied"
    return records.message(
        # It has neither an id nor a time: a retry repeats its bytes.
        change=Change(
            thread=thread,
            key=f"{thread}:{event}:{digest}",
            author=_requester(told) if by_customer else _AGENT,
            at=None,
        ),
        text=records.from_html(told.long_text("text")),
        subject=told.long_text("ticket_subject"),
        channel=_channel(told),
        public=event != "note_added",
    )


def _changes(
    told: Fields, event: str, triggered: str, digest: str, words: ToolMap
) -> tuple[Incoming, ...]:
    numbers = dict(_CHANGED.findall("".join(triggered.split())))
    found: list[Incoming] = []
    if event == "status_changed" or (event == "changed" and "status" in numbers):
        change, word, number = _change(told, "status", numbers, digest)
        known = records.status_of(word, STATUSES, words) is not None
        found.append(records.status(change, word if known else number, STATUSES, words))
    if event == "priority_changed" or (event == "changed" and "priority" in numbers):
        change, word, number = _change(told, "priority", numbers, digest)
        known = records.severity_of(word, SEVERITIES, words) is not None
        found.append(records.priority(change, word if known else number, SEVERITIES, words))
    return tuple(found)


def _change(
    told: Fields, about: str, numbers: Mapping[str, str], digest: str
) -> tuple[Change, str, str]:
    """A change, its word in the account's language, and its number, else the word again."""
    thread, number = told.key("ticket_id"), numbers.get(about, "")
    word = told.optional_text(f"ticket_{about}") or number
    change = Change(thread=thread, key=f"{thread}:{about}:{digest}", author=_AGENT, at=None)
    return change, word, number or word


def _requester(told: Fields) -> Author:
    return Author(
        kind=AuthorKind.CUSTOMER,
        email=told.address("requester_email"),
        name=one_line(told.long_text("requester_name"), records.NAME),
    )


def _channel(told: Fields) -> Channel:
    word = (told.optional_text("ticket_source") or "").lower()
    return _CHANNELS.get(word, Channel.HELPDESK)
