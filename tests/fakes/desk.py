"""What the fakes of all tools share: people, a clock, and the webhooks that their changes send."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.fakes.tool_server import ToolServer

TOKEN = "a-token-of-the-tests-0001"
LOGIN = "bot@sivocenter.example"


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody at a tool; `account` is how Jira numbers people."""

    number: int
    name: str
    email: str
    account: str
    is_staff: bool = False


BOB = Person(number=9001, name="Bob Díaz", email="bob@acme.example", account="qm:7e0d:bob")
ALICE = Person(
    number=7001,
    name="Alice",
    email="alice@sivocenter.example",
    account="5a1b0e47748e770ed11f338c",
    is_staff=True,
)
# Another colleague, and somebody whom nobody here knows.
CARL = Person(number=7002, name="Carl", email="", account="5a1b0e47748e770ed11f3400", is_staff=True)
ZOE = Person(number=7009, name="Zoe", email="", account="5a1b0e47748e770ed11f3499", is_staff=True)


@dataclass(frozen=True, kw_only=True)
class Hook:
    """The webhook that a change sends: `at` is when it happened, `name` is unlike any other."""

    thread: str
    at: datetime
    name: str
    told: Mapping[str, Any]

    @property
    def body(self) -> bytes:
        """As it is sent."""
        return json.dumps(self.told, ensure_ascii=False).encode()


@dataclass
class FakeDesk(ToolServer):
    """A tool with conversations as plain dicts: whatever is written into one is merged into it.

    `clock` is what the tool takes for the present; None: the real one. `per_page` bounds pages.
    `people` by their number.
    """

    kind = ""
    clock: datetime | None = None
    per_page: int = 100
    token: str = TOKEN
    tickets: dict[int, dict[str, Any]] = field(default_factory=dict)
    people: dict[int, Person] = field(
        default_factory=lambda: {each.number: each for each in (BOB, ALICE, CARL, ZOE)}
    )
    counter: int = 0

    def now(self) -> datetime:
        """The present at the tool."""
        return self.clock or datetime.now(UTC)

    def number(self) -> int:
        """The next number: no two things have the same."""
        with self.lock:
            self.counter += 1
            return self.counter

    def hook(self, thread: int, at: datetime, told: Mapping[str, Any]) -> Hook:
        """The webhook of a change as it stands just now."""
        copy = json.loads(json.dumps(told))
        return Hook(thread=str(thread), at=at, name=f"{self.kind}-hook-{self.number()}", told=copy)

    def customer_opens(self, text: str, *, at: datetime, subject: str = "Telefonía") -> Hook:
        """Bob begins a conversation."""
        raise NotImplementedError

    def customer_writes(self, thread: str, text: str, *, at: datetime) -> Hook:
        """Bob writes again."""
        raise NotImplementedError

    def agent_answers(self, thread: str, text: str, *, at: datetime) -> Hook:
        """Alice answers, so that Bob sees it."""
        raise NotImplementedError

    def note(self, thread: str, text: str, *, at: datetime) -> Hook:
        """Alice writes what Bob does not see."""
        raise NotImplementedError

    def sets_status(self, thread: str, status: str, *, at: datetime) -> Hook:
        """Alice sets a status, in the tool's own word."""
        raise NotImplementedError

    def sets_priority(self, thread: str, priority: str, *, at: datetime) -> Hook:
        """Alice sets a priority, in the tool's own word."""
        raise NotImplementedError

    def assigns(self, thread: str, to: Person | None, *, at: datetime) -> Hook:
        """Alice gives it to somebody, or to nobody."""
        raise NotImplementedError

    def tags(self, thread: str, *tags: str, at: datetime) -> Hook:
        """Alice replaces the tags."""
        raise NotImplementedError


def seconds(at: datetime) -> str:
    """As tools write instants in whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def milliseconds(at: datetime) -> str:
    """The same with three digits more."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
