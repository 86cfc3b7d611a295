"""Writes a mail from its headers and a parsed message: nothing is folded, quoted or judged.

The standard library's generator refuses mails with two subjects and mends headers until they
are others; what our parser reads must be what the provider said.
"""

import base64
import re
from collections.abc import Iterable
from email.message import Message
from secrets import token_hex
from typing import Any, Final

# A type that anymail would parse and flatten again travels under this parameter.
KEPT_TYPE: Final = "x-kept-type"
_NAME = re.compile(r"[!-9;-~]{1,100}")
_BREAK = re.compile(r"[\r\n\x00]+[ \t]*")
# The message has a structure of its own now.
_OF_THE_OLD_STRUCTURE: Final = frozenset(
    {"content-type", "content-transfer-encoding", "content-disposition", "mime-version"}
)


def header_lines(headers: Iterable[tuple[str, str]]) -> bytes:
    """Header lines in UTF-8, each on one line; names that are none are left out."""
    return b"".join(
        f"{name}: {_BREAK.sub(' ', value)}\r\n".encode("utf-8", "surrogateescape")
        for name, value in headers
        if _NAME.fullmatch(name) and name.lower() not in _OF_THE_OLD_STRUCTURE
    )


def write_mail(headers: Iterable[tuple[str, str]], message: "Message[Any, Any]") -> bytes:
    """The mail with these headers and the parts of the message."""
    # Not to be guessed: an attached message stands in it as it is, and must not end its part.
    return header_lines(headers) + b"MIME-Version: 1.0\r\n" + _part(message, token_hex(8))


def _part(part: "Message[Any, Any]", place: str) -> bytes:
    """A part with its own headers; `place` makes the boundaries differ."""
    if part.get_content_maintype() != "multipart":
        return _leaf(part)
    boundary = f"=_parts_{place}"
    inner = part.get_payload()
    parts = inner if isinstance(inner, list) else []
    written = [_part(each, f"{place}_{number}") for number, each in enumerate(parts)]
    return b"".join(
        [
            f'Content-Type: {part.get_content_type()}; boundary="{boundary}"\r\n\r\n'.encode(),
            *(f"--{boundary}\r\n".encode() + each + b"\r\n" for each in written),
            f"--{boundary}--\r\n".encode(),
        ]
    )


def _leaf(part: "Message[Any, Any]") -> bytes:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    kept = str(part.get_param(KEPT_TYPE, "") or "")
    lines = [f"Content-Type: {kept or _type(part)}"]
    lines += [
        f"{name}: {value}"
        for name in ("Content-Disposition", "Content-ID")
        if (value := part.get(name)) is not None
    ]
    if kept:
        # What encapsulates a message is never encoded (RFC 2046, 5.2.1).
        lines.append("Content-Transfer-Encoding: binary")
        body = content
    else:
        lines.append("Content-Transfer-Encoding: base64")
        body = base64.encodebytes(content)
    head = "".join(f"{_BREAK.sub(' ', line)}\r\n" for line in lines)
    return head.encode("utf-8", "surrogateescape") + b"\r\n" + body


def _type(part: "Message[Any, Any]") -> str:
    return str(part.get("Content-Type", "application/octet-stream"))
