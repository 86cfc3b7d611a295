"""Plain functions that look at fake tools, and bring or lose the webhooks that they send."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from tests.fakes.desk import ALICE, LOGIN, TOKEN, FakeDesk, Hook, Person
from tests.fakes.tools import FAKES
from tests.tickets.hooks import utc
from tests.tickets.tool_calls import post_call, sign_call, tool_source
from tickets.models import Delivery, DeliveryState, Source, ToolAccess
from tickets.operations.incoming.process import process_deliveries, process_delivery
from tickets.operations.looks.look_at_tools import look_at_tools

KINDS = sorted(FAKES)
every_tool = pytest.mark.parametrize("kind", KINDS)
NOW = utc("2026-11-23 09:00")
ACCOUNTS = {"chatwoot": "1", "jira": "SUP"}
# In each tool's own words.
WORDS: dict[str, dict[str, str]] = {
    "zendesk": {"waits": "pending", "solved": "solved", "open": "open", "high": "urgent"},
    "jira": {
        "waits": "Waiting for customer",
        "solved": "Resolved",
        "open": "Waiting for support",
        "high": "Highest",
    },
    "chatwoot": {"waits": "snoozed", "solved": "resolved", "open": "open", "high": "urgent"},
    "zammad": {
        "waits": "pending close",
        "solved": "closed",
        "open": "open",
        "high": "3 high",
        "normal": "2 normal",
    },
}


def ago(**span: float) -> datetime:
    """So long before the tests' present."""
    return NOW - timedelta(**span)


def id_of(kind: str, person: Person) -> str:
    """How this tool numbers somebody."""
    return person.account if kind == "jira" else str(person.number)


def source_of(kind: str, name: str = "", **fields: Any) -> Source:
    """A source of this tool; Jira must be told who is an agent."""
    agents = {"agent_ids": [ALICE.account]} if kind == "jira" else {}
    return tool_source(kind, name, **{**agents, **fields})


def access_to(tool: FakeDesk, source: Source, **fields: Any) -> ToolAccess:
    """With what the source asks its fake."""
    return ToolAccess.objects.create(
        **{
            "source": source,
            "base_url": tool.url,
            "login": LOGIN,
            "account": ACCOUNTS.get(source.kind, ""),
            "token": TOKEN,
        }
        | fields
    )


def bring(source: Source, hook: Hook, at: datetime, *, again: int = 0) -> None:
    """The webhook comes at `at`; `again` is how often it was tried before."""
    with time_machine.travel(at, tick=False):
        name = f"{hook.name}-{again}" if source.kind == "chatwoot" and again else hook.name
        headers = sign_call(source.kind, hook.body, at=at, name=name)
        answer = post_call(source, hook.body, headers)
    assert answer.status_code == 200, answer.content
    work(at)


def look(tool: FakeDesk, now: datetime, **fields: Any) -> int:
    """Every due tool is looked at, at `now`, and what that found is understood."""
    tool.clock = now
    looks = look_at_tools(clock=lambda: now, on_kept=lambda: None, **fields)
    work(now)
    return looks


def look_later(tool: FakeDesk, now: datetime) -> datetime:
    """Two looks, minutes apart: some tools keep the last minute to themselves."""
    for minutes in (0, 4):
        at = now + timedelta(minutes=minutes)
        ToolAccess.objects.update(next_look_at=None, open_until=None)
        assert look(tool, at) == ToolAccess.objects.count()
    return now + timedelta(minutes=4)


def waiting() -> list[int]:
    """The deliveries that are not understood yet."""
    rows = Delivery.objects.filter(state=DeliveryState.WAITING)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def work(now: datetime) -> None:
    """A worker takes what waits, once."""
    if pks := waiting():
        process_deliveries(delivery_ids=pks, now=now)


def finish(now: datetime) -> None:
    """What came before its ticket is tried again, until nothing waits."""
    for _ in range(30):
        for pk in waiting():
            process_delivery(delivery_id=pk, now=now)
    assert not waiting()
    aside = Delivery.objects.filter(state=DeliveryState.QUARANTINED)
    assert [each.reason for each in aside] == []
