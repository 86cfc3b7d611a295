"""Attacks on signed webhooks: by their receivers, and by what an operator changes meanwhile."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from sla.models import CallState, Hook, HookAttempt, HookCall, HookEvent
from sla.operations.hooks.replay_hooks import replay_calls, replay_given_up, replay_since
from tests.sla import world
from tests.sla.hook_server import Hooks, hook_server
from tests.sla.hook_world import START, heard, hook, owner, send
from tests.tickets.hooks import arrive, created, helpdesk
from tickets.models import Customer, Ticket
from tickets.operations.desk.actions import set_customer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]
HOUR = timedelta(hours=1)


@pytest.fixture
def hooks(settings: Any) -> Iterator[Hooks]:
    settings.NOTICE_PRIVATE_HOSTS = ["127.0.0.1"]
    with hook_server() as server:
        yield server


@pytest.fixture
def two_companies() -> tuple[Customer, Customer]:
    return world.customer("enterprise"), world.customer("pro", domain="beta.example")


def opened_by_both(at: Any = START) -> None:
    world.ticket_by_mail(at)
    world.ticket_by_mail(at, sender="Eve <eve@beta.example>")


def companies(hooks: Hooks, at: Any) -> set[str]:
    return {event["data"]["ticket"]["customer"]["code"] for event in heard(hooks, at)}


def narrow(made: Hook, customer: Customer) -> None:
    made.customers.set([customer])
    Hook.objects.filter(pk=made.pk).update(revision=made.revision + 1)


def test_who_hears_of_one_customer_now_is_not_told_what_waits_of_the_others(
    hooks: Hooks, two_companies: tuple[Customer, Customer]
) -> None:
    made = hook(hooks.url, types=["ticket.opened"])
    opened_by_both()
    acme, beta = two_companies
    narrow(made, beta)
    assert send(START) == 1
    assert companies(hooks, START) == {beta.code}
    about_acme = HookCall.objects.get(event__ticket__customer=acme)
    assert about_acme.state == CallState.GIVEN_UP
    assert "no longer hears" in about_acme.last_error
    replay_calls(call_ids=[about_acme.pk], now=START + HOUR)
    replay_given_up(hook_id=made.pk, now=START + HOUR)
    replay_since(hook_id=made.pk, since=START - HOUR, now=START + HOUR)
    send(START + HOUR)
    assert companies(hooks, START + HOUR) <= {beta.code}


def test_nor_of_a_type_that_was_taken_away(
    hooks: Hooks, two_companies: tuple[Customer, Customer]
) -> None:
    made = hook(hooks.url, types=["ticket.opened"])
    opened_by_both()
    Hook.objects.filter(pk=made.pk).update(types=["target.missed"])
    assert send(START) == 0
    assert hooks.calls == []


def test_a_ticket_that_changed_hands_tells_its_new_customer_nothing_of_the_old_one(
    hooks: Hooks, two_companies: tuple[Customer, Customer]
) -> None:
    acme, beta = two_companies
    with hook_server() as other:
        hook(other.url, name="All")
        world.ticket_by_mail(START)
        made = hook(hooks.url)
        narrow(made, beta)
        set_customer(
            ticket_id=Ticket.objects.get().pk, customer=beta, user=owner(), now=START + HOUR
        )
        replay_since(hook_id=made.pk, since=START - HOUR, now=START + HOUR)
        send(START + HOUR)
        assert acme.code not in companies(hooks, START + HOUR)


SPOILT = [
    (200, {"Retry-After": "1", "X-Secret": "s3cret-of-theirs"}),
    (503, {"Retry-After": "999999999", "X-Secret": "s3cret-of-theirs"}),
    (503, {"Retry-After": "-5"}),
    (503, {"Retry-After": "9" * 400}),
    (302, {"Location": "http://169.254.169.254/latest/s3cret-of-theirs"}),
    (999, {}),
    (418, {}),
]


@pytest.mark.parametrize("answer", SPOILT)
def test_nothing_that_a_receiver_says_but_its_status_stands_anywhere(
    hooks: Hooks, answer: tuple[int, dict[str, str]], client: Client, caplog: Any
) -> None:
    world.customer("enterprise")
    made = hook(hooks.url, types=["ticket.opened"])
    world.ticket_by_mail(START)
    hooks.answers = [answer]
    send(START)
    assert HookAttempt.objects.get().status == answer[0]
    call = HookCall.objects.get()
    latest = START + HOUR + timedelta(minutes=1)
    assert call.next_attempt_at is None or call.next_attempt_at <= latest
    client.force_login(owner())
    pages = [f"/admin/sla/hook/{made.pk}/change/", f"/admin/sla/hookcall/{call.pk}/change/"]
    seen = caplog.text + "".join(client.get(page).content.decode() for page in pages)
    assert "s3cret" not in seen
    assert "for=sivo" not in seen, "the address of the receiver may be a secret"


def test_an_id_that_is_an_address_does_not_outlive_its_person(hooks: Hooks) -> None:
    hook(hooks.url, types=["ticket.opened"])
    source = helpdesk()
    for thread in ("bob@acme.example/1", "T-1"):
        arrive(source, created(thread, START), START)
    send(START)
    told = [event["data"]["ticket"]["thread"] for event in heard(hooks, START)]
    assert sorted(told) == ["", "T-1"]
    assert not HookEvent.objects.filter(data__icontains="bob@acme.example").exists()
