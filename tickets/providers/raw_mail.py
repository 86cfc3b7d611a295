"""A raw mail out of a provider's call, with what only its envelope knows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

_NOT_PRINTED = re.compile(r"[\s<>\x00-\x1f\x7f]+")
_UTF8_NAMED = re.compile(r"charset\s*=\s*\"?utf-?8", re.IGNORECASE)
_END_OF_HEADERS = re.compile(rb"\n\r?\n")
_RETURN_PATH = re.compile(
    rb"^return-path[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*", re.IGNORECASE | re.MULTILINE
)
_BEFORE_HEADERS: Final = b"\xef\xbb\xbf\r\n\x00"
_MAX_ADDRESS: Final = 320
_MAX_RECIPIENTS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class RawMail:
    """MIME bytes; `sent_from` is the envelope's sender ("" the null path, None unknown).

    `occurred_at` (UTC) is the provider's signed time of this very mail, where one call has several.
    """

    raw: bytes
    sent_from: str | None = None
    sent_to: Sequence[str] = ()
    occurred_at: datetime | None = None


def mime_bytes(text: str) -> bytes:
    """The bytes of a mail that came inside a JSON text.

    A provider that decoded 8-bit mail as Latin-1 made one character of each byte; one that
    decoded it as UTF-8 is undone by UTF-8.
    """
    if text.isascii():
        return text.encode()
    try:
        single = text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")
    if _is_utf8(single) or not _UTF8_NAMED.search(text):
        return single
    return text.encode()


def with_envelope(mail: RawMail) -> bytes:
    """The mail under the headers that its last server would have written (Return-Path first).

    A Return-Path that the sender wrote into the mail gives way to the true one.
    """
    raw = mail.raw.lstrip(_BEFORE_HEADERS)
    if not raw.strip():
        return b""
    lines = []
    if mail.sent_from is not None:
        raw = _without_return_path(raw)
        lines.append(f"Return-Path: <{_address(mail.sent_from)}>")
    lines += [
        f"Delivered-To: {address}"
        for each in mail.sent_to[:_MAX_RECIPIENTS]
        if (address := _address(each))
    ]
    end = b"\r\n" if b"\r\n" in raw else b"\n" if b"\n" in raw else b"\r"
    above = b"".join(line.encode("utf-8", "replace") + end for line in lines)
    # The separator line of an mbox stays the first.
    start = raw.find(end) + len(end) if raw.startswith(b"From ") and end in raw else 0
    return raw[:start] + above + raw[start:]


def _without_return_path(raw: bytes) -> bytes:
    end = _END_OF_HEADERS.search(raw)
    block = raw[: end.start() + 1] if end else raw
    return _RETURN_PATH.sub(b"", block) + raw[len(block) :]


def _address(text: str) -> str:
    return _NOT_PRINTED.sub("", text)[:_MAX_ADDRESS]


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
