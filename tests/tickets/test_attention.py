"""What needs a person: raised by machines, shown to people, cleared by them and written down."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.test import Client

from tests.sla.desk_world import NOW, Desk, make_desk
from tickets.domain.words import Attention
from tickets.models import Ticket
from tickets.operations.ticket.attention import (
    allow_automatic_mail,
    clear_attention,
    raise_attention,
)
from tickets.operations.ticket.log import lock_ticket

pytestmark = pytest.mark.django_db
LIST = "/admin/tickets/ticket/"


@pytest.fixture
def desk() -> Iterator[Desk]:
    with time_machine.travel(NOW, tick=False):
        yield make_desk()


@pytest.fixture
def alice(client: Client, desk: Desk) -> Client:
    client.force_login(desk.alice)
    return client


def marked(ticket: Ticket, *kinds: Attention) -> Ticket:
    for number, kind in enumerate(kinds):
        locked = lock_ticket(ticket.pk)
        raise_attention(ticket=locked, kind=kind, now=NOW + timedelta(minutes=number))
    ticket.refresh_from_db()
    return ticket


def press(client: Client, ticket: Ticket, action: str) -> int:
    return client.post(f"{LIST}{ticket.pk}/change/", {"action": action}).status_code


@pytest.mark.parametrize(
    ("kinds", "stays", "minutes"),
    [
        ([Attention.LOOP], Attention.LOOP, 0),
        ([Attention.LOOP, Attention.BOUNCED], Attention.BOUNCED, 1),
        ([Attention.BOUNCED, Attention.LOOP], Attention.BOUNCED, 0),
        ([Attention.UNSENT, Attention.LOOP], Attention.UNSENT, 0),
        ([Attention.UNSENT, Attention.BOUNCED], Attention.BOUNCED, 1),
        ([Attention.BOUNCED, Attention.BOUNCED], Attention.BOUNCED, 0),
    ],
)
def test_the_more_serious_mark_stays_since_it_was_first_set(
    desk: Desk, kinds: list[Attention], stays: Attention, minutes: int
) -> None:
    ticket = marked(desk.tickets["pro"], *kinds)
    assert (ticket.attention, ticket.attention_at) == (stays, NOW + timedelta(minutes=minutes))


def test_a_person_who_has_seen_it_takes_the_mark_away_and_is_written_down(desk: Desk) -> None:
    ticket = marked(desk.tickets["pro"], Attention.BOUNCED)
    before = ticket.events.count()
    clear_attention(ticket_id=ticket.pk, user=desk.alice, now=NOW)
    clear_attention(ticket_id=ticket.pk, user=desk.dave, now=NOW)
    ticket.refresh_from_db()
    assert (ticket.attention, ticket.attention_at) == ("", None)
    entry = LogEntry.objects.get()
    assert (entry.user, entry.change_message) == (desk.alice, "seen: bounced")
    assert entry.object_repr == ticket.reference
    assert ticket.events.count() == before


def test_automatic_mail_stays_stopped_until_a_person_allows_it(desk: Desk) -> None:
    ticket = marked(desk.tickets["pro"], Attention.LOOP)
    Ticket.objects.filter(pk=ticket.pk).update(parked_at=NOW)
    clear_attention(ticket_id=ticket.pk, user=desk.alice, now=NOW)
    ticket.refresh_from_db()
    assert ticket.parked_at == NOW
    allow_automatic_mail(ticket_id=ticket.pk, user=desk.alice, now=NOW)
    ticket.refresh_from_db()
    assert ticket.parked_at is None
    assert LogEntry.objects.count() == 2


def test_allowing_automatic_mail_clears_a_loop_and_nothing_worse(desk: Desk) -> None:
    for kind, left in ((Attention.LOOP, ""), (Attention.BOUNCED, "bounced")):
        ticket = marked(desk.tickets["late"], kind)
        Ticket.objects.filter(pk=ticket.pk).update(parked_at=NOW)
        allow_automatic_mail(ticket_id=ticket.pk, user=desk.alice, now=NOW)
        ticket.refresh_from_db()
        assert ticket.attention == left


def test_the_desk_shows_and_counts_what_needs_attention_solved_tickets_too(
    alice: Client, desk: Desk
) -> None:
    marked(desk.tickets["pro"], Attention.LOOP)
    marked(desk.tickets["solved"], Attention.BOUNCED)
    spam = marked(desk.tickets["unknown"], Attention.LOOP)
    assert press(alice, spam, "spam") == 302
    response = alice.get(f"{LIST}?show=attention")
    found = {row.ticket.pk: str(row.attention) for row in response.context["rows"]}
    assert found == {
        desk.tickets["pro"].pk: "mail loop",
        desk.tickets["solved"].pk: "answer came back",
    }
    tabs = {tab.code: tab for tab in response.context["tabs"]}
    assert (tabs["attention"].count, tabs["attention"].mark) == (2, "attention")
    # Solved tickets that need attention are not among those to do.
    assert tabs["todo"].count == 6
    page = response.content.decode()
    assert '<span aria-hidden="true">⚑</span> answer came back' in page
    tiles = {tile.label: tile for tile in alice.get("/admin/").context["overview"].tiles}
    assert (tiles["need attention"].count, tiles["need attention"].mark) == (2, "missed")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Attention.BOUNCED, "check the address"),
        (Attention.UNSENT, "Send it again, or call."),
        (Attention.LOOP, "nothing automatic is sent here any more"),
    ],
)
def test_the_ticket_page_says_what_happened_and_what_to_do(
    alice: Client, desk: Desk, kind: Attention, words: str
) -> None:
    ticket = marked(desk.tickets["pro"], kind)
    page = alice.get(f"{LIST}{ticket.pk}/change/").content.decode()
    assert words in page
    assert 'value="seen"' in page
    assert 'value="allow_automatic"' not in page
    assert press(alice, ticket, "seen") == 302
    assert words not in alice.get(f"{LIST}{ticket.pk}/change/").content.decode()


def test_a_loop_has_a_second_button_that_stays_until_it_is_pressed(
    alice: Client, desk: Desk
) -> None:
    ticket = marked(desk.tickets["pro"], Attention.LOOP)
    Ticket.objects.filter(pk=ticket.pk).update(parked_at=NOW)
    assert press(alice, ticket, "seen") == 302
    page = alice.get(f"{LIST}{ticket.pk}/change/").content.decode()
    assert "Nothing automatic is sent here since Tue 1 Dec 11:00." in page
    assert press(alice, ticket, "allow_automatic") == 302
    page = alice.get(f"{LIST}{ticket.pk}/change/").content.decode()
    assert "Nothing automatic is sent here" not in page


@pytest.mark.parametrize(("who", "key"), [("carla", "missed"), ("olga", "pro")])
@pytest.mark.parametrize("action", ["seen", "allow_automatic"])
def test_only_who_works_tickets_clears_a_mark(
    client: Client, desk: Desk, who: str, key: str, action: str
) -> None:
    ticket = marked(desk.tickets[key], Attention.BOUNCED)
    client.force_login(getattr(desk, who))
    page = client.get(f"{LIST}{ticket.pk}/change/").content.decode()
    assert "check the address" in page
    assert 'value="seen"' not in page
    assert press(client, ticket, action) == 403
    ticket.refresh_from_db()
    assert ticket.attention == Attention.BOUNCED
