"""The text of a mail out of its parts: plain text first, else what its HTML shows."""

import re
from dataclasses import dataclass, field

from tickets.inbound.email.charset import decode
from tickets.inbound.email.flowed import unflow
from tickets.inbound.email.html_text import html_to_text
from tickets.inbound.email.limits import MAX_HTML_BYTES
from tickets.inbound.email.mime import Part
from tickets.inbound.email.uuencoded import without_files

_META_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE
)
_NOT_WORD = re.compile(r"\W+")
# Other ways to write the body, next to the one that is read.
_REPRESENTATIONS = frozenset(
    {"text/enriched", "text/richtext", "text/watch-html", "text/x-watch-html", "text/x-amp-html"}
)
# Text that is data, also when it is all that a mail holds.
_FILES = frozenset({"text/calendar", "text/csv", "text/vcard", "text/x-vcard", "text/directory"})
_TEXTS = frozenset({"text/plain", "text/html"})
_PAGE = re.compile(rb"\s*(?:<!doctype html|<html[\s>])", re.IGNORECASE)
_MARKUP = re.compile(r"<[a-zA-Z/!?]")
_ENRICHED = re.compile(r"<(?!<)[^<>]{0,60}>")
_MAX_FILE = 256 * 1024
_SAME_TEXT = 0.8
_COMPARED = 50_000
_MAX_COMPARED = 10


@dataclass(slots=True)
class Body:
    """What was read so far; `leaves` are the parts that were taken for it.

    `files` are the names and bytes of files that stood inside the text.
    """

    texts: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    leaves: list[Part] = field(default_factory=list)
    files: list[tuple[str, bytes]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    html_left: int = MAX_HTML_BYTES

    @property
    def text(self) -> str:
        """The full text, pieces in their order with a blank line between."""
        return "\n\n".join(text for text in self.texts if text.strip())


def read_body(root: Part) -> Body:
    """The body of a mail; parts that are not in `leaves` are its attachments."""
    body = Body()
    if root.parts:
        _read(root, body)
    elif root.media_type.startswith("text/") and root.media_type not in _FILES:
        _take(root, body)
    if not body.text:
        _read_files(root, body)
    return body


def _read_files(root: Part, body: Body) -> None:
    """Some programs send all text as a file: it is read, and what has a name stays a file too."""
    for part in root.walk():
        if part.parts or part.media_type not in _TEXTS or len(part.encoded) > _MAX_FILE:
            continue
        if any(part is each for each in body.leaves):
            continue
        found = Body(html_left=body.html_left)
        _take(part, found)
        body.html_left = found.html_left
        if not found.text.strip():
            continue
        body.texts, body.html, body.notes = found.texts, found.html, [*body.notes, *found.notes]
        body.notes.append("the text was sent as a file")
        if not part.filename:
            body.leaves.append(part)
        return


def is_text(part: Part) -> bool:
    """A leaf that belongs into the body: text without a name that is not sent as a file."""
    return (
        not part.parts
        and part.media_type in _TEXTS
        and part.disposition != "attachment"
        and not part.filename
    )


def _read(part: Part, body: Body) -> None:
    if part.media_type == "multipart/alternative":
        _read_alternative(part, body)
        return
    for child in part.parts:
        if child.parts:
            _read(child, body)
        elif is_text(child):
            _take(child, body)


def _read_alternative(part: Part, body: Body) -> None:
    """Only one of the alternatives is read: the first with plain text, else the last with any."""
    chosen: Body | None = None
    pages: list[str] = []
    for child in part.parts:
        candidate = Body(html_left=body.html_left)
        if child.parts:
            _read(child, candidate)
        elif is_text(child):
            _take(child, candidate)
        elif child.media_type in _REPRESENTATIONS and not child.filename:
            candidate.leaves.append(child)
        body.html_left = candidate.html_left
        body.leaves += candidate.leaves
        body.files += candidate.files
        body.notes += candidate.notes
        pages += candidate.html
        plain = chosen is not None and not chosen.html
        if candidate.text.strip() and not plain:
            chosen = candidate
    body.html += pages
    if chosen is not None:
        body.texts += chosen.texts


def _take(part: Part, body: Body) -> None:
    body.leaves.append(part)
    content = part.content()
    declared = part.parameters.get("charset", "")
    if part.media_type == "text/html" or _PAGE.match(content):
        if not declared and (meta := _META_CHARSET.search(content[:2048])):
            declared = meta.group(1).decode("ascii")
        html, note = decode(content, declared)
        text = _shown(html, body)
        body.html.append(html)
        if len(body.texts) < _MAX_COMPARED and _repeats(text, body.text):
            text = ""
    else:
        content, files = without_files(content)
        body.files += files
        text, note = decode(content, declared)
        text = plain_text(text, part.parameters)
        if part.media_type in ("text/enriched", "text/richtext"):
            text = _ENRICHED.sub("", text).replace("<<", "<")
    body.texts.append(text)
    if note:
        body.notes.append(note)
    if b"\x00" in content:
        body.notes.append("NUL bytes were left out")


def _shown(html: str, body: Body) -> str:
    """The text of a page; all pages of a mail together have one limit."""
    if not _MARKUP.search(html):
        return plain_text(html, {})
    text = html_to_text(html, body.html_left)
    body.html_left = max(0, body.html_left - len(html))
    return text


def plain_text(text: str, parameters: dict[str, str]) -> str:
    """Lines that end with LF, soft breaks undone, no blank lines around."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    if parameters.get("format", "").lower() == "flowed":
        lines = unflow(lines, delete_space=parameters.get("delsp", "").lower() == "yes")
    return lines.rstrip().lstrip("\n")


def _repeats(text: str, known: str) -> bool:
    """Some programs send text and HTML of one message side by side, not as alternatives."""
    seen = _squeezed(known[:_COMPARED])
    lines = [line for line in map(_squeezed, text[:_COMPARED].split("\n")) if line]
    if not seen or not lines:
        return False
    repeated = sum(len(line) for line in lines if line in seen)
    return repeated >= sum(map(len, lines)) * _SAME_TEXT


def _squeezed(text: str) -> str:
    return _NOT_WORD.sub("", text).lower()
