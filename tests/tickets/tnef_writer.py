"""Writes winmail.dat and CMS files for the tests, as Outlook and S/MIME senders do."""

import struct

GUID = bytes(range(16))
SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
ENVELOPED_DATA = bytes.fromhex("06092a864886f70d010703")
DATA = bytes.fromhex("06092a864886f70d010701")


def attribute(level: int, name: int, kind: int, value: bytes) -> bytes:
    checksum = sum(value) % 65536
    head = struct.pack("<BHHI", level, name, kind, len(value))
    return head + value + struct.pack("<H", checksum)


def _padded(value: bytes) -> bytes:
    return value + b"\x00" * (-len(value) % 4)


def prop(kind: int, name: int, value: bytes, named: str = "") -> bytes:
    """One MAPI property; with `named`, one of those that carry a GUID and a name."""
    out = struct.pack("<HH", kind, name)
    if named:
        label = (named + "\x00").encode("utf-16-le")
        out += GUID + struct.pack("<II", 1, len(label)) + _padded(label)
    if kind in (0x0D, 0x1E, 0x1F, 0x102):
        out += struct.pack("<II", 1, len(value))
    return out + _padded(value)


def properties(*props: bytes) -> bytes:
    return struct.pack("<I", len(props)) + b"".join(props)


def tnef(*attributes: bytes, codepage: int = 1252) -> bytes:
    head = struct.pack("<IH", 0x223E9F78, 1)
    version = attribute(1, 0x9006, 8, struct.pack("<I", 0x10000))
    oem = attribute(1, 0x9007, 6, struct.pack("<II", codepage, 0))
    return head + version + oem + b"".join(attributes)


def message(*props: bytes) -> bytes:
    return attribute(1, 0x9003, 6, properties(*props))


def file(title: bytes, content: bytes, *props: bytes) -> bytes:
    out = attribute(2, 0x9002, 6, b"\x00" * 14)
    out += attribute(2, 0x8010, 1, title + b"\x00")
    if content:
        out += attribute(2, 0x800F, 6, content)
    return out + (attribute(2, 0x9005, 6, properties(*props)) if props else b"")


def text16(text: str) -> bytes:
    return (text + "\x00").encode("utf-16-le")


def stored_rtf(rtf: bytes) -> bytes:
    return struct.pack("<IIII", len(rtf) + 12, len(rtf), 0x414C454D, 0) + rtf


def compressed_rtf(rtf: bytes) -> bytes:
    """LZFu without any reference: each run of eight bytes behind a zero."""
    body = b"".join(b"\x00" + rtf[at : at + 8] for at in range(0, len(rtf), 8))
    return struct.pack("<IIII", len(body) + 12, len(rtf), 0x75465A4C, 0) + body


def der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def cms_signed(content: bytes, *, pieces: bool = False) -> bytes:
    """CMS signed data around a mail's part, without a signer; in pieces as streams are."""
    if pieces:
        halves = der(4, content[: len(content) // 2]) + der(4, content[len(content) // 2 :])
        octets = b"\x24\x80" + halves + b"\x00\x00"
        inner = b"\x30\x80" + DATA + b"\xa0\x80" + octets + b"\x00\x00" * 2
        signed = b"\x30\x80" + der(2, b"\x01") + der(0x31, b"") + inner + b"\x00\x00"
        return b"\x30\x80" + SIGNED_DATA + b"\xa0\x80" + signed + b"\x00\x00" * 2
    inner = der(0x30, DATA + der(0xA0, der(4, content)))
    signed = der(0x30, der(2, b"\x01") + der(0x31, b"") + inner)
    return der(0x30, SIGNED_DATA + der(0xA0, signed))
