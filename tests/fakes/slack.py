"""Slack's Web API as far as replies in threads go: it refuses with a status of 200."""

from dataclasses import dataclass, field
from typing import Any

from tests.fakes.answered import AnsweredServer
from tests.fakes.tool_server import Asked, Reply


def refusal(word: str) -> Reply:
    """How Slack says no."""
    return Reply(json={"ok": False, "error": word})


@dataclass
class SlackServer(AnsweredServer):
    """Channels with the messages in them; `may_look`: the app has the scope for it."""

    channels: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    may_look: bool = True

    def __post_init__(self) -> None:
        self.route("POST", "/api/chat.postMessage", self.post)
        self.route("GET", "/api/conversations.replies", self.replies)
        self.route("POST", "/api/auth.test", self.who)

    def is_known(self, asked: Asked) -> bool:
        # It refuses in its own words.
        return bool(asked.path)

    def open(self, thread: str) -> None:
        """A customer wrote the first message of a thread."""
        channel, _, stamp = thread.partition(":")
        self.channels.setdefault(channel, []).append({"ts": stamp, "text": "No funciona."})

    def forget(self) -> None:
        """The channel is gone, or the app was removed from it."""
        self.channels.clear()

    def post(self, asked: Asked) -> Reply:
        told = asked.json
        wrong = self._wrong(asked, told["channel"])
        if wrong:
            return refusal(wrong)
        stamp = f"{self.clock():.0f}.{len(self.kept) + 1:06d}"
        message = {
            "ts": stamp,
            "thread_ts": told["thread_ts"],
            "text": told["text"],
            "bot_id": "B0SIVO",
            "metadata": told["metadata"],
        }
        self.channels[told["channel"]].append(message)
        mark = told["metadata"]["event_payload"]["id"]
        self.take(id=f"{told['channel']}:{stamp}", text=told["text"], mark=mark)
        return Reply(json={"ok": True, "channel": told["channel"], "ts": stamp, "message": message})

    def who(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            return refusal("invalid_auth")
        return Reply(json={"ok": True, "user": "sivo", "team": "Acme"})

    def replies(self, asked: Asked) -> Reply:
        if not self.may_look:
            return refusal("missing_scope")
        wrong = self._wrong(asked, asked.query["channel"])
        if wrong:
            return refusal(wrong)
        shows = asked.query.get("include_all_metadata") == "true"
        found = [
            each if shows else {key: each[key] for key in each if key != "metadata"}
            for each in self.channels[asked.query["channel"]]
            if asked.query["ts"] in {each["ts"], each.get("thread_ts")}
            and (each["ts"] == asked.query["ts"] or each["ts"] >= asked.query["oldest"])
        ]
        return Reply(json={"ok": True, "messages": found, "has_more": False})

    def _wrong(self, asked: Asked, channel: str) -> str:
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            return "invalid_auth"
        return "" if channel in self.channels else "channel_not_found"
