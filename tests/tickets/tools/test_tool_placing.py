"""To whom tools give tickets and what their tags say, as each of them tells it."""

import copy
from typing import Any

import pytest

from tests.tickets.tools.calls import call, names, payload
from tickets.domain.incoming import IncomingAssignee, IncomingSeverity
from tickets.domain.words import Severity
from tickets.inbound.tools.call import ToolCall, ToolMap
from tickets.inbound.tools.placing import placing
from tickets.inbound.tools.table import TOOLS

TAGGED = ToolMap(severities={"tag:outage": Severity.S1, "tag:vip": Severity.S2})


def zendesk(kind: str, **detail: Any) -> dict[str, Any]:
    body = copy.deepcopy(payload("zendesk", "tags"))
    return {
        **body,
        "type": f"zen:event-type:ticket.{kind}",
        "detail": {**body["detail"], **detail},
    }


def jira(field: str, **fields: Any) -> dict[str, Any]:
    body = copy.deepcopy(payload("jira", "assigned"))
    body["changelog"]["items"] = [{"field": field, "toString": "x"}]
    body["issue"]["fields"] |= fields
    return dict(body)


def chatwoot(changed: str, **more: Any) -> dict[str, Any]:
    body = payload("chatwoot", "priority")
    return {**body, "changed_attributes": [{changed: {"current_value": 1}}], **more}


def front(kind: str, **conversation: Any) -> dict[str, Any]:
    body = copy.deepcopy(payload("front", "tag"))
    body["payload"]["type"] = kind
    body["payload"]["conversation"] |= conversation
    return dict(body)


def intercom(topic: str, **item: Any) -> dict[str, Any]:
    body = copy.deepcopy(payload("intercom", "priority"))
    body["topic"] = topic
    body["data"]["item"] |= item
    return dict(body)


def helpscout(event: str, **more: Any) -> ToolCall:
    made = call("helpscout", {**payload("helpscout", "closed"), **more})
    return ToolCall(headers={**made.headers, "x-helpscout-event": event}, body=made.body)


def zammad(**ticket: Any) -> dict[str, Any]:
    body = copy.deepcopy(payload("zammad", "note"))
    body["ticket"] |= ticket
    return dict(body)


def freshdesk(**more: Any) -> dict[str, Any]:
    body = copy.deepcopy(payload("freshdesk", "ticket_created"))
    body["freshdesk_webhook"] |= more
    return dict(body)


MAX = {"id": 256, "email": "max@support.example"}
GIVEN = {
    "zendesk": (zendesk("agent_assignment_changed", assignee_id="8447"), ("8447",)),
    "jira": (
        jira("assignee", assignee={"accountId": "5a1b", "emailAddress": "max@support.example"}),
        ("5a1b", "max@support.example"),
    ),
    "chatwoot": (chatwoot("assignee_id", meta={"assignee": MAX}), ("256", "max@support.example")),
    "zammad": (zammad(owner_id=5, owner=MAX), ("5", "max@support.example")),
    "front": (
        front("assign", assignee={"id": "tea_1", "email": "max@support.example"}),
        ("tea_1", "max@support.example"),
    ),
    "intercom": (intercom("conversation.admin.assigned", admin_assignee_id=814860), ("814860",)),
    "helpscout": (helpscout("convo.assigned", assignee=MAX), ("256", "max@support.example")),
    "freshdesk": (freshdesk(agent_email="max@support.example"), ("max@support.example",)),
}
TAKEN = {
    "zendesk": zendesk("agent_assignment_changed", assignee_id=None),
    "jira": jira("assignee", assignee=None),
    "chatwoot": chatwoot("assignee_id", meta={"assignee": None}),
    "zammad": zammad(owner_id=1, owner={"id": 1, "email": ""}),
    "front": front("unassign", assignee=None),
    "intercom": intercom("conversation.admin.assigned", admin_assignee_id=0),
    "helpscout": helpscout("convo.assigned", assignee=None),
}
MARKED = {
    "zendesk": zendesk("tags_changed", tags=["billing", "vip", "Outage"]),
    "jira": jira("labels", labels=["vip", "outage"]),
    "chatwoot": chatwoot("label_list", labels=["outage", "vip"]),
    "front": front("tag", tags=[{"name": "VIP"}, {"name": "outage"}]),
    "intercom": intercom(
        "conversation_part.tag.created", tags={"type": "tag.list", "tags": [{"name": "outage"}]}
    ),
    "helpscout": helpscout("convo.tags", tags=[{"tag": "vip"}, {"tag": "outage"}]),
    "freshdesk": freshdesk(ticket_tags="vip, outage"),
}


def told(kind: str, given: Any, words: ToolMap = TAGGED) -> tuple[Any, ...]:
    made = given if isinstance(given, ToolCall) else call(kind, given)
    return placing(kind, made, words)


@pytest.mark.parametrize("kind", sorted(GIVEN))
def test_an_assignee_is_told_by_all_that_the_tool_calls_them(kind: str) -> None:
    given, wanted = GIVEN[kind]
    (found,) = (each for each in told(kind, given) if isinstance(each, IncomingAssignee))
    assert found.names == wanted
    assert found.thread
    assert (found.occurred_at is None) == (kind == "freshdesk")


@pytest.mark.parametrize("kind", sorted(TAKEN))
def test_a_ticket_that_is_nobodys_again_has_no_names(kind: str) -> None:
    (found,) = (each for each in told(kind, TAKEN[kind]) if isinstance(each, IncomingAssignee))
    assert found.names == ()


@pytest.mark.parametrize("kind", sorted(MARKED))
def test_of_several_tags_the_most_severe_counts_that_the_source_knows(kind: str) -> None:
    (found,) = (each for each in told(kind, MARKED[kind]) if isinstance(each, IncomingSeverity))
    assert (found.severity, found.word.casefold()) == (Severity.S1, "tag:outage")
    others = told(kind, MARKED[kind], ToolMap())
    assert not any(isinstance(each, IncomingSeverity) for each in others)


@pytest.mark.parametrize("kind", sorted(TOOLS))
def test_whatever_is_recorded_is_read_without_complaint(kind: str) -> None:
    for name in names(kind):
        told(kind, call(kind, payload(kind, name), name))


@pytest.mark.parametrize("kind", sorted(TOOLS))
@pytest.mark.parametrize("odd", [b"", b"[]", b"{}", b'{"type": 7, "ticket": [], "payload": {}}'])
def test_nonsense_says_nothing(kind: str, odd: bytes) -> None:
    assert told(kind, ToolCall(headers={}, body=odd)) == ()
