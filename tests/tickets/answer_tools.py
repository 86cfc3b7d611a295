"""A tool in which Bob waits for an answer, our access to it, and what its webhooks say of it."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User

from tests.fakes.answered import AnsweredServer, Kept
from tests.fakes.chatwoot_answers import ChatwootAnswers
from tests.fakes.slack import SlackServer
from tests.fakes.zendesk_answers import LOGIN, ZendeskAnswers
from tests.journeys.tool_stories import Told, bring, conversation
from tests.sla.world import customer, person
from tests.tickets.hooks import utc
from tests.tickets.tools.calls import payload
from tickets.domain.words import EventKind
from tickets.models import Customer, Message, Source, Ticket, TicketEvent, ToolAccess
from tickets.operations.desk.actions import set_customer
from tickets.operations.outgoing.answer import NewFile, answer_ticket
from tickets.operations.outgoing.tool_outbox import send_through_tools

KINDS = ("zendesk", "chatwoot", "slack")
OPENED = utc("2026-11-23 08:00")
WRITTEN = OPENED + timedelta(minutes=30)
_FIRST = {"zendesk": "trigger", "chatwoot": "customer", "slack": "customer"}
_THREADS = {"zendesk": "5158", "chatwoot": "71", "slack": "C0ACME:1795420800.000200"}
_SERVERS: dict[str, Callable[[], Any]] = {
    "zendesk": ZendeskAnswers,
    "chatwoot": ChatwootAnswers,
    "slack": SlackServer,
}


@dataclass
class Place:
    """One tool with one conversation."""

    kind: str
    server: Any
    source: Source
    access: ToolAccess
    ticket: Ticket

    def write(
        self,
        text: str = "Lo miramos ahora.",
        at: datetime = WRITTEN,
        files: Sequence[NewFile] = (),
    ) -> Message:
        """Alice answers on our ticket page."""
        return answer_ticket(ticket_id=self.ticket.pk, text=text, user=alice(), now=at, files=files)

    def replies(self) -> list[TicketEvent]:
        """What counted as an answer of ours."""
        return list(self.ticket.events.filter(kind=EventKind.AGENT_REPLIED))

    def ours(self) -> list[Message]:
        """Every message here that is not Bob's."""
        return list(self.ticket.messages.exclude(author_kind="customer"))

    def echo(self, kept: Kept, at: datetime) -> None:
        """The tool's webhook tells us of an answer that it has."""
        bring(self.source, Told(name=f"echo-{kept.id}", at=at, body=self.told(kept, at)), at)

    def told(self, kept: Kept, at: datetime) -> bytes:
        """The body of that webhook: the account of the token wrote it."""
        stated = at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        body = payload(
            self.kind,
            "own_post"
            if self.kind == "slack"
            else "agent_reply"
            if self.kind == "zendesk"
            else "agent",
        )
        if self.kind == "zendesk":
            body["event"]["comment"] |= {"id": kept.id, "body": kept.text}
            body |= {"time": stated, "id": f"event-{kept.id}"}
        elif self.kind == "chatwoot":
            body |= {"id": int(kept.id), "content": kept.text, "created_at": stated}
            body["content_attributes"] = {"sivo_answer": kept.mark}
        else:
            body["event"] |= {"text": kept.text, "ts": kept.id.partition(":")[2]}
            body["event_id"] = f"Ev{kept.id}"
        return json.dumps(body).encode()


def alice() -> User:
    """The agent."""
    return User.objects.filter(username="alice").first() or person("Alice")


def send(at: datetime, **options: Any) -> int:
    """The number that the tools took, at an instant that stands still."""
    return send_through_tools(clock=lambda: at, **options)


@contextmanager
def place(kind: str, settings: Any, name: str = "", **access: Any) -> Iterator[Place]:
    """The tool listens; Bob has written at 09:00 in Madrid."""
    if not Customer.objects.exists():
        customer("pro")
    server: AnsweredServer = _SERVERS[kind]()
    server.clock = WRITTEN.timestamp
    settings.TOOL_PRIVATE_HOSTS = ["127.0.0.1"]
    source = conversation(kind, name or f"{kind}-madrid")
    body = json.dumps(payload(kind, _FIRST[kind])).encode()
    bring(source, Told(name=f"{name}first", at=OPENED, body=body), OPENED + timedelta(seconds=2))
    ticket = Ticket.objects.get(source=source)
    if ticket.customer is None:
        # Slack names nobody by address.
        set_customer(ticket_id=ticket.pk, customer=Customer.objects.get(), user=alice(), now=OPENED)
    assert ticket.thread == _THREADS[kind]
    with server.running():
        server.open(ticket.thread)  # type: ignore[attr-defined]
        fields = {"reads": False, "answers": True, "login": LOGIN, "account": "1"}
        fields |= {"base_url": server.url, "token": server.token, **access}
        made = ToolAccess.objects.create(source=source, **fields)
        yield Place(kind=kind, server=server, source=source, access=made, ticket=ticket)
