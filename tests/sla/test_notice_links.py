"""The link in a notice: one click acknowledges, a program that only looks does not."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.signing import Signer
from django.test import Client

from sla.models import Acknowledgement, Notice
from sla.notifiers.links import token_of
from sla.operations.escalation.acknowledge import acknowledge_by_link
from sla.queries.escalation.notices import link_of
from tests.journeys.threads import at_once
from tests.sla import world
from tests.sla.notice_world import FIRED, escalation, notice, outage, told
from tickets.models import Ticket
from tickets.operations.desk.actions import mark_spam

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]


@pytest.fixture
def stranger(monkeypatch: pytest.MonkeyPatch) -> Client:
    """A browser that nobody is logged in with; CSRF is checked as in production."""
    monkeypatch.setattr("sla.views.notice_link.database_now", lambda: FIRED + timedelta(minutes=1))
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def alice() -> User:
    return world.person("Alice")


def path_of(made: Notice) -> str:
    return link_of(made).removeprefix("http://localhost:8000")


def test_looking_changes_nothing_however_often(stranger: Client, alice: User) -> None:
    made = told(alice)
    for _ in range(3):
        page = stranger.get(path_of(made))
        assert page.status_code == 200
        assert "Yes, I am on it" in page.content.decode()
        assert stranger.head(path_of(made)).status_code == 200
    assert Acknowledgement.objects.count() == 0


def test_one_click_acknowledges_without_a_login_or_a_cookie(stranger: Client, alice: User) -> None:
    made = told(alice)
    page = stranger.post(path_of(made))
    assert page.status_code == 200
    assert "Thank you: you are on it" in page.content.decode()
    (row,) = Acknowledgement.objects.all()
    assert (row.by, row.via, row.notice, row.at) == (
        alice,
        "link",
        made,
        FIRED + timedelta(minutes=1),
    )
    assert not stranger.cookies


def test_a_link_works_once_and_says_who_used_it(stranger: Client, alice: User) -> None:
    made = told(alice)
    stranger.post(path_of(made))
    for again in (stranger.post(path_of(made)), stranger.get(path_of(made))):
        text = again.content.decode()
        assert again.status_code == 200
        assert "Alice is on it" in text
        assert "Wed 18 Nov 2026 10:16" in text
        assert "<form" not in text
    assert Acknowledgement.objects.count() == 1


def test_a_digest_acknowledges_every_clock_that_still_runs(stranger: Client, alice: User) -> None:
    tickets = [outage(f"{name}.example") for name in ("acme", "beta", "gamma")]
    clocks = [world.contract_clock(ticket) for ticket in tickets]
    made = notice(*(escalation(clock) for clock in clocks), recipient=alice)
    world.answer(tickets[0], alice, FIRED + timedelta(seconds=30))
    stranger.post(path_of(made))
    assert set(Acknowledgement.objects.values_list("clock", flat=True)) == {
        clock.pk for clock in clocks[1:]
    }


def test_when_all_is_over_nothing_is_acknowledged(stranger: Client, alice: User) -> None:
    ticket = outage()
    made = told(alice, ticket)
    mark_spam(ticket_id=ticket.pk, user=alice, now=FIRED)
    for page in (stranger.get(path_of(made)), stranger.post(path_of(made))):
        assert page.status_code == 410
        assert "Nothing is left to do" in page.content.decode()
    assert Acknowledgement.objects.count() == 0


def test_a_link_expires_after_a_week(
    stranger: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = told(alice)
    week = FIRED + timedelta(days=7)
    monkeypatch.setattr("sla.views.notice_link.database_now", lambda: week)
    assert stranger.get(path_of(made)).status_code == 200
    monkeypatch.setattr("sla.views.notice_link.database_now", lambda: week + timedelta(seconds=1))
    for page in (stranger.get(path_of(made)), stranger.post(path_of(made))):
        assert page.status_code == 410
        assert "seven days" in page.content.decode()
    assert Acknowledgement.objects.count() == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda token, _: token[:-1],
        lambda token, _: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token, made: token.replace(str(made.pk), str(made.pk + 1), 1),
        lambda *_: "x",
        lambda *_: "1-2",
        lambda *_: "%00",
        lambda *_: "9" * 400,
        lambda _, made: Signer(sep=".").sign(f"{made.pk}-{int(made.created_at.timestamp())}"),
        lambda _, made: token_of(made.pk, made.created_at + timedelta(seconds=1)),
        lambda *_: token_of(10**18, FIRED),
    ],
)
def test_what_we_did_not_sign_for_this_notice_opens_nothing(
    stranger: Client, alice: User, change: Any
) -> None:
    made = told(alice)
    token = change(token_of(made.pk, made.created_at), made)
    for page in (stranger.get(f"/notices/{token}/"), stranger.post(f"/notices/{token}/")):
        assert page.status_code in {400, 404}
    assert Acknowledgement.objects.count() == 0


def test_a_link_outlives_a_change_of_the_secret_key(
    stranger: Client, alice: User, settings: Any
) -> None:
    made = told(alice)
    path = path_of(made)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "new"
    assert stranger.get(path).status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert stranger.get(path).status_code == 404


def test_the_page_speaks_the_recipients_language_and_tells_nobody_its_address(
    stranger: Client, alice: User
) -> None:
    made = told(alice, language="es")
    page = stranger.get(path_of(made), headers={"accept-language": "en"})
    assert '<html lang="es">' in page.content.decode()
    assert page["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page["Cache-Control"]
    assert "noindex" in page["X-Robots-Tag"]
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]


def test_the_page_shows_nothing_that_the_customer_wrote(stranger: Client, alice: User) -> None:
    world.customer("enterprise")
    ticket = world.ticket_by_mail(FIRED - timedelta(minutes=9), subject="Secret", body="Secret!")
    text = stranger.get(path_of(told(alice, ticket))).content.decode()
    assert ticket.reference in text
    assert "Secret" not in text
    assert "bob@" not in text


def test_a_shared_channel_acknowledges_for_nobody_by_name(stranger: Client) -> None:
    made = notice(escalation(world.contract_clock(outage())), address="night@sivocenter.example")
    stranger.post(path_of(made))
    (row,) = Acknowledgement.objects.all()
    assert row.by is None
    assert "Somebody is on it" in stranger.get(path_of(made)).content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_are_one(alice: User) -> None:
    made = told(alice)
    clicks = [lambda: acknowledge_by_link(notice=made, now=FIRED)] * 4
    assert at_once(*clicks) == [None] * 4
    assert Acknowledgement.objects.count() == 1


def press(client: Client, ticket: Ticket) -> Any:
    with time_machine.travel(FIRED + timedelta(minutes=2), tick=False):
        return client.post(
            f"/admin/tickets/ticket/{ticket.pk}/change/", {"action": "acknowledge"}, follow=True
        )


def test_an_agent_acknowledges_on_the_tickets_page(client: Client, alice: User) -> None:
    ticket = outage()
    told(alice, ticket)
    client.force_login(alice)
    page = client.get(f"/admin/tickets/ticket/{ticket.pk}/change/").content.decode()
    assert "I am on it" in page
    assert "any/step0" in page
    text = press(client, ticket).content.decode()
    assert "You are on it" in text
    assert "Alice is on it since" in text
    (row,) = Acknowledgement.objects.all()
    assert (row.by, row.via, row.notice) == (alice, "admin", None)


def test_a_ticket_without_escalations_shows_nothing_of_them(client: Client, alice: User) -> None:
    ticket = outage()
    client.force_login(alice)
    page = client.get(f"/admin/tickets/ticket/{ticket.pk}/change/").content.decode()
    assert "Escalations</h2>" not in page
    assert "still running" in press(client, ticket).content.decode()
    assert Acknowledgement.objects.count() == 0


def test_a_csm_sees_escalations_and_cannot_acknowledge(client: Client, alice: User) -> None:
    ticket = outage()
    told(alice, ticket)
    carla = world.person("Carla", "csms")
    assert ticket.customer is not None
    type(ticket.customer).objects.update(csm=carla)
    client.force_login(carla)
    page = client.get(f"/admin/tickets/ticket/{ticket.pk}/change/").content.decode()
    assert "any/step0" in page
    assert "I am on it" not in page
    assert press(client, ticket).status_code == 403
    assert Acknowledgement.objects.count() == 0


def test_who_may_not_see_a_ticket_cannot_acknowledge_it(client: Client, alice: User) -> None:
    ticket = outage()
    told(alice, ticket)
    client.force_login(world.person("Carla", "csms"))
    assert press(client, ticket).status_code == 404


def test_the_link_of_somebody_who_has_left_opens_and_tells_nothing(
    stranger: Client, alice: User
) -> None:
    made = told(alice)
    alice.is_active = False
    alice.save(update_fields=["is_active"])
    page = stranger.post(path_of(made))
    assert page.status_code == 410
    assert "SIVO-" not in page.content.decode()
    assert not Acknowledgement.objects.exists()


def test_after_its_week_even_a_used_link_tells_nothing(
    stranger: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = told(alice)
    assert "SIVO-" in stranger.post(path_of(made)).content.decode()
    monkeypatch.setattr("sla.views.notice_link.database_now", lambda: FIRED + timedelta(days=8))
    assert "SIVO-" not in stranger.get(path_of(made)).content.decode()
