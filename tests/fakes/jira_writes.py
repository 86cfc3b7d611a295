"""Jira's API, version 2, as far as deadlines are written into it.

https://developer.atlassian.com/cloud/jira/platform/rest/v2/api-group-issues/: a field that is not
on the screen is refused with 400, and nothing of that request is written.
"""

from dataclasses import dataclass, field
from typing import Any

from tests.fakes.tool_server import Asked, Reply
from tests.fakes.written_ticket import BASIC, WrittenTicket
from tests.tickets.tools.calls import payload

_ACCOUNT = {"accountId": "5a-api", "accountType": "atlassian", "displayName": "SIVO"}


@dataclass
class JiraWrites(WrittenTicket):
    """Issue 10001 with two custom fields."""

    fields: dict[str, Any] = field(
        default_factory=lambda: {"customfield_10041": None, "customfield_10042": None}
    )

    def __post_init__(self) -> None:
        issue = r"/rest/api/2/issue/(10001)"
        self.route("GET", issue, self.show)
        self.route("PUT", issue, self.update)
        self.route("POST", rf"{issue}/comment", self.comment)
        self.route("GET", r"/rest/api/2/myself", lambda _: Reply(json=_ACCOUNT))

    def is_known(self, asked: Asked) -> bool:
        return asked.headers.get("authorization") == BASIC

    def show(self, asked: Asked, number: str) -> Reply:
        wanted = asked.query["fields"].split(",")
        told = {name: value for name, value in self.fields.items() if name in wanted}
        return Reply(json={"id": number, "fields": {"labels": self.tags, **told}})

    def update(self, asked: Asked, _number: str) -> Reply:
        unknown = set(asked.json.get("fields", {})) - set(self.fields)
        if unknown:
            errors = dict.fromkeys(unknown, "cannot be set, it is not on the screen")
            return Reply(status=400, json={"errorMessages": [], "errors": errors})
        for name, value in asked.json.get("fields", {}).items():
            self.fields[name] = value
            self._echo_change(name)
        for verb in asked.json.get("update", {}).get("labels", ()):
            if "add" in verb and verb["add"] not in self.tags:
                self.tags.append(verb["add"])
            self.tags = [tag for tag in self.tags if tag != verb.get("remove")]
            self._echo_change("labels")
        return Reply(status=204)

    def comment(self, asked: Asked, _number: str) -> Reply:
        assert asked.json["properties"] == [
            {"key": "sd.public.comment", "value": {"internal": True}}
        ]
        self.notes.append(asked.json["body"])
        number = f"301{len(self.notes)}"
        # Jira says of every comment that the customer sees it; only the rule knows.
        hook = payload("jira", "agent_note")
        hook["comment"] |= {"id": number, "body": asked.json["body"], "jsdPublic": True}
        hook["comment"] |= {"author": _ACCOUNT, "updateAuthor": _ACCOUNT}
        rule = payload("jira", "rule") | {"comment_id": number, "comment_internal": "true"}
        rule |= {"comment_body": asked.json["body"], "author_id": "5a-api", "author_name": "SIVO"}
        self.echoes += [hook, rule]
        return Reply(status=201, json={"id": number})

    def _echo_change(self, name: str) -> None:
        hook = payload("jira", "assigned")
        hook["user"] = _ACCOUNT
        hook["changelog"]["id"] = f"9{len(self.echoes)}"
        hook["changelog"]["items"] = [{"field": name, "fieldtype": "custom", "toString": "x"}]
        self.echoes.append(hook)
