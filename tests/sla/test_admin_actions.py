"""The buttons of the ticket page: each does its one thing, and a refusal costs no typed text."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from tests.sla import world
from tests.sla.desk_world import NOW, Desk, make_desk
from tickets.domain.words import EventKind, Severity
from tickets.models import Message, SourceKind, Ticket
from tickets.operations.outgoing.outbox import send_waiting
from tickets.operations.severity.change import change_severity

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Iterator[Desk]:
    with time_machine.travel(NOW, tick=False):
        yield make_desk()


@pytest.fixture
def alice(client: Client, desk: Desk) -> Client:
    client.force_login(desk.alice)
    return client


def address(ticket: Ticket) -> str:
    return f"/admin/tickets/ticket/{ticket.pk}/change/"


def press(client: Client, ticket: Ticket, action: str, **data: object) -> HttpResponse:
    """Posts one of the page's forms."""
    return client.post(address(ticket), {"action": action, **data})  # type: ignore[return-value]


def page_of(client: Client, ticket: Ticket) -> str:
    response = client.get(address(ticket))
    assert response.status_code == 200
    return response.content.decode()


def test_an_answer_is_on_its_way_and_stops_the_clock_when_it_has_left(
    alice: Client, desk: Desk
) -> None:
    ticket = desk.tickets["pro"]
    response = press(alice, ticket, "answer", text="Here is your invoice.\n<b>Alice</b>")
    assert response.status_code == 302
    assert world.contract_clock(ticket).state == "running"
    assert "· on its way" in page_of(alice, ticket)
    left_at = NOW + timedelta(seconds=1)
    send_waiting(clock=lambda: left_at)
    clock = world.contract_clock(ticket)
    assert (clock.state, clock.met, clock.stopped_at) == ("stopped", True, left_at)
    assert "· on its way" not in page_of(alice, ticket)


def test_the_page_says_that_the_answer_is_on_its_way_and_goes_on(alice: Client, desk: Desk) -> None:
    ticket = desk.tickets["pro"]
    press(alice, ticket, "answer", text="Here is your invoice.\n<b>Alice</b>")
    send_waiting(clock=timezone.now)
    page = page_of(alice, ticket)
    assert "Answered. It is on its way to the customer." in page
    assert "&lt;b&gt;Alice&lt;/b&gt;" in page
    assert "Next due ticket" in page
    assert "Target met" in page


def test_an_empty_answer_is_refused_in_words(alice: Client, desk: Desk) -> None:
    response = press(alice, desk.tickets["pro"], "answer", text="  \n")
    assert response.status_code == 200
    assert "There is no text: write something first." in response.content.decode()


def test_a_message_that_came_meanwhile_is_shown_before_the_answer_leaves(
    alice: Client, desk: Desk
) -> None:
    ticket = desk.tickets["pro"]
    seen = alice.get(address(ticket)).context["forms"]["answer"].initial["seen"]
    world.deliver(
        world.raw_mail(
            "Solved it myself, thanks.",
            subject=f"Re: [{ticket.reference}] Invoice",
            sender="Bob <bob@beta.example>",
        ),
        NOW,
    )
    response = press(alice, ticket, "answer", text="A long answer.", seen=seen)
    page = response.content.decode()
    assert "Another message came while you were writing" in page
    assert "Solved it myself" in page
    assert "A long answer." in page
    assert not Message.objects.filter(body="A long answer.").exists()
    again = response.context["forms"]["answer"].data["seen"]
    assert press(alice, ticket, "answer", text="A long answer.", seen=again).status_code == 302


def test_two_clicks_on_send_are_one_answer(alice: Client, desk: Desk) -> None:
    ticket = desk.tickets["pro"]
    seen = alice.get(address(ticket)).context["forms"]["answer"].initial["seen"]
    assert press(alice, ticket, "answer", text="Once.", seen=seen).status_code == 302
    assert press(alice, ticket, "answer", text="Once.", seen=seen).status_code == 200
    assert Message.objects.filter(ticket=ticket, body="Once.").count() == 1


def test_a_conversation_of_another_tool_is_answered_there(alice: Client, desk: Desk) -> None:
    ticket = desk.tickets["pro"]
    type(ticket.source).objects.filter(pk=ticket.source.pk).update(
        kind=SourceKind.STANDARD, name="Helpdesk"
    )
    page = page_of(alice, ticket)
    assert "This conversation lives in Helpdesk: answer it there." in page
    assert "Send answer" not in page
    assert press(alice, ticket, "answer", text="No.").status_code == 200
    assert not Message.objects.filter(body="No.").exists()


def test_a_note_is_for_us_and_stops_nothing(alice: Client, desk: Desk) -> None:
    ticket = desk.tickets["pro"]
    assert press(alice, ticket, "note", note="Ask billing.").status_code == 302
    note = Message.objects.get(body="Ask billing.")
    assert not note.is_public
    assert world.contract_clock(ticket).state == "running"
    assert 'class="message message-note"' in page_of(alice, ticket)


