"""Somebody is woken when an answer waits: soon, once for many, and never before the commit."""

import time
from typing import Any

import pytest
from django.test import Client

from tests.sla.desk_world import make_person
from tests.sla.world import customer, madrid, ticket_by_mail
from tickets import tasks
from tickets.domain.wake_ups import wake_outbox


class Task:
    """Counts how often it was sent."""

    def __init__(self, *, broken: bool = False) -> None:
        self.sent = 0
        self._broken = broken

    def apply_async(self, **_: Any) -> None:
        self.sent += 1
        if self._broken:
            raise ConnectionError


def wait_for(task: Task, sent: int) -> None:
    deadline = time.monotonic() + 5
    while task.sent < sent and time.monotonic() < deadline:
        time.sleep(0.005)
    assert task.sent >= sent


def test_many_rings_at_once_are_one_or_two_wake_ups() -> None:
    task = Task()
    bell = tasks._Bell(task)
    for _ in range(500):
        bell.ring()
    wait_for(task, 1)
    time.sleep(0.15)
    assert task.sent <= 2


def test_a_broker_that_is_away_costs_nothing_and_the_next_ring_tries_again() -> None:
    task = Task(broken=True)
    bell = tasks._Bell(task)
    bell.ring()
    wait_for(task, 1)
    bell.ring()
    wait_for(task, 2)


@pytest.mark.django_db
@pytest.mark.usefixtures("terms")
def test_an_answer_at_the_desk_wakes_the_outbox_once_it_is_stored(
    client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    customer("pro")
    ticket = ticket_by_mail(madrid("2026-11-18 10:00"))
    client.force_login(make_person("Alice", "agents"))
    page = f"/admin/tickets/ticket/{ticket.pk}/change/"
    with django_capture_on_commit_callbacks() as callbacks:
        client.post(page, {"action": "answer", "text": ""})
    assert callbacks == []
    with django_capture_on_commit_callbacks() as callbacks:
        assert client.post(page, {"action": "answer", "text": "Hola"}).status_code == 302
    assert [callback.__self__ for callback in callbacks] == [tasks._answer_bell]


@pytest.mark.django_db
def test_the_port_leads_to_the_bell(django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        wake_outbox()
    assert len(callbacks) == 1
