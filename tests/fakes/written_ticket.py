"""What the fakes that deadlines are written into share: one ticket, and who may write."""

import base64
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.tool_server import Asked, Reply, ToolServer

LOGIN = "api@sivocenter.example"
TOKEN = "a-token-of-the-tests"
BASIC = "Basic " + base64.b64encode(f"{LOGIN}:{TOKEN}".encode()).decode()


@dataclass
class WrittenTicket(ToolServer):
    """`tags` and `fields` of its one ticket, `notes` written into it; `gone`: it was deleted.

    `echoes`: the bodies that the tool would send to us because of what was written.
    """

    tags: list[str] = field(default_factory=lambda: ["telefonia"])
    fields: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    gone: bool = False
    echoes: list[Any] = field(default_factory=list)

    def ours(self) -> set[str]:
        """The tags that are not somebody else's."""
        return {tag for tag in self.tags if tag.startswith("sivo_")}

    def route(self, method: str, pattern: str, handler: Any) -> None:
        """A deleted ticket is nowhere."""

        def unless_gone(asked: Asked, *groups: str) -> Reply:
            return Reply(status=404) if self.gone and groups else handler(asked, *groups)

        super().route(method, pattern, unless_gone)
