"""Zendesk on loopback: incremental cursor export, audits, and the events that it sends."""

import base64
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.fakes.desk import ALICE, BOB, LOGIN, FakeDesk, Hook, Person, seconds
from tests.fakes.tool_server import Asked, Reply


@dataclass
class FakeZendesk(FakeDesk):
    """`lag`: its export leaves out what was changed within the minute before."""

    kind = "zendesk"
    lag: timedelta = timedelta(minutes=1)
    audits: dict[int, list[dict[str, Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.route("GET", r"/api/v2/incremental/tickets/cursor(?:\.json)?", self._export)
        self.route("GET", r"/api/v2/tickets/(\d+)/audits(?:\.json)?", self._audits)
        self.route("GET", r"/api/v2/tickets/(\d+)(?:\.json)?", self._show)
        self.route("PUT", r"/api/v2/tickets/(\d+)(?:\.json)?", self._merge)
        self.route("GET", r"/api/v2/users/me(?:\.json)?", self._me)

    def is_known(self, asked: Asked) -> bool:
        """Basic, as `login/token`."""
        proof = base64.b64encode(f"{LOGIN}/token:{self.token}".encode()).decode()
        return asked.headers.get("authorization") == f"Basic {proof}"

    # What it is asked.

    def _export(self, asked: Asked) -> Reply:
        until = (self.now() - self.lag).timestamp()
        if "cursor" in asked.query:
            after = tuple(map(int, base64.b64decode(asked.query["cursor"]).decode().split("|")))
        else:
            start = int(asked.query["start_time"])
            if start > until:
                return Reply(status=422, json={"error": "StartTimeTooRecent"})
            after = (start, -1)
        size = min(int(asked.query.get("per_page", 1000)), self.per_page)
        changed = sorted(
            (ticket["generated_timestamp"], number, ticket)
            for number, ticket in self.tickets.items()
            if after < (ticket["generated_timestamp"], number)
            and ticket["generated_timestamp"] <= until
        )
        page = changed[:size]
        last = page[-1][:2] if page else after
        cursor = base64.b64encode(f"{last[0]}|{last[1]}".encode()).decode()
        return Reply(
            json={
                "tickets": [ticket for *_, ticket in page],
                "after_cursor": cursor,
                "after_url": f"{self.url}{asked.path}?cursor={cursor}",
                "before_cursor": None,
                "before_url": None,
                "end_of_stream": len(changed) <= size,
            }
        )

    def _audits(self, asked: Asked, number: str) -> Reply:
        if int(number) not in self.tickets:
            return Reply(status=404, json={"error": "RecordNotFound"})
        size = min(int(asked.query.get("page[size]", 100)), self.per_page)
        begin = int(asked.query.get("page[after]", 0))
        rows = self.audits[int(number)]
        more = begin + size < len(rows)
        found: dict[str, Any] = {
            "audits": rows[begin : begin + size],
            "meta": {"has_more": more, "after_cursor": str(begin + size), "before_cursor": None},
            "links": {"next": None, "prev": None},
        }
        if "users" in asked.query.get("include", ""):
            found["users"] = [self._user(each) for each in self.people.values()]
        return Reply(json=found)

    def _show(self, _: Asked, number: str) -> Reply:
        ticket = self.tickets.get(int(number))
        if ticket is None:
            return Reply(status=404, json={"error": "RecordNotFound"})
        return Reply(json={"ticket": ticket})

    def _merge(self, asked: Asked, number: str) -> Reply:
        ticket = self.tickets.get(int(number))
        if ticket is None:
            return Reply(status=404, json={"error": "RecordNotFound"})
        ticket.update((asked.json or {}).get("ticket", {}))
        self._touch(ticket, self.now())
        return Reply(json={"ticket": ticket})

    def _me(self, _: Asked) -> Reply:
        return Reply(json={"user": self._user(ALICE)})

    @staticmethod
    def _user(person: Person) -> dict[str, Any]:
        return {
            "id": person.number,
            "name": person.name,
            "email": person.email,
            "role": "agent" if person.is_staff else "end-user",
        }

    # What happens there.

    def customer_opens(self, text: str, *, at: datetime, subject: str = "Telefonía") -> Hook:
        number = 5000 + self.number()
        self.tickets[number] = {
            "id": number,
            "created_at": seconds(at),
            "subject": subject,
            "description": text,
            "status": "open",
            "priority": None,
            "requester_id": BOB.number,
            "submitter_id": BOB.number,
            "assignee_id": None,
            "is_public": True,
            "tags": [],
            "via": {"channel": "web"},
        }
        self.audits[number] = []
        self._audit(number, BOB, at, self._comment(BOB, text), self._field("status", "open"))
        return self.hook(number, at, self._trigger(number, text, at, subject))

    @staticmethod
    def _trigger(number: int, text: str, at: datetime, subject: str) -> dict[str, Any]:
        return {
            "sivo": "zendesk.ticket.created",
            "ticket_id": str(number),
            "subject": subject,
            "description": text,
            "created_at": seconds(at),
            "via": "web",
            "priority": "",
            "requester_name": BOB.name,
            "requester_email": BOB.email,
        }

    def customer_writes(self, thread: str, text: str, *, at: datetime) -> Hook:
        return self._says(int(thread), BOB, text, at, public=True)

    def agent_answers(self, thread: str, text: str, *, at: datetime) -> Hook:
        return self._says(int(thread), ALICE, text, at, public=True)

    def note(self, thread: str, text: str, *, at: datetime) -> Hook:
        return self._says(int(thread), ALICE, text, at, public=False)

    def sets_status(self, thread: str, status: str, *, at: datetime) -> Hook:
        return self._sets(int(thread), "status", status, at)

    def sets_priority(self, thread: str, priority: str, *, at: datetime) -> Hook:
        return self._sets(int(thread), "priority", priority, at)

    def assigns(self, thread: str, to: Person | None, *, at: datetime) -> Hook:
        number = int(thread)
        before, after = self.tickets[number]["assignee_id"], to and to.number
        self._put(number, "assignee_id", after, at)
        event = {"current": after and str(after), "previous": before and str(before)}
        return self._event(number, ALICE, at, "agent_assignment_changed", event)

    def tags(self, thread: str, *tags: str, at: datetime) -> Hook:
        number = int(thread)
        before = self.tickets[number]["tags"]
        self._put(number, "tags", list(tags), at)
        event = {
            "tags_added": [each for each in tags if each not in before],
            "tags_removed": [each for each in before if each not in tags],
        }
        return self._event(number, ALICE, at, "tags_changed", event)

    def deletes(self, thread: str, *, at: datetime) -> None:
        """The ticket is deleted softly: the export tells so."""
        self.tickets[int(thread)]["status"] = "deleted"
        self._touch(self.tickets[int(thread)], at)

    def _says(self, number: int, who: Person, text: str, at: datetime, *, public: bool) -> Hook:
        comment = self._comment(who, text, public=public)
        self._audit(number, who, at, comment)
        event = {
            "comment": {
                "author": {"id": str(who.number), "is_staff": who.is_staff, "name": who.name},
                "body": text,
                "id": comment["id"],
                "is_public": public,
            }
        }
        return self._event(number, who, at, "comment_added", event)

    def _sets(self, number: int, name: str, value: str, at: datetime) -> Hook:
        before = self._put(number, name, value, at)
        event = {"current": value.upper(), "previous": (before or "").upper() or None}
        return self._event(number, ALICE, at, f"{name}_changed", event)

    def _put(self, number: int, name: str, value: Any, at: datetime) -> Any:
        """Alice sets a field; what it was before."""
        before = self.tickets[number][name]
        self.tickets[number][name] = value
        told = {"type": "Change", "previous_value": before}
        self._audit(number, ALICE, at, {**self._field(name, value), **told})
        return before

    def _event(
        self, number: int, who: Person, at: datetime, kind: str, event: dict[str, Any]
    ) -> Hook:
        ticket = self.tickets[number]
        detail = {
            **{key: ticket[key] for key in ("created_at", "description", "is_public", "subject")},
            "actor_id": str(who.number),
            "assignee_id": ticket["assignee_id"] and str(ticket["assignee_id"]),
            "tags": ticket["tags"],
            "id": str(number),
            "priority": (ticket["priority"] or "").upper() or None,
            "requester_id": str(ticket["requester_id"]),
            "status": ticket["status"].upper(),
            "submitter_id": str(ticket["submitter_id"]),
            "updated_at": ticket["updated_at"],
            "via": ticket["via"],
        }
        told = {
            "account_id": 12514403,
            "detail": detail,
            "event": {**event, "meta": {"sequence": {"id": "01KAKXV2E1", "position": 1}}},
            "id": f"cbe4028c-7239-495d-b020-{self.number():012d}",
            "subject": f"zen:ticket:{number}",
            "time": seconds(at),
            "type": f"zen:event-type:ticket.{kind}",
            "zendesk_event_version": "2022-11-06",
        }
        return self.hook(number, at, told)

    def _audit(self, number: int, who: Person, at: datetime, *events: dict[str, Any]) -> None:
        self.audits[number].append(
            {
                "id": 880000 + self.number(),
                "ticket_id": number,
                "created_at": seconds(at),
                "author_id": who.number,
                "via": {"channel": "web"},
                "metadata": {},
                "events": list(events),
            }
        )
        self._touch(self.tickets[number], at)

    def _comment(self, who: Person, text: str, *, public: bool = True) -> dict[str, Any]:
        return {
            "id": 8659716000000 + self.number(),
            "type": "Comment",
            "author_id": who.number,
            "body": text,
            "html_body": f"<p>{text}</p>",
            "plain_body": text,
            "public": public,
            "attachments": [],
        }

    def _field(self, name: str, value: Any) -> dict[str, Any]:
        return {
            "id": 770000 + self.number(),
            "type": "Create",
            "field_name": name,
            "value": value,
        }

    @staticmethod
    def _touch(ticket: dict[str, Any], at: datetime) -> None:
        ticket["updated_at"] = seconds(at)
        ticket["generated_timestamp"] = int(at.timestamp())
