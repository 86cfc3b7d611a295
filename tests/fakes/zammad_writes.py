"""Zammad's API as far as deadlines are written into it.

https://docs.zammad.org/en/latest/api/ticket/: attributes that tickets lack are left out without a
word (`can_cleanup_param.rb`); tags one by one (`tags_controller.rb`). Its trigger tells the whole
ticket after every change, with an article only where one was written.
"""

from dataclasses import dataclass, field
from typing import Any

from tests.fakes.tool_server import Asked, Reply
from tests.fakes.written_ticket import TOKEN, WrittenTicket
from tests.tickets.tools.calls import payload


@dataclass
class ZammadWrites(WrittenTicket):
    """Ticket 81 with two attributes that an administrator has added."""

    fields: dict[str, Any] = field(default_factory=lambda: {"sivo_due": None, "sivo_state": None})

    def __post_init__(self) -> None:
        self.route("GET", r"/api/v1/tickets/(81)", self.show)
        self.route("PUT", r"/api/v1/tickets/(81)", self.update)
        self.route("GET", r"/api/v1/tags", lambda _: Reply(json={"tags": self.tags}))
        self.route("POST", r"/api/v1/tags/(add)", self.add)
        self.route("DELETE", r"/api/v1/tags/(remove)", self.remove)
        self.route("POST", r"/api/v1/(ticket_articles)", self.write)
        self.route("GET", r"/api/v1/users/me", lambda _: Reply(json={"id": 77}))

    def is_known(self, asked: Asked) -> bool:
        return asked.headers.get("authorization") == f"Token token={TOKEN}"

    def show(self, _asked: Asked, number: str) -> Reply:
        return Reply(json={"id": int(number), "title": "No entran llamadas", **self.fields})

    def update(self, asked: Asked, number: str) -> Reply:
        self.fields |= {name: value for name, value in asked.json.items() if name in self.fields}
        self._echo({})
        return self.show(asked, number)

    def add(self, asked: Asked, _verb: str) -> Reply:
        self.tags.append(asked.json["item"])
        self._echo({})
        return Reply(status=201, json=True)

    def remove(self, asked: Asked, _verb: str) -> Reply:
        self.tags.remove(asked.json["item"])
        self._echo({})
        return Reply(status=201, json=True)

    def write(self, asked: Asked, _path: str) -> Reply:
        assert asked.json["internal"] is True
        assert (asked.json["ticket_id"], asked.json["type"]) == ("81", "note")
        self.notes.append(asked.json["body"])
        article = payload("zammad", "note")["article"]
        article |= {"id": 900 + len(self.notes), "body": asked.json["body"], "created_by_id": 77}
        article |= {"from": "SIVO", "created_at": f"2026-11-23T08:30:{len(self.notes):02}.100Z"}
        self._echo(article)
        return Reply(status=201, json={"id": article["id"]})

    def _echo(self, article: dict[str, Any]) -> None:
        hook = payload("zammad", "note")
        hook["ticket"]["updated_at"] = f"2026-11-23T08:29:{len(self.echoes) % 60:02}.300Z"
        hook["article"] = article
        self.echoes.append(hook)
