"""A call that is repeated is done once: Idempotency-Key."""

import threading
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client

from tests.api.world import Program, program
from tests.sla.desk_world import NOW, Desk, make_desk
from tickets.models import ApiCall, Message, Ticket
from tickets.models.advisory import take_until_commit
from tickets.operations.api.calls import _hash, forget_old_calls
from tickets.tasks import erase_deliveries

NEW = {"requester": {"email": "bob@beta.example"}, "text": "How do I export a report?"}


def test_the_same_call_is_done_once_and_answered_alike(desk: Desk) -> None:
    alice = program(desk.alice)
    first = alice.post("tickets/", NEW, idempotency_key="one")
    again = alice.post("tickets/", NEW, idempotency_key="one")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"
    assert Ticket.objects.filter(pk__gte=first.json()["id"]).count() == 1


@pytest.mark.parametrize("path", ["replies", "notes", "severity"])
def test_every_change_of_a_ticket_can_be_repeated(desk: Desk, path: str) -> None:
    ticket, alice = desk.tickets["pro"], program(desk.alice)
    body = {"severity": "S2", "reason": "x"} if path == "severity" else {"text": "Hola"}
    answers = [
        alice.post(f"tickets/{ticket.pk}/{path}/", body, idempotency_key="k") for _ in range(3)
    ]
    assert len({answer.content for answer in answers}) == 1
    assert Message.objects.filter(ticket=ticket, user=desk.alice).count() == 1


def test_without_a_key_each_call_is_a_call(desk: Desk) -> None:
    alice = program(desk.alice)
    assert alice.post("tickets/", NEW).json()["id"] != alice.post("tickets/", NEW).json()["id"]
    assert not ApiCall.objects.exists()


def test_the_same_key_with_another_body_or_address_is_refused(desk: Desk) -> None:
    alice = program(desk.alice)
    path = f"tickets/{desk.tickets['pro'].pk}/notes/"
    alice.post(path, {"text": "one"}, idempotency_key="k")
    for other, body in ((path, {"text": "two"}), ("tickets/", NEW)):
        refused = alice.post(other, body, idempotency_key="k")
        assert refused.status_code == 422
        assert refused.json()["type"].endswith("/key-reused")
    assert Message.objects.filter(body="two").count() == 0


def test_two_people_may_choose_the_same_key(desk: Desk) -> None:
    path = f"tickets/{desk.tickets['pro'].pk}/notes/"
    made = {
        program(person).post(path, {"text": "one"}, idempotency_key="k").json()["id"]
        for person in (desk.alice, desk.dave)
    }
    assert len(made) == 2


def test_a_refused_call_is_not_remembered(desk: Desk) -> None:
    ticket, alice = desk.tickets["pro"], program(desk.alice)
    path = f"tickets/{ticket.pk}/replies/"
    refused = alice.post(path, {"text": "Hi", "seen": 0}, idempotency_key="k")
    assert refused.status_code == 409
    newest = ticket.messages.latest("pk").pk
    done = alice.post(path, {"text": "Hi", "seen": newest}, idempotency_key="k")
    assert done.status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 201, "ñ", "a\tb", "a b", "a\n"])
def test_a_key_is_a_short_word_of_ascii(desk: Desk, key: str) -> None:
    assert program(desk.alice).post("tickets/", NEW, idempotency_key=key).status_code == 400


def test_a_key_is_good_for_a_day(desk: Desk) -> None:
    alice = program(desk.alice)
    first = alice.post("tickets/", NEW, idempotency_key="k").json()["id"]
    with time_machine.travel(NOW + timedelta(hours=24, seconds=-1), tick=False):
        assert alice.post("tickets/", NEW, idempotency_key="k").json()["id"] == first
        assert forget_old_calls(now=NOW + timedelta(hours=24, seconds=-1)) == 0
    with time_machine.travel(NOW + timedelta(hours=24), tick=False):
        assert alice.post("tickets/", NEW, idempotency_key="k").json()["id"] != first
    with time_machine.travel(NOW + timedelta(hours=48), tick=False):
        erase_deliveries()
    assert not ApiCall.objects.exists()


def test_what_is_remembered_holds_no_text_and_an_erasure_reaches_it(desk: Desk) -> None:
    alice = program(desk.alice)
    body = {**NEW, "text": "mi número es 600 123 456"}
    made = alice.post("tickets/", body, idempotency_key="bob@beta.example").json()
    row = str(ApiCall.objects.values().get())
    assert "600" not in row.replace(str(ApiCall.objects.get().request_sha256), "")
    assert "beta" not in row
    call_command("erase_contact", "bob@beta.example", "--yes")
    assert ApiCall.objects.get().request_sha256 == ""
    # It is still the same call, and nothing is made twice.
    again = alice.post("tickets/", body, idempotency_key="bob@beta.example")
    assert (again.status_code, again.json()["id"]) == (201, made["id"])
    assert again.json()["requester"] == {"id": made["requester"]["id"], "name": "", "email": ""}


def test_what_was_made_is_not_shown_to_who_may_no_longer_see_it(desk: Desk) -> None:
    alice = program(desk.alice)
    path = f"tickets/{desk.tickets['pro'].pk}/notes/"
    alice.post(path, {"text": "one"}, idempotency_key="k")
    desk.alice.groups.clear()
    assert alice.post(path, {"text": "one"}, idempotency_key="k").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_the_same_call_at_the_same_moment_is_in_progress(settings: Any) -> None:
    settings.REDIS_URL = "unix:///nowhere/redis.sock"
    desk = make_desk()
    secret_holder = program(desk.alice)
    name = f"api call {desk.alice.pk} {_hash('k')}"
    holds, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            assert take_until_commit(name)
            holds.set()
            done.wait(20)
        connection.close()

    other = threading.Thread(target=hold)
    other.start()
    assert holds.wait(20)
    path = f"tickets/{desk.tickets['pro'].pk}/notes/"
    refused = secret_holder.post(path, {"text": "one"}, idempotency_key="k")
    done.set()
    other.join()
    assert refused.status_code == 409
    assert refused["Retry-After"] == "1"
    assert refused.json()["type"].endswith("/in-progress")
    assert secret_holder.post(path, {"text": "one"}, idempotency_key="k").status_code == 201


@pytest.mark.django_db(transaction=True)
def test_six_at_the_same_moment_are_one(settings: Any) -> None:
    settings.REDIS_URL = "unix:///nowhere/redis.sock"
    desk = make_desk()
    secret = program(desk.alice).secret
    path = f"tickets/{desk.tickets['pro'].pk}/notes/"
    together = threading.Barrier(6)
    statuses: list[int] = []

    def call() -> None:
        together.wait(20)
        answer = Program(secret, Client()).post(path, {"text": "one"}, idempotency_key="k")
        statuses.append(answer.status_code)
        connection.close()

    threads = [threading.Thread(target=call) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {201, 409}
    assert statuses.count(201) >= 1
    assert Message.objects.filter(body="one").count() == 1
