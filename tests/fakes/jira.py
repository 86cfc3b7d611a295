"""Jira Service Management on loopback: JQL search, comments, changelog, and its webhooks."""

import base64
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from tests.fakes.desk import ALICE, BOB, LOGIN, FakeDesk, Hook, Person
from tests.fakes.tool_server import Asked, Reply

_JQL = re.compile(r'project = "SUP" AND updated >= "?-(\d+)m"? ORDER BY created ASC')
# It tells instants in the zone of the account.
_ZONE = timezone(timedelta(hours=1))


@dataclass
class FakeJira(FakeDesk):
    """One project, SUP; `is_service`: False is one whose comments no portal shows."""

    kind = "jira"
    is_service: bool = True
    comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    internal: dict[str, bool] = field(default_factory=dict)
    changelog: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    changed: dict[int, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.route("GET", r"/rest/api/3/search/jql", self._search)
        self.route("GET", r"/rest/api/3/issue/(\d+)", self._show)
        self.route("PUT", r"/rest/api/3/issue/(\d+)", self._merge)
        self.route("GET", r"/rest/api/3/issue/(\d+)/comment", self._comments)
        self.route("GET", r"/rest/api/3/issue/(\d+)/changelog", self._changelog)
        self.route("GET", r"/rest/servicedeskapi/request/(\d+)/comment", self._shown)
        self.route("GET", r"/rest/api/3/myself", lambda _: Reply(json=_user(ALICE)))

    def is_known(self, asked: Asked) -> bool:
        """Basic, with the token as the password."""
        proof = base64.b64encode(f"{LOGIN}:{self.token}".encode()).decode()
        return asked.headers.get("authorization") == f"Basic {proof}"

    # What it is asked.

    def _search(self, asked: Asked) -> Reply:
        found = _JQL.fullmatch(asked.query.get("jql", ""))
        if found is None:
            return Reply(status=400, json={"errorMessages": ["Error in the JQL Query"]})
        since = self.now() - timedelta(minutes=int(found[1]))
        rows = [each for number, each in self.tickets.items() if self.changed[number] >= since]
        rows.sort(key=lambda each: (each["fields"]["created"], int(each["id"])))
        size = min(int(asked.query.get("maxResults", 50)), self.per_page)
        begin = int(asked.query.get("nextPageToken") or 0)
        page: dict[str, Any] = {"issues": rows[begin : begin + size], "isLast": True}
        if begin + size < len(rows):
            page |= {"nextPageToken": str(begin + size), "isLast": False}
        return Reply(json=page)

    def _show(self, _: Asked, number: str) -> Reply:
        found = self.tickets.get(int(number))
        return Reply(json=found) if found else _missing()

    def _merge(self, asked: Asked, number: str) -> Reply:
        found = self.tickets.get(int(number))
        if found is None:
            return _missing()
        found["fields"].update((asked.json or {}).get("fields", {}))
        self.changed[int(number)] = self.now()
        return Reply(status=204)

    def _comments(self, asked: Asked, number: str) -> Reply:
        return self._paged(asked, self.comments.get(int(number)), "comments")

    def _changelog(self, asked: Asked, number: str) -> Reply:
        return self._paged(asked, self.changelog.get(int(number)), "values")

    def _paged(self, asked: Asked, rows: list[dict[str, Any]] | None, name: str) -> Reply:
        if rows is None:
            return _missing()
        begin, size = int(asked.query.get("startAt", 0)), int(asked.query.get("maxResults", 50))
        size = min(size, self.per_page)
        page = {"startAt": begin, "maxResults": size, "total": len(rows)}
        if name == "values":
            page["isLast"] = begin + size >= len(rows)
        return Reply(json={**page, name: rows[begin : begin + size]})

    def _shown(self, asked: Asked, number: str) -> Reply:
        rows = self.comments.get(int(number))
        if rows is None or not self.is_service:
            return _missing()
        begin, size = int(asked.query.get("start", 0)), int(asked.query.get("limit", 50))
        size = min(size, self.per_page)
        page = [
            {
                "id": each["id"],
                "body": "",
                "public": not self.internal[each["id"]],
                "author": {"accountId": each["author"]["accountId"]},
                "created": {"jira": each["created"]},
            }
            for each in rows[begin : begin + size]
        ]
        last = begin + size >= len(rows)
        more = {"size": len(page), "start": begin, "limit": size, "isLastPage": last}
        return Reply(json={**more, "values": page})

    # What happens there.

    def customer_opens(self, text: str, *, at: datetime, subject: str = "Telefonía") -> Hook:
        number = 10000 + self.number()
        self.tickets[number] = {
            "id": str(number),
            "key": f"SUP-{number - 9500}",
            "fields": {
                "summary": subject,
                "description": _document(text),
                "project": {"id": "10000", "key": "SUP", "projectTypeKey": "service_desk"},
                "assignee": None,
                "priority": {"id": "3", "name": "Medium"},
                "status": _status("Waiting for support"),
                "reporter": _user(BOB),
                "creator": _user(BOB),
                "created": _instant(at),
                "labels": [],
                "attachment": [],
            },
        }
        self.comments[number], self.changelog[number] = [], []
        self._touch(number, at)
        told = {"webhookEvent": "jira:issue_created", "user": _user(BOB)}
        return self._hook(number, at, told)

    def customer_writes(self, thread: str, text: str, *, at: datetime) -> Hook:
        return self._says(int(thread), BOB, text, at, internal=False)

    def agent_answers(self, thread: str, text: str, *, at: datetime) -> Hook:
        return self._says(int(thread), ALICE, text, at, internal=False)

    def note(self, thread: str, text: str, *, at: datetime) -> Hook:
        return self._says(int(thread), ALICE, text, at, internal=True)

    def sets_status(self, thread: str, status: str, *, at: datetime) -> Hook:
        before = self.tickets[int(thread)]["fields"]["status"]["name"]
        self.tickets[int(thread)]["fields"]["status"] = _status(status)
        return self._sets(int(thread), "status", before, status, at)

    def sets_priority(self, thread: str, priority: str, *, at: datetime) -> Hook:
        before = self.tickets[int(thread)]["fields"]["priority"]["name"]
        self.tickets[int(thread)]["fields"]["priority"] = {"id": "2", "name": priority}
        return self._sets(int(thread), "priority", before, priority, at)

    def assigns(self, thread: str, to: Person | None, *, at: datetime) -> Hook:
        fields = self.tickets[int(thread)]["fields"]
        before = fields["assignee"]
        fields["assignee"] = to and _user(to)
        ids = {"from": before and before["accountId"], "to": to and to.account}
        names = (before and before["displayName"], to and to.name)
        return self._sets(int(thread), "assignee", *names, at, **ids)

    def tags(self, thread: str, *tags: str, at: datetime) -> Hook:
        fields = self.tickets[int(thread)]["fields"]
        before = fields["labels"]
        fields["labels"] = list(tags)
        ids = {"from": None, "to": None}
        return self._sets(int(thread), "labels", " ".join(before), " ".join(tags), at, **ids)

    def _says(self, number: int, who: Person, text: str, at: datetime, *, internal: bool) -> Hook:
        comment: dict[str, Any] = {
            "id": str(20000 + self.number()),
            "author": _user(who),
            "updateAuthor": _user(who),
            "body": _document(text),
            "created": _instant(at),
            "updated": _instant(at),
            # Said of notes too.
            "jsdPublic": True,
        }
        self.internal[comment["id"]] = internal
        self.comments[number].append(comment)
        self._touch(number, at)
        mark = {"key": "sd.public.comment", "value": {"internal": internal}}
        told = {
            "webhookEvent": "comment_created",
            "comment": {**comment, "body": text, "properties": [mark]},
        }
        return self._hook(number, at, told)

    def _sets(
        self, number: int, name: str, before: Any, after: Any, at: datetime, **ids: Any
    ) -> Hook:
        item = {
            "field": name,
            "fieldtype": "jira",
            "fieldId": name,
            "from": "1",
            "fromString": before,
            "to": "2",
            "toString": after,
            **ids,
        }
        log = str(30000 + self.number())
        self.changelog[number].append(
            {"id": log, "author": _user(ALICE), "created": _instant(at), "items": [item]}
        )
        self._touch(number, at)
        told = {
            "webhookEvent": "jira:issue_updated",
            "issue_event_type_name": "issue_generic",
            "user": _user(ALICE),
            "changelog": {"id": log, "items": [item]},
        }
        return self._hook(number, at, told)

    def _hook(self, number: int, at: datetime, told: dict[str, Any]) -> Hook:
        stamp = int(at.timestamp() * 1000)
        return self.hook(number, at, {"timestamp": stamp, **told, "issue": self.tickets[number]})

    def _touch(self, number: int, at: datetime) -> None:
        self.changed[number] = at
        self.tickets[number]["fields"]["updated"] = _instant(at)


def _user(who: Person) -> dict[str, Any]:
    found = {
        "accountId": who.account,
        "accountType": "atlassian" if who.is_staff else "customer",
        "displayName": who.name,
        "active": True,
    }
    return found if who.is_staff else {**found, "emailAddress": who.email}


def _status(name: str) -> dict[str, Any]:
    key = "done" if name in {"Resolved", "Done", "Closed"} else "indeterminate"
    return {"id": "10003", "name": name, "statusCategory": {"id": 4, "key": key}}


def _document(text: str) -> dict[str, Any]:
    said = [{"type": "paragraph", "content": [{"type": "text", "text": text}]}]
    return {"type": "doc", "version": 1, "content": said}


def _instant(at: datetime) -> str:
    """As it writes instants: milliseconds, and an offset without its colon."""
    told = at.astimezone(UTC).astimezone(_ZONE).isoformat(timespec="milliseconds")
    return told[:-3] + told[-2:]


def _missing() -> Reply:
    return Reply(status=404, json={"errorMessages": ["Issue does not exist"]})
