"""Header blocks: split without raising, unfolded, RFC 2047 words decoded, 8-bit text read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

from tickets.inbound.email.charset import clean, decode
from tickets.inbound.email.limits import MAX_HEADER_BYTES, check_header_block
from tickets.inbound.email.transfer import decode_base64

_FIELD = re.compile(rb"([\x21-\x39\x3b-\x7e]{1,200})[ \t]*:")
_WORD_START = re.compile(r"=\?([^?\s=]{1,60})\?([bBqQ])\?")
# Names that begin a line of a mail's header, and no line of its text or of what it quotes there.
_SURE_FIELD = re.compile(
    rb"(?:received|from|to|cc|subject|date|message-id|mime-version|content-[a-z-]{2,40}|return-path"
    rb"|reply-to|sender|in-reply-to|references|x-[a-z0-9-]{2,60}|delivered-to|auto-submitted"
    rb"|precedence|list-[a-z]{2,20}|dkim-signature|user-agent|thread-[a-z]{2,10})[ \t]*:",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"\s*(?:\([^()]*\)\s*)?([^;,(\s]*)")
_MAX_TOKEN = 1000
_INDENTED = re.compile(
    rb"[ \t]{1,20}(from|to|subject|date|received|return-path|message-id)[ \t]*:", re.IGNORECASE
)
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")
_SPACES = re.compile(r"\s+")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Headers:
    """The fields of one header block in their order; names in lower case, values unfolded bytes."""

    fields: tuple[tuple[str, bytes], ...] = ()
    _by_name: dict[str, list[bytes]] = field(init=False, repr=False, compare=False)
    _texts: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """A mail is asked for some eighty fields: each answer is one look-up."""
        by_name: dict[str, list[bytes]] = {}
        for name, value in self.fields:
            by_name.setdefault(name, []).append(value)
        object.__setattr__(self, "_by_name", by_name)
        object.__setattr__(self, "_texts", {})

    def raw(self, name: str) -> bytes | None:
        """The first field of that name (lower case), None when there is none."""
        values = self._by_name.get(name)
        return values[0] if values else None

    def raw_all(self, *names: str) -> Iterator[bytes]:
        """Every field with one of the names, in the order of the names, then of the block."""
        for name in names:
            yield from self._by_name.get(name, ())

    def text(self, name: str) -> str:
        """The first such field that is not blank, as decoded text on one line, else ""."""
        if name not in self._by_name:
            return ""
        if name not in self._texts:
            self._texts[name] = next(filter(None, map(decoded, self._by_name[name])), "")
        return self._texts[name]

    def token(self, name: str) -> str:
        """The first word of a structured field in lower case: auto-replied of `auto-replied; x`."""
        value = self.raw(name)
        return first_token(value) if value else ""

    def in_utf8(self, charset: str) -> "Headers":
        """The block with raw 8-bit letters that are in this charset, and no UTF-8, as UTF-8."""
        if all(value.isascii() for _, value in self.fields):
            return self
        return Headers(tuple((name, _in_utf8(value, charset)) for name, value in self.fields))

    def __contains__(self, name: str) -> bool:
        return name in self._by_name


def _in_utf8(value: bytes, charset: str) -> bytes:
    wide = charset.lower().startswith(("utf-16", "utf-32"))  # reads any bytes, as nonsense
    if wide or value.isascii() or not decode(value, "utf-8")[1]:
        return value
    text, note = decode(value, charset)
    return value if note else text.encode()


def first_token(value: bytes) -> str:
    """The first word of a structured value, without parameters and comments, lower-cased."""
    match = _TOKEN.match(as_text(value[:_MAX_TOKEN]))
    return match.group(1).strip("\"'").lower() if match else ""


def split_headers(raw: bytes, start: int, end: int) -> tuple[Headers, int]:
    """The header block that begins at `start`, and where the body begins.

    The block ends at the first blank line, or at the first line that is no header, if no
    header comes right after it.
    Raises Unreadable when it is longer than 256 KB.
    """
    fields: list[tuple[str, list[bytes]]] = []
    at = start
    while at < end:
        found = raw.find(b"\n", at, end)
        stop = end if found < 0 else found + 1
        line = raw[at : min(stop, at + MAX_HEADER_BYTES + 2)].rstrip(b"\r\n")
        if not line:
            return _joined(fields), stop
        if line[:1] in b" \t" and fields:
            fields[-1][1].append(line)
        elif match := _FIELD.match(line) or _indented_first(line, first=not fields):
            fields.append((match.group(1).decode("ascii").lower(), [line[match.end() :]]))
        elif not (fields and _SURE_FIELD.match(raw, stop, end)) and not _is_envelope(
            line, first=not fields
        ):
            return _joined(fields), at
        check_header_block(stop - start)
        at = stop
    return _joined(fields), end


def _indented_first(line: bytes, *, first: bool) -> re.Match[bytes] | None:
    """The first field of a mail that somebody pasted with an indent."""
    return _INDENTED.match(line) if first and line[:1] in b" \t" else None


def _is_envelope(line: bytes, *, first: bool) -> bool:
    return first and line.startswith((b"From ", b">From "))


def _joined(fields: list[tuple[str, list[bytes]]]) -> Headers:
    return Headers(tuple((name, b"".join(lines).strip()) for name, lines in fields))


def as_text(value: bytes) -> str:
    """A raw header as text: ASCII, or 8-bit letters as UTF-8 or Windows Latin. Not decoded."""
    plain = value.isascii() and b"\x1b$" not in value  # the escape of raw ISO-2022-JP
    return value.decode("ascii") if plain else decode(value)[0]


def decoded(value: bytes | str) -> str:
    """A header as a person reads it: words decoded, on one line, runs of white space one blank."""
    return one_line(decode_words(value if isinstance(value, str) else as_text(value)))


def one_line(text: str) -> str:
    """The text without control characters, each run of white space one blank, stripped."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return _SPACES.sub(" ", _CONTROLS.sub(" ", clean(text))).strip()


def decode_words(text: str) -> str:
    """RFC 2047 words decoded, broken ones left as they are; linear in the text's length."""
    if "=?" not in text:
        return text
    out: list[str] = []
    pending: list[tuple[str, bytes]] = []
    at = 0
    for start, end, charset, data in _words(text):
        gap = text[at:start]
        if gap.strip() or not pending:
            out += [_flush(pending), gap]
        pending.append((charset, data))
        at = end
    return "".join([*out, _flush(pending), text[at:]])


def _words(text: str) -> Iterator[tuple[int, int, str, bytes]]:
    at = 0
    while match := _WORD_START.search(text, at):
        end = text.find("?=", match.end())
        if end < 0:
            return
        charset, how = match.group(1).split("*")[0].lower(), match.group(2).lower()
        yield match.start(), end + 2, charset, _word_bytes(text[match.end() : end], how)
        at = end + 2


def _word_bytes(payload: str, how: str) -> bytes:
    data = payload.encode("utf-8", "replace")
    if how == "b":
        return decode_base64(data)
    return _HEX.sub(lambda match: bytes([int(match.group(1), 16)]), data.replace(b"_", b" "))


def _flush(pending: list[tuple[str, bytes]]) -> str:
    """Neighbours of one charset are decoded together: a letter may be cut between two words."""
    text = [
        decode(b"".join(data for _, data in words), charset)[0]
        for charset, words in groupby(pending, key=itemgetter(0))
    ]
    pending.clear()
    return "".join(text)
