"""Reads the JSON body of a delivery field by field; every complaint names the path."""

import json
import re
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

from tickets.domain.incoming import Unreadable
from tickets.domain.instants import BadInstant, parse_instant

# The store has room for 255: our own ids add a few words to theirs.
_MAX_KEY: Final = 230
_MAX_ADDRESS: Final = 254
_MAX_WORD: Final = 255
_ADDRESS = re.compile(r"[^\s<>@\x00-\x1f]+@[^\s<>@\x00-\x1f]+")
# The store keeps microseconds; finer digits are cut, not refused.
_FINER = re.compile(r"(\.[0-9]{6})[0-9]+")
# Jira leaves the colon out of an offset.
_BARE_OFFSET = re.compile(r"([+-][0-9]{2})([0-9]{2})$")
_MOST_SECONDS: Final = 10**11
_MAX_RECORDS: Final = 1000
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in UTF-8 that a body holds. Raises Unreadable."""
    try:
        value = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse)
    except UnicodeDecodeError as error:
        raise Unreadable(f"the body is not UTF-8 (byte {error.start})") from None
    except RecursionError:
        raise Unreadable("the body is nested too deeply") from None
    except ValueError as error:
        raise Unreadable(f"the body is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise Unreadable("the body must be a JSON object")
    return value


def one_line(text: str, most: int) -> str:
    """White space as single blanks, cut to `most` characters."""
    return " ".join(text.split())[:most]


class Fields:
    """One object of the body, with its path for messages. null counts as absent."""

    def __init__(self, raw: dict[str, Any], path: str) -> None:
        self._raw = raw
        self._path = path

    def has(self, key: str) -> bool:
        """True when the key stands there, even with null."""
        return key in self._raw

    def missing(self, key: str) -> Unreadable:
        """The complaint that a key is not there."""
        return Unreadable(f"{self._at(key)} is missing")

    def error(self, key: str, must: str) -> Unreadable:
        """The complaint that a key is not what it must be."""
        return Unreadable(f"{self._at(key)} must be {must}")

    def fields(self, key: str) -> "Fields":
        """An object that must be there."""
        found = self.optional_fields(key)
        if found is None:
            raise self.missing(key)
        return found

    def optional_fields(self, key: str) -> "Fields | None":
        """An object, or None."""
        value = self._raw.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.error(key, "an object")
        return Fields(value, self._at(key))

    def records(self, key: str) -> "list[Fields]":
        """The objects of an array, [] when absent."""
        value = self._raw.get(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self.error(key, "an array of objects")
        if len(value) > _MAX_RECORDS:
            raise self.error(key, f"an array of at most {_MAX_RECORDS} objects")
        path = self._at(key)
        return [Fields(each, f"{path}[{number}]") for number, each in enumerate(value)]

    def raw(self, key: str) -> Any:
        """Whatever stands there, None when absent."""
        return self._raw.get(key)

    def is_text(self, key: str) -> bool:
        """True when a text stands there."""
        return isinstance(self._raw.get(key), str)

    def text(self, key: str) -> str:
        """A short text that must be there, not blank."""
        value = self.optional_text(key)
        if value is None:
            raise self.missing(key)
        return value

    def optional_text(self, key: str) -> str | None:
        """A short text without blanks around it; None when absent or blank."""
        value = self.long_text(key).strip()
        if len(value) > _MAX_WORD:
            raise self.error(key, f"a text of at most {_MAX_WORD} characters")
        return value or None

    def long_text(self, key: str) -> str:
        """A whole text, "" when absent; what the store cannot hold is replaced or left out."""
        value = self._raw.get(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.error(key, "a text")
        # Postgres refuses NUL; UTF-8 has no lone surrogates, which JSON escapes can spell.
        return _LONE_SURROGATE.sub("\ufffd", value.replace("\x00", ""))

    def key(self, key: str) -> str:
        """An id of theirs that must be there: a text, or an integer written out."""
        value = self.optional_key(key)
        if value is None:
            raise self.missing(key)
        return value

    def optional_key(self, key: str) -> str | None:
        """An id of theirs, or None."""
        value = self._raw.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            # Bounded before it is written out: Python refuses to print huge integers.
            if abs(value) >= 10**_MAX_KEY:
                raise self.error(key, f"an id of at most {_MAX_KEY} characters")
            return str(value)
        found = " ".join(self.long_text(key).split())
        if len(found) > _MAX_KEY:
            raise self.error(key, f"an id of at most {_MAX_KEY} characters")
        return found or None

    def optional_flag(self, key: str) -> bool | None:
        """true or false, or None."""
        value = self._raw.get(key)
        if value is not None and not isinstance(value, bool):
            raise self.error(key, "true or false")
        return value

    def instant(self, key: str) -> datetime | None:
        """An RFC 3339 instant in UTC, cut to microseconds, or None."""
        text = self.optional_text(key)
        if text is None:
            return None
        try:
            return parse_instant(_BARE_OFFSET.sub(r"\1:\2", _FINER.sub(r"\1", text, count=1)))
        except BadInstant as error:
            raise Unreadable(f"{self._at(key)}: {error}") from None

    def seconds(self, key: str, *, per_second: int = 1) -> datetime | None:
        """The instant (UTC) of a number since 1970 in seconds, or in parts of one; or None."""
        value = self._raw.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.error(key, "a number since 1970")
        if not 0 <= value < _MOST_SECONDS * per_second:
            raise self.error(key, "a number between the years 1970 and 5138")
        return datetime.fromtimestamp(value / per_second, UTC)

    def moment(self, key: str) -> datetime | None:
        """An instant (UTC) as an RFC 3339 text or as a number of seconds, or None."""
        return self.instant(key) if self.is_text(key) else self.seconds(key)

    def address(self, key: str) -> str:
        """The bare e-mail address with a lower-cased domain; "" when there is none."""
        match = _ADDRESS.search(self.long_text(key))
        if match is None or len(match.group()) > _MAX_ADDRESS:
            return ""
        local, _, domain = match.group().rpartition("@")
        return f"{local}@{domain.lower()}"

    def _at(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")
