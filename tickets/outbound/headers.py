"""Header lines in ASCII that no name, subject or id can break out of."""

import re
from collections.abc import Iterable
from email.header import Header
from email.utils import formataddr

_ID = re.compile(r"[!-;=?-~]{1,400}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_LINE = 76
_MAX_SUBJECT = 250


def header_block(fields: Iterable[tuple[str, str]]) -> bytes:
    """The fields that say something, one after the other, with CRLF line ends."""
    return "".join(f"{name}: {value}\r\n" for name, value in fields if value).encode()


def one_line(text: str) -> str:
    """The text without line breaks and control characters, runs of white space one blank."""
    return " ".join(_CONTROL.sub(" ", text).split())


def encoded(name: str, text: str) -> str:
    """An unstructured value: as it is, or in RFC 2047 words, folded."""
    line = one_line(text)[:_MAX_SUBJECT]
    # A literal "=?" would be read as an encoded word that it is not.
    charset = "us-ascii" if line.isascii() and "=?" not in line else "utf-8"
    header = Header(line, charset=charset, maxlinelen=_LINE, header_name=name)
    return header.encode(linesep="\r\n")


def mailbox(name: str, address: str) -> str:
    """`"SIVO Support" <support@...>`; the address is one that was checked."""
    return formataddr((one_line(name), address))


def sound_ids(ids: Iterable[str]) -> tuple[str, ...]:
    """The Message-IDs (without brackets) that can stand in a header, each once, in their order.

    They are what other programs made of theirs: blanks, letters of any kind, no end.
    """
    return tuple(dict.fromkeys(each for each in ids if _ID.fullmatch(each)))


def id_list(ids: Iterable[str]) -> str:
    """One id per line: an id that is cut, or encoded as a word, finds no thread."""
    return "\r\n ".join(f"<{each}>" for each in ids)
