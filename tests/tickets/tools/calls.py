"""Plain functions that bring the tools' recorded webhooks to their adapters."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tickets.domain.incoming import (
    Incoming,
    IncomingMessage,
    IncomingSeverity,
    IncomingStatus,
    UnknownPriority,
)
from tickets.inbound.tools.table import TOOLS, ToolCall, ToolMap

PAYLOADS = Path(__file__).resolve().parents[2] / "payloads" / "tools"
# When the signed examples were sent.
SENT_AT = datetime(2026, 11, 21, 9, 15, 30, tzinfo=UTC)
PLAIN = ToolMap()
EVENTS = {
    "created": "convo.created",
    "agent_reply": "convo.agent.reply.created",
    "note": "convo.note.created",
    "customer_reply": "convo.customer.reply.created",
    "closed": "convo.status",
    "with_threads": "convo.agent.reply.created",
    "deleted": "convo.deleted",
}


def payload(tool: str, name: str) -> Any:
    """The body of a recorded webhook."""
    return json.loads((PAYLOADS / tool / f"{name}.json").read_text(encoding="utf-8"))


def names(tool: str) -> list[str]:
    """Those that are recorded of a tool."""
    return sorted(path.stem for path in (PAYLOADS / tool).glob("*.json"))


def call(tool: str, body: Any, name: str = "") -> ToolCall:
    """A call with this body; Help Scout names its event in a header."""
    headers = {"content-type": "application/json"}
    if tool == "helpscout":
        headers["x-helpscout-event"] = EVENTS.get(name, "convo.created")
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return ToolCall(headers=headers, body=raw)


def read(tool: str, name: str, words: ToolMap = PLAIN, **changes: Any) -> tuple[Incoming, ...]:
    """What a recorded webhook says; `changes` are made at the top of its body."""
    return TOOLS[tool].parse(call(tool, {**payload(tool, name), **changes}, name), words)


def message(tool: str, name: str, words: ToolMap = PLAIN) -> IncomingMessage:
    """The one message that a recorded webhook tells."""
    found = [each for each in read(tool, name, words) if isinstance(each, IncomingMessage)]
    assert len(found) == 1
    return found[0]


def gist(record: Incoming) -> str:
    """What counts of a record, in a few words."""
    match record:
        case IncomingMessage():
            seen = "public" if record.public else "note"
            return f"{record.author.kind} {seen} {record.body.partition(chr(10))[0]}"
        case IncomingStatus():
            return f"{record.author.kind} {record.status} {record.cause}".strip()
        case IncomingSeverity():
            return f"{record.author.kind} {record.word} {record.severity}"
        case UnknownPriority():
            return f"{record.author.kind} {record.word} unknown"
        case _:
            return f"ignored: {record.reason}"
