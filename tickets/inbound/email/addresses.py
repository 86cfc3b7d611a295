"""Addresses out of From, To and their like: groups, comments, missing brackets, encoded names."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

from tickets.inbound.email.headers import Headers, as_text, decoded, one_line

_BARE = re.compile(
    r"(?:\"[^\"]{1,64}\"|[^\s<>\"(),:;@\[\]]{1,64})@(?:\[[^\s<>\[\]]{1,60}\]|[^\s<>\"(),:;@\[\]]{1,255})"
)
_QUOTED_LOCAL = re.compile(r"\"([^\"]{1,64})\"@([^@\"]{1,255})")
_ATOM = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*")
# One mailbox as nearly all mails have it; anything else is taken to pieces.
_PLAIN = re.compile(
    r"\s*(?:(?:\"([^\"\\]*)\"|([^\"<>(),;:@\\\[\]]*))\s*<"
    r"([\w.!#$%&*+/^{|}~-]{1,64}@[A-Za-z0-9.-]{1,255})>"
    r"|([\w.!#$%&*+/^{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}))\s*",
    re.ASCII,
)
_PIECE = re.compile(
    r"=\?[^?\s=]{1,60}\?[bBqQ]\?[^?\n]{0,300}\?="  # a comma in it divides nothing
    r"|\"(?:[^\"\\]|\\.)*\"?|<+|[^\"(<>,;:=]+|.",
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_BRACKET = re.compile(r"\\.|[()]", re.DOTALL)
_COMMENT = re.compile(r"\([^()]*\)")
_MAX_ADDRESS = 320
_MAX_PLAIN = 500
_MAX_SENDER = 8192
_MAX_FIELDS = 20


@dataclass(frozen=True, slots=True)
class Address:
    """A person in a header; `email` is the bare address with a lower-cased domain."""

    name: str
    email: str


@dataclass(slots=True)
class _Mailbox:
    """What was read of one mailbox so far."""

    words: list[str] = field(default_factory=list)
    inside: str = ""
    comment: str = ""

    def finished(self) -> Address | None:
        """The address, None when nothing stood there."""
        name = decoded("".join(self.words))
        email = _address_in(self.inside)
        if not email:
            found = _BARE.search(name)
            if found is not None:
                email = normal_address(found.group())
                name = one_line(name.replace(found.group(), " "))
            elif (commented := _BARE.search(decoded(self.comment))) is not None:
                email = normal_address(commented.group())  # "(" was never closed
            elif name and not self.inside and re.fullmatch(r"[!-~]+", name):
                email, name = name, ""  # a local name: MAILER-DAEMON
        name = name.strip("'\"<>[] ") or decoded(self.comment)
        return Address(name, email) if email or name else None


def addresses(raw: bytes | str) -> Iterable[Address]:
    """The mailboxes of one header in their order; those of a group stand without its name."""
    text = raw if isinstance(raw, str) else as_text(raw)
    return _remembered(text) if len(text) <= _MAX_SENDER else _of_any(text)


@lru_cache(maxsize=64)
def _remembered(text: str) -> tuple[Address, ...]:
    """Some ten rules ask for the sender of one mail."""
    plain = _PLAIN.fullmatch(text) if len(text) < _MAX_PLAIN else None
    if plain is None:
        return tuple(_of_any(text))
    quoted, name, bracketed, bare = plain.groups()
    local, _, domain = (bracketed or bare).rpartition("@")
    words = decoded(quoted or name or "").strip("'\" ")
    return (Address(words, f"{local}@{domain.rstrip('.').lower()}"),)


def _of_any(text: str) -> Iterator[Address]:
    for mailbox in _mailboxes(text):
        address = mailbox.finished()
        if address is not None:
            yield address


def _mailboxes(text: str) -> Iterator[_Mailbox]:
    box = _Mailbox()
    at = 0
    while (piece := _PIECE.match(text, at)) is not None:
        content, at = piece.group(), piece.end()
        if content[0] == '"' and len(content) > 1:
            box.words.append(_quoted(content, text[at : at + 1]))
        elif content == "(":
            comment, at = _comment(text, at)
            box.comment += comment
        elif content[0] == "<":
            inside, at = _angle(text, at)
            box.inside = box.inside or inside
        elif content in ",;":
            yield box
            box = _Mailbox()
        elif content == ":" and not box.inside and not any("@" in each for each in box.words):
            box = _Mailbox()  # the name of a group ends here
        elif content != ">":
            box.words.append(content)
    yield box


def _quoted(content: str, following: str) -> str:
    """A quoted string; it keeps its marks as a local part, with blanks or an @ in it."""
    closed = content.endswith('"') and len(content) > 1
    inner = _ESCAPED.sub(r"\1", content[1 : -1 if closed else None])
    return f'"{inner}"' if closed and following == "@" else inner


def _comment(text: str, at: int) -> tuple[str, int]:
    """The comment whose bracket was opened before `at`, and where it ends."""
    depth, start = 1, at
    for mark in _BRACKET.finditer(text, at):
        depth += {"(": 1, ")": -1}.get(mark.group(), 0)
        if not depth:
            return _ESCAPED.sub(r"\1", text[start : mark.start()]), mark.end()
    return text[start:], len(text)


def _angle(text: str, at: int) -> tuple[str, int]:
    """What stands in the brackets opened before `at`; one that is never closed ends at a comma."""
    closing, opening = text.find(">", at), text.find("<", at)
    if closing >= 0 and not 0 <= opening < closing:
        return text[at:closing], closing + 1
    inside = text[at : opening if opening >= 0 else len(text)]
    first, comma, _ = inside.partition(",")
    return (first, at + len(first)) if comma and "@" in first else (inside, at + len(inside))


def _address_in(text: str) -> str:
    plain = decoded(text).removeprefix("mailto:").strip("'<> ")
    if _QUOTED_LOCAL.fullmatch(plain) is None:
        plain = _COMMENT.sub("", plain).strip("'\"<> ")
    if plain.startswith("@") and ":" in plain:
        plain = plain.split(":", 1)[1]  # an obsolete source route
    if "@" in plain:
        return normal_address(plain)
    return normal_address(plain) if plain and " " not in plain else ""


def normal_address(text: str) -> str:
    """The address without white space, its domain in lower case; what is too long is cut.

    A local part stays quoted only when it has to be.
    """
    line = one_line(text)
    quoted = _QUOTED_LOCAL.fullmatch(line)
    if quoted is not None:
        local, domain = quoted.groups()
        local = local if _ATOM.fullmatch(local) else f'"{local}"'
    else:
        local, at, domain = "".join(line.split())[:_MAX_ADDRESS].rpartition("@")
        if not at:
            return domain
    address = f"{local}@{''.join(domain.split()).rstrip('.').lower()}"
    return "" if address == "@" else address


def first_address(headers: Headers, names: Iterable[str]) -> Address:
    """The first usable address of the first header that has one, else an empty one.

    It is looked for in the first 8 KB of a header.
    """
    raws = (raw[:_MAX_SENDER] for raw in headers.raw_all(*names))
    found = [address for raw in islice(raws, _MAX_FIELDS) for address in addresses(raw)]
    with_at = (address for address in found if "@" in address.email)
    return next(with_at, next((each for each in found if each.email), Address("", "")))


def all_addresses(headers: Headers, names: Iterable[str], limit: int) -> tuple[str, ...]:
    """The different addresses of the headers in their order, at most `limit`."""
    found: dict[str, None] = {}
    for raw in headers.raw_all(*names):
        for address in addresses(raw):
            if "@" in address.email:
                found[address.email] = None
            if len(found) >= limit:
                return tuple(found)
    return tuple(found)
