"""What the fakes share that take answers: a line may break after the answer was taken."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.tool_server import Asked, Reply, ToolServer


@dataclass(frozen=True, kw_only=True)
class Kept:
    """An answer as the tool has it: its id there, what it says, the mark that came with it, and its
    files by name.
    """

    id: str
    text: str
    mark: str
    files: dict[str, bytes] = field(default_factory=dict)


@dataclass
class AnsweredServer(ToolServer):
    """`clock`: the tool's own, in seconds since 1970. `loses`: so many answers are taken without a
    word. `on_taken` is called with each answer before the tool says that it took it. `uploads` are
    files that were handed over before their message, by what the tool calls them.
    """

    token: str = "t0ken"
    clock: Callable[[], float] = time.time
    loses: int = 0
    on_taken: Callable[[Kept], None] | None = None
    kept: list[Kept] = field(default_factory=list)
    uploads: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    def answer(self, asked: Asked) -> Reply | None:
        before = len(self.kept)
        reply = super().answer(asked)
        if len(self.kept) == before:
            return reply
        if self.on_taken is not None:
            self.on_taken(self.kept[-1])
        if self.loses:
            self.loses -= 1
            return None
        return reply

    def uploaded(self, names: list[str]) -> dict[str, bytes]:
        """The files that a message is made of, by their names."""
        return dict(self.uploads[name] for name in names)

    def take(self, **answer: Any) -> Kept:
        """Keeps an answer."""
        self.kept.append(Kept(**answer))
        return self.kept[-1]
