"""Who a tool gives a ticket to is who hears of it here; its tags may say how severe it is."""

import copy
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.journeys.tool_stories import OPENED, bring_body, conversation
from tests.sla.desk_world import make_person
from tests.sla.world import customer
from tests.tickets.tools.calls import payload
from tickets.domain.words import EventKind, Severity
from tickets.models import Delivery, Source, Ticket
from tickets.operations.desk.actions import assign_ticket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def source() -> Source:
    customer("enterprise")
    made = conversation("zendesk", "Zendesk")
    alice, dave = make_person("Alice", "agents"), make_person("Dave", "agents")
    made.agent_ids = [f"100 = {alice.username}", f"200 = {dave.username}", "300"]
    made.save(update_fields=["agent_ids"])
    asked = {"description": "Could you send me the invoice of October?", "priority": ""}
    bring_body(made, {**payload("zendesk", "trigger"), **asked}, OPENED + MINUTE)
    return made


def given_to(source: Source, number: str | None, minutes: int, late: int = 0) -> str:
    """Zendesk gave it to somebody so many minutes after its opening; what became of the call."""
    at = OPENED + minutes * MINUTE
    return bring_body(source, event("agent_assignment_changed", at, assignee_id=number), at, late)


def event(kind: str, at: Any, **detail: Any) -> dict[str, Any]:
    body = copy.deepcopy(payload("zendesk", "tags"))
    body |= {"type": f"zen:event-type:ticket.{kind}", "id": f"{kind}-{at.isoformat()}"}
    body |= {"time": at.isoformat().replace("+00:00", "Z")}
    body["detail"] |= {"id": str(payload("zendesk", "trigger")["ticket_id"]), **detail}
    return dict(body)


def whose(source: Source) -> str:
    ticket = Ticket.objects.get(source=source)
    return ticket.assignee.username if ticket.assignee else ""


def test_a_ticket_follows_its_assignee_in_the_tool(source: Source) -> None:
    assert given_to(source, "100", 2) == "appended"
    assert whose(source) == "alice"
    given_to(source, "200", 3)
    assert whose(source) == "dave"
    given_to(source, None, 4)
    assert whose(source) == ""


def test_the_newest_word_counts_in_whatever_order_they_come(source: Source) -> None:
    given_to(source, "200", 5)
    given_to(source, "100", 3, late=10)
    assert whose(source) == "dave"
    facts = Ticket.objects.get(source=source).events.filter(kind=EventKind.ASSIGNED)
    assert facts.count() == 2


def test_what_the_tool_only_repeats_takes_nobodys_ticket_away(source: Source) -> None:
    given_to(source, "100", 2)
    ticket = Ticket.objects.get(source=source)
    dave = make_person("Erin", "agents")
    now = OPENED + 3 * MINUTE
    assign_ticket(ticket_id=ticket.pk, assignee=dave, user=dave, now=now)
    assert given_to(source, "100", 4) == "ignored"
    assert whose(source) == "erin"
    given_to(source, "200", 5)
    assert whose(source) == "dave"


@pytest.mark.parametrize("number", ["300", "999"])
def test_who_is_nobody_here_changes_nothing_and_the_reason_says_what_to_do(
    source: Source, number: str
) -> None:
    given_to(source, "100", 2)
    assert given_to(source, number, 3) == "ignored"
    assert "= alice" in Delivery.objects.latest("pk").reason
    assert whose(source) == "alice"


def test_somebody_who_has_left_gets_no_tickets(source: Source) -> None:
    given_to(source, "100", 2)
    type(Ticket.objects.get(source=source).assignee).objects.filter(username="dave").update(
        is_active=False
    )
    assert given_to(source, "200", 3) == "ignored"


def test_a_tag_says_a_severity_where_the_sources_table_says_so(source: Source) -> None:
    before = Ticket.objects.get(source=source).severity
    assert before != Severity.S1
    at = OPENED + 2 * MINUTE
    assert bring_body(source, event("tags_changed", at, tags=["outage"]), at) == "ignored"
    Source.objects.filter(pk=source.pk).update(
        priority_map={"tag:outage": "S1"}, priority_binding=True
    )
    at = OPENED + 3 * MINUTE
    assert bring_body(source, event("tags_changed", at, tags=["vip", "outage"]), at) == "appended"
    assert Ticket.objects.get(source=source).severity == Severity.S1


def test_a_user_name_that_is_nobodys_is_refused_on_the_page(source: Source, client: Client) -> None:
    client.force_login(make_person("Olga", "operators"))
    page = f"/admin/tickets/source/{source.pk}/change/"
    form = {
        "name": source.name,
        "channel": source.channel,
        "is_active": "on",
        "stop_tolerance_seconds": "900",
        "status_map": "{}",
        "priority_map": '{"tag:Outage": "S1"}',
        "agent_ids": "100 = alice\n200 = nemo",
        "bot_ids": "",
        "tool_access-TOTAL_FORMS": "0",
        "tool_access-INITIAL_FORMS": "0",
    }
    assert "“nemo”" in client.post(page, form).content.decode()
    kept = client.post(page, form | {"agent_ids": "100 = alice"})
    assert kept.status_code == 302
    source.refresh_from_db()
    assert source.agent_ids == ["100 = alice"]
    assert source.priority_map == {"tag:outage": "S1"}
