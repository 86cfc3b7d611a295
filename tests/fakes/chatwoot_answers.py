"""Chatwoot's API as far as the messages of conversations go."""

from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from tests.fakes.answered import AnsweredServer
from tests.fakes.tool_server import Asked, Reply

_PATH = r"/api/v1/accounts/1/conversations/([0-9]+)/messages"
_NEWEST = 20
_MOST_AFTER = 100


@dataclass
class ChatwootAnswers(AnsweredServer):
    """The conversations of account 1, by the number that people see. `largest`: the bytes of one
    file, `most_bytes` those that the web server before it lets through.
    """

    largest: int = 40_000_000
    most_bytes: int = 1_000_000_000
    conversations: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.route("POST", _PATH, self.post)
        self.route("GET", _PATH, self.messages)

    def is_known(self, asked: Asked) -> bool:
        return asked.headers.get("api_access_token") == self.token

    def open(self, thread: str) -> None:
        """A customer began a conversation."""
        self.conversations[thread] = []

    def forget(self) -> None:
        """Somebody deleted the conversations."""
        self.conversations.clear()

    def post(self, asked: Asked, number: str) -> Reply:
        told, files = asked.json, {}
        if told is None:
            told, files = _read_form(asked)
        if number not in self.conversations:
            return Reply(status=404, json={"error": "Resource could not be found"})
        assert "source_id" not in told, "the customer would never get it"
        if any(len(content) > self.largest for content in files.values()):
            words = "Validation failed: Attachments file size is too big"
            return Reply(status=422, json={"error": words})
        if len(asked.body) > self.most_bytes:
            return Reply(status=413)
        message = {
            "id": 9100 + len(self.kept),
            "content": told["content"],
            "conversation_id": int(number),
            "message_type": ["incoming", "outgoing"].index(told["message_type"]),
            "content_attributes": told["content_attributes"],
            "created_at": int(self.clock()),
            "private": told["private"],
            "source_id": None,
        }
        self.conversations[number].append(message)
        mark = told["content_attributes"]["sivo_answer"]
        self.take(id=str(message["id"]), text=told["content"], mark=mark, files=files)
        return Reply(json=message)

    def messages(self, asked: Asked, number: str) -> Reply:
        if number not in self.conversations:
            return Reply(status=404, json={"error": "Resource could not be found"})
        found = self.conversations[number]
        if "after" in asked.query:
            # https://github.com/chatwoot/chatwoot/blob/develop/app/finders/message_finder.rb
            later = [each for each in found if each["id"] > int(asked.query["after"])]
            return Reply(json={"meta": {}, "payload": later[:_MOST_AFTER]})
        return Reply(json={"meta": {}, "payload": found[-_NEWEST:]})


def _read_form(asked: Asked) -> tuple[dict[str, Any], dict[str, bytes]]:
    """As Rails reads it: a name with brackets is a place within, and no word is false."""
    head = f"Content-Type: {asked.headers['content-type']}\r\n\r\n".encode()
    form = BytesParser(policy=HTTP).parsebytes(head + asked.body)
    told: dict[str, Any] = {"private": False, "content_attributes": {}}
    files: dict[str, bytes] = {}
    parts: list[Message] = list(form.iter_parts())
    for part in parts:
        name = str(part.get_param("name", header="content-disposition"))
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        if name == "attachments[]":
            files[str(part.get_filename())] = content
        elif name.startswith("content_attributes["):
            told["content_attributes"][name[19:-1]] = content.decode()
        else:
            told[name] = bool(content) if name == "private" else content.decode()
    return told, files
