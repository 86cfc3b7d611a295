"""Content-Transfer-Encoding undone: base64, quoted-printable and uuencode, never raising."""

import binascii
import re

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_JUNK = bytes(set(range(256)) - set(_ALPHABET))
_BREAKS = b"\r\n\t "
_PROSE = re.compile(rb"\S[ \t]+\S")
_PADDING = re.compile(rb"=+")
_MAX_PIECES = 1000
_UU_NAMES = frozenset({"uuencode", "xuuencode", "xuue", "uue"})
_NOT_LETTER = re.compile(r"[^a-z0-9]")
_BLANKS_AFTER_SOFT_BREAK = re.compile(rb"=[ \t]{1,100}(\r?\n)")
_FOOTER = re.compile(rb"\r?\n[ \t]*\r?\n(?=[^\r\n]*(?:\S[ \t]+\S|[^A-Za-z0-9+/=\s]))")
_SAMPLE = 4096
_WORDS = 2


def decode_transfer(data: bytes, encoding: str) -> bytes:
    """The bytes that a part carries; an unknown encoding leaves them as they are."""
    name = _NOT_LETTER.sub("", encoding.lower())
    if name == "base64":
        return data if _is_prose(data) else decode_base64(data)
    if name == "quotedprintable":
        # Some gateways leave blanks at the end of a line; they do not count (RFC 2045, 6.7).
        return binascii.a2b_qp(_BLANKS_AFTER_SOFT_BREAK.sub(rb"=\1", data))
    if name in _UU_NAMES:
        return _decode_uu(data)
    return data


def _is_prose(data: bytes) -> bool:
    """Text that was never encoded, whatever its header says: it begins with several words."""
    first = next((line for line in data[:_SAMPLE].splitlines() if line.strip()), b"")
    return len(first.split()) > _WORDS


def decode_base64(data: bytes) -> bytes:
    """Bytes of base64 with line breaks, junk, missing padding or several padded pieces."""
    end = data.find(b"=")
    if end >= 0:
        tail = data[end:]
        # Mailing lists append their footer, as plain text, to an encoded part.
        if tail.translate(None, _ALPHABET + _BREAKS) or _PROSE.search(tail):
            data = data[:end]
    footer = _FOOTER.search(data)
    if footer is not None and data[: footer.start()].strip():
        data = data[: footer.start()]
    pieces = _PADDING.split(data.translate(None, _JUNK), _MAX_PIECES)
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
    if not line.strip():
        return b""  # binascii would make 32 zero bytes of it
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        # Some encoders pad wrongly; the first byte says how much of the line counts.
        size = (((line[0] - 32) & 63) * 4 + 5) // 3 if line else 0
        try:
            return binascii.a2b_uu(line[:size])
        except binascii.Error:
            return b""
