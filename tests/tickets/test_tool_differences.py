"""What a look finds: each difference with its reason, once, and nothing that was forgotten."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command

from tests.fakes.desk import FakeDesk
from tests.fakes.zendesk import FakeZendesk
from tests.sla.world import customer, person
from tests.tickets.tool_calls import post_call
from tests.tickets.tool_looks import NOW, WORDS, access_to, ago, every_tool, look, look_later
from tickets.models import (
    Delivery,
    Message,
    Source,
    Ticket,
    TicketEvent,
    ToolAccess,
    ToolDifference,
)
from tickets.operations.desk.actions import solve_ticket
from tickets.operations.source_health import Light, health_of

pytestmark = pytest.mark.django_db


def test_a_conversation_that_began_before_the_first_look_is_left_out(
    tool: FakeDesk, source: Source, access: ToolAccess
) -> None:
    thread = tool.customer_opens("Hola", at=ago(days=30)).thread
    tool.agent_answers(thread, "Resuelto", at=ago(hours=1))
    look(tool, NOW)
    assert not Ticket.objects.exists()
    row = ToolDifference.objects.get()
    assert (row.because, row.thread, row.settled_how) == ("began_before", thread, "left")


def test_what_is_deleted_there_stays_here(tool: FakeDesk, source: Source) -> None:
    assert isinstance(tool, FakeZendesk)
    access_to(tool, source)
    thread = tool.customer_opens("Hola", at=ago(minutes=50)).thread
    look(tool, NOW)
    tool.deletes(thread, at=NOW)
    look_later(tool, NOW + timedelta(minutes=5))
    assert ToolDifference.objects.get(because="deleted_there").ticket == Ticket.objects.get()


@every_tool
def test_a_status_that_was_set_here_differs_on_purpose(
    kind: str, tool: FakeDesk, source: Source, access: ToolAccess
) -> None:
    thread = tool.customer_opens("Hola", at=ago(minutes=50)).thread
    tool.agent_answers(thread, "Lo miramos", at=ago(minutes=40))
    tool.sets_status(thread, WORDS[kind]["waits"], at=ago(minutes=35))
    look(tool, NOW)
    ticket = Ticket.objects.get()
    solve_ticket(ticket_id=ticket.pk, user=person("Alice"), now=NOW + timedelta(seconds=5))
    tool.note(thread, "Intern", at=NOW + timedelta(minutes=1))
    look_later(tool, NOW + timedelta(minutes=4))
    ticket.refresh_from_db()
    assert ticket.status == "solved"
    row = ToolDifference.objects.get(because="own_status")
    assert (row.ours, row.settled_at) == ("solved", None)
    tool.sets_status(thread, WORDS[kind]["solved"], at=NOW + timedelta(minutes=12))
    look_later(tool, NOW + timedelta(minutes=15))
    row.refresh_from_db()
    assert row.settled_how == "same_again"


def test_what_cannot_be_read_is_put_aside_and_the_rest_taken_in(
    tool: FakeDesk, source: Source, access: ToolAccess
) -> None:
    assert isinstance(tool, FakeZendesk)
    thread = tool.customer_opens("Hola", at=ago(minutes=50)).thread
    tool.agent_answers(thread, "Lo miramos", at=ago(minutes=40))
    tool.customer_writes(thread, "Gracias", at=ago(minutes=30))
    del tool.audits[int(thread)][1]["events"][0]["public"]
    look(tool, NOW)
    assert [each.author_kind for each in Message.objects.order_by("at")] == ["customer", "customer"]
    aside = Delivery.objects.get(state="quarantined")
    assert "public is missing" in aside.reason
    assert ToolDifference.objects.get(because="unreadable").delivery == aside
    look_later(tool, NOW + timedelta(minutes=5))
    assert Delivery.objects.filter(state="quarantined").count() == 1


def test_a_delivery_that_a_webhook_calls_the_tools_api_is_none(source: Source) -> None:
    body = {"sivo": "zendesk.api", "ticket": {"id": 1}, "people": [], "parts": []}
    assert post_call(source, json.dumps(body).encode()).status_code == 200
    delivery = Delivery.objects.get()
    assert not delivery.is_confirmed


def test_differences_keep_nothing_that_a_customer_wrote(
    tool: FakeDesk, source: Source, access: ToolAccess
) -> None:
    secret = "mi contraseña es 1234"
    thread = tool.customer_opens(secret, at=ago(minutes=50), subject=secret).thread
    tool.customer_writes(thread, secret, at=ago(minutes=40))
    look(tool, NOW)
    for row in ToolDifference.objects.all():
        assert secret not in f"{row.key} {row.ours} {row.theirs} {row.thread}"
    for event in TicketEvent.objects.all():
        assert secret not in json.dumps(event.details)


@every_tool
@pytest.mark.usefixtures("terms")
def test_what_was_erased_of_a_person_does_not_come_back(
    kind: str, tool: FakeDesk, access: ToolAccess
) -> None:
    secret = "mein Geheimnis"
    customer("enterprise")
    thread = tool.customer_opens(secret, at=ago(minutes=50)).thread
    tool.customer_writes(thread, secret, at=ago(minutes=40))
    look(tool, NOW)
    call_command("erase_contact", "bob@acme.example", "--yes")
    assert not any(bytes(body) for body in Delivery.objects.values_list("body", flat=True))
    tool.agent_answers(thread, "Erledigt", at=NOW + timedelta(minutes=1))
    look_later(tool, NOW + timedelta(minutes=3))
    for body in Delivery.objects.values_list("body", flat=True):
        assert secret.encode() not in bytes(body)
    assert not Message.objects.filter(body__contains=secret).exists()
    assert Message.objects.filter(body__contains="Erledigt").exists()


def test_what_we_asked_for_is_no_sign_of_life_of_the_webhooks(
    tool: FakeDesk, source: Source, access: ToolAccess
) -> None:
    tool.customer_opens("Hola", at=ago(minutes=50))
    look(tool, NOW)
    assert Delivery.objects.filter(source=source).exists()
    assert health_of([source], now=NOW)[source.pk].light is Light.NEW
