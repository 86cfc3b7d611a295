"""Zendesk's API as far as deadlines are written into it.

https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/ and .../tags/: tags are added
with PUT and taken away with DELETE; a custom field that does not exist is left out without a word;
a closed ticket is refused with 422.
"""

import base64
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.tool_server import Asked, Reply
from tests.fakes.written_ticket import LOGIN, TOKEN, WrittenTicket
from tests.tickets.tools.calls import payload

_KNOWN = "Basic " + base64.b64encode(f"{LOGIN}/token:{TOKEN}".encode()).decode()


@dataclass
class ZendeskWrites(WrittenTicket):
    """Ticket 5158 with two custom fields."""

    fields: dict[str, Any] = field(default_factory=lambda: {"3601": None, "3602": None})
    status: str = "open"

    def __post_init__(self) -> None:
        ticket = r"/api/v2/tickets/(5158)"
        self.route("GET", rf"{ticket}\.json", self.show)
        self.route("PUT", rf"{ticket}\.json", self.update)
        self.route("PUT", rf"{ticket}/tags\.json", self.add_tags)
        self.route("DELETE", rf"{ticket}/tags\.json", self.remove_tags)
        self.route("GET", r"/api/v2/users/me\.json", lambda _: Reply(json={"user": {"id": 9999}}))

    def is_known(self, asked: Asked) -> bool:
        return asked.headers.get("authorization") == _KNOWN

    def show(self, _asked: Asked, number: str) -> Reply:
        values = [{"id": int(name), "value": value} for name, value in self.fields.items()]
        ticket = {"id": int(number), "status": self.status, "tags": self.tags}
        return Reply(json={"ticket": {**ticket, "custom_fields": values}})

    def update(self, asked: Asked, number: str) -> Reply:
        if self.status == "closed":
            return Reply(status=422, json={"error": "RecordInvalid"})
        told = asked.json["ticket"]
        for each in told.get("custom_fields", ()):
            if str(each["id"]) in self.fields:
                self.fields[str(each["id"])] = each["value"]
                self._echo("custom_field_changed", {"current": each["value"]})
        if "comment" in told:
            assert told["comment"]["public"] is False
            self.notes.append(told["comment"]["body"])
            said = {"id": f"86{len(self.notes)}", "is_public": False, **told["comment"]}
            del said["public"]
            said["author"] = {"id": "9999", "is_staff": True, "name": "SIVO"}
            self._echo("comment_added", {"comment": said})
        return self.show(asked, number)

    def add_tags(self, asked: Asked, _number: str) -> Reply:
        return self._set_tags(sorted({*self.tags, *asked.json["tags"]}))

    def remove_tags(self, asked: Asked, _number: str) -> Reply:
        return self._set_tags([tag for tag in self.tags if tag not in asked.json["tags"]])

    def _set_tags(self, tags: list[str]) -> Reply:
        before, self.tags = self.tags, tags
        added, removed = set(tags) - set(before), set(before) - set(tags)
        told = {"tags_added": sorted(added), "tags_removed": sorted(removed)}
        self._echo("tags_changed", told)
        return Reply(json={"tags": tags})

    def _echo(self, kind: str, event: dict[str, Any]) -> None:
        body = payload("zendesk", "tags")
        body["type"] = f"zen:event-type:ticket.{kind}"
        body["id"] = f"echo-{len(self.echoes)}"
        body["event"] = event
        body["detail"]["actor_id"] = "9999"
        self.echoes.append(body)
