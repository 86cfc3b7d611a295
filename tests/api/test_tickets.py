"""Tickets by the API: what the pages show and do, for programs."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.world import machine, program
from tests.sla.desk_world import NOW, OUTAGE, Desk
from tests.sla.world import contract_clock, ticket_by_mail
from tickets.domain.instants import format_instant
from tickets.models import Delivery, Message, Source, SourceKind, Ticket
from tickets.operations.outgoing.outbox import send_waiting

MINE = {"missed", "solved", "late"}


def numbers(desk: Desk, *keys: str) -> set[int]:
    return {desk.tickets[key].pk for key in keys}


def listed(response: Any) -> set[int]:
    assert response.status_code == 200, response.content
    return {row["id"] for row in response.json()["results"]}


def test_an_agent_reads_every_ticket_with_what_is_due_next(desk: Desk) -> None:
    rows = program(desk.alice).get("tickets/").json()["results"]
    assert [row["id"] for row in rows] == sorted(numbers(desk, *desk.tickets), reverse=True)
    missed = next(row for row in rows if row["id"] == desk.tickets["missed"].pk)
    assert missed["plan"] == "enterprise"
    assert missed["customer"]["name"] == "Acme"
    assert missed["next_due"] == {
        "metric": "first_response",
        "basis": "contract",
        "due_at": format_instant(NOW - timedelta(minutes=20)),
        "is_late": True,
    }
    unknown = next(row for row in rows if row["id"] == desk.tickets["unknown"].pk)
    assert (unknown["plan"], unknown["customer"]) == (None, None)


def test_a_csm_sees_only_the_tickets_of_their_customers(desk: Desk) -> None:
    carla = program(desk.carla)
    assert listed(carla.get("tickets/")) == numbers(desk, *MINE)
    for key, ticket in desk.tickets.items():
        for path in ("", "messages/", "clocks/"):
            found = carla.get(f"tickets/{ticket.pk}/{path}").status_code
            assert found == (200 if key in MINE else 404), (key, path)


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ({"status": "solved"}, {"solved"}),
        ({"status": "waiting"}, {"waiting"}),
        ({"severity": "S1", "plan": "enterprise"}, {"missed", "at_risk", "late"}),
        ({"plan": "pro"}, {"pro", "waiting"}),
        ({"due_before": format_instant(NOW)}, {"missed"}),
        (
            {
                "due_after": format_instant(NOW),
                "due_before": format_instant(NOW + timedelta(minutes=10)),
            },
            {"at_risk"},
        ),
        ({"changed_since": format_instant(NOW)}, {"pro"}),
        ({"status": "open", "plan": "starter", "severity": "S1"}, set()),
    ],
)
def test_filters_must_all_hold(desk: Desk, query: dict[str, str], keys: set[str]) -> None:
    found = listed(program(desk.alice).get("tickets/", query))
    assert {key for key, ticket in desk.tickets.items() if ticket.pk in found} == keys


def test_a_filter_by_customer_shows_nothing_of_somebody_elses(desk: Desk) -> None:
    query = {"customer": desk.customers["beta"].pk}
    assert listed(program(desk.alice).get("tickets/", query)) == numbers(desk, "pro", "waiting")
    assert listed(program(desk.carla).get("tickets/", query)) == set()


def test_a_filter_with_a_slip_of_the_pen_is_refused(desk: Desk) -> None:
    alice = program(desk.alice)
    for query in ({"sate": "open"}, {"status": "opened"}, {"due_before": "2026-12-01"}):
        response = alice.get("tickets/", query)
        assert response.status_code == 400
        assert response.json()["errors"][0]["field"] == f"/{next(iter(query))}"
    assert alice.get("tickets/?status=open&status=solved").status_code == 400


def test_pages_neither_lose_nor_repeat_a_ticket_when_new_ones_come(desk: Desk) -> None:
    alice, seen = program(desk.alice), []
    page = alice.get("tickets/", {"limit": 3, "status": "open"}).json()
    before = Ticket.objects.filter(status="open").count()
    while True:
        seen += [row["id"] for row in page["results"]]
        ticket_by_mail(NOW, subject="Another one", sender="Bob <bob@beta.example>")
        if page["next"] is None:
            break
        page = alice.get(page["next"]).json()
    assert len(seen) == len(set(seen)) == before


@pytest.mark.parametrize("cursor", ["x", "AAAA", "AAAAAAAAAAAAAAAAAAAAAA", "_" * 11 + "a"])
def test_a_cursor_that_we_did_not_give_is_no_page(desk: Desk, cursor: str) -> None:
    assert program(desk.alice).get("tickets/", {"cursor": cursor}).status_code == 404


def test_a_list_costs_the_same_however_long_it_is(desk: Desk) -> None:
    alice = program(desk.alice)
    for path in ("tickets/", "customers/", "missed-targets/", f"tickets/{_long(desk)}/messages/"):
        counts = []
        alice.get(path)
        for limit in (1, 200):
            with CaptureQueriesContext(connection) as queries:
                assert alice.get(path, {"limit": limit}).status_code in {200, 403}
            counts.append(len(queries))
        assert counts[0] == counts[1] <= 8, (path, counts)


def _long(desk: Desk) -> int:
    ticket = desk.tickets["missed"]
    bob = desk.tickets["missed"].messages.first()
    assert bob is not None
    for number in range(5):
        bob.pk, bob.message_id = None, f"{number}@x.example"
        bob.save(force_insert=True)
    return ticket.pk


def test_the_conversation_shows_notes_to_us_and_the_first_message_first(desk: Desk) -> None:
    rows = program(desk.alice).get(f"tickets/{desk.tickets['missed'].pk}/messages/").json()
    assert [(row["author_kind"], row["is_public"]) for row in rows["results"]] == [
        ("customer", True),
        ("agent", False),
    ]
    assert rows["results"][0]["text"].startswith("No funciona nada")


def test_an_answer_leaves_by_mail_and_stops_the_clock(desk: Desk, mailoutbox: Any) -> None:
    ticket = desk.tickets["at_risk"]
    response = program(desk.alice).post(f"tickets/{ticket.pk}/replies/", {"text": "Lo miramos."})
    assert response.status_code == 201
    assert response.json()["sending"] == "waiting"
    send_waiting(clock=lambda: NOW)
    clock = contract_clock(ticket)
    assert (clock.met, clock.stopped_at) == (True, NOW)
    message = Message.objects.get(pk=response.json()["id"])
    assert (message.user, message.send_to) == (desk.alice, "bob@delta.example")


def test_an_answer_is_refused_when_a_message_came_meanwhile(desk: Desk) -> None:
    ticket, alice = desk.tickets["pro"], program(desk.alice)
    newest = ticket.messages.filter(is_public=True).latest("pk").pk
    path = f"tickets/{ticket.pk}/replies/"
    refused = alice.post(path, {"text": "Hi", "seen": newest - 1})
    assert (refused.status_code, _type(refused)) == (409, "written-meanwhile")
    assert alice.post(path, {"text": "Hi", "seen": newest}).status_code == 201


def test_a_conversation_in_another_tool_is_answered_there(desk: Desk) -> None:
    ticket = desk.tickets["pro"]
    tool = Source.objects.create(kind=SourceKind.STANDARD, name="Zendesk Madrid")
    Ticket.objects.filter(pk=ticket.pk).update(source=tool)
    refused = program(desk.alice).post(f"tickets/{ticket.pk}/replies/", {"text": "Hi"})
    assert (refused.status_code, _type(refused)) == (409, "refused")
    assert "Zendesk Madrid" in refused.json()["detail"]


def test_a_note_starts_and_stops_nothing(desk: Desk) -> None:
    ticket = desk.tickets["at_risk"]
    response = program(desk.alice).post(f"tickets/{ticket.pk}/notes/", {"text": "Called them."})
    assert (response.status_code, response.json()["is_public"]) == (201, False)
    assert contract_clock(ticket).stopped_at is None


def test_a_severity_is_a_persons_choice_judged_as_on_the_page(desk: Desk) -> None:
    ticket, alice = desk.tickets["at_risk"], program(desk.alice)
    path = f"tickets/{ticket.pk}/severity/"
    refused = alice.post(path, {"severity": "S3"})
    assert (refused.status_code, _type(refused)) == (409, "refused")
    assert "reason" in refused.json()["detail"]
    done = alice.post(path, {"severity": "S3", "reason": "Only one telephone."})
    assert done.status_code == 200
    assert (done.json()["severity"], done.json()["severity_set_by"]) == ("S3", "person")
    worse = alice.post(path, {"severity": "S4", "got_worse": True})
    assert worse.status_code == 409


def test_a_new_ticket_is_judged_promised_and_answerable_like_any_other(desk: Desk) -> None:
    body = {
        "requester": {"email": "Bob@Acme.example", "name": "Bob"},
        "subject": "Centralita",
        "text": OUTAGE,
        "channel": "phone",
        "occurred_at": format_instant(NOW - timedelta(minutes=10)),
    }
    alice = program(desk.alice)
    response = alice.post("tickets/", body)
    assert response.status_code == 201, response.content
    made = response.json()
    assert (made["severity"], made["channel"], made["plan"]) == ("S1", "phone", "enterprise")
    assert made["customer"]["id"] == desk.customers["acme"].pk
    assert made["requester"]["email"] == "bob@acme.example"
    assert made["opened_at"] == format_instant(NOW - timedelta(minutes=10))
    assert made["next_due"]["due_at"] == format_instant(NOW + timedelta(minutes=20))
    delivery = Delivery.objects.get(ticket=made["id"])
    assert (delivery.state, delivery.next_attempt_at) == ("processed", None)
    assert b"bob@acme.example" in bytes(delivery.body).lower()
    assert alice.post(f"tickets/{made['id']}/replies/", {"text": "Voy"}).status_code == 201


def test_a_new_ticket_can_be_said_to_be_a_customers(desk: Desk) -> None:
    body = {
        "requester": {"email": "someone@gmail.com"},
        "text": QUESTION,
        "subject": f"Re: [{desk.tickets['pro'].reference}] x",
        "customer": desk.customers["gamma"].pk,
    }
    made = machine("agents").post("tickets/", body).json()
    assert made["plan"] == "starter"
    # What its subject names is another conversation.
    assert made["id"] not in numbers(desk, *desk.tickets)
    unknown = machine("agents").post("tickets/", {**body, "customer": 2**40})
    assert (unknown.status_code, _type(unknown)) == (422, "no-such-customer")


QUESTION = "How do I export a report?"


def test_characters_that_the_database_refuses_are_left_out(desk: Desk) -> None:
    body = {
        "requester": {"email": "bob@beta.example", "name": "B\x00ob"},
        "subject": "Li\x00ne",
        "text": "a\x00b",
    }
    alice = program(desk.alice)
    made = alice.post("tickets/", body).json()
    assert made["subject"] == "Line"
    message = alice.get(f"tickets/{made['id']}/messages/").json()["results"][0]
    assert (message["text"], message["author"]) == ("ab", "Bob")
    severity = {"severity": "S2", "reason": "x\x00y"}
    assert alice.post(f"tickets/{made['id']}/severity/", severity).status_code == 200


def test_a_ticket_is_not_opened_in_the_name_of_one_of_ours(desk: Desk) -> None:
    body = {"requester": {"email": desk.dave.email}, "text": "x"}
    before = Ticket.objects.count(), Delivery.objects.count()
    assert program(desk.alice).post("tickets/", body).status_code == 409
    assert (Ticket.objects.count(), Delivery.objects.count()) == before


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": "x"}, "/requester"),
        ({"requester": {"email": "bob"}, "text": "x"}, "/requester/email"),
        ({"requester": {"email": "bob@acme.example"}, "text": " \n\t"}, "/text"),
        ({"requester": {"email": "bob@acme.example"}, "text": 5}, "/text"),
        ({"requester": {"email": "bob@acme.example"}, "text": "x", "urgent": True}, "/urgent"),
        ({"requester": {"email": "b@acme.example"}, "text": "x", "channel": "fax"}, "/channel"),
        ({"requester": {"email": "b@acme.example"}, "text": "x", "customer": "7"}, "/customer"),
    ],
)
def test_a_field_that_is_wrong_is_named(desk: Desk, body: dict[str, Any], field: str) -> None:
    response = program(desk.alice).post("tickets/", body)
    assert (response.status_code, _type(response)) == (400, "invalid")
    assert [error["field"] for error in response.json()["errors"]] == [field]


def _type(response: Any) -> str:
    assert response["Content-Type"] == "application/problem+json"
    return str(response.json()["type"].rpartition("/")[2])
