"""Outlook's compressed rich text (MS-OXRTFCP) to plain text: modest, bounded, never raising."""

import re
import struct
from dataclasses import dataclass, field

from tickets.inbound.email.charset import clean, codec_named

_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n" + rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_COMPRESSED, _STORED = 0x75465A4C, 0x414C454D
_WINDOW = 4096
_MAX_TEXT = 512 * 1024

_TOKEN = re.compile(
    r"\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-z'])|([{}])|[\r\n]+|([^\\{}\r\n]+)"
)
_UNSEEN = frozenset({
    "fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "header", "footer", "generator",
    "listtable", "listoverridetable", "rsidtbl", "themedata", "datastore", "latentstyles",
    "xmlnstbl",
})  # fmt: skip
_LETTERS = {
    "par": "\n", "line": "\n", "sect": "\n", "page": "\n", "row": "\n", "tab": "\t", "cell": "\t",
    "emdash": "\u2014", "endash": "\u2013", "lquote": "\u2018", "rquote": "\u2019",
    "ldblquote": "\u201c", "rdblquote": "\u201d", "bullet": "\u2022",
}  # fmt: skip
_SYMBOLS = {"~": "\u00a0", "_": "-", "\n": "\n", "\r": "\n", "{": "{", "}": "}", "\\": "\\"}


def decompress(data: bytes) -> bytes:
    """The rich text, at most 512 KB of it; b"" for what is none."""
    if len(data) < 16:
        return b""
    _, size, kind, _ = struct.unpack_from("<IIII", data, 0)
    if kind == _STORED:
        return data[16 : 16 + min(size, _MAX_TEXT)]
    if kind != _COMPRESSED:
        return b""
    out = bytearray(_DICTIONARY)
    limit = len(_DICTIONARY) + min(size, _MAX_TEXT)
    at = 16
    while at < len(data) and len(out) < limit:
        flags = data[at]
        at += 1
        for bit in range(8):
            if not flags >> bit & 1:
                out += data[at : at + 1]
                at += 1
                continue
            if at + 2 > len(data):
                return bytes(out[len(_DICTIONARY) : limit])
            token = data[at] << 8 | data[at + 1]
            at += 2
            # The window is a ring of 4096 bytes whose write position began behind the dictionary.
            back = (len(out) - (token >> 4)) % _WINDOW
            if not back:
                return bytes(out[len(_DICTIONARY) : limit])
            start, count = len(out) - back, (token & 15) + 2
            piece = bytes(out[max(start, 0) : start + count])
            out += (piece * (count // max(len(piece), 1) + 1))[:count]
    return bytes(out[len(_DICTIONARY) : limit])


@dataclass(slots=True)
class _Writer:
    """The text so far; `hidden` has one level for each open group."""

    codec: str
    out: list[str] = field(default_factory=list)
    pending: bytearray = field(default_factory=bytearray)
    hidden: list[bool] = field(default_factory=lambda: [False])
    skip: int = 0
    after_unicode: int = 1

    def flush(self) -> None:
        """Letters of several bytes come one code at a time."""
        self.out.append(self.pending.decode(self.codec, "replace"))
        self.pending.clear()

    def group(self, brace: str) -> None:
        """A group begins as its outer one; ends without a trace."""
        if brace == "{":
            self.hidden.append(self.hidden[-1])
        elif len(self.hidden) > 1:
            self.hidden.pop()

    def control(self, word: str, number: str) -> None:
        """A word: a letter, or how many codes stand for the letter before."""
        if word == "uc":
            self.after_unicode = min(int(number or 1), 10)
        elif word == "u" and number:
            self.out.append(chr(int(number) % 65536))
            self.skip = self.after_unicode
        else:
            self.out.append(_LETTERS.get(word, ""))

    def code(self, value: int) -> None:
        """One byte of text, or of the stand-in for a letter that was already written."""
        if self.skip:
            self.skip -= 1
        else:
            self.pending.append(value)

    def text(self, content: str) -> None:
        """Text as it stands, without what stands in for a letter."""
        self.out.append(content[self.skip :].encode("latin-1").decode(self.codec, "replace"))
        self.skip = max(0, self.skip - len(content))


def rtf_to_text(data: bytes) -> str:
    """The text that a rich text shows, without its fonts, colours, pictures and HTML marks."""
    source = data.decode("latin-1")
    codepage = re.search(r"\\ansicpg(\d{1,5})", source[:2000])
    writer = _Writer((codepage and codec_named(f"cp{codepage.group(1)}")) or "cp1252")
    for match in _TOKEN.finditer(source):
        word, number, code, symbol, brace, text = match.groups()
        if writer.pending and not code:
            writer.flush()
        if brace:
            writer.group(brace)
        elif word in _UNSEEN or symbol == "*":
            writer.hidden[-1] = True
        elif writer.hidden[-1]:
            continue
        elif word:
            writer.control(word, number)
        elif code:
            writer.code(int(code, 16))
        elif text:
            writer.text(text)
        else:
            writer.out.append(_SYMBOLS.get(symbol or "", ""))
    writer.flush()
    return clean("".join(writer.out)).strip()
