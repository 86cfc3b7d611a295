"""Chatwoot's API as far as deadlines are written into it, after its own controllers.

`conversations_controller.rb`, `label_concern.rb`, `conversation_custom_attributes_concern.rb`:
labels are replaced, those that the account lacks are left out; attributes are replaced, unless
`merge` is said (the newest versions); a private message is a note.
"""

from dataclasses import dataclass, field
from typing import Any

from tests.fakes.tool_server import Asked, Reply
from tests.fakes.written_ticket import TOKEN, WrittenTicket
from tests.tickets.tools.calls import payload


@dataclass
class ChatwootWrites(WrittenTicket):
    """Conversation 71 of account 1, with an attribute of somebody else's."""

    fields: dict[str, Any] = field(default_factory=lambda: {"order": "77"})
    labels: set[str] = field(
        default_factory=lambda: {"telefonia", "vip", "sivo_at_risk", "sivo_missed"}
    )
    knows_merge: bool = False

    def __post_init__(self) -> None:
        one = r"/api/v1/accounts/1/conversations/(71)"
        self.route("GET", one, self.show)
        self.route("POST", rf"{one}/labels", self.set_labels)
        self.route("POST", rf"{one}/custom_attributes", self.set_attributes)
        self.route("POST", rf"{one}/messages", self.write)
        self.route("GET", r"/api/v1/profile", lambda _: Reply(json={"id": 99}))

    def is_known(self, asked: Asked) -> bool:
        return asked.headers.get("api_access_token") == TOKEN

    def show(self, _asked: Asked, number: str) -> Reply:
        told = {"id": int(number), "labels": self.tags, "custom_attributes": self.fields}
        return Reply(json=told)

    def set_labels(self, asked: Asked, _number: str) -> Reply:
        self.tags = [tag for tag in asked.json["labels"] if tag in self.labels]
        self._echo({"label_list": {"current_value": self.tags}})
        return Reply(json={"payload": self.tags})

    def set_attributes(self, asked: Asked, _number: str) -> Reply:
        kept = self.fields if self.knows_merge and asked.json.get("merge") else {}
        self.fields = {**kept, **asked.json["custom_attributes"]}
        self._echo({"custom_attributes": {"current_value": self.fields}})
        return Reply(json={"custom_attributes": self.fields})

    def write(self, asked: Asked, _number: str) -> Reply:
        assert asked.json["private"] is True
        self.notes.append(asked.json["content"])
        hook = payload("chatwoot", "note")
        hook |= {"id": 9900 + len(self.notes), "content": asked.json["content"]}
        hook["sender"] = {"id": 99, "name": "SIVO", "email": "api@sivo.example", "type": "user"}
        self.echoes.append(hook)
        return Reply(json={"id": hook["id"]})

    def _echo(self, changed: dict[str, Any]) -> None:
        hook = payload("chatwoot", "priority")
        hook |= {"changed_attributes": [changed], "updated_at": 1795422000.5 + len(self.echoes)}
        hook |= {"labels": self.tags, "custom_attributes": self.fields, "priority": None}
        self.echoes.append(hook)
