"""Where raw mails lie: a file with one, an mbox, a Maildir, a folder of files."""

import re
from collections.abc import Iterator
from itertools import chain, pairwise
from pathlib import Path

# The line before each mail of an mbox: "From sender Mon Nov 23 09:00:00 2026", zone optional.
_FROM_LINE = re.compile(
    rb"From +\S.{0,500}?\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? +"
    rb"(?:[A-Z][a-z]{2} +\d{1,2}|\d{1,2} +[A-Z][a-z]{2})\b.{0,60}?\d{1,2}:\d\d"
)
_HEADER = re.compile(rb"[\x21-\x39\x3b-\x7e]{1,200}[ \t]*:")
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
_SINGLE = frozenset({".eml", ".msg"})
_MAILBOX = frozenset({".mbox", ".mbx"})


def mails_in(path: Path) -> Iterator[tuple[str, bytes]]:
    """Each mail at the path with its label: `path`, `path#1` in an mbox, `path:name` in a Maildir.

    Raises OSError when the path does not exist or cannot be read.
    """
    if not path.is_dir():
        yield from _mails_of_file(path)
    elif is_maildir(path):
        files = [each for name in ("cur", "new") for each in _files(path / name)]
        for each in sorted(files, key=lambda file: file.name):
            yield f"{path}:{each.name}", each.read_bytes()
    else:
        for each in sorted(path.iterdir()):
            if each.name.startswith("."):
                continue
            if each.is_file() or (each.is_dir() and is_maildir(each)):
                yield from mails_in(each)


def is_maildir(path: Path) -> bool:
    """The folder has the `cur` or the `new` of a Maildir."""
    return (path / "cur").is_dir() or (path / "new").is_dir()


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [each for each in folder.iterdir() if each.is_file() and not each.name.startswith(".")]


def _mails_of_file(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.suffix.lower() in _SINGLE or not _is_mbox(path):
        yield str(path), path.read_bytes()
        return
    for number, mail in enumerate(mbox_members(path), 1):
        yield f"{path}#{number}", mail


def _is_mbox(path: Path) -> bool:
    with path.open("rb") as file:
        for line in file:
            if line.strip():
                if path.suffix.lower() in _MAILBOX:
                    return line.startswith(b"From ")
                return _FROM_LINE.match(line) is not None
    return False


def mbox_members(path: Path) -> Iterator[bytes]:
    """The mails of an mbox, without their `From ` line and with `>From ` unquoted."""
    member: list[bytes] | None = None
    blank = True
    with path.open("rb") as file:
        for line, following in pairwise(chain(file, (b"",))):
            begins = member is None and line.startswith(b"From ")
            # Some writers leave out the blank line between two mails.
            if _FROM_LINE.match(line) and (blank or _HEADER.match(following)):
                begins = True
            if begins:
                if member is not None:
                    yield _unquoted(member)
                member = []
            elif member is not None:
                member.append(line)
            blank = not line.strip()
    if member is not None:
        yield _unquoted(member)


def _unquoted(lines: list[bytes]) -> bytes:
    # The blank line before the next From line belongs to the mailbox, not to the mail.
    if lines and not lines[-1].strip():
        lines = lines[:-1]
    return _QUOTED_FROM.sub(rb"\1", b"".join(lines))