def test_solving_what_nobody_answered_is_refused(alice: Client, desk: Desk) -> None:
    response = press(alice, desk.tickets["pro"], "solve")
    assert "answer first, then solve" in response.content.decode()
    alice.post("/i18n/setlang/", {"language": "es"})
    response = press(alice, desk.tickets["pro"], "solve")
    assert "primero responda, después resuelva" in response.content.decode()


def test_a_lowered_s1_needs_a_reason_and_keeps_what_was_typed(alice: Client, desk: Desk) -> None:
    ticket = desk.tickets["unknown"]
    response = press(alice, ticket, "severity", severity="S4", mode="misjudged", reason=" ")
    page = response.content.decode()
    assert "Lowering an S1 or S2 needs a reason" in page
    assert '<option value="S4" selected>' in page
    done = press(alice, ticket, "severity", severity="S4", mode="misjudged", reason="Only a typo.")
    assert done.status_code == 302
    ticket.refresh_from_db()
    assert (ticket.severity, ticket.severity_origin) == ("S4", "person")


def test_got_worse_counts_from_now_and_misjudged_from_the_start(alice: Client, desk: Desk) -> None:
    press(alice, desk.tickets["pro"], "severity", severity="S1", mode="worse", reason="")
    event = desk.tickets["pro"].events.filter(kind=EventKind.SEVERITY_CHANGED).latest("pk")
    assert event.details["mode"] == "got_worse"
    press(alice, desk.tickets["starter"], "severity", severity="S2", mode="misjudged", reason="")
    event = desk.tickets["starter"].events.get(kind=EventKind.SEVERITY_CHANGED)
    assert event.details["mode"] == "misjudged"


def test_a_late_lowering_waits_for_a_second_person(
    alice: Client, desk: Desk, client: Client
) -> None:
    ticket = desk.tickets["missed"]
    change_severity(
        ticket_id=ticket.pk,
        severity=Severity.S3,
        got_worse=False,
        reason="Only one phone.",
        user=desk.alice,
        now=NOW,
    )
    page = page_of(alice, ticket)
    assert "Lower severity to confirm" in page
    assert "You lowered it: somebody else must confirm." in page
    refused = press(alice, ticket, "confirm_severity")
    assert "Somebody else must confirm" in refused.content.decode()
    client.force_login(desk.dave)
    assert press(client, ticket, "confirm_severity").status_code == 302
    assert "Lower severity to confirm" not in page_of(client, ticket)


@pytest.mark.parametrize(
    ("key", "action", "data", "status", "cause"),
    [
        ("late", "wait", {"cause": "customer"}, "waiting", "customer"),
        ("late", "wait", {"cause": "third_party"}, "waiting", "third_party"),
        ("waiting", "end_wait", {}, "open", ""),
        ("late", "solve", {}, "solved", ""),
        ("solved", "reopen", {}, "open", ""),
        ("starter", "spam", {}, "spam", ""),
    ],
)
def test_each_button_moves_the_ticket(
    alice: Client, desk: Desk, key: str, action: str, data: dict[str, str], status: str, cause: str
) -> None:
    ticket = desk.tickets[key]
    assert press(alice, ticket, action, **data).status_code == 302
    ticket.refresh_from_db()
    assert (ticket.status, ticket.wait_cause) == (status, cause)
    assert page_of(alice, ticket)


def test_spam_can_be_taken_back(alice: Client, desk: Desk) -> None:
    ticket = desk.tickets["starter"]
    press(alice, ticket, "spam")
    assert world.contract_clock(ticket).state == "cancelled"
    page = page_of(alice, ticket)
    assert "take the mark away first" in page
    press(alice, ticket, "unspam")
    assert world.contract_clock(ticket).state == "running"


def test_a_ticket_is_taken_given_and_given_back(alice: Client, desk: Desk) -> None:
    ticket = desk.tickets["starter"]
    for action, data, assignee in (
        ("take", {}, desk.alice),
        ("assign", {"assignee": desk.dave.pk}, desk.dave),
        ("assign", {"assignee": ""}, None),
    ):
        press(alice, ticket, action, **data)  # type: ignore[arg-type]
        ticket.refresh_from_db()
        assert ticket.assignee == assignee
    response = press(alice, ticket, "assign", assignee=999_999)
    assert "Select a valid choice" in response.content.decode()


def test_triage_gives_an_unknown_ticket_its_customer(alice: Client, desk: Desk) -> None:
    ticket = desk.tickets["unknown"]
    assert press(alice, ticket, "customer", customer=desk.customers["acme"].pk).status_code == 302
    clock = world.contract_clock(ticket)
    assert clock.plan_code == "enterprise"
    press(alice, ticket, "triage")
    ticket.refresh_from_db()
    assert not ticket.needs_triage
    assert "watched until triaged" in page_of(alice, ticket)


def test_an_unknown_action_does_not_exist(alice: Client, desk: Desk) -> None:
    assert press(alice, desk.tickets["pro"], "delete").status_code == 404
