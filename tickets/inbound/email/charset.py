"""Bytes to text whatever the mail says about them: declared, UTF-8, Windows Latin, guessed."""

import codecs
import re
from collections.abc import Iterable
from functools import lru_cache

from charset_normalizer import from_bytes

from tickets.inbound.email.charset_guess import guess

# What mail programs write, against what they mean. Superset codecs read everything that the
# narrower name allows and the letters that mail programs put there in spite of it.
_ALIASES = {
    "ascii": "us-ascii",
    "ansi_x3.4-1968": "us-ascii",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "ansi": "cp1252",
    "x-ansi": "cp1252",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "iso-gb2312": "gb18030",
    "x-gbk": "gb18030",
    "gbk": "gb18030",
    "cp936": "gb18030",
    "windows-936": "gb18030",
    "ks_c_5601": "cp949",
    "ks_c_5601-1987": "cp949",
    "ksc5601": "cp949",
    "ksc_5601": "cp949",
    "euc-kr": "cp949",
    "x-windows-949": "cp949",
    "windows-949": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "sjis": "cp932",
    "windows-31j": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "big5": "cp950",
    "x-big5": "cp950",
    "iso-8859-8-i": "iso8859_8",
    "iso-8859-8-e": "iso8859_8",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "utf8": "utf-8",
    "utf8mb4": "utf-8",
    "utf-8mb4": "utf-8",
    "cp65001": "utf-8",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
}
# Python calls these encodings too; one escapes, one is quadratic, none is a charset of mail.
_NOT_CHARSETS = frozenset(
    {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,60}")
_HIGH = re.compile(rb"[\x80-\xff]")
_ASCII_LETTER = re.compile(rb"[A-Za-z]")
_GUESS_FROM = 200
_SAMPLE = 64 * 1024


@lru_cache(maxsize=256)
def codec_named(declared: str) -> str | None:
    """The Python codec for a declared charset, None when it names none that mail can be in."""
    text = declared.strip().strip("\"'").lower()
    for prefix in ("charset=", "charset:", "x-unknown-"):
        text = text.removeprefix(prefix).strip("\"' ")
    match = _NAME.match(text)
    if match is None:
        return None
    name = match.group()
    return _lookup(_ALIASES.get(name, name)) or _lookup(name.replace("_", "-").removeprefix("x-"))


def _lookup(name: str) -> str | None:
    try:
        found = codecs.lookup(_ALIASES.get(name, name))
        b"a".decode(found.name)  # refuses bytes-to-bytes codecs such as "zip"
    except UnicodeError:
        pass
    except (LookupError, ValueError):
        return None
    return None if found.name.replace("-", "_") in _NOT_CHARSETS else found.name


def decode(data: bytes, declared: str = "") -> tuple[str, str]:
    """The text and a note: "" when it was read as declared (or is plain ASCII), else how."""
    codec = codec_named(declared)
    if codec is not None and _may_be(data, codec):
        text = _strictly(data, codec)
        if text is not None:
            return clean(text), ""
    return _repaired(data, declared, codec)


def _repaired(data: bytes, declared: str, codec: str | None) -> tuple[str, str]:
    if not declared.strip() or data.isascii():
        said = "" if data.isascii() else "text without a charset"
    else:
        said = f"text declared as {clean(declared)[:40]}"
    text, used = _guessed(data, codec)
    return clean(text), f"{said} was read as {used}" if said else ""


def _guessed(data: bytes, codec: str | None) -> tuple[str, str]:
    marked = "iso2022_jp_ext" if b"\x1b$" in data else "utf-16" if _has_bom(data) else "utf-8"
    for name in (marked, "utf-8"):
        text = _strictly(data, name)
        if text is not None:
            return text, name
    # A mail cut in the middle of a letter is still what it says it is.
    for name in _unique(codec, "utf-8"):
        text = data.decode(name, "replace")
        if _damage_is_small(text):
            return text, f"{name} with damaged letters"
    return _by_letters(data, codec)


def _by_letters(data: bytes, codec: str | None) -> tuple[str, str]:
    sample = data[:_SAMPLE]
    high = len(_HIGH.findall(sample))
    if high > len(_ASCII_LETTER.findall(sample)):
        told = guess(sample)
        if told is not None:
            return data.decode(told, "replace"), told
        # Statistics need a lot of text: short Windows-1252 would be called cp1250.
        best = from_bytes(sample).best() if high > _GUESS_FROM else None
        if best is not None:
            return data.decode(best.encoding, "replace"), best.encoding
        if codec not in (None, "ascii", "utf-8"):
            return data.decode(codec or "", "replace"), f"{codec} with damaged letters"
    return _windows_latin(data), "windows-1252"


def _has_bom(data: bytes) -> bool:
    return data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))


def _may_be(data: bytes, codec: str) -> bool:
    """ASCII declared as UTF-16 would decode, into Chinese; ISO-2022-JP is ASCII with escapes."""
    if codec in ("ascii", "utf-8") and (b"\x1b$B" in data or b"\x1b$@" in data):
        return False
    return not (codec.startswith(("utf-16", "utf-32")) and b"\x00" not in data and data.isascii())


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, ValueError, OverflowError):
        return None


def _windows_latin(data: bytes) -> str:
    text = _strictly(data, "cp1252")
    # Five bytes have no letter in Windows-1252.
    return text if text is not None else data.decode("latin-1")


def _damage_is_small(text: str) -> bool:
    damaged = text.count("\ufffd")
    letters = sum(1 for letter in text[:_SAMPLE] if letter > "\x7f") - damaged
    return damaged * 2 <= letters


def _unique(*names: str | None) -> Iterable[str]:
    return dict.fromkeys(name for name in names if name and name != "ascii")


def clean(text: str) -> str:
    """The text without NUL and lone surrogates, which neither JSON nor Postgres can hold."""
    plain = text.removeprefix("\ufeff").replace("\x00", "")
    if plain.isascii():
        return plain
    return plain.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
