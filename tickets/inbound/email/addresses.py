"""Addresses out of From, To and their like: groups, comments, missing brackets, encoded names."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tickets.inbound.email.headers import Headers, as_text, decoded, one_line

_BARE = re.compile(
    r"(?:\"[^\"]{1,64}\"|[^\s<>\"(),:;@\[\]]{1,64})@(?:\[[^\s<>\[\]]{1,60}\]|[^\s<>\"(),:;@\[\]]{1,255})"
)
_QUOTED_LOCAL = re.compile(r"\"([^\"]{1,64})\"@([^@\"]{1,255})")
_ATOM = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*")
_COMMENT = re.compile(r"\([^()]*\)")
_MAX_ADDRESS = 320


@dataclass(frozen=True, slots=True)
class Address:
    """A person in a header; `email` is the bare address with a lower-cased domain."""

    name: str
    email: str


@dataclass(slots=True)
class _Mailbox:
    """What was read of one mailbox so far."""

    words: list[str]
    inside: list[str]
    comment: list[str]

    def unquote(self, opened: int, following: str) -> None:
        """A quote ends; it keeps its marks as a local part, with blanks or an @ in it."""
        if following == "@":
            self.words.insert(opened, '"')
            self.words.append('"')

    def finished(self) -> Address | None:
        """The address, None when nothing stood there."""
        name = decoded("".join(self.words))
        email = _address_in("".join(self.inside))
        if not email:
            found = _BARE.search(name)
            if found is not None:
                email = normal_address(found.group())
                name = one_line(name.replace(found.group(), " ")).strip("[] ")
            elif name and not self.inside and re.fullmatch(r"[!-~]+", name):
                email, name = name, ""  # a local name: MAILER-DAEMON
        name = name.strip("'\" ") or decoded("".join(self.comment))
        return Address(name, email) if email or name else None


def addresses(raw: bytes | str) -> Iterator[Address]:
    """The mailboxes of one header in their order; those of a group stand without its name."""
    text = raw if isinstance(raw, str) else as_text(raw)
    for mailbox in _mailboxes(text):
        address = mailbox.finished()
        if address is not None:
            yield address


def _mailboxes(text: str) -> Iterator[_Mailbox]:  # noqa: C901, PLR0912 - a scanner is one switch
    box = _Mailbox([], [], [])
    state, depth, at, opened = "", 0, 0, 0
    while at < len(text):
        letter = text[at]
        at += 1
        escaped = letter == "\\" and state in ("quote", "comment")
        if escaped:
            letter = text[at : at + 1]
            at += 1
        if state == "quote":
            if letter == '"' and not escaped:
                state = ""
                box.unquote(opened, text[at : at + 1])
            else:
                box.words.append(letter)
        elif state == "comment":
            depth += 0 if escaped else (letter == "(") - (letter == ")")
            state = "comment" if depth else ""
            box.comment.append(letter if depth else "")
        elif state == "angle":
            if letter == ">":
                state = ""
            elif letter != "<":
                box.inside.append(letter)
        elif letter == '"':
            state, opened = "quote", len(box.words)
        elif letter == "(":
            state, depth = "comment", 1
        elif letter == "<":
            state = "angle"
        elif letter in ",;":
            yield box
            box = _Mailbox([], [], [])
        elif letter == ":" and not box.inside and "@" not in "".join(box.words[-_MAX_ADDRESS:]):
            box = _Mailbox([], [], [])  # the name of a group ends here
        elif letter != ">":
            box.words.append(letter)
    yield box


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
    return f"{local}@{''.join(domain.split()).rstrip('.').lower()}"


def first_address(headers: Headers, names: Iterable[str]) -> Address:
    """The first usable address of the first header that has one, else an empty one."""
    found = [address for raw in headers.raw_all(*names) for address in addresses(raw)]
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
