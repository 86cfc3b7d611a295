"""Zammad on loopback: search, articles and history of tickets, and the webhooks of its triggers."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.fakes.desk import ALICE, BOB, FakeDesk, Hook, Person, milliseconds
from tests.fakes.tool_server import Asked, Reply

_SINCE = "condition[ticket.updated_at][value]"
_FOLLOWED_UP = frozenset({"new", "open"})


@dataclass
class FakeZammad(FakeDesk):
    """Its webhooks tell a whole ticket; a customer who follows up opens it again."""

    kind = "zammad"
    articles: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    history: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    tags_of: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.route("GET", r"/api/v1/tickets/search", self._search)
        self.route("GET", r"/api/v1/tickets/(\d+)", self._show)
        self.route("PUT", r"/api/v1/tickets/(\d+)", self._merge)
        self.route("GET", r"/api/v1/ticket_articles/by_ticket/(\d+)", self._by_ticket)
        self.route("GET", r"/api/v1/ticket_history/(\d+)", self._history)
        self.route("GET", r"/api/v1/users/me", lambda _: Reply(json={"id": 3, "login": "sivo"}))

    def is_known(self, asked: Asked) -> bool:
        """By its own scheme."""
        return asked.headers.get("authorization") == f"Token token={self.token}"

    # What it is asked.

    def _search(self, asked: Asked) -> Reply:
        size = min(int(asked.query.get("per_page", 50)), 200, self.per_page)
        begin = (int(asked.query.get("page", 1)) - 1) * size
        since = asked.query.get(_SINCE, "")
        rows = [each for each in self.tickets.values() if each["updated_at"] > since]
        by = asked.query.get("sort_by", "updated_at")
        rows.sort(key=lambda each: (each[by], each["id"]))
        if asked.query.get("order_by", "desc") == "desc":
            rows.reverse()
        return Reply(json=rows[begin : begin + size])

    def _show(self, _: Asked, number: str) -> Reply:
        found = self.tickets.get(int(number))
        return Reply(json=found) if found else _missing()

    def _merge(self, asked: Asked, number: str) -> Reply:
        found = self.tickets.get(int(number))
        if found is None:
            return _missing()
        found.update(asked.json or {})
        found["updated_at"] = milliseconds(self.now())
        return Reply(json=found)

    def _by_ticket(self, _: Asked, number: str) -> Reply:
        found = self.articles.get(int(number))
        return _missing() if found is None else Reply(json=found)

    def _history(self, _: Asked, number: str) -> Reply:
        found = self.history.get(int(number))
        return _missing() if found is None else Reply(json={"history": found, "assets": {}})

    # What happens there.

    def customer_opens(self, text: str, *, at: datetime, subject: str = "Telefonía") -> Hook:
        number = 80 + self.number()
        self.tickets[number] = {
            "id": number,
            "number": f"10{number:03d}",
            "title": subject,
            "state": "new",
            "priority": "2 normal",
            "group": "Service Desk",
            # Nobody.
            "owner_id": 1,
            "owner": "-",
            "customer_id": BOB.number,
            "customer": BOB.email,
            "created_at": milliseconds(at),
            "updated_at": milliseconds(at),
            "create_article_type": "email",
            "create_article_sender": "Customer",
        }
        self.articles[number] = []
        self.history[number] = [
            {"id": self.number(), "object": "Ticket", "type": "created", "o_id": number}
            | {"created_at": milliseconds(at), "created_by_id": BOB.number}
        ]
        return self._writes(number, BOB, text, at)

    def customer_writes(self, thread: str, text: str, *, at: datetime) -> Hook:
        if self.tickets[int(thread)]["state"] not in _FOLLOWED_UP:
            self._change(int(thread), "state", "open", at)
        return self._writes(int(thread), BOB, text, at)

    def agent_answers(self, thread: str, text: str, *, at: datetime) -> Hook:
        return self._writes(int(thread), ALICE, text, at)

    def note(self, thread: str, text: str, *, at: datetime) -> Hook:
        return self._writes(int(thread), ALICE, text, at, internal=True)

    def sets_status(self, thread: str, status: str, *, at: datetime) -> Hook:
        self._change(int(thread), "state", status, at)
        return self.hook(int(thread), at, {"ticket": self._as_told(int(thread)), "article": {}})

    def sets_priority(self, thread: str, priority: str, *, at: datetime) -> Hook:
        self._change(int(thread), "priority", priority, at)
        return self.hook(int(thread), at, {"ticket": self._as_told(int(thread)), "article": {}})

    def assigns(self, thread: str, to: Person | None, *, at: datetime) -> Hook:
        number = int(thread)
        before = self.tickets[number]["owner_id"]
        after = to.number if to else 1
        self.tickets[number] |= {"owner_id": after, "owner": to.email if to else "-"}
        ids = {"id_from": before, "id_to": after, "value_from": "-", "value_to": to and to.name}
        self._history_of(number, "updated", "owner", at, **ids)
        return self.hook(number, at, {"ticket": self._as_told(number), "article": {}})

    def tags(self, thread: str, *tags: str, at: datetime) -> Hook:
        number = int(thread)
        before = self.tags_of.setdefault(number, ())
        self.tags_of[number] = tags
        for kind, names in (
            ("removed", [each for each in before if each not in tags]),
            ("added", [each for each in tags if each not in before]),
        ):
            for name in names:
                self._history_of(number, kind, "tag", at, value_to=name)
        # Its webhooks do not tell them.
        return self.hook(number, at, {"ticket": self._as_told(number), "article": {}})

    def _writes(
        self, number: int, who: Person, text: str, at: datetime, *, internal: bool = False
    ) -> Hook:
        article: dict[str, Any] = {
            "id": 1000 + self.number(),
            "ticket_id": number,
            "type": "note" if internal else "email",
            "sender": "Agent" if who.is_staff else "Customer",
            "internal": internal,
            "from": f"{who.name} <{who.email}>",
            "to": "Soporte",
            "subject": "",
            "body": f"<div>{text}</div>",
            "content_type": "text/html",
            "created_at": milliseconds(at),
            "created_by_id": who.number,
            "created_by": who.email,
            "attachments": [],
        }
        self.articles[number].append(article)
        self.tickets[number]["updated_at"] = milliseconds(at)
        person = {"id": who.number, "email": who.email, "firstname": who.name, "lastname": ""}
        told = {"ticket": self._as_told(number), "article": {**article, "created_by": person}}
        return self.hook(number, at, told)

    def _change(self, number: int, attribute: str, value: str, at: datetime) -> None:
        before = self.tickets[number][attribute]
        self.tickets[number][attribute] = value
        self._history_of(number, "updated", attribute, at, value_from=before, value_to=value)

    def _history_of(
        self, number: int, kind: str, attribute: str, at: datetime, **told: Any
    ) -> None:
        self.tickets[number]["updated_at"] = milliseconds(at)
        self.history[number].append(
            {
                "id": self.number(),
                "o_id": number,
                "object": "Ticket",
                "type": kind,
                "attribute": attribute,
                **told,
                "created_at": milliseconds(at),
                "created_by_id": ALICE.number,
            }
        )

    def _as_told(self, number: int) -> dict[str, Any]:
        ticket = self.tickets[number]
        return {
            **ticket,
            "priority": {"id": 2, "name": ticket["priority"]},
            "owner": {"id": ticket["owner_id"], "email": ticket["owner"].strip("-")},
            "customer": {"id": BOB.number, "email": BOB.email},
        }


def _missing() -> Reply:
    return Reply(status=404, json={"error": "Couldn't find Ticket"})
