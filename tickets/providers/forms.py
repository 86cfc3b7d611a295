"""Form bodies read byte for byte: Django's reader decodes what must stay raw, and drops files."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

from django.utils.http import parse_header_parameters

from tickets.domain.incoming import Unreadable

URLENCODED: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"
_MAX_FIELDS: Final = 2000
_MAX_HEAD: Final = 16 * 1024
_MAX_BOUNDARY: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field with its raw bytes; a file has a `filename`, which may be empty."""

    name: str
    content: bytes
    filename: str | None = None
    media_type: str = ""


def is_form(content_type: str) -> bool:
    """Whether a body of that type is a form."""
    return content_type.partition(";")[0].strip().lower() in {URLENCODED, MULTIPART}


def read_form(content_type: str, body: bytes) -> tuple[Field, ...]:
    """The fields of a form in their order. Raises Unreadable for one that is broken."""
    kind, parameters = _parameters(content_type)
    fields = (
        _multipart(parameters.get("boundary", ""), body) if kind == MULTIPART else _urlencoded(body)
    )
    found: list[Field] = []
    for field in fields:
        if len(found) == _MAX_FIELDS:
            raise Unreadable(f"the form has more than {_MAX_FIELDS} fields")
        found.append(field)
    return tuple(found)


def _parameters(value: str) -> tuple[str, dict[str, str]]:
    try:
        return parse_header_parameters(value)
    except (ValueError, LookupError):
        raise Unreadable("a header of the form cannot be read") from None


def _urlencoded(body: bytes) -> Iterator[Field]:
    for pair in body.split(b"&", _MAX_FIELDS):
        if pair:
            name, _, value = pair.partition(b"=")
            yield Field(name=_plain(name).decode("utf-8", "replace"), content=_plain(value))


def _plain(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" "))


def _multipart(boundary: str, body: bytes) -> Iterator[Field]:
    if not 0 < len(boundary) <= _MAX_BOUNDARY:
        raise Unreadable("the content type of the form names no boundary")
    marker = b"--" + boundary.encode("latin-1", "replace")
    start = 0 if body.startswith(marker) else _next(body, b"\r\n" + marker, 0) + 2
    while True:
        start += len(marker)
        if body.startswith(b"--", start):
            return
        end = _next(body, b"\r\n" + marker, start)
        yield _field(body, start, end)
        start = end + 2


def _next(body: bytes, marker: bytes, start: int) -> int:
    """Where the next delimiter begins; a longer word that begins like it is content."""
    while True:
        found = body.find(marker, start)
        if found < 0:
            raise Unreadable("the form breaks off: its last boundary is missing")
        after = found + len(marker)
        if body[after : after + 2] in {b"\r\n", b"--"}:
            return found
        start = after


def _field(body: bytes, start: int, end: int) -> Field:
    # Without headers of its own the content would begin right after the line of the boundary.
    head_end = body.find(b"\r\n\r\n", start, min(end, start + _MAX_HEAD))
    if head_end < 0:
        raise Unreadable("a part of the form has no readable headers")
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (
            line.partition(":")
            for line in body[start:head_end].decode("utf-8", "replace").split("\r\n")
        )
    }
    _, parameters = _parameters(headers.get("content-disposition", ""))
    return Field(
        name=parameters.get("name", ""),
        content=body[head_end + 4 : end],
        filename=parameters.get("filename"),
        media_type=headers.get("content-type", ""),
    )
