"""What is particular about writing deadlines into one tool; values and pure functions, no network.

What stands in the ticket is looked at first: only what differs is written, so that repeating a
write changes nothing and wakes no webhook.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from sla.domain.tools.display import FieldCode
from tickets.domain.tool_request import NotThere, ToolAnswer, ToolRefused, ToolRequest
from tickets.outbound.tools.chatwoot import NO_ACCOUNT
from tickets.outbound.tools.way import is_number

_UNREADABLE: Final = (
    "what came back is not an answer of the tool's API: check the address of the tool"
)
_NO_SUCH_ID: Final = "no ticket of the tool has such an id: it does not exist there"


class About(StrEnum):
    """What a request changes."""

    FIELDS = "fields"
    TAGS = "tags"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One ticket in the tool; `account` as in ToolAccount."""

    thread: str
    account: str = ""

    @property
    def ticket_part(self) -> str:
        """The ticket as a part of a path. Raises NotThere: all four tools number their tickets.

        Where the id came from, anything may stand in it: `..` would lead to another address.
        """
        if not is_number(self.thread):
            raise NotThere(_NO_SUCH_ID)
        return self.thread

    @property
    def account_part(self) -> str:
        """The account as a part of a path. Raises ToolRefused."""
        if not is_number(self.account):
            raise ToolRefused(NO_ACCOUNT)
        return self.account


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the ticket is to show: the tool's fields with their texts ("" empties one), our tags."""

    fields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """What stands there: all tags, the wanted fields; `unknown`: fields that the tool lacks."""

    fields: Mapping[str, Any]
    tags: tuple[str, ...]
    unknown: frozenset[str] = frozenset()

    def differing(self, wanted: Wanted) -> dict[str, str]:
        """The wanted fields that show something else."""
        return {
            name: text
            for name, text in wanted.fields.items()
            if name not in self.unknown and not _is_same(self.fields.get(name), text)
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One request that changes the ticket."""

    about: About
    request: ToolRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolWriter:
    """One tool. `codes` are what its fields may show, each with the type of field to make there.

    `day_only`: its date fields hold no time of day. `new_tags`: a tag may be made by setting it.
    """

    codes: Mapping[FieldCode, str]
    look: Callable[[Target, Wanted], tuple[ToolRequest, ...]]
    read: Callable[[Sequence[ToolAnswer], Wanted], Present]
    changes: Callable[[Target, Present, Wanted], tuple[Change, ...]]
    note: Callable[[Target, str], ToolRequest]
    who: ToolRequest
    who_is: Callable[[ToolAnswer], str]
    check: Callable[[Change, ToolAnswer], None] = lambda _change, _answer: None
    first_fields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    day_only: bool = False
    new_tags: bool = True


def object_of(answer: ToolAnswer, *keys: str) -> dict[str, Any]:
    """The object of an answer, or one within it. Raises ToolRefused."""
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        raise ToolRefused(_UNREADABLE) from None
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    if not isinstance(found, dict):
        raise ToolRefused(_UNREADABLE)
    return found


def texts_of(value: Any) -> tuple[str, ...]:
    """A list of texts; whatever else stands there is none."""
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def iso_utc(at: datetime) -> str:
    """`2026-11-26T13:05:00.000Z`: seconds are kept, fractions cut."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"


def _is_same(stands: Any, text: str) -> bool:
    if stands in (None, ""):
        return not text
    if stands == text:
        return True
    there, wanted = _instant(stands), _instant(text)
    return there is not None and there == wanted


def _instant(value: Any) -> datetime | None:
    """Tools tell an instant in the zone of whoever asks."""
    if not isinstance(value, str) or "T" not in value:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found.replace(microsecond=0) if found.tzinfo else None
