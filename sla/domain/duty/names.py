"""Whom an event of a rota's feed means: by mail address, then by name."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

_ADDRESS: Final = re.compile(r"[^\s<>()\[\],;:\"']+@[^\s<>()\[\],;:\"']+")
_WORD: Final = re.compile(r"[^\W_]+")
# Shorter ones are words of many titles.
_NAME_LEAST: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """One person of ours, as a feed may name them."""

    id: int
    username: str
    email: str
    first_name: str
    last_name: str


class Roll:
    """Everybody whom a feed may name."""

    __slots__ = ("_first_names", "_full_names", "_mails", "_usernames")

    def __init__(self, people: Sequence[Colleague]) -> None:
        """A first name that two people have names nobody."""
        self._mails = {person.email.strip().lower(): person.id for person in people if person.email}
        self._full_names = _unambiguous(
            (_plain(f"{person.first_name} {person.last_name}"), person.id)
            for person in people
            if person.first_name and person.last_name
        )
        self._usernames = _unambiguous((_plain(person.username), person.id) for person in people)
        self._first_names = _unambiguous(
            (_plain(person.first_name), person.id) for person in people if person.first_name
        )

    def named(self, text: str, addresses: Sequence[str]) -> tuple[int, ...]:
        """The people that an event names: its attendees, else whom its title names."""
        by_mail = {self._mails.get(address.lower()) for address in addresses}
        by_mail |= {self._mails.get(found.lower()) for found in _ADDRESS.findall(text)}
        by_mail.discard(None)
        if by_mail:
            return tuple(sorted(pk for pk in by_mail if pk is not None))
        title = f" {_plain(text)} "
        for names in (self._full_names, self._usernames, self._first_names):
            found = {pk for name, pk in names.items() if f" {name} " in title}
            if found:
                return tuple(sorted(found))
        return ()


def _plain(text: str) -> str:
    """Words without case and accents, one blank between them."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(_WORD.findall("".join(c for c in bare if not unicodedata.combining(c))))


def _unambiguous(named: Iterable[tuple[str, int]]) -> dict[str, int]:
    pairs = [(name, pk) for name, pk in named if len(name) >= _NAME_LEAST]
    times = Counter(name for name, _ in pairs)
    return {name: pk for name, pk in pairs if times[name] == 1}
