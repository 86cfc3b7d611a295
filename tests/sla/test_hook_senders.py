"""The senders of webhook calls: side by side, at once, and killed on the way."""

import os
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from sla.domain.hooks.limits import MAX_ATTEMPTS, message_id_of
from sla.models import Hook, HookCall
from sla.operations.hooks import call_hooks as outbox
from tests.journeys.processes import Process, test_database_url, wait_until
from tests.journeys.threads import at_once
from tests.sla import world
from tests.sla.hook_server import Hooks, hook_server
from tests.sla.hook_world import START, hook, send, the_call

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture
def hooks(settings: Any) -> Iterator[Hooks]:
    settings.NOTICE_PRIVATE_HOSTS = ["127.0.0.1"]
    with hook_server() as server:
        yield server


def opened(at: datetime = START) -> None:
    """One event: a ticket is opened."""
    world.ticket_by_mail(at)


def board(hooks: Hooks, **more: Any) -> Hook:
    """A webhook that hears of new tickets."""
    return hook(hooks.url, **{"types": ["ticket.opened"], **more})


def test_a_receiver_that_hangs_holds_its_own_calls_alone(
    transactional_db: None, hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks.pause = 6
    board(hooks, name="Slow")
    with hook_server() as quick:
        hook(quick.url, name="Quick", types=["ticket.opened"])
        for minute in range(3):
            opened(START + minute * MINUTE)
        calls: list[float] = []
        began = monotonic()
        note = outbox.write_down

        def noted(tried: Any, **more: Any) -> bool:
            calls.append(monotonic() - began)
            return note(tried, **more)

        monkeypatch.setattr(outbox, "write_down", noted)
        assert send(START + 3 * MINUTE, seconds=1) == 4
        assert len(quick.calls) == 3
    assert max(calls[:3]) < 3, "the quick one had all of its own before the slow one answered"
    waiting = HookCall.objects.filter(state="waiting")
    assert [call.attempts for call in waiting] == [0, 0], "what was not tried does not count"


def test_two_senders_at_once_make_each_call_once(transactional_db: None, hooks: Hooks) -> None:
    board(hooks)
    for _ in range(15):
        opened()
    hooks.pause = 0.02
    assert at_once(*[lambda: send(START)] * 4) == [None] * 4
    assert send(START) == 0
    assert len(hooks.calls) == 15
    assert len({call.headers["webhook-id"] for call in hooks.calls}) == 15
    assert set(HookCall.objects.values_list("state", "attempts")) == {("delivered", 1)}


def test_claims_at_once_share_no_call(transactional_db: None, hooks: Hooks) -> None:
    """Without the lock of the round: what holds when that is lost."""
    made = board(hooks)
    for _ in range(30):
        opened()
    taken: list[int] = []
    lock = threading.Lock()

    def take() -> None:
        for _ in range(4):
            mine = outbox.claim(hook_id=made.pk, now=START, limit=3)
            with lock:
                taken.extend(call.pk for call in mine)

    assert at_once(*[take] * 4) == [None] * 4
    while more := outbox.claim(hook_id=made.pk, now=START, limit=3):
        taken.extend(call.pk for call in more)
    assert len(taken) == len(set(taken)) == 30


def test_a_death_between_the_call_and_its_note_repeats_it_under_its_id(
    hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    board(hooks)
    opened()

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(outbox, "write_down", die)
    with pytest.raises(KeyboardInterrupt):
        send(START)
    monkeypatch.undo()
    assert send(START + outbox.LEASE - SECOND) == 0, "the claim of the dead one still holds"
    assert send(START + outbox.LEASE) == 1
    assert len(hooks.calls) == 2
    assert len({call.headers["webhook-id"] for call in hooks.calls}) == 1
    assert the_call().attempts == 2


def test_a_call_that_kills_its_sender_each_time_is_given_up(hooks: Hooks) -> None:
    made = board(hooks)
    opened()
    at = START
    for _ in range(MAX_ATTEMPTS):
        assert outbox.claim(hook_id=made.pk, now=at, limit=1)
        at += outbox.LEASE
    assert send(at) == 0
    assert hooks.calls == []
    assert (the_call().state, the_call().last_error) == ("given_up", "its sender died each time")


# What the schedule does, again and again, until it is killed.
LOOP = """
import time
from sla.operations.hooks.call_hooks import call_hooks
from tickets.queries import database_now
while True:
    call_hooks(clock=database_now)
    time.sleep(0.05)
"""


@pytest.mark.processes
def test_senders_that_are_killed_at_any_moment_lose_nothing_and_make_up_no_id(
    transactional_db: None, hooks: Hooks, tmp_path: Path
) -> None:
    made = board(hooks, at=timezone.now())
    hooks.pause = 0.02
    env = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": test_database_url(),
        "DJANGO_SECRET_KEY": settings.SECRET_KEY,
        "SIVO_SECRETS_KEYS": ",".join(settings.SECRETS_KEYS),
        "SIVO_NOTICE_PRIVATE_HOSTS": "127.0.0.1",
    }
    argv = [sys.executable, "manage.py", "shell", "--no-imports", "-c", LOOP]
    senders = [Process(argv=argv, env=env, log=tmp_path / f"{n}.log") for n in range(2)]
    try:
        for sender in senders:
            sender.start()
        for _ in range(4):
            before = len(hooks.calls)
            for _ in range(15):
                opened(timezone.now())
            wait_until(lambda least=before: len(hooks.calls) > least, 40, "somebody sends")  # type: ignore[misc]
            for sender in senders:
                sender.kill()
                sender.start()
    finally:
        for sender in senders:
            sender.end()
    # What died on the way comes back after its lease.
    later = timezone.now() + 2 * outbox.LEASE
    send(later)
    assert set(made.calls.values_list("state", flat=True)) == {"delivered"}
    ids = [call.headers["webhook-id"] for call in hooks.calls]
    assert set(ids) == {message_id_of(call.event_id) for call in made.calls.all()}
    assert len(set(ids)) == 60
    # Only what was on its way at a kill may have left twice: at most a claim each time.
    assert len(ids) <= 60 + 4 * 10
