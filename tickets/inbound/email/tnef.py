"""winmail.dat (MS-OXTNEF): Outlook's own wrapping of text and files, read in one pass.

Our own reader: `tnefparse` copies the rest of the file for each attribute and gives up as a whole.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from tickets.inbound.email.charset import clean, decode
from tickets.inbound.email.html_text import html_to_text
from tickets.inbound.email.rtf import decompress, rtf_to_text

SIGNATURE = b"\x78\x9f\x3e\x22"
_LEVEL_ATTACHMENT = 2
_OEM_CODEPAGE, _MESSAGE, _BODY = 0x9007, 0x9003, 0x800C
_NEW_FILE, _TITLE, _DATA, _FILE_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
# MAPI: how many bytes a value of a type has; those of the second set say it themselves.
_FIXED = {
    0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8,
    0x48: 16,
}  # fmt: skip
_SIZED = frozenset({0x0D, 0x1E, 0x1F, 0x102})
_OBJECT, _STRING8, _UNICODE = 0x0D, 0x1E, 0x1F
_MULTIPLE = 0x1000
_PLAIN, _RTF, _HTML, _CPID = 0x1000, 0x1009, 0x1013, 0x3FDE
_NAMES = (0x3707, 0x3704, 0x3001)
_MIME_TAG, _CONTENT_ID, _FILE_DATA = 0x370E, 0x3712, 0x3701
_IID = 16
_MAX_ATTRIBUTES, _MAX_PROPERTIES, _MAX_FILES, _MAX_DEPTH = 20_000, 20_000, 500, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TnefFile:
    """A file out of winmail.dat; `media_type` and `content_id` are "" when it does not say."""

    name: str
    content: bytes
    media_type: str = ""
    content_id: str = ""


@dataclass(slots=True)
class Tnef:
    """What was unpacked: the text, "" when there is none, and the files in their order."""

    text: str = ""
    files: list[TnefFile] = field(default_factory=list)


@dataclass(slots=True)
class _Reader:
    codepage: str = "cp1252"
    properties: dict[int, bytes] = field(default_factory=dict)
    types: dict[int, int] = field(default_factory=dict)
    plain: bytes = b""
    files: list[dict[int, bytes]] = field(default_factory=list)
    file_types: list[dict[int, int]] = field(default_factory=list)
    left: int = _MAX_PROPERTIES


def unpack(data: bytes, depth: int = 0) -> Tnef | None:
    """What a winmail.dat holds, None when it is none or holds nothing that can be read.

    Linear in its size. What is cut or damaged ends there; what came before is kept.
    """
    if not data.startswith(SIGNATURE) or depth >= _MAX_DEPTH:
        return None
    reader = _Reader()
    for level, name, value in _attributes(data):
        if level == _LEVEL_ATTACHMENT:
            _read_file(reader, name, value)
        elif name == _OEM_CODEPAGE and len(value) >= 4:
            reader.codepage = f"cp{int.from_bytes(value[:4], 'little')}"
        elif name == _BODY:
            reader.plain = value
        elif name == _MESSAGE:
            _read_properties(reader, value, reader.properties, reader.types)
    found = Tnef(text=_text(reader))
    for properties, types in zip(reader.files, reader.file_types, strict=True):
        _add_file(found, reader, properties, types, depth)
    return found if found.text.strip() or found.files else None


def _attributes(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    at = 6
    for _ in range(_MAX_ATTRIBUTES):
        if at + 11 > len(data):
            return
        level, name, _, size = struct.unpack_from("<BHHI", data, at)
        if level not in (1, _LEVEL_ATTACHMENT):
            return
        yield level, name, data[at + 9 : at + 9 + size]
        at += 9 + size + 2


def _read_file(reader: _Reader, name: int, value: bytes) -> None:
    if name == _NEW_FILE and len(reader.files) < _MAX_FILES:
        reader.files.append({})
        reader.file_types.append({})
    elif not reader.files:
        return
    elif name == _TITLE:
        reader.files[-1].setdefault(_NAMES[1], value)
        reader.file_types[-1].setdefault(_NAMES[1], _STRING8)
    elif name == _DATA:
        reader.files[-1][_FILE_DATA] = value
    elif name == _FILE_PROPERTIES:
        _read_properties(reader, value, reader.files[-1], reader.file_types[-1])


def _read_properties(
    reader: _Reader, data: bytes, into: dict[int, bytes], types: dict[int, int]
) -> None:
    """The MAPI properties of a block; what is cut ends the block."""
    try:
        (count,) = struct.unpack_from("<I", data, 0)
        at = 4
        for _ in range(min(count, reader.left)):
            reader.left -= 1
            kind, name = struct.unpack_from("<HH", data, at)
            at = _after_name(data, at + 4) if name >= 0x8000 else at + 4
            values, at = _values(data, at, kind)
            if values and name < 0x8000:
                into.setdefault(name, values[0])
                types.setdefault(name, kind)
    except struct.error:
        return


def _after_name(data: bytes, at: int) -> int:
    """Past the GUID and the number or the name of a named property."""
    kind, value = struct.unpack_from("<II", data, at + 16)
    return at + 24 + (_padded(value) if kind else 0)


def _values(data: bytes, at: int, kind: int) -> tuple[list[bytes], int]:
    plain = kind & ~_MULTIPLE
    count = 1
    if plain in _SIZED or kind & _MULTIPLE:
        (count,) = struct.unpack_from("<I", data, at)
        at += 4
    if plain in _FIXED:
        size = _FIXED[plain]
        return [data[at : at + size]], at + size * count
    if plain not in _SIZED:
        raise struct.error
    values: list[bytes] = []
    for _ in range(count):
        (size,) = struct.unpack_from("<I", data, at)
        values.append(data[at + 4 : at + 4 + size])
        at += 4 + _padded(size)
    return values, at


def _padded(size: int) -> int:
    return (size + 3) & ~3


def _string(value: bytes, kind: int, codepage: str) -> str:
    if kind == _UNICODE:
        return clean(value.decode("utf-16-le", "replace")).strip("\x00")
    return decode(value.split(b"\x00")[0], codepage)[0]


def _text(reader: _Reader) -> str:
    """The best text: plain, else HTML, else RTF."""
    known, types = reader.properties, reader.types
    inner = int.from_bytes(known.get(_CPID, b"")[:4], "little")
    codepage = "utf-8" if inner == 65001 else f"cp{inner}" if inner else reader.codepage
    plain = _string(known.get(_PLAIN, b""), types.get(_PLAIN, _STRING8), reader.codepage)
    plain = plain or _string(reader.plain, _STRING8, reader.codepage)
    if plain.strip():
        return plain
    if known.get(_HTML):
        html = _string(known[_HTML], types[_HTML], codepage)
        return html_to_text(html)
    return rtf_to_text(decompress(known.get(_RTF, b"")))


def _add_file(
    found: Tnef, reader: _Reader, properties: dict[int, bytes], types: dict[int, int], depth: int
) -> None:
    def text(name: int) -> str:
        return _string(properties.get(name, b""), types.get(name, _STRING8), reader.codepage)

    content = properties.get(_FILE_DATA)
    if content is None:
        return
    name = next(filter(None, map(text, _NAMES)), "")
    if types.get(_FILE_DATA) == _OBJECT:
        inner = unpack(content[_IID:], depth + 1)
        if inner is not None:  # a mail in the mail
            if inner.text.strip():
                found.files.append(
                    TnefFile(
                        name=f"{name or 'message'}.txt",
                        content=inner.text.encode(),
                        media_type="text/plain",
                    )
                )
            found.files += inner.files
            return
    found.files.append(
        TnefFile(
            name=name,
            content=content,
            media_type=text(_MIME_TAG).lower(),
            content_id=text(_CONTENT_ID).strip("<>"),
        )
    )
