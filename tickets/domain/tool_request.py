"""One question to the API of a chat or helpdesk tool, and its answer: values, no network."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolAccount:
    """With what one source's tool is asked: where it lives and as whom. `repr` hides the token.

    `base_url` has no final slash; `login` is the user whose token it is (Zendesk, Jira), `account`
    the number or key of the account, project or workspace within the tool, where it has several.
    """

    kind: str
    base_url: str
    token: str = field(repr=False)
    login: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolBody:
    """A body that is no JSON; its parts are made one by one, when each is sent."""

    media_type: str
    length: int
    parts: Callable[[], Iterable[bytes]] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRequest:
    """What is asked: a path below the base, with its query.

    The body is `json`, or `body`, or none. `address` stands for base and path where the tool itself
    has named a whole one, a secret for this one call: it is asked without saying who asks.
    """

    method: str
    path: str = ""
    query: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    json: Mapping[str, Any] | None = None
    body: ToolBody | None = None
    address: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolAnswer:
    """What came back with a status of 2xx: the raw body, headers by lower-case name."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


class ToolTrouble(Exception):
    """The tool's API gave no useful answer; the message says why, without secrets."""


class ToolAway(ToolTrouble):
    """It cannot be reached, is overloaded or limits us: the same question may do later.

    `after`: the seconds that it asked to be left alone, None when it named none.
    """

    def __init__(self, words: str, *, after: float | None = None) -> None:
        """`words`: what happened, for a person who reads the page of the source."""
        super().__init__(words)
        self.after = after


class ToolRefused(ToolTrouble):
    """It understood and will not: the credentials, a right or the question must change.

    `status` is its HTTP status, 0 when it was never asked.
    """

    def __init__(self, words: str, *, status: int = 0) -> None:
        """`words`: what happened and what to do, for a person who reads the page of the source."""
        super().__init__(words)
        self.status = status


class NotThere(ToolRefused):
    """What was asked for does not exist there, or not for us."""
