"""Zammad: the webhooks of its triggers, which tell a whole ticket and never what changed in it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from tickets.domain.incoming import Author, Ignored, Incoming, IncomingMessage
from tickets.domain.words import AuthorKind, Channel, MailKind, Severity, Status, WaitCause
from tickets.inbound.json_fields import Fields, one_line, read_object
from tickets.inbound.tools import records
from tickets.inbound.tools.call import ToolCall, ToolMap, Verified
from tickets.inbound.tools.proofs import check_hmac, digest_of, hex_signature
from tickets.inbound.tools.records import Change

# A reminder may wait for anybody, so it pauses nothing.
STATUSES: Final[Mapping[str, tuple[Status, str]]] = MappingProxyType(
    {
        "new": (Status.OPEN, ""),
        "open": (Status.OPEN, ""),
        "pending_reminder": (Status.WAITING, WaitCause.INTERNAL),
        "pending_close": (Status.WAITING, WaitCause.CUSTOMER),
        "closed": (Status.SOLVED, ""),
    }
)
SEVERITIES: Final[Mapping[str, Severity]] = MappingProxyType(
    {
        "3_high": Severity.S2,
        "2_normal": Severity.S3,
        "1_low": Severity.S4,
    }
)
_SENDERS: Final = {
    "Customer": AuthorKind.CUSTOMER,
    "Agent": AuthorKind.AGENT,
    "System": AuthorKind.BOT,
}
_CHANNELS: Final = {
    "email": Channel.EMAIL,
    "phone": Channel.PHONE,
    "chat": Channel.CHAT,
    "sms": Channel.CHAT,
    "telegram personal-message": Channel.CHAT,
    "whatsapp message": Channel.CHAT,
}
# A ticket and its first article are written together.
_AT_ONCE: Final = timedelta(seconds=5)


def verify(call: ToolCall, secrets: Sequence[str], now: datetime) -> Verified:
    """HMAC-SHA1 in hex over the body; no timestamp. Raises BadSignature."""
    _ = now
    check_hmac(hex_signature(call, "x-hub-signature", "sha1="), call.body, secrets, "sha1")
    # Not X-Zammad-Delivery: nothing signs it, and under another one a call that was overheard
    # would count again. A retry may also carry a newer state of the ticket under the same id.
    return Verified(delivery_id=digest_of(call.body))


def parse(call: ToolCall, words: ToolMap) -> tuple[Incoming, ...]:
    """What a call says. Raises Unreadable."""
    told = Fields(read_object(call.body), "")
    ticket, article = told.fields("ticket"), told.optional_fields("article")
    written = read_article(ticket, article, words) if article and article.has("id") else None
    is_new = isinstance(written, IncomingMessage) and written.opens
    stands = () if is_new and _is_open(ticket, words) else _state(ticket, words)
    found = (*((written,) if written else ()), *stands, *_priority(ticket, words))
    return found or (Ignored(reason="neither an article nor a state nor a priority"),)


def read_article(ticket: Fields, article: Fields, words: ToolMap) -> Incoming:
    """One article with its ticket beside it. Raises Unreadable."""
    number = article.optional_key("created_by_id")
    if records.is_listed(words.bots, number, address_of(article, "created_by")):
        return Ignored(reason=records.MACHINE)
    kind = _SENDERS.get(article.text("sender"))
    if kind is None:
        # Never a guess: a machine taken for an agent would stop a clock.
        raise article.error("sender", f"one of {', '.join(_SENDERS)}")
    internal = article.optional_flag("internal")
    if internal is None:
        raise article.missing("internal")
    opens = _is_first(ticket, article)
    asks = kind is AuthorKind.CUSTOMER
    address = _writer_address(ticket, article, "customer" if asks else "owner")
    # The sender's line of an agent names the group, not the person.
    address = address or (article.address("from") if asks else "")
    asker = "" if asks or not opens else address_of(ticket, "customer")
    return records.message(
        change=Change(
            thread=ticket.key("id"),
            key=article.key("id"),
            author=Author(kind=kind, email=address, name=_name(article)),
            at=article.instant("created_at"),
        ),
        text=_text(article),
        subject=article.long_text("subject") or ticket.long_text("title"),
        channel=_CHANNELS.get(article.optional_text("type") or "", Channel.HELPDESK),
        public=not internal,
        opens=opens,
        kind=_mail_kind(article),
        recipients=(asker,) if asker else (),
    )


def address_of(place: Fields, key: str) -> str:
    """The address of a person who is told as an object, or by the address alone."""
    if place.is_text(key):
        return place.address(key)
    person = place.optional_fields(key)
    return person.address("email") if person else ""


def _writer_address(ticket: Fields, article: Fields, role: str) -> str:
    number = article.optional_key("created_by_id")
    is_theirs = number is not None and number == ticket.optional_key(f"{role}_id")
    return address_of(article, "created_by") or (address_of(ticket, role) if is_theirs else "")


def _name(article: Fields) -> str:
    person = None if article.is_text("created_by") else article.optional_fields("created_by")
    named = f"{person.long_text('firstname')} {person.long_text('lastname')}" if person else ""
    line = article.long_text("from").partition("<")[0].strip(' "')
    return one_line(named, records.NAME) or one_line(line, records.NAME)


def _is_open(ticket: Fields, words: ToolMap) -> bool:
    found = records.status_of(word_of(ticket, "state") or "", STATUSES, words)
    return found is not None and found[0] == Status.OPEN


def _is_first(ticket: Fields, article: Fields) -> bool:
    began, at = ticket.instant("created_at"), article.instant("created_at")
    return (
        began is not None
        and at is not None
        and abs(at - began) <= _AT_ONCE
        # An automatic answer is written in the same second.
        and article.optional_text("sender") == word_of(ticket, "create_article_sender")
        and article.optional_text("type") == word_of(ticket, "create_article_type")
    )


def _mail_kind(article: Fields) -> MailKind:
    preferences = article.optional_fields("preferences")
    automatic = preferences is not None and preferences.raw("is-auto-response") is True
    return MailKind.AUTO if automatic else MailKind.HUMAN


def _text(article: Fields) -> records.Text:
    files = records.file_names(article.records("attachments"), "filename")
    body = article.long_text("body")
    if article.optional_text("content_type") == "text/plain":
        return records.from_plain(body, files)
    return records.from_html(body, files)


def _state(ticket: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    word = word_of(ticket, "state")
    return (records.status(_change(ticket, "state"), word, STATUSES, words),) if word else ()


def _priority(ticket: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    word = word_of(ticket, "priority")
    return (records.priority(_change(ticket, "priority"), word, SEVERITIES, words),) if word else ()


def _change(ticket: Fields, about: str) -> Change:
    # It is told again with every article: nobody need have chosen it just now.
    at = ticket.instant("updated_at")
    thread = ticket.key("id")
    return Change(
        thread=thread,
        key=f"{thread}:{about}:{at.isoformat() if at else 'undated'}",
        author=Author(kind=AuthorKind.BOT),
        at=at,
    )


def word_of(ticket: Fields, key: str) -> str | None:
    """A word of theirs: by itself, or as the name of an object."""
    if ticket.is_text(key):
        return ticket.optional_text(key)
    thing = ticket.optional_fields(key)
    return thing.optional_text("name") if thing else None
