"""What the tools share in taking an answer: what is handed over, and what comes back of it."""

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from tickets.domain.tool_request import ToolAccount, ToolAnswer, ToolAway, ToolRefused, ToolRequest

_DIGITS: Final = 30
NO_PLACE: Final = "The id of this conversation is none that the tool's API knows: answer it there."


@dataclass(frozen=True, slots=True, kw_only=True)
class OutFile:
    """A file that goes with an answer; `content` reads its `size` bytes, anew each time."""

    name: str
    media_type: str
    size: int
    content: Callable[[], bytes] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A public answer: into which conversation, what it says, and how it is found again.

    `marks` are ours and hidden from people: the first is written with the answer, any of them
    proves that a message there is this very answer. `written_at` in UTC. `after`: the tool's id of
    a message that stood there before it, "" when none is known. `uploads`: the tool's ids of files
    that it has been given for this answer; to look for it, those of every try.
    """

    thread: str
    text: str
    marks: Sequence[str]
    written_at: datetime
    after: str = ""
    files: Sequence[OutFile] = ()
    uploads: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The message as the tool has it: its key as in the webhooks, its instant by their clock.

    No key: the tool took it, and has not said as what.
    """

    key: str
    at: datetime | None = None


# The questions that hand one file over, answered one after the other, and what it is called then.
Upload = Generator[ToolRequest, ToolAnswer, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileWay:
    """How one tool takes the files of an answer, and how many of what size.

    `upload`: the questions for one file before the message is written; None where files go with
    the message itself. `finds`: whether an answer is found again by the ids of its files.
    `refusals` are words by HTTP status for what was said of a file.
    """

    most: int
    largest: int
    refusals: Mapping[int, str]
    upload: Callable[[ToolAccount, OutFile], Upload] | None = None
    finds: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerWay:
    """How one tool takes an answer, and shows whether it has one already.

    `write` and `look` make the questions; they raise ToolRefused for a conversation or an account
    that cannot be one. `read` and `find` read the answers to them; they raise ToolAway or
    ToolRefused. `try_out`, of a tool that takes answers alone, is a question without consequences,
    and `who` reads from its answer whose token it is.

    `refusals` are words by HTTP status, with what to do. `longest`: the letters that
    one answer may have. `needs_account`: whether the account's number must be known.
    """

    name: str
    write: Callable[[ToolAccount, Answer], ToolRequest]
    read: Callable[[Answer, ToolAnswer], Written]
    look: Callable[[ToolAccount, Answer], ToolRequest]
    find: Callable[[Answer, ToolAnswer], Written | None]
    longest: int
    files: FileWay
    try_out: ToolRequest | None = None
    who: Callable[[ToolAnswer], str] = lambda _came: ""
    refusals: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    needs_account: bool = False


def read_object(answer: ToolAnswer) -> dict[str, Any]:
    """The JSON object of an answer. Raises ToolAway: some proxy answered, not the tool."""
    try:
        told = json.loads(answer.body)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise not_understood()
    return told


def records(place: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """The objects in a list; what is none is passed over."""
    found = place.get(key)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def part(place: Mapping[str, Any], *path: str) -> dict[str, Any]:
    """The object at the end of a path; empty where there is none."""
    for key in path:
        found = place.get(key)
        place = found if isinstance(found, dict) else {}
    return dict(place)


def number(place: Mapping[str, Any], key: str) -> str:
    """A number of the tool's as text, "" when there is none."""
    found = place.get(key)
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found) if 0 < found < 10**_DIGITS else ""
    return found if isinstance(found, str) and is_number(found) else ""


def is_number(text: str) -> bool:
    """Whether a text can stand as a number in a path."""
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS


def no_place() -> ToolRefused:
    """The conversation has an id that no call can be made of."""
    return ToolRefused(NO_PLACE)


def not_understood() -> ToolAway:
    """What came back with a status of success is no answer of this tool."""
    return ToolAway("what came back is no answer of the tool")
