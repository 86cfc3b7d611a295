"""Slack's Web API as far as replies in threads go: it refuses with a status of 200."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from tests.fakes.answered import AnsweredServer
from tests.fakes.tool_server import Asked, Reply


def refusal(word: str) -> Reply:
    """How Slack says no."""
    return Reply(json={"ok": False, "error": word})


@dataclass
class SlackServer(AnsweredServer):
    """Channels with the messages in them; `may_look`, `may_send_files`: the app has the scope for
    it. `expires`: so many addresses for files are too old when they are used; `elsewhere`: where
    it says that files are taken.
    """

    channels: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    may_look: bool = True
    may_send_files: bool = True
    largest: int = 1_000_000_000
    expires: int = 0
    elsewhere: str = ""
    promised: dict[str, tuple[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.route("POST", "/api/chat.postMessage", self.post)
        self.route("POST", "/api/files.getUploadURLExternal", self.give_address)
        self.route("POST", r"/upload/v1/(F[0-9]+)", self.upload)
        self.route("POST", "/api/files.completeUploadExternal", self.complete)
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

    def give_address(self, asked: Asked) -> Reply:
        # https://docs.slack.dev/reference/methods/files.getUploadURLExternal/
        told = dict(parse_qsl(asked.body.decode()))
        assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
        if self._wrong_token(asked):
            return refusal("invalid_auth")
        if not self.may_send_files:
            return refusal("missing_scope")
        if int(told["length"]) > self.largest:
            return refusal("file_upload_size_restricted")
        if told["filename"].endswith(".exe"):
            return refusal("file_type_not_allowed")
        name = f"F{len(self.uploads) + len(self.promised) + 1:04d}"
        self.promised[name] = (told["filename"], int(told["length"]))
        address = f"{self.elsewhere or self.url}/upload/v1/{name}"
        return Reply(json={"ok": True, "upload_url": address, "file_id": name})

    def upload(self, asked: Asked, name: str) -> Reply:
        assert "authorization" not in asked.headers, "the address is proof enough"
        if self.expires:
            self.expires -= 1
            return Reply(status=404, json="expired")
        title, length = self.promised[name]
        assert len(asked.body) == length
        self.uploads[name] = (title, asked.body)
        return Reply(json=f"OK - {length}")

    def complete(self, asked: Asked) -> Reply:
        told = asked.json
        wrong = self._wrong(asked, told["channel_id"])
        if wrong:
            return refusal(wrong)
        names = [each["id"] for each in told["files"]]
        if not self.uploads.keys() >= set(names):
            return refusal("file_not_found")
        stamp = f"{self.clock():.0f}.{len(self.kept) + 1:06d}"
        files = [{"id": name, "name": self.uploads[name][0]} for name in names]
        # No metadata goes with it, and what is answered names no message yet.
        message = {"ts": stamp, "thread_ts": told["thread_ts"], "text": told["initial_comment"]}
        self.channels[told["channel_id"]].append({**message, "bot_id": "B0SIVO", "files": files})
        key = f"{told['channel_id']}:{stamp}"
        self.take(id=key, text=message["text"], mark="", files=self.uploaded(names))
        return Reply(json={"ok": True, "files": files})

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

    def _wrong_token(self, asked: Asked) -> bool:
        return asked.headers.get("authorization") != f"Bearer {self.token}"

    def _wrong(self, asked: Asked, channel: str) -> str:
        if self._wrong_token(asked):
            return "invalid_auth"
        return "" if channel in self.channels else "channel_not_found"
