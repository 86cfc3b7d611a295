"""Links to the panel that are made void before they expire: by whom, which ones, what they say."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.signing import Signer
from django.test import Client

from sla.operations.tools.panel_links import revoke_panel_links
from sla.queries.tools.panel_links import token_of
from tests.sla.desk_world import NOW, Desk, make_desk
from tickets.models import Source, SourceKind, Ticket

pytestmark = pytest.mark.django_db
UNTIL = NOW + timedelta(hours=8)


@pytest.fixture
def desk() -> Iterator[Desk]:
    with time_machine.travel(NOW, tick=False):
        yield make_desk()


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def link(ticket: Ticket, language: str = "en") -> str:
    return f"/panel/{token_of(ticket, UNTIL, language)}/"


def seen(path: str) -> Any:
    """What a frame gets: nobody is logged in."""
    return Client(enforce_csrf_checks=True).get(path)


def words_of(page: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


def of_ticket(ticket: Ticket) -> str:
    return f"/admin/tickets/ticket/{ticket.pk}/panel-links/"


def of_source(source: Source) -> str:
    return f"/admin/tickets/source/{source.pk}/panel-links/"


def test_an_operator_makes_the_links_of_one_ticket_void(desk: Desk) -> None:
    ticket, other = desk.tickets["missed"], desk.tickets["pro"]
    old, others = link(ticket), link(other)
    olga = logged_in(desk.olga)
    page = olga.get(f"/admin/tickets/ticket/{ticket.pk}/change/").content.decode()
    assert f'href="{of_ticket(ticket)}"' in page
    asked = olga.get(of_ticket(ticket))
    assert f"panel of {ticket.reference} that was made until now" in words_of(asked)
    assert seen(old).status_code == 200
    done = olga.post(of_ticket(ticket), follow=True)
    assert "The links to the panel that were made before are void." in words_of(done)
    assert re.search(r"Those made before .* are void", words_of(done))
    gone = seen(old)
    assert gone.status_code == 404
    assert "made the links void" in words_of(gone)
    assert "a fresh link is made then" in words_of(gone)
    assert ticket.reference not in words_of(gone)
    assert seen(link(ticket)).status_code == 200
    assert seen(others).status_code == 200


def test_an_operator_makes_the_links_of_a_whole_source_void(desk: Desk) -> None:
    mine = [desk.tickets["missed"], desk.tickets["pro"]]
    zendesk = Source.objects.create(kind=SourceKind.ZENDESK, name="Zendesk", secrets="x")
    Ticket.objects.filter(pk=desk.tickets["at_risk"].pk).update(source=zendesk, thread="7")
    elsewhere = Ticket.objects.get(pk=desk.tickets["at_risk"].pk)
    old, others = [link(ticket) for ticket in mine], link(elsewhere)
    olga = logged_in(desk.olga)
    source = mine[0].source
    page = olga.get(f"/admin/tickets/source/{source.pk}/change/").content.decode()
    assert f'href="{of_source(source)}"' in page
    assert "of any ticket of" in words_of(olga.get(of_source(source)))
    done = olga.post(of_source(source), follow=True)
    assert re.search(r"Those made before .* are void", words_of(done))
    assert {seen(path).status_code for path in old} == {404}
    assert {seen(link(ticket)).status_code for ticket in mine} == {200}
    assert seen(others).status_code == 200


def test_only_operators_do_it_on_the_pages(desk: Desk) -> None:
    ticket = desk.tickets["missed"]
    old = link(ticket)
    for person in (desk.alice, desk.carla):
        client = logged_in(person)
        page = client.get(f"/admin/tickets/ticket/{ticket.pk}/change/").content.decode()
        assert "panel-links/" not in page
        for path in (of_ticket(ticket), of_source(ticket.source)):
            assert client.get(path).status_code == 403
            assert client.post(path).status_code == 403
    assert Client().post(of_ticket(ticket)).status_code == 302
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(desk.olga)
    assert strict.post(of_ticket(ticket)).status_code == 403
    assert seen(old).status_code == 200


def test_a_link_made_in_the_same_instant_is_on_its_own_side(desk: Desk) -> None:
    ticket = desk.tickets["missed"]
    old = link(ticket)
    revoke_panel_links(source=ticket.source, user=desk.olga, now=NOW)
    # Whatever the clocks of our hosts say: what counts is which came first in the database.
    between = link(ticket)
    revoke_panel_links(source=ticket.source, ticket=ticket, user=desk.olga, now=NOW)
    assert [seen(path).status_code for path in (old, between, link(ticket))] == [404, 404, 200]


def test_links_of_the_release_before_are_believed_until_they_are_made_void(desk: Desk) -> None:
    ticket = desk.tickets["missed"]
    said = token_of(ticket, UNTIL, "en").rpartition(".")[0].removesuffix("-0")
    old = f"/panel/{Signer(salt='sla.panel', sep='.').sign(said)}/"
    assert seen(old).status_code == 200
    revoke_panel_links(source=ticket.source, user=desk.olga, now=NOW)
    assert seen(old).status_code == 404


def test_a_void_link_speaks_its_language_and_stays_in_its_frame(desk: Desk) -> None:
    ticket = desk.tickets["missed"]
    old = link(ticket, "es")
    revoke_panel_links(source=ticket.source, user=desk.olga, now=NOW)
    gone = seen(old)
    assert '<html lang="es">' in gone.content.decode()
    assert "no-store" in gone["Cache-Control"]
    assert gone["Referrer-Policy"] == "no-referrer"
