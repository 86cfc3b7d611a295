"""What the tools share in telling: texts, people, statuses and priorities in our own words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Final
from urllib.parse import unquote, urlsplit

from tickets.domain.incoming import (
    Author,
    Ignored,
    Incoming,
    IncomingMessage,
    IncomingSeverity,
    IncomingStatus,
    UnknownPriority,
)
from tickets.domain.plain_word import is_tag, plain_word
from tickets.domain.reply import trim_reply
from tickets.domain.words import Channel, MailKind, Severity, Status
from tickets.inbound.email.charset import clean
from tickets.inbound.email.html_text import html_to_text
from tickets.inbound.json_fields import Fields, one_line
from tickets.inbound.tools.call import ToolMap

SUBJECT: Final = 500
NAME: Final = 200
WORD: Final = 40
_MOST_FILES: Final = 50
_MOST_FILE_NAME: Final = 255

StatusTable = Mapping[str, tuple[Status, str]]
MACHINE: Final = "written by an account that is on this source's list of machines"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What a message says; `html` is "" where the tool wrote plain text.

    `files` are names alone: what is in them stays at the tool.
    """

    plain: str
    html: str = ""
    files: tuple[str, ...] = ()

    def with_files(self, plain: str) -> str:
        """A text with the names of the files under it."""
        names = "\n".join(f"[{name}]" for name in self.files)
        return "\n\n".join(part for part in (plain, names) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Who changed something in a ticket and when; the key is the same however often it is told."""

    thread: str
    key: str
    author: Author
    at: datetime | None


def from_html(html: str, files: Iterable[str] = ()) -> Text:
    """The text that an HTML message shows, with the names of its files."""
    return Text(plain=html_to_text(html), html=html, files=_named(files))


def from_plain(text: str, files: Iterable[str] = ()) -> Text:
    """A plain text, with the names of its files."""
    return Text(plain=clean(text), files=_named(files))


def _named(files: Iterable[str]) -> tuple[str, ...]:
    names = (one_line(each, _MOST_FILE_NAME) for each in islice(files, _MOST_FILES))
    return tuple(name for name in names if name)


def file_names(records: Iterable[Fields], *keys: str) -> list[str]:
    """The first of the keys that names each file; of an address, its last part."""
    found = []
    for record in records:
        texts = (record.long_text(key) for key in keys if record.is_text(key))
        found.append(_last_part(next((text for text in texts if text.strip()), "")))
    return [name for name in found if name]


def _last_part(name: str) -> str:
    if "://" not in name:
        return name
    try:
        return clean(unquote(urlsplit(name).path.rpartition("/")[2]))
    except ValueError:
        return ""


def message(
    *,
    change: Change,
    text: Text,
    subject: str,
    channel: Channel,
    public: bool,
    opens: bool = False,
    kind: MailKind = MailKind.HUMAN,
    recipients: tuple[str, ...] = (),
) -> IncomingMessage:
    """A message; of an e-mail, the reply is what the writer wrote anew."""
    subject = one_line(subject, SUBJECT)
    trimmed = trim_reply(text.plain, subject=subject) if channel is Channel.EMAIL else text.plain
    return IncomingMessage(
        thread=change.thread,
        key=change.key,
        author=change.author,
        subject=subject,
        body=text.with_files(text.plain),
        reply=text.with_files(trimmed),
        html=text.html,
        channel=channel,
        public=public,
        opens=opens,
        kind=kind,
        occurred_at=change.at,
        recipients=recipients,
    )


def status(change: Change, word: str, table: StatusTable, words: ToolMap) -> Incoming:
    """A status in their word, by the source's own table before the tool's."""
    found = status_of(word, table, words)
    if found is None:
        return Ignored(reason=f"the status {word!r:.80} has no counterpart here")
    return IncomingStatus(
        thread=change.thread,
        key=change.key,
        status=found[0],
        cause=found[1],
        author=change.author,
        occurred_at=change.at,
    )


def status_of(word: str, table: StatusTable, words: ToolMap) -> tuple[Status, str] | None:
    """What a status in their word means here, if anything."""
    key = plain_word(word)
    return words.statuses.get(key) or table.get(key)


def something_happened(
    change: Change, table: StatusTable, severities: Mapping[str, Severity], words: ToolMap
) -> tuple[Incoming, ...]:
    """A sign of life that dates what was told of before, whichever status or severity it was."""
    told = [status(change, word, table, words) for word in (*table, *words.statuses)]
    told += [priority(change, word, severities, words) for word in (*severities, *words.severities)]
    found: dict[tuple[str, str | bool], Incoming] = {}
    for each in told:
        if isinstance(each, IncomingStatus):
            found[each.status, each.cause] = replace(each, only_confirms=True)
        elif isinstance(each, IncomingSeverity):
            # A word of the source's own comes last: only such a one may bind.
            found[each.severity, is_tag(each.word)] = replace(each, only_confirms=True)
    return tuple(found.values())


def priority(
    change: Change, word: str, table: Mapping[str, Severity], words: ToolMap
) -> IncomingSeverity | UnknownPriority:
    """A priority in their word, by the source's own table before the tool's."""
    severity = severity_of(word, table, words)
    if severity is None:
        return UnknownPriority(
            reason=f"the priority {word!r:.80} has no counterpart here",
            thread=change.thread,
            key=change.key,
            author=change.author,
            occurred_at=change.at,
            word=one_line(word, WORD),
        )
    return IncomingSeverity(
        thread=change.thread,
        key=change.key,
        severity=severity,
        author=change.author,
        occurred_at=change.at,
        word=one_line(word, WORD),
    )


def severity_of(word: str, table: Mapping[str, Severity], words: ToolMap) -> Severity | None:
    """What a priority in their word means here, if anything."""
    key = plain_word(word)
    return words.severities.get(key) or table.get(key)


def is_listed(people: frozenset[str], *names: str | None) -> bool:
    """Whether one of somebody's ids or addresses is on a list; letters' case does not matter."""
    known = {name.strip().casefold() for name in people}
    return any(name.strip().casefold() in known for name in names if name and name.strip())


def unused(kind: str, reasons: Mapping[str, str]) -> tuple[Incoming, ...]:
    """A kind of event that changes nothing here, with the reason."""
    other = f"events of the type {kind!r:.80} are not used here"
    return (Ignored(reason=reasons.get(kind, other)),)
