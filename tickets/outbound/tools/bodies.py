"""Bodies that are no JSON: a form, a file alone, and a form with files, made as it is sent."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import urlencode
from uuid import uuid4

from tickets.domain.tool_request import ToolBody
from tickets.outbound.tools.way import OutFile

BYTES: Final = "application/octet-stream"
_MEDIA_TYPE: Final = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}")
# As browsers write a name between quotes.
_NAME: Final = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


def form_body(fields: Mapping[str, str]) -> ToolBody:
    """A form as a browser sends it."""
    encoded = urlencode(fields).encode()
    return ToolBody(
        media_type="application/x-www-form-urlencoded",
        length=len(encoded),
        parts=lambda: [encoded],
    )


def file_body(file: OutFile, media_type: str = "") -> ToolBody:
    """The bytes of one file."""
    return ToolBody(
        media_type=media_type or media_type_of(file),
        length=file.size,
        parts=lambda: (file.content() for _ in range(1)),
    )


def multipart_body(fields: Mapping[str, str], name: str, files: Sequence[OutFile]) -> ToolBody:
    """A form with files, all under one name; one file at a time is in memory."""
    boundary = uuid4().hex
    first = b"".join(
        _head(boundary, f'name="{key}"') + value.encode() + b"\r\n" for key, value in fields.items()
    )
    heads = [
        _head(
            boundary,
            f'name="{name}"; filename="{file.name.translate(_NAME)}"',
            f"Content-Type: {media_type_of(file)}\r\n",
        )
        for file in files
    ]
    last = f"--{boundary}--\r\n".encode()

    def parts() -> Iterable[bytes]:
        yield first
        for head, file in zip(heads, files, strict=True):
            yield head
            yield file.content()
            yield b"\r\n"
        yield last

    around = len(first) + len(last) + sum(len(head) + 2 for head in heads)
    return ToolBody(
        media_type=f"multipart/form-data; boundary={boundary}",
        length=around + sum(file.size for file in files),
        parts=parts,
    )


def media_type_of(file: OutFile) -> str:
    """Its type, when it is one that can stand in a header."""
    return file.media_type if _MEDIA_TYPE.fullmatch(file.media_type) else BYTES


def _head(boundary: str, about: str, more: str = "") -> bytes:
    text = f"--{boundary}\r\nContent-Disposition: form-data; {about}\r\n{more}\r\n"
    return text.encode("utf-8", "replace")
