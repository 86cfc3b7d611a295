"""Content-Transfer-Encoding undone: base64, quoted-printable and uuencode, never raising."""

import binascii
import re

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")
_BASE64_LINE = re.compile(rb"[A-Za-z0-9+/]*=*")
_PADDING = re.compile(rb"=+")
_UU_NAMES = frozenset({"uuencode", "x-uuencode", "x-uue", "uue"})


def decode_transfer(data: bytes, encoding: str) -> bytes:
    """The bytes that a part carries; an unknown encoding leaves them as they are."""
    name = encoding.strip().lower()
    if name.startswith("base64"):
        return decode_base64(data)
    if name.startswith("quoted-printable"):
        return binascii.a2b_qp(data)
    if name in _UU_NAMES:
        return _decode_uu(data)
    return data


def decode_base64(data: bytes) -> bytes:
    """Bytes of base64 with line breaks, junk, missing padding or several padded pieces."""
    end = data.find(b"=")
    if end < 0:
        return _piece(_NOT_BASE64.sub(b"", data))
    tail = data[end:].split()
    # Mailing lists append their footer, as plain text, to an encoded part.
    whole = data if all(map(_BASE64_LINE.fullmatch, tail)) else data[:end]
    pieces = _PADDING.split(_NOT_BASE64.sub(b"", whole))
    return b"".join(_piece(piece) for piece in pieces if piece)


def _piece(piece: bytes) -> bytes:
    # One letter too many carries six bits, which are no byte.
    whole = piece[:-1] if len(piece) % 4 == 1 else piece
    try:
        return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))
    except binascii.Error:
        return b""


def _decode_uu(data: bytes) -> bytes:
    lines = data.splitlines()
    start = next((at + 1 for at, line in enumerate(lines) if line.startswith(b"begin ")), 0)
    decoded = bytearray()
    for line in lines[start:]:
        if line.strip() == b"end":
            break
        decoded += _uu_line(line)
    return bytes(decoded)


def _uu_line(line: bytes) -> bytes:
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        # Some encoders pad wrongly; the first byte says how much of the line counts.
        size = (((line[0] - 32) & 63) * 4 + 5) // 3 if line else 0
        try:
            return binascii.a2b_uu(line[:size])
        except binascii.Error:
            return b""
