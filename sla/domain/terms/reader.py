"""A strict reader of parsed TOML: every complaint names the key path and what to change."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any, Self, TypeVar

from tickets.domain.instants import format_instant

T = TypeVar("T")
_CODE = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")


class TermsError(ValueError):
    """A document of terms or objectives is wrong; the message names the key and the remedy."""


@dataclass(frozen=True, slots=True)
class Words:
    """One text in the languages of the product."""

    en: str
    es: str

    def to(self, language: str) -> str:
        """The text in that language ("es", "es-mx"); English for any but Spanish."""
        return self.es if is_spanish(language) else self.en


def is_spanish(language: str) -> bool:
    """True for "es" and its regions ("es-mx")."""
    return language.lower().split("-")[0] == "es"


class Table:
    """One table of the document; leaving its `reading` block refuses keys that nobody read."""

    def __init__(self, raw: object, path: str) -> None:
        if not isinstance(raw, dict):
            raise TermsError(f"{path or 'the document'} must be a table")
        self._raw: dict[str, Any] = raw
        self._unread = set(raw)
        self.path = path

    @contextmanager
    def reading(self) -> Iterator[Self]:
        """The table itself; at the end, TermsError for unknown keys."""
        yield self
        if self._unread:
            known = ", ".join(sorted(set(self._raw) - self._unread)) or "none"
            first = min(self._unread)
            raise TermsError(f"{self.at(first)} is not known here; remove it (known: {known})")

    def at(self, key: str) -> str:
        """The full path of a key of this table."""
        return f"{self.path}.{key}" if self.path else key

    def error(self, key: str, must: str) -> TermsError:
        """The complaint about one key: `must` says what it has to be."""
        return TermsError(f"{self.at(key)} must be {must}, not {self._raw.get(key)!r:.80}")

    def has(self, key: str) -> bool:
        """True when the key is there."""
        return key in self._raw

    def text(self, key: str, *, may_be_empty: bool = False) -> str:
        """A text, not empty unless allowed."""
        value = self._typed(key, str, "a text")
        if not value.strip() and not may_be_empty:
            raise TermsError(f"{self.at(key)} is empty; write the text")
        return value

    def clause(self) -> str:
        """The clause of the public text; "" when the text is silent. The key must be there."""
        if not self.has("clause"):
            raise TermsError(
                f'{self.at("clause")} is missing; name the clause of the text, or write "" '
                "if the text is silent"
            )
        return self.text("clause", may_be_empty=True)

    def words(self, key: str) -> Words:
        """A text in both languages: { en = "...", es = "..." }."""
        return _words(self.table(key))

    def word_list(self, key: str) -> tuple[Words, ...]:
        """A list of texts in both languages."""
        items = self._typed(key, list, "a list of { en, es }")
        path = self.at(key)
        return tuple(_words(Table(item, f"{path}[{n}]")) for n, item in enumerate(items))

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, none twice."""
        items = self._typed(key, list, "a list of texts")
        if not all(isinstance(item, str) and item for item in items):
            raise self.error(key, "a list of texts")
        if len(set(items)) != len(items):
            raise TermsError(f"{self.at(key)} names something twice; remove one")
        return tuple(items)

    def integer(self, key: str, *, least: int = 1) -> int:
        """A whole number, at least `least`."""
        value = self._typed(key, int, "a whole number")
        if value < least:
            raise self.error(key, f"a whole number of at least {least}")
        return value

    def flag(self, key: str) -> bool:
        """true or false."""
        return self._typed(key, bool, "true or false")

    def number(self, key: str, *, most: int) -> Decimal:
        """An exact number from 0 to `most`, written as a text so that no digit is lost."""
        must = f'a number from 0 to {most}, written as a text such as "{most}"'
        text = self._typed(key, str, must)
        try:
            value = Decimal(text)
        except InvalidOperation:
            raise self.error(key, must) from None
        if not value.is_finite() or not 0 <= value <= most:
            raise self.error(key, must)
        return value

    def day(self, key: str) -> date:
        """A local date, without a time."""
        value = self._typed(key, date, "a date such as 2026-11-01")
        if isinstance(value, datetime):
            raise self.error(key, "a date without a time, such as 2026-11-01")
        return value

    def instant(self, key: str) -> datetime:
        """An instant with its offset."""
        must = "an instant with its offset, such as 2026-11-01T00:00:00+01:00"
        value = self._typed(key, datetime, must)
        if value.tzinfo is None:
            raise self.error(key, must)
        return value

    def time_of_day(self, key: str) -> time:
        """A local time of day."""
        return self._typed(key, time, "a time such as 02:00:00")

    def choice(self, key: str, options: tuple[str, ...]) -> str:
        """One of a closed list of codes."""
        value = self.text(key)
        if value not in options:
            raise self.error(key, f"one of {', '.join(options)}")
        return value

    def anything(self, key: str) -> object:
        """The raw value, for a reader of its own."""
        if key not in self._raw:
            raise TermsError(f"{self.at(key)} is missing; add it")
        self._unread.discard(key)
        return self._raw[key]

    def table(self, key: str) -> "Table":
        """A table inside this one."""
        return Table(self.anything(key), self.at(key))

    def tables(self, key: str) -> dict[str, "Table"]:
        """Named tables inside this one, as { code: table }, in the order of the file."""
        raw = self.anything(key)
        path = self.at(key)
        if not isinstance(raw, dict) or not raw:
            raise TermsError(f"{path} must be a table with at least one entry")
        for code in raw:
            if not _CODE.fullmatch(code.lower()):
                raise TermsError(f"{path}.{code} is not a code; use letters, digits and dashes")
        return {code: Table(value, f"{path}.{code}") for code, value in raw.items()}

    def list_of_tables(self, key: str) -> tuple["Table", ...]:
        """A list of tables, which may be empty."""
        items = self._typed(key, list, "a list of tables")
        return tuple(Table(item, f"{self.at(key)}[{n}]") for n, item in enumerate(items))

    def _typed(self, key: str, kind: type[T], must: str) -> T:
        value = self.anything(key)
        # bool is an int in Python, but true is not a number of days.
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.error(key, must)
        return value


def parse_toml(content: bytes) -> dict[str, Any]:
    """The tables of a TOML file in UTF-8. Raises TermsError."""
    try:
        return tomllib.loads(content.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TermsError(f"the document is not TOML in UTF-8: {error}") from None


def canonical_json(value: Mapping[str, Any]) -> str:
    """One text per content: sorted keys, no blanks, instants in UTC, dates and times in ISO."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain
    )


def digest(canonical: str) -> str:
    """SHA-256 of a canonical text, in hex."""
    return sha256(canonical.encode()).hexdigest()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return format_instant(value)
    if isinstance(value, date | time):
        return value.isoformat()
    raise TypeError(f"{value!r} has no canonical form")


def _words(table: Table) -> Words:
    with table.reading():
        return Words(en=table.text("en"), es=table.text("es"))
