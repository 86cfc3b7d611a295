"""The parts of Intercom's conversations and tickets: who wrote what, and who sees it."""

from typing import Final

from tickets.domain.incoming import Author, Ignored, Incoming
from tickets.domain.words import AuthorKind, Channel
from tickets.inbound.json_fields import Fields, one_line
from tickets.inbound.tools import records
from tickets.inbound.tools.call import ToolMap
from tickets.inbound.tools.records import Change

_KINDS: Final = {
    "user": AuthorKind.CUSTOMER,
    "lead": AuthorKind.CUSTOMER,
    "contact": AuthorKind.CUSTOMER,
    "visitor": AuthorKind.CUSTOMER,
    "admin": AuthorKind.AGENT,
    "bot": AuthorKind.BOT,
    "team": AuthorKind.BOT,
    "workflow": AuthorKind.BOT,
}
_AUTOMATIC: Final = frozenset({"automated", "campaign_initiated", "operator_initiated"})


def says_something(part: Fields) -> bool:
    """Whether a part is a message at all: an assignment or a closing may be one too."""
    return bool(part.long_text("body").strip() or part.records("attachments"))


def is_note(part: Fields) -> bool:
    """Whether a part is an internal note."""
    return (part.optional_text("part_type") or "").startswith("note")


def message(
    thread: str, part: Fields, item: Fields, words: ToolMap, *, is_note: bool = False
) -> Incoming:
    """A part that says something; its id is the same in every event that tells of it."""
    person = part.fields("author")
    if records.is_listed(words.bots, person.optional_key("id"), person.address("email")):
        return Ignored(reason=records.MACHINE)
    private = is_note or (part.optional_text("part_type") or "").startswith("note")
    return records.message(
        change=Change(
            thread=thread,
            key=part.key("id"),
            author=author_of(person, words),
            at=part.seconds("created_at"),
        ),
        text=_text(part),
        subject=_subject(item),
        channel=_channel(item),
        public=not private,
    )


def opening(item: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    """A new conversation, in today's shape or that of older versions."""
    source = item.optional_fields("source") or item.fields("conversation_message")
    person = source.fields("author")
    if records.is_listed(words.bots, person.optional_key("id"), person.address("email")):
        return (Ignored(reason=records.MACHINE),)
    author = author_of(person, words)
    if author.kind is AuthorKind.BOT or source.optional_text("delivered_as") in _AUTOMATIC:
        return (Ignored(reason="a message that the tool sent by itself opens no ticket"),)
    asker = item.optional_fields("user")
    if author.kind is AuthorKind.CUSTOMER and not author.email and asker:
        # Older versions name the person beside the message.
        name = author.name or one_line(asker.long_text("name"), records.NAME)
        author = Author(kind=author.kind, email=asker.address("email"), name=name)
    thread = item.key("id")
    return (
        records.message(
            change=Change(
                thread=thread,
                key=f"{thread}:created",
                author=author,
                at=item.seconds("created_at"),
            ),
            text=_text(source),
            subject=_subject(item),
            channel=_channel(item),
            public=True,
            opens=True,
        ),
    )


def ticket_opening(item: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    """A new ticket; who wrote it stands in its first part, if anywhere."""
    ticket = item.optional_fields("ticket") or item
    if ticket.optional_text("category") in {"Back-office", "Tracker"}:
        return (Ignored(reason="a ticket among agents, which no customer sees"),)
    told = ticket.optional_fields("ticket_attributes")
    history = ticket.optional_fields("ticket_parts")
    first = (history.records("ticket_parts") if history else [])[:1]
    person = first[0].optional_fields("author") if first else None
    author = Author(kind=AuthorKind.CUSTOMER)
    if person and _KINDS.get(person.optional_text("type") or "") is not AuthorKind.BOT:
        author = author_of(person, words)
    if author.kind is AuthorKind.BOT:
        return (Ignored(reason=records.MACHINE),)
    thread = ticket.key("id")
    # One that an agent made may have grown out of a customer's conversation with the same id: it
    # must not count as its beginning.
    asks = author.kind is AuthorKind.CUSTOMER
    return (
        records.message(
            change=Change(
                thread=thread,
                key=f"{thread}:ticket",
                author=author,
                at=ticket.seconds("created_at"),
            ),
            text=records.from_plain(told.long_text("_default_description_") if told else ""),
            subject=told.long_text("_default_title_") if told else "",
            channel=_channel(ticket),
            public=asks,
            opens=asks,
        ),
    )


def author_of(person: Fields, words: ToolMap) -> Author:
    """Who wrote a part. Raises Unreadable when that cannot be known."""
    role = person.text("type")
    kind = _KINDS.get(role)
    if kind is None:
        # Never a guess: a machine taken for an agent would stop a clock.
        raise person.error("type", f"one of {', '.join(_KINDS)}")
    if kind is AuthorKind.AGENT and (
        person.raw("from_ai_agent") is True
        or person.raw("is_ai_answer") is True
        or records.is_listed(words.bots, person.optional_key("id"), person.address("email"))
    ):
        kind = AuthorKind.BOT
    return Author(
        kind=kind,
        email=person.address("email"),
        name=one_line(person.long_text("name"), records.NAME),
    )


def _text(part: Fields) -> records.Text:
    files = records.file_names(part.records("attachments"), "name", "url")
    return records.from_html(part.long_text("body"), files)


def _subject(item: Fields) -> str:
    source = item.optional_fields("source") or item.optional_fields("conversation_message")
    subject = item.long_text("title") or (source.long_text("subject") if source else "")
    return records.from_html(subject).plain if "<" in subject else subject


def _channel(item: Fields) -> Channel:
    source = item.optional_fields("source")
    kind = source.optional_text("type") if source else item.optional_text("channel")
    if kind in {"email", "Email"}:
        return Channel.EMAIL
    return Channel.PHONE if kind in {"phone_call", "phone_switch", "phone"} else Channel.CHAT
