"""The ticket page: what it shows of a conversation and of its promises."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from sla.models import Clock
from sla.queries.terms.calendars import calendar_of
from tests.sla import world
from tests.sla.desk_world import NOW, Desk, make_desk
from tickets.models import Attachment, Ticket
from tickets.operations.outgoing.outbox import send_waiting

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


def test_the_page_tells_who_asks_what_is_due_and_why(alice: Client, desk: Desk) -> None:
    page = page_of(alice, desk.tickets["missed"])
    for words in (
        "Centralita caída",
        "CSM Carla",
        "Enterprise",
        "late by 20 min",
        "no podemos recibir llamadas",
        "Why S1",
        "No funciona nada",
        "The carrier confirms a fault in Madrid.",
        "Target missed",
        "30 minutes",
        "Clause 7 of the terms 2026-11.",
    ):
        assert words in page, words


def test_a_receipt_counts_line_by_line_to_the_deadline(alice: Client, desk: Desk) -> None:
    ticket = desk.tickets["starter"]
    response = alice.get(address(ticket))
    view = next(view for view in response.context["clocks"] if view.clock.basis == "contract")
    assert view.receipt.agrees
    assert view.receipt.is_whole
    assert view.receipt.total == "48 h"
    assert view.allowance == "48 business hours = 5.3 working days"
    counted = [line.counted for line in view.receipt.lines]
    assert counted == ["–", "9 h", "–", "9 h", "–", "9 h", "–", "9 h", "–", "9 h", "–", "3 h"]
    assert view.receipt.lines[-1].to_text == "Mon 7 Dec 12:00"
    assert "closed: night, weekend" in response.content.decode()


def test_a_receipt_names_the_holiday_that_it_skips_in_the_readers_language(
    alice: Client, desk: Desk
) -> None:
    friday = world.madrid("2026-12-07 10:00")
    ticket = world.ticket_by_mail(friday, sender="Bob <bob@gamma.example>", subject="Duda")
    alice.post("/i18n/setlang/", {"language": "es"})
    assert "festivo: Inmaculada Concepción" in page_of(alice, ticket)


def test_a_receipt_that_differs_from_what_is_stored_says_so(alice: Client, desk: Desk) -> None:
    ticket = desk.tickets["pro"]
    clock = world.contract_clock(ticket)
    assert clock.due_at is not None
    Clock.objects.filter(pk=clock.pk).update(due_at=clock.due_at + timedelta(hours=1))
    assert "run audit_clocks" in page_of(alice, ticket)


def test_a_clock_that_cannot_be_read_does_not_cost_the_page(
    alice: Client, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("sla.operations.clocks.ticket_clocks.read_commitments", broken)
    assert "This receipt cannot be read" in page_of(alice, desk.tickets["pro"])


def test_lateness_is_shown_in_both_kinds_of_time(client: Client) -> None:
    with time_machine.travel(NOW, tick=False):
        desk = make_desk()
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        client.force_login(desk.alice)
        press(client, desk.tickets["pro"], "answer", text="Here it is.")
        send_waiting(clock=timezone.now)
        page = page_of(client, desk.tickets["pro"])
    assert "late by 6 h 30 min of business time, 21 h 30 min in real time" in page


def test_what_a_customer_wrote_is_never_markup(alice: Client, desk: Desk) -> None:
    evil = '<script>alert(1)</script><img src=x onerror="alert(2)">'
    ticket = world.ticket_by_mail(
        NOW, subject=f"Subject {evil}", body=evil, sender="Bob <bob@beta.example>"
    )
    page = page_of(alice, ticket) + alice.get("/admin/tickets/ticket/").content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_quotes_are_folded_and_can_be_shown(alice: Client, desk: Desk) -> None:
    ticket = desk.tickets["pro"]
    text = "It works again.\n\nOn Tue, 1 Dec 2026 at 10:00, Alice wrote:\n> Try it now.\n"
    world.deliver(
        world.raw_mail(text, subject=f"Re: [{ticket.reference}]", sender="Bob <bob@beta.example>"),
        NOW,
    )
    view = alice.get(address(ticket)).context["conversation"][-1]
    assert view.text == "It works again."
    assert "> Try it now." in view.quoted


def make_attachment(ticket: Ticket, name: str) -> Attachment:
    message = ticket.messages.earliest("pk")
    return Attachment.objects.create(
        message=message,
        name=name,
        media_type="text/html",
        size=5,
        sha256="0" * 64,
        content=b"<b>hi",
    )


@pytest.mark.parametrize("name", ["a.html", "../../x\r\nSet-Cookie: a=b", "ñandú.pdf", "", '"; x='])
def test_an_attachment_is_a_download_whatever_it_calls_itself(
    alice: Client, desk: Desk, name: str
) -> None:
    ticket = desk.tickets["pro"]
    file = make_attachment(ticket, name)
    response = alice.get(f"/admin/tickets/ticket/{ticket.pk}/attachment/{file.pk}/")
    assert response.status_code == 200
    assert response.content == b"<b>hi"
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment")
    assert "/" not in response["Content-Disposition"].partition("UTF-8")[0]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]


def test_an_attachment_belongs_to_its_ticket(alice: Client, desk: Desk) -> None:
    file = make_attachment(desk.tickets["pro"], "a.txt")
    other = desk.tickets["missed"]
    assert alice.get(f"/admin/tickets/ticket/{other.pk}/attachment/{file.pk}/").status_code == 404


def test_an_erased_attachment_is_gone(alice: Client, desk: Desk) -> None:
    ticket = desk.tickets["pro"]
    file = make_attachment(ticket, "a.txt")
    Attachment.objects.filter(pk=file.pk).update(erased_at=NOW, content=b"")
    url = f"/admin/tickets/ticket/{ticket.pk}/attachment/{file.pk}/"
    assert alice.get(url).status_code == 404
    assert "erased file" in page_of(alice, ticket)


@pytest.mark.parametrize("pk", ["999999", "nonsense", "9" * 30])
def test_a_ticket_that_is_not_there_is_404(alice: Client, pk: str) -> None:
    assert alice.get(f"/admin/tickets/ticket/{pk}/change/").status_code == 404


def test_the_log_says_how_each_time_was_found(alice: Client, desk: Desk) -> None:
    views = alice.get(address(desk.tickets["waiting"])).context["events"]
    assert [str(view.label) for view in views] == ["Opened", "We answered", "Waiting began"]
    assert views[0].time_rule == "arrival"
    assert views[0].by == "the customer"
    assert views[2].what == "for the customer"


def test_the_page_needs_a_fixed_number_of_queries(
    alice: Client, desk: Desk, django_assert_max_num_queries: object
) -> None:
    ticket = desk.tickets["pro"]
    calendar_of.cache_clear()
    page_of(alice, ticket)
    for number in range(8):
        press(alice, ticket, "note", note=f"Note {number}")
    with django_assert_max_num_queries(22):  # type: ignore[operator]
        page_of(alice, ticket)


@pytest.mark.parametrize(
    ("key", "channel", "marked"),
    [("starter", "chat", True), ("starter", "email", False), ("missed", "chat", False)],
)
def test_a_channel_outside_the_plan_is_marked(
    alice: Client, desk: Desk, key: str, channel: str, marked: bool
) -> None:
    Ticket.objects.filter(pk=desk.tickets[key].pk).update(channel=channel)
    assert ("channel outside the plan" in page_of(alice, desk.tickets[key])) is marked
