"""The messages that some of Help Scout's webhooks carry, each with its own id, time and writer."""

from typing import Final

from tickets.domain.incoming import Author, Ignored, Incoming
from tickets.domain.words import AuthorKind, Channel
from tickets.inbound.json_fields import Fields, one_line
from tickets.inbound.tools import records
from tickets.inbound.tools.call import ToolMap
from tickets.inbound.tools.records import Change

_CHANNELS: Final = {"email": Channel.EMAIL, "chat": Channel.CHAT, "phone": Channel.PHONE}
# True where the customer sees it; lines that the tool writes itself are none of them.
_PUBLIC: Final = {
    "customer": True,
    "message": True,
    "reply": True,
    "chat": True,
    "phone": True,
    "note": False,
}
_MACHINES: Final = frozenset({"workflow", "system"})


def read_threads(told: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    """The published messages of a conversation, () when it carries none."""
    embedded = told.optional_fields("_embedded")
    found: list[Incoming] = []
    for thread in embedded.records("threads") if embedded else []:
        kind = thread.optional_text("type") or ""
        if kind not in _PUBLIC or thread.optional_text("state") not in {None, "published"}:
            continue
        person = thread.fields("createdBy")
        if records.is_listed(words.bots, person.optional_key("id"), person.address("email")):
            found.append(Ignored(reason=records.MACHINE))
        else:
            found.append(_message(told, thread, person, public=_PUBLIC[kind]))
    return tuple(found)


def _message(told: Fields, thread: Fields, person: Fields, *, public: bool) -> Incoming:
    inner = thread.optional_fields("_embedded")
    files = records.file_names(inner.records("attachments") if inner else [], "filename")
    return records.message(
        change=Change(
            thread=told.key("id"),
            key=thread.key("id"),
            author=author_of(person, _kind(thread, person)),
            at=thread.instant("createdAt"),
        ),
        text=records.from_html(thread.long_text("body"), files),
        subject=told.long_text("subject"),
        channel=channel_of(told),
        public=public,
    )


def _kind(thread: Fields, person: Fields) -> AuthorKind:
    role = person.text("type")
    if role not in {"customer", "user"}:
        raise person.error("type", "customer or user")
    if role == "customer":
        return AuthorKind.CUSTOMER
    source = thread.optional_fields("source")
    how = {source.optional_text("type"), source.optional_text("via")} if source else set()
    return AuthorKind.BOT if how & _MACHINES else AuthorKind.AGENT


def author_of(person: Fields, kind: AuthorKind) -> Author:
    """A person of Help Scout as the author of something."""
    name = f"{person.long_text('first')} {person.long_text('last')}"
    return Author(kind=kind, email=person.address("email"), name=one_line(name, records.NAME))


def channel_of(told: Fields) -> Channel:
    """How the messages of a conversation travel."""
    return _CHANNELS.get(told.optional_text("type") or "", Channel.HELPDESK)
