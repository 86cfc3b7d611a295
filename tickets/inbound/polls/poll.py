"""The words of a look at a tool's API: what is asked step by step, and what was found."""

import json
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar

from tickets.domain.incoming import Incoming, Unreadable
from tickets.domain.tool_request import ToolAccount, ToolAnswer, ToolRequest
from tickets.inbound.json_fields import Fields, read_object
from tickets.inbound.tools.call import ToolMap

_Found = TypeVar("_Found")
# Each step asks one question and is sent its answer; trouble with the tool is thrown into it.
Steps = Generator[ToolRequest, ToolAnswer, _Found]

PER_PAGE: Final = 100
# Of one conversation; what is older was seen when it was new.
MOST_PARTS: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which changes are asked for: from `since` to `now` (UTC); `cursor` is where to go on."""

    since: datetime
    now: datetime
    cursor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A conversation that changed; `version` is unlike the one before whenever it did."""

    thread: str
    version: str
    began_at: datetime | None
    raw: Mapping[str, Any] = field(repr=False)
    is_deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some of what changed. `cursor`: where to go on; `is_last`: nothing more for now."""

    listed: tuple[Listed, ...]
    cursor: str
    is_last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """All that the tool says of one conversation, in its own words.

    `people` and `ticket` are what is needed to understand each of the `parts` alone.
    """

    kind: str
    thread: str
    ticket: Mapping[str, Any] = field(repr=False)
    parts: tuple[Mapping[str, Any], ...] = field(repr=False)
    people: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)

    def body(self, parts: tuple[Mapping[str, Any], ...]) -> bytes:
        """Some of its parts as a delivery keeps them."""
        told = {
            "sivo": f"{self.kind}.api",
            "ticket": self.ticket,
            "people": self.people,
            "parts": parts,
        }
        # As people spell it: what holds an address is looked for when somebody is to be forgotten.
        text = json.dumps(told, ensure_ascii=False, sort_keys=True)
        return text.encode(errors="replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """What is particular about asking one tool.

    `list_changed` asks for one page of what changed, `read_whole` for everything of one
    conversation; both raise Unreadable when an answer is not what the tool documents.
    `read_part` reads one part with the whole body beside it. `try_out` is a question without
    consequences that any account may ask, and `who` reads from its answer whose account it is.
    `needs` names the fields of an access without which this tool cannot be asked.
    `cursor_goes_on`: the cursor of the last page is where the next look begins.
    """

    list_changed: Callable[[ToolAccount, Window], Steps[Page]]
    read_whole: Callable[[ToolAccount, Listed], Steps[Conversation]]
    read_part: Callable[[Fields, Fields, ToolMap], tuple[Incoming, ...]]
    try_out: Callable[[ToolAccount], ToolRequest]
    who: Callable[[ToolAnswer], str]
    needs: frozenset[str] = frozenset()
    cursor_goes_on: bool = False


def read_parts(poll: Poll, body: bytes, words: ToolMap) -> list[tuple[Incoming, ...]]:
    """What each part of a body says, in their order. Raises Unreadable."""
    told = Fields(read_object(body), "")
    return [poll.read_part(told, part, words) for part in told.records("parts")]


def parse_body(poll: Poll, body: bytes, words: ToolMap) -> tuple[Incoming, ...]:
    """All that a body says. Raises Unreadable."""
    return tuple(record for found in read_parts(poll, body, words) for record in found)


def objects(answer: ToolAnswer, key: str) -> list[dict[str, Any]]:
    """The objects of an array in an answer, [] when it is not there. Raises Unreadable."""
    return as_objects(read_object(answer.body).get(key), key)


def as_objects(value: Any, key: str) -> list[dict[str, Any]]:
    """A list of objects, [] for nothing. Raises Unreadable."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise Unreadable(f"{key} must be an array of objects")
    return value


def read_array(answer: ToolAnswer) -> list[dict[str, Any]]:
    """An answer that is an array of objects. Raises Unreadable."""
    wrapped = b'{"answer":' + answer.body.lstrip(b"\xef\xbb\xbf") + b"}"
    return as_objects(read_object(wrapped).get("answer"), "the answer")


def thread_of(raw: Mapping[str, Any]) -> str:
    """The id of a conversation in a list. Raises Unreadable."""
    return Fields(dict(raw), "").key("id")
