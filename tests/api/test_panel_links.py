"""Links to the panel by the API: for whom, for which ticket, how long; and made void."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.api.world import machine, nobody, program
from tests.sla.desk_world import NOW, Desk
from tickets.domain.instants import format_instant
from tickets.models import Source, Ticket

PATH = "panel-links/"
REVOKE = "panel-links/revocations/"


@pytest.fixture
def in_tool(desk: Desk) -> dict[str, str]:
    """The ticket that is missed, as its tool knows it."""
    source = Source.objects.create(kind="zendesk", name="Zendesk", secrets="x")
    ticket = desk.tickets["missed"]
    Ticket.objects.filter(pk=ticket.pk).update(source=source, thread="35436")
    ticket.refresh_from_db()
    return {"source": str(source.pk), "thread": "35436"}


def opened(link: Any) -> Any:
    """What the link shows to a frame."""
    return Client().get(link["url"].removeprefix("http://localhost:8000"))


def test_a_tool_asks_by_its_own_id(desk: Desk, in_tool: dict[str, str]) -> None:
    answer = machine("agents", ["read:clocks"]).post(PATH, {**in_tool, "language": "es"})
    assert answer.status_code == 200
    link = answer.json()
    assert (link["ticket"], link["reference"]) == (
        desk.tickets["missed"].pk,
        desk.tickets["missed"].reference,
    )
    assert link["expires_at"] == format_instant(NOW + timedelta(hours=8))
    page = opened(link)
    assert page.status_code == 200
    assert '<html lang="es">' in page.content.decode()
    # The address of the source's webhook is not for browsers.
    assert in_tool["source"] not in link["url"]
    assert answer["Cache-Control"] == "no-store"


def test_or_by_our_reference(desk: Desk) -> None:
    link = program(desk.alice).post(PATH, {"reference": desk.tickets["pro"].reference}).json()
    assert desk.tickets["pro"].reference in opened(link).content.decode()


def test_how_long_it_works_is_a_setting(desk: Desk, settings: Any) -> None:
    settings.PANEL_HOURS = 1
    link = program(desk.alice).post(PATH, {"reference": desk.tickets["pro"].reference}).json()
    assert link["expires_at"] == format_instant(NOW + timedelta(hours=1))


def test_a_csm_gets_links_to_their_own_customers_tickets_alone(desk: Desk) -> None:
    carla = program(desk.carla)
    assert carla.post(PATH, {"reference": desk.tickets["missed"].reference}).status_code == 200
    assert carla.post(PATH, {"reference": desk.tickets["pro"].reference}).status_code == 404


def test_the_scope_of_messages_makes_no_link_and_that_of_clocks_reads_no_message(
    desk: Desk,
) -> None:
    asked = {"reference": desk.tickets["missed"].reference}
    assert program(desk.alice, ["read:tickets"]).post(PATH, asked).status_code == 403
    assert nobody().post(PATH, asked).status_code == 401
    bar = program(desk.alice, ["read:clocks"])
    assert bar.post(PATH, asked).status_code == 200
    assert bar.get(f"tickets/{desk.tickets['missed'].pk}/messages/").status_code == 403


@pytest.mark.parametrize(
    "change",
    [
        {"thread": "35437"},
        {"thread": "35436\x00"},
        {"source": str(uuid.uuid4())},
    ],
)
def test_what_is_not_there_is_not_there(
    desk: Desk, in_tool: dict[str, str], change: dict[str, str]
) -> None:
    answer = program(desk.alice).post(PATH, {**in_tool, **change})
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("reference", ["SIVO-1", "SIVO-999999999999999999", "1042", "", "SIVO-"])
def test_an_unknown_reference_is_not_there(desk: Desk, reference: str) -> None:
    asked = {"reference": reference}
    assert program(desk.alice).post(PATH, asked).status_code in {400, 404}


def test_it_must_be_clear_which_ticket_is_meant(desk: Desk, in_tool: dict[str, str]) -> None:
    alice = program(desk.alice)
    reference = {"reference": desk.tickets["pro"].reference}
    for body in (
        {},
        {"language": "en"},
        {"source": in_tool["source"]},
        {"thread": "35436"},
        {**in_tool, **reference},
    ):
        answer = alice.post(PATH, body)
        assert answer.status_code == 422
        assert answer.json()["type"].endswith("which-ticket")
        assert "reference" in answer.json()["detail"]


def test_a_call_that_is_repeated_gets_a_link_that_works(
    desk: Desk, in_tool: dict[str, str]
) -> None:
    alice = program(desk.alice)
    first, again = (alice.post(PATH, in_tool, Idempotency_Key="one") for _ in range(2))
    assert again["Idempotent-Replayed"] == "true"
    assert first.json() == again.json()
    assert opened(again.json()).status_code == 200


def test_whoever_makes_links_makes_them_void_too(desk: Desk, in_tool: dict[str, str]) -> None:
    bar = machine("agents", ["read:clocks"])
    other = bar.post(PATH, {"reference": desk.tickets["pro"].reference}).json()
    for asked in (
        {"source": in_tool["source"]},
        in_tool,
        {"reference": desk.tickets["missed"].reference},
    ):
        link = bar.post(PATH, in_tool).json()
        assert opened(link).status_code == 200
        answer = bar.post(REVOKE, asked)
        assert answer.status_code == 200
        assert answer.json()["revoked_at"] == format_instant(NOW)
        assert opened(link).status_code == 404
        assert opened(bar.post(PATH, in_tool).json()).status_code == 200
        assert opened(other).status_code == 200


def test_the_answer_says_whose_links_are_void(desk: Desk, in_tool: dict[str, str]) -> None:
    bar = machine("agents", ["read:clocks"])
    whole = bar.post(REVOKE, {"source": in_tool["source"]}).json()
    assert (whole["source"], whole["ticket"]) == (in_tool["source"], None)
    one = bar.post(REVOKE, in_tool).json()
    assert (one["source"], one["ticket"]) == (None, desk.tickets["missed"].pk)
    assert one["reference"] == desk.tickets["missed"].reference


def test_a_csm_makes_links_void_of_their_own_customers_tickets_alone(
    desk: Desk, in_tool: dict[str, str]
) -> None:
    carla = program(desk.carla)
    assert carla.post(REVOKE, in_tool).status_code == 200
    assert carla.post(REVOKE, {"reference": desk.tickets["pro"].reference}).status_code == 404
    refused = carla.post(REVOKE, {"source": in_tool["source"]})
    assert refused.status_code == 403
    assert "name a ticket" in refused.json()["detail"]


def test_nobody_else_makes_links_void(desk: Desk, in_tool: dict[str, str]) -> None:
    link = program(desk.alice).post(PATH, in_tool).json()
    assert program(desk.alice, ["read:tickets"]).post(REVOKE, in_tool).status_code == 403
    assert nobody().post(REVOKE, in_tool).status_code == 401
    assert opened(link).status_code == 200


def test_what_is_not_clear_or_not_there_makes_nothing_void(
    desk: Desk, in_tool: dict[str, str]
) -> None:
    alice = program(desk.alice)
    link = alice.post(PATH, in_tool).json()
    reference = {"reference": desk.tickets["missed"].reference}
    for body in ({}, {"thread": "35436"}, {**in_tool, **reference}):
        assert alice.post(REVOKE, body).status_code == 422
    # A side bar that knows no conversation must not end the links of all.
    for thread in ("", None):
        assert alice.post(REVOKE, {**in_tool, "thread": thread}).status_code in {400, 422}
    for body in ({"source": str(uuid.uuid4())}, {**in_tool, "thread": "1"}):
        assert alice.post(REVOKE, body).status_code == 404
    assert opened(link).status_code == 200


def test_the_same_call_makes_links_void_once(desk: Desk, in_tool: dict[str, str]) -> None:
    alice = program(desk.alice)
    first = alice.post(REVOKE, in_tool, Idempotency_Key="one")
    link = alice.post(PATH, in_tool).json()
    again = alice.post(REVOKE, in_tool, Idempotency_Key="one")
    assert again["Idempotent-Replayed"] == "true"
    assert first.json() == again.json()
    assert opened(link).status_code == 200
