"""Conversations as each tool's recorded webhooks tell them, brought to the real doors."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import time_machine

from sla.models import Clock
from tests.tickets.hooks import utc
from tests.tickets.tool_calls import post_call, sign_call, tool_source
from tests.tickets.tools.calls import EVENTS, call, payload
from tickets.inbound.tools.table import TOOLS
from tickets.models import Delivery, DeliveryState, Source, Ticket
from tickets.operations.incoming.process import process_deliveries, process_delivery
from tickets.operations.incoming.read_delivery import tool_map

OPENED = utc("2026-11-23 08:00")
# Freshdesk tells no times: what it sends counts from its arrival.
UNTIMED = frozenset({"freshdesk"})
# In the order in which they happened.
STORIES: dict[str, tuple[str, ...]] = {
    "zendesk": (
        *("trigger", "first_comment", "autoresponder", "agent_reply", "note"),
        *("customer_reply", "priority", "pending", "tags", "hold", "solved"),
    ),
    "jira": (
        *("created", "app_comment", "rule", "agent_comment", "agent_note", "customer_comment"),
        *("customer_comment_update", "waiting", "priority", "assigned", "done"),
    ),
    "chatwoot": (
        *("created", "customer", "template", "bot", "rule", "agent", "note", "followup"),
        *("priority", "activity", "snoozed", "resolved"),
    ),
    "zammad": ("created", "auto_reply", "agent_reply", "note", "customer_reply", "closed"),
    "slack": (
        *("customer", "bot", "own_post", "agent", "followup", "changed", "joined"),
        *("announcement", "reaction"),
    ),
    "freshdesk": (
        *("ticket_created", "agent_replied", "note_added", "customer_replied"),
        *("priority_changed", "status_changed"),
    ),
    "intercom": (
        *("created", "operator", "ai_admin", "admin_replied", "admin_noted", "user_replied"),
        *("priority", "admin_snoozed", "admin_closed"),
    ),
    "helpscout": ("created", "agent_reply", "note", "customer_reply", "closed"),
    "front": ("inbound", "auto_reply", "out_reply", "comment", "tag", "archive", "reopen"),
}
FIELDS: dict[str, dict[str, Any]] = {
    "jira": {"agent_ids": ["5a1b0e47748e770ed11f338c"]},
    "slack": {"agent_ids": ["U0ALICE", "T0SIVO"], "status_map": {"white_check_mark": "solved"}},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One webhook: when what it tells of happened, and how it is sent, however often."""

    name: str
    at: datetime
    body: bytes


def story(source: Source) -> list[Told]:
    """The webhooks of a conversation of this source's tool, in the order of their instants."""
    found: list[Told] = []
    for number, name in enumerate(STORIES[source.kind]):
        given = call(source.kind, payload(source.kind, name), name)
        records = TOOLS[source.kind].parse(given, tool_map(source))
        instants = [at for each in records if (at := getattr(each, "occurred_at", None))]
        before = found[-1].at if found else OPENED
        usual = OPENED + timedelta(minutes=10 * number)
        at = max(instants, default=usual if source.kind in UNTIMED else before)
        found.append(Told(name=name, at=at, body=given.body))
    return sorted(found, key=lambda told: told.at)


def conversation(kind: str, name: str) -> Source:
    """A source of this tool whose own times are trusted for a day."""
    return tool_source(kind, name, **{"stop_tolerance_seconds": 86_400, **FIELDS.get(kind, {})})


def bring(source: Source, told: Told, at: datetime) -> None:
    """The tool calls the door at `at`, signed as at that moment, and a worker follows."""
    more = {"x_helpscout_event": EVENTS[told.name]} if source.kind == "helpscout" else {}
    with time_machine.travel(at, tick=False):
        headers = sign_call(source.kind, told.body, at=at, name=f"{source.name}-{told.name}")
        headers |= {key.replace("_", "-"): value for key, value in more.items()}
        answer = post_call(source, told.body, headers)
        assert answer.status_code == 200, answer.content
        process_deliveries(delivery_ids=_waiting(source), now=at)


def bring_body(source: Source, body: Any, at: datetime, late_minutes: int = 0) -> str:
    """The tool tells of something that happened at `at`; the outcome of its call."""
    raw = json.dumps(body, ensure_ascii=False).encode()
    told = Told(name=str(Delivery.objects.count()), at=at, body=raw)
    bring(source, told, at + timedelta(minutes=late_minutes, seconds=2))
    return Delivery.objects.filter(source=source).latest("pk").outcome


def settle(source: Source, now: datetime) -> None:
    """What came before its ticket is tried again, until nothing waits."""
    for _ in range(len(STORIES[source.kind]) + 1):
        for pk in _waiting(source):
            process_delivery(delivery_id=pk, now=now)
    assert not _waiting(source)
    aside = Delivery.objects.filter(source=source, state=DeliveryState.QUARANTINED)
    assert [each.reason for each in aside] == []


def _waiting(source: Source) -> list[int]:
    rows = Delivery.objects.filter(source=source, state=DeliveryState.WAITING)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def undisturbed(source: Source, calls: Sequence[Told]) -> Ticket:
    """Each webhook comes two seconds after what it tells of."""
    for told in calls:
        bring(source, told, told.at + timedelta(seconds=2))
    settle(source, calls[-1].at + timedelta(minutes=1))
    return Ticket.objects.get(source=source)


def clocks(ticket: Ticket) -> list[tuple[Any, ...]]:
    """Everything that a clock says, without ids, and without how long one that runs has run."""
    columns = (
        *("basis", "metric", "started_at", "plan_code", "severity", "state", "due_at"),
        *("at_risk_at", "stopped_at", "ended_at", "breached_at", "met", "cause", "elapsed_us"),
    )
    rows = Clock.objects.filter(ticket=ticket, void=False).values_list(*columns)
    return sorted((row[:-1] if row[5] == "running" else row for row in rows), key=repr)


def standing(ticket: Ticket) -> dict[str, Any]:
    """Where the ticket stands."""
    names = (
        *("subject", "status", "wait_cause", "severity", "customer_id", "requester_id"),
        *("opened_at", "answered_at", "solved_at", "last_customer_message_at"),
    )
    return {name: getattr(ticket, name) for name in names}


def conversation_of(ticket: Ticket) -> list[tuple[Any, ...]]:
    """What was said, by whom, and whether the customer sees it."""
    rows = ticket.messages.all()
    return sorted((each.at, each.author_kind, each.is_public, each.body) for each in rows)
