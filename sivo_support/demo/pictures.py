"""A small chart as a PNG, drawn without a library for pictures."""

import struct
import zlib
from collections.abc import Sequence

_PAPER, _AXIS, _FINE, _BAD = b"\xff\xff\xff", b"\x9a\xa7\xaf", b"\x2b\x7b\xa6", b"\xb3\x16\x1b"
_BAR, _GAP, _EDGE = 26, 10, 12


def bar_chart(values: Sequence[float], *, height: int, threshold: float) -> bytes:
    """Bars from 0 to the largest value; those above the threshold are red. `height` in pixels."""
    width = 2 * _EDGE + len(values) * (_BAR + _GAP)
    most = max(values)
    rows = []
    for row in range(height):
        above = height - _EDGE - row
        if above == 0:
            rows.append(_PAPER * _EDGE + _AXIS * (width - 2 * _EDGE) + _PAPER * _EDGE)
            continue
        bars = b"".join(
            _bar(value, threshold) * _BAR + _PAPER * _GAP
            if 0 < above <= value / most * (height - 2 * _EDGE)
            else _PAPER * (_BAR + _GAP)
            for value in values
        )
        rows.append(_PAPER * _EDGE + bars + _PAPER * _EDGE)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    # Each row begins with the number of its filter: none.
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def _bar(value: float, threshold: float) -> bytes:
    return _BAD if value > threshold else _FINE


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
