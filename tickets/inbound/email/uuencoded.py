"""Files that old mail programs wrote into the text itself: `begin 644 name` ... `end`."""

import re

from tickets.inbound.email.transfer import decode_transfer

_BEGIN = re.compile(rb"begin [0-7]{3,4} (\S[^\r\n]{0,200})\r?\n?\Z")
_LINE = re.compile(rb"[ -`]{1,90}\r?\n?\Z")
_MAX_FILES = 100


def without_files(text: bytes) -> tuple[bytes, list[tuple[str, bytes]]]:
    """The text without its uuencoded files, and each file's name and bytes.

    What only looks like one, without an end or with lines of a wrong length, stays text.
    """
    if b"begin " not in text:
        return text, []
    lines = text.splitlines(keepends=True)
    kept: list[bytes] = []
    files: list[tuple[str, bytes]] = []
    at = 0
    while at < len(lines):
        named = _BEGIN.match(lines[at]) if len(files) < _MAX_FILES else None
        stop = _end(lines, at + 1) if named is not None else None
        if named is None or stop is None:
            kept.append(lines[at])
            at += 1
            continue
        block = b"".join(lines[at : stop + 1])
        name = named.group(1).decode("utf-8", "replace").strip()
        files.append((name, decode_transfer(block, "uuencode")))
        at = stop + 1
    return b"".join(kept), files


def _end(lines: list[bytes], start: int) -> int | None:
    """Where the `end` of a file stands; None when a line before it is no line of one."""
    for at in range(start, len(lines)):
        line = lines[at].rstrip()
        if line == b"end":
            return at if at > start else None
        if not _is_encoded(lines[at]):
            return None
    return None


def _is_encoded(line: bytes) -> bool:
    """The first byte says how many bytes the rest holds; blanks at its end may be lost."""
    if not line.strip():
        return True
    if _LINE.match(line) is None:
        return False
    letters = ((((line[0] - 32) & 63) + 2) // 3) * 4
    return len(line.rstrip(b"\r\n")) - 1 <= letters + 2 and len(line.rstrip()) > letters // 2
