"""S/MIME with the text inside the signature: the text is read, the signature is not judged."""

from tickets.inbound.email.transfer import decode_base64

_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_OID, _OCTETS, _SEQUENCE, _CONTEXT = 0x06, 0x04, 0x30, 0xA0
_CONSTRUCTED = 0x20
_MAX_PIECES = 100_000
_MAX_DEPTH = 8


def signed_content(data: bytes) -> bytes | None:
    """The mail inside CMS signed data (DER or BER), None when it is none: encrypted, say."""
    if data[:5] == b"MIIDA" or (data[:1] == b"M" and data[:200].isascii()):
        data = decode_base64(data)  # some senders encode twice
    try:
        return _content(data)
    except (IndexError, ValueError):
        return None


def _content(data: bytes) -> bytes | None:
    at, end = _inside(data, 0, _SEQUENCE)
    tag, start, stop = _element(data, at)
    if tag != _OID or data[start:stop] != _SIGNED_DATA:
        return None
    at, end = _inside(data, stop, _CONTEXT)
    at, end = _inside(data, at, _SEQUENCE)
    _, _, at = _element(data, at)  # the version
    _, _, at = _element(data, at)  # the digest algorithms
    at, end = _inside(data, at, _SEQUENCE)
    _, _, at = _element(data, at)  # the kind of the content
    if at >= end or data[at] != _CONTEXT:
        return None
    at, end = _inside(data, at, _CONTEXT)
    pieces: list[bytes] = []
    _octets(data, at, pieces, 0)
    return b"".join(pieces) or None


def _octets(data: bytes, at: int, pieces: list[bytes], depth: int) -> int:
    """Collect an octet string, which senders that stream cut into pieces; where it ends."""
    tag, start, stop = _element(data, at)
    if tag & ~_CONSTRUCTED != _OCTETS or depth > _MAX_DEPTH or len(pieces) > _MAX_PIECES:
        raise ValueError
    if not tag & _CONSTRUCTED:
        pieces.append(data[start:stop])
        return stop
    at = start
    while at < stop and data[at : at + 2] != b"\x00\x00":
        at = _octets(data, at, pieces, depth + 1)
    return at + 2 if stop == len(data) else stop


def _inside(data: bytes, at: int, expected: int) -> tuple[int, int]:
    tag, start, stop = _element(data, at)
    if tag != expected:
        raise ValueError
    return start, stop


def _element(data: bytes, at: int) -> tuple[int, int, int]:
    """Tag, start and end of the element; one of indefinite length is taken to the end."""
    tag, size = data[at], data[at + 1]
    if size < 0x80:
        return tag, at + 2, at + 2 + size
    count = size & 0x7F
    if not count:
        return tag, at + 2, len(data)
    if count > 4:
        raise ValueError
    start = at + 2 + count
    return tag, start, start + int.from_bytes(data[at + 2 : start], "big")
