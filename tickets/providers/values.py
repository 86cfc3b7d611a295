"""Reading other people's JSON: whatever stands where a text should be is no text."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

_BREAKS = re.compile(r"[\r\n\x00]+")
_SPECIAL = re.compile(r'(["\\])')
_ID = re.compile(r"[\x21-\x7e]{1,200}")


def text_in(record: Any, key: str) -> str:
    """The text under a key; a number as its digits; "" for anything else."""
    value = record.get(key) if isinstance(record, dict) else None
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value)


def list_in(record: Any, key: str) -> list[Any]:
    """The array under a key; [] for anything else."""
    value = record.get(key) if isinstance(record, dict) else None
    return value if isinstance(value, list) else []


def record_in(record: Any, key: str) -> dict[str, Any]:
    """The object under a key; {} for anything else."""
    value = record.get(key) if isinstance(record, dict) else None
    return value if isinstance(value, dict) else {}


def records_in(record: Any, key: str) -> list[dict[str, Any]]:
    """The objects in the array under a key; one object alone counts as an array of it."""
    alone = record_in(record, key)
    return [alone] if alone else [each for each in list_in(record, key) if isinstance(each, dict)]


def id_in(record: Any, key: str) -> str:
    """An id of the provider as it can be stored: printable ASCII; "" otherwise."""
    value = text_in(record, key)
    return value if _ID.fullmatch(value) else ""


def instant_of(seconds: Any) -> datetime | None:
    """The instant (UTC) of a number of seconds since 1970; None for anything else."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def one_line(text: str) -> str:
    """Without line ends."""
    return _BREAKS.sub(" ", text)


def listed_headers(value: Any) -> list[tuple[str, str]]:
    """Headers as pairs, from a list of pairs, of {Name, Value}, or an object of texts and lists."""
    if isinstance(value, dict):
        pairs: Iterable[tuple[Any, Any]] = (
            (name, each)
            for name, given in value.items()
            for each in (given if isinstance(given, list) else [given])
        )
    elif isinstance(value, list):
        pairs = (_pair(each) for each in value)
    else:
        pairs = ()
    return [(name, text) for name, text in pairs if isinstance(name, str) and isinstance(text, str)]


def _pair(value: Any) -> tuple[Any, Any]:
    if isinstance(value, dict):
        return value.get("Name"), value.get("Value")
    if isinstance(value, list) and len(value) == 2:
        return value[0], value[1]
    return None, None


def address_line(people: Iterable[dict[str, Any]]) -> str:
    """An address header from {Name, Email} objects."""
    return ", ".join(_address(person) for person in people if text_in(person, "Email"))


def _address(person: dict[str, Any]) -> str:
    email, name = text_in(person, "Email"), text_in(person, "Name")
    quoted = _SPECIAL.sub(r"\\\1", name)
    return f'"{quoted}" <{email}>' if name else email
