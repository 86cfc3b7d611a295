"""Chatwoot on loopback: conversations, their messages and reporting events, and its webhooks."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.fakes.desk import ALICE, BOB, FakeDesk, Hook, Person, milliseconds
from tests.fakes.tool_server import Asked, Reply

INCOMING, OUTGOING, ACTIVITY = 0, 1, 2
_WORDS = ("incoming", "outgoing", "activity", "template")


@dataclass
class FakeChatwoot(FakeDesk):
    """One account with the number 1; `has_reports`: whether it is new enough for such events."""

    kind = "chatwoot"
    has_reports: bool = True
    messages: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    reports: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    changed: dict[int, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        base = r"/api/v1/accounts/1/conversations"
        self.route("GET", base, self._list)
        self.route("GET", base + r"/(\d+)", self._show)
        self.route("GET", base + r"/(\d+)/messages", self._messages)
        self.route("GET", base + r"/(\d+)/reporting_events", self._reports)
        self.route("POST", base + r"/(\d+)/(?:custom_attributes|labels)", self._merge)
        self.route("GET", r"/api/v1/profile", lambda _: Reply(json={"id": 3, "name": "SIVO"}))

    def is_known(self, asked: Asked) -> bool:
        """By a header of its own."""
        return asked.headers.get("api_access_token") == self.token

    # What it is asked.

    def _list(self, asked: Asked) -> Reply:
        rows = sorted(self.tickets.values(), key=lambda each: -each["last_activity_at"])
        if asked.query.get("status", "open") != "all":
            rows = [each for each in rows if each["status"] == asked.query.get("status", "open")]
        if "updated_within" in asked.query:
            # Not paged, and judged by its own clock.
            since = self.now() - timedelta(seconds=int(asked.query["updated_within"]))
            rows = [each for each in rows if self.changed[each["id"]] > since]
        else:
            begin = (int(asked.query.get("page", 1)) - 1) * 25
            rows = rows[begin : begin + 25]
        meta = {"mine_count": 0, "unassigned_count": 0, "all_count": len(self.tickets)}
        return Reply(json={"data": {"meta": meta, "payload": rows}})

    def _show(self, _: Asked, number: str) -> Reply:
        found = self.tickets.get(int(number))
        return Reply(json=found) if found else _missing()

    def _messages(self, asked: Asked, number: str) -> Reply:
        if int(number) not in self.tickets:
            return _missing()
        rows = self.messages[int(number)]
        if "after" in asked.query:
            most = min(100, self.per_page)
            rows = [each for each in rows if each["id"] > int(asked.query["after"])][:most]
        elif "before" in asked.query:
            rows = [each for each in rows if each["id"] < int(asked.query["before"])][-20:]
        else:
            rows = rows[-20:]
        return Reply(json={"meta": {"labels": []}, "payload": rows})

    def _reports(self, _: Asked, number: str) -> Reply:
        if int(number) not in self.tickets or not self.has_reports:
            return _missing()
        return Reply(json=self.reports[int(number)])

    def _merge(self, asked: Asked, number: str) -> Reply:
        found = self.tickets.get(int(number))
        if found is None:
            return _missing()
        found.update(asked.json or {})
        self.changed[int(number)] = self.now()
        return Reply(json=found)

    # What happens there.

    def customer_opens(self, text: str, *, at: datetime, subject: str = "Telefonía") -> Hook:
        number = self.number()
        self.tickets[number] = {
            "id": number,
            "account_id": 1,
            "uuid": f"0d3f6f3c-7f0e-4a52-9b57-{number:012d}",
            "additional_attributes": {"mail_subject": subject},
            "can_reply": True,
            "custom_attributes": {},
            "inbox_id": 3,
            "labels": [],
            "meta": {
                "sender": {"id": 5, "name": BOB.name, "email": BOB.email, "type": "contact"},
                "channel": "Channel::Email",
                "assignee": None,
                "hmac_verified": False,
            },
            "status": "open",
            "priority": None,
            "snoozed_until": None,
            "created_at": int(at.timestamp()),
            "last_activity_at": int(at.timestamp()),
        }
        self.messages[number], self.reports[number] = [], []
        return self._says(number, BOB, text, at, INCOMING)

    def customer_writes(self, thread: str, text: str, *, at: datetime) -> Hook:
        return self._says(int(thread), BOB, text, at, INCOMING)

    def agent_answers(self, thread: str, text: str, *, at: datetime) -> Hook:
        return self._says(int(thread), ALICE, text, at, OUTGOING)

    def note(self, thread: str, text: str, *, at: datetime) -> Hook:
        return self._says(int(thread), ALICE, text, at, OUTGOING, private=True)

    def sets_status(self, thread: str, status: str, *, at: datetime) -> Hook:
        before = self.tickets[int(thread)]["status"]
        self.tickets[int(thread)]["status"] = status
        if status == "resolved":
            self._report(int(thread), "conversation_resolved", at)
        elif status == "open" and before == "resolved":
            self._report(int(thread), "conversation_opened", at)
        self._says(int(thread), None, f"Conversation was marked {status} by Alice", at, ACTIVITY)
        return self._changed(int(thread), at, "conversation_status_changed", "status", before)

    def sets_priority(self, thread: str, priority: str, *, at: datetime) -> Hook:
        before = self.tickets[int(thread)]["priority"]
        self.tickets[int(thread)]["priority"] = priority
        self._says(int(thread), None, f"Alice set the priority to {priority}", at, ACTIVITY)
        return self._changed(int(thread), at, "conversation_updated", "priority", before)

    def assigns(self, thread: str, to: Person | None, *, at: datetime) -> Hook:
        number = int(thread)
        meta = self.tickets[number]["meta"]
        before = meta["assignee"]
        meta["assignee"] = to and {"id": to.number, "name": to.name, "email": to.email}
        line = f"Assigned to {to.name} by Alice" if to else "Conversation unassigned by Alice"
        self._says(number, None, line, at, ACTIVITY)
        ids = (before and before["id"], to and to.number)
        return self._updated(number, at, "conversation_updated", "assignee_id", *ids)

    def tags(self, thread: str, *tags: str, at: datetime) -> Hook:
        number = int(thread)
        before = self.tickets[number]["labels"]
        self.tickets[number]["labels"] = list(tags)
        for verb, names in (
            ("added", [each for each in tags if each not in before]),
            ("removed", [each for each in before if each not in tags]),
        ):
            if names:
                self._says(number, None, f"Alice {verb} {', '.join(names)}", at, ACTIVITY)
        told = (list(before), list(tags))
        return self._updated(number, at, "conversation_updated", "label_list", *told)

    def deletes(self, thread: str) -> None:
        """It is gone for good, and nothing tells so."""
        del self.tickets[int(thread)]

    def _says(
        self,
        number: int,
        who: Person | None,
        text: str,
        at: datetime,
        kind: int,
        *,
        private: bool = False,
    ) -> Hook:
        role = "user" if who and who.is_staff else "contact"
        sender = who and {"id": who.number, "name": who.name, "email": who.email, "type": role}
        message = {
            "id": 90000 + self.number(),
            "content": text,
            "inbox_id": 3,
            "conversation_id": number,
            "message_type": kind,
            "content_type": "text",
            "status": "sent",
            "content_attributes": {},
            "private": private,
            "source_id": None,
            "sender": sender,
            # Whole seconds here; the webhook tells milliseconds.
            "created_at": int(at.timestamp()),
        }
        self.messages[number].append(message)
        self._touch(number, at)
        told = {
            **message,
            "message_type": _WORDS[kind],
            "created_at": milliseconds(at),
            "account": {"id": 1, "name": "SIVO"},
            "conversation": self._as_told(number),
            "event": "message_created",
        }
        return self.hook(number, at, told)

    def _changed(self, number: int, at: datetime, event: str, name: str, before: Any) -> Hook:
        return self._updated(number, at, event, name, before, self.tickets[number][name])

    def _updated(
        self, number: int, at: datetime, event: str, name: str, before: Any, current: Any
    ) -> Hook:
        self._touch(number, at)
        changed = [{name: {"previous_value": before, "current_value": current}}]
        told = {**self._as_told(number), "event": event, "changed_attributes": changed}
        return self.hook(number, at, told)

    def _as_told(self, number: int) -> dict[str, Any]:
        ticket = self.tickets[number]
        told: dict[str, Any] = json.loads(json.dumps(ticket))
        return {**told, "channel": ticket["meta"]["channel"], "messages": []}

    def _report(self, number: int, name: str, at: datetime) -> None:
        self.reports[number].append(
            {
                "id": self.number(),
                "name": name,
                "value": 1.0,
                "event_start_time": milliseconds(at),
                "event_end_time": milliseconds(at),
                "conversation_id": number,
                "user_id": ALICE.number,
                "created_at": milliseconds(at),
            }
        )

    def _touch(self, number: int, at: datetime) -> None:
        self.changed[number] = at
        self.tickets[number]["last_activity_at"] = int(at.timestamp())
        self.tickets[number]["timestamp"] = int(at.timestamp())
        self.tickets[number]["updated_at"] = at.timestamp()


def _missing() -> Reply:
    return Reply(status=404, json={"error": "Resource could not be found"})
