"""A source whose tool shows our deadlines: switched on, written into, and echoing what we wrote."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from sla.models import ToolDisplay, ToolUpdate
from sla.operations.clocks import sweep as sweeping
from sla.operations.tools.write_to_tools import write_to_tools
from sla.queries.tools.displays import forget_displays
from tests.fakes.chatwoot_writes import ChatwootWrites
from tests.fakes.jira_writes import JiraWrites
from tests.fakes.written_ticket import LOGIN, TOKEN, WrittenTicket
from tests.fakes.zammad_writes import ZammadWrites
from tests.fakes.zendesk_writes import ZendeskWrites
from tests.journeys.tool_stories import OPENED, Told, bring, clocks, conversation, standing, story
from tickets.domain.words import EventKind
from tickets.models import Source, Ticket, ToolAccess

FAKES: dict[str, Callable[[], WrittenTicket]] = {
    "zendesk": ZendeskWrites,
    "jira": JiraWrites,
    "chatwoot": ChatwootWrites,
    "zammad": ZammadWrites,
}
# Until when, and how it stands: where each tool keeps it.
DUE_AND_STATE = {
    "zendesk": {"due_text": "3601", "state": "3602"},
    "jira": {"due_at": "customfield_10041", "state": "customfield_10042"},
    "chatwoot": {"due_text": "sivo_due", "state": "sivo_state"},
    "zammad": {"due_at": "sivo_due", "state": "sivo_state"},
}
# The webhooks that open the ticket, by their names in the stories.
FIRST = {"zendesk": "trigger", "jira": "created", "chatwoot": "customer", "zammad": "created"}
ANSWER = {
    "zendesk": "agent_reply",
    "jira": "rule",
    "chatwoot": "agent",
    "zammad": "agent_reply",
}


@dataclass
class House:
    """One source, its tool, and the recorded webhooks of a conversation."""

    source: Source
    tool: WrittenTicket
    told: dict[str, Told]

    @property
    def ticket(self) -> Ticket:
        return Ticket.objects.get(source=self.source)

    @property
    def access(self) -> ToolAccess:
        return ToolAccess.objects.get(source=self.source)

    @property
    def display(self) -> ToolDisplay:
        return ToolDisplay.objects.get(source=self.source)

    def open(self, at: datetime = OPENED + timedelta(seconds=2)) -> Ticket:
        """The customer's first message comes by webhook."""
        bring(self.source, self.told[FIRST[self.source.kind]], at)
        return self.ticket

    def answer(self, at: datetime) -> None:
        """The webhook of Alice's answer, which she wrote in time, arrives."""
        bring(self.source, self.told[ANSWER[self.source.kind]], at)

    def write(self, at: datetime) -> int:
        """A worker's round at this instant."""
        return write_to_tools(clock=lambda: at)

    def due_and_state(self) -> tuple[Any, Any]:
        """What the ticket in the tool shows."""
        names = DUE_AND_STATE[self.source.kind].values()
        due, state = (self.tool.fields.get(name) for name in names)
        return due or None, state

    def update(self, kind: str = "state") -> ToolUpdate:
        return ToolUpdate.objects.get(source=self.source, kind=kind)

    def echo(self, at: datetime) -> None:
        """The tool's webhooks of our own writes come to the door, and nothing is any other."""
        before = self.everything()
        bodies, self.tool.echoes = self.tool.echoes, []
        assert bodies
        for number, body in enumerate(bodies):
            raw = json.dumps(body, ensure_ascii=False).encode()
            bring(
                self.source, Told(name=f"echo-{int(at.timestamp())}-{number}", at=at, body=raw), at
            )
        for now, then in zip(self.everything(), before, strict=True):
            assert now == then, (now, then)
        assert self.tool.echoes == []

    def everything(self) -> Any:
        ticket = self.ticket
        rows = ToolUpdate.objects.filter(source=self.source).order_by("pk")
        # Zammad tells how a ticket stands after every change, so the log is told so once more.
        stands = [EventKind.REOPENED, EventKind.WAITING_ENDED]
        log = ticket.events.exclude(kind__in=stands).values_list("kind", flat=True)
        said = ticket.messages.values_list("author_kind", "is_public", "body")
        updates = list(rows.values_list("kind", "state", "wanted_sha", "made_at"))
        return standing(ticket), clocks(ticket), sorted(log), sorted(said), updates


def sweep_then(at: datetime) -> None:
    """A sweep at an instant of the past."""
    with pytest.MonkeyPatch.context() as clock:
        clock.setattr(sweeping, "database_now", lambda: at)
        sweeping.sweep()


@contextmanager
def house(kind: str, **display: Any) -> Iterator[House]:
    """A source of this tool, switched on a minute before its conversation begins."""
    tool = FAKES[kind]()
    with tool.running():
        source = conversation(kind, kind)
        ToolAccess.objects.create(
            source=source,
            base_url=tool.url,
            login=LOGIN,
            account="1",
            token=TOKEN,
            writes=True,
        )
        ToolDisplay.objects.create(
            source=source, language="en", **{"fields": DUE_AND_STATE[kind]} | display
        )
        forget_displays()
        told = {each.name: each for each in story(source)}
        made = House(source=source, tool=tool, told=told)
        made.write(OPENED - timedelta(minutes=1))
        yield made
    forget_displays()
