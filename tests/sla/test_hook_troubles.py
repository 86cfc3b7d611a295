"""Webhooks that fail: the owner hears, the hook is disabled, and what waited is sent again."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.header import decode_header, make_header
from typing import Any

import pytest

from sla.models import Hook, HookCall, Notice, NoticePreference
from sla.operations.escalation.send_notices import send_notices
from sla.operations.hooks.replay_hooks import (
    NotReady,
    enable_hook,
    replay_calls,
    replay_given_up,
    replay_since,
)
from tests.sla import world
from tests.sla.hook_server import Hooks, hook_server
from tests.sla.hook_world import START, hook, owner, send, the_call, types
from tests.tickets.smtp_sink import Sink, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def hooks(settings: Any) -> Iterator[Hooks]:
    settings.NOTICE_PRIVATE_HOSTS = ["127.0.0.1"]
    settings.PUBLIC_URL = "https://sla.example"
    with hook_server() as server:
        yield server


def opened(at: datetime = START) -> None:
    world.ticket_by_mail(at)


def board(hooks: Hooks, **more: Any) -> Hook:
    return hook(hooks.url, **{"types": ["ticket.opened"], **more})


def fails(hooks: Hooks, begin: datetime, end: datetime, every: timedelta = HOUR) -> None:
    """The receiver answers 500 to whatever is due between two instants."""
    at = begin
    while at <= end:
        hooks.answers = [(500, {})] * 20
        send(at)
        at += every
    hooks.answers = []


def subject(mail: Any) -> str:
    return str(make_header(decode_header(mail["Subject"])))


def fresh(made: Hook) -> Hook:
    return Hook.objects.get(pk=made.pk)


def test_the_owner_hears_after_a_day_once_and_a_success_ends_it(hooks: Hooks, smtp: Sink) -> None:
    made = board(hooks)
    NoticePreference.objects.create(person=owner(), language="en")
    opened()
    fails(hooks, START, START + 23 * HOUR)
    assert Notice.objects.count() == 0
    fails(hooks, START + 24 * HOUR, START + 30 * HOUR)
    at = START + 30 * HOUR
    assert send_notices(clock=lambda: at) == 1
    (mail,) = smtp.mails
    assert mail["To"] == "olga@sivocenter.example"
    assert subject(mail) == "Webhook “Board” has been failing for a day"
    text = text_of(mail)
    for words in (
        "Since Wednesday 18 November 2026, 10:00 (Madrid time, UTC+1) the receiver has taken",
        "We go on trying.",
        "press “Send a test”",
        f"https://sla.example/admin/sla/hook/{made.pk}/change/",
    ):
        assert words in text, words
    assert hooks.url not in text
    opened(at)
    # Its next attempt is at most 14 hours and a bit away.
    assert send(at + 20 * HOUR) == 2
    assert (fresh(made).failing_since, fresh(made).warned_at) == (None, None)


def test_after_three_days_without_success_it_is_disabled_and_the_owner_told(
    hooks: Hooks, smtp: Sink
) -> None:
    made = board(hooks)
    NoticePreference.objects.create(person=owner(), language="es")
    opened()
    opened(START)
    fails(hooks, START, START + 71 * HOUR)
    assert fresh(made).disabled_at is None
    assert send_notices(clock=lambda: START + 71 * HOUR) == 1
    fails(hooks, START + 72 * HOUR, START + 100 * HOUR)
    made = fresh(made)
    assert made.disabled_reason == "failing"
    assert made.disabled_at is not None
    at = START + 100 * HOUR
    send_notices(clock=lambda: at)
    first, second = smtp.mails
    assert subject(first) == "El webhook «Board» falla desde hace un día"
    assert subject(second) == "El webhook «Board» está desactivado"
    assert "Activar de nuevo" in text_of(second)
    assert first["Message-ID"] != second["Message-ID"]
    calls = len(hooks.calls)
    send(START + 10 * DAY)
    assert len(hooks.calls) == calls, "it is left alone"


def test_what_waits_and_what_happens_meanwhile_is_sent_when_it_is_switched_on_again(
    hooks: Hooks,
) -> None:
    made = board(hooks)
    opened()
    hooks.answers = [(410, {})]
    send(START)
    opened(START + HOUR)
    opened(START + 2 * HOUR)
    assert send(START + 3 * HOUR) == 0
    assert len(hooks.calls) == 1
    assert enable_hook(hook_id=made.pk, now=START + 4 * HOUR) == 2
    assert send(START + 4 * HOUR) == 2
    assert replay_given_up(hook_id=made.pk, now=START + 4 * HOUR) == 1
    assert send(START + 4 * HOUR) == 1
    assert set(HookCall.objects.values_list("state", flat=True)) == {"delivered"}


def test_410_disables_at_once_and_the_owner_hears_what_to_do(hooks: Hooks, smtp: Sink) -> None:
    made = board(hooks)
    NoticePreference.objects.create(person=owner(), language="en")
    hooks.answers = [(410, {})]
    opened()
    send(START)
    assert (fresh(made).disabled_at, fresh(made).disabled_reason) == (START, "gone")
    assert the_call().state == "given_up"
    assert the_call().last_status == 410
    send_notices(clock=lambda: START)
    (mail,) = smtp.mails
    assert subject(mail) == "Webhook “Board” is disabled"
    assert "switch the webhook off on its page" in text_of(mail)


def test_the_operators_hear_where_the_owner_has_left(hooks: Hooks, smtp: Sink) -> None:
    board(hooks)
    leaver = owner()
    leaver.is_active = False
    leaver.save(update_fields=["is_active"])
    world.person("Otto", "operators")
    world.person("Alice")
    hooks.answers = [(410, {})]
    opened()
    send(START)
    send_notices(clock=lambda: START)
    assert [mail["To"] for mail in smtp.mails] == ["otto@sivocenter.example"]


def test_a_receiver_that_refuses_one_event_alone_is_not_disabled(hooks: Hooks) -> None:
    made = board(hooks)
    opened()
    poison = the_call()
    hooks.refuses = poison.event.data["ticket"]["reference"].encode()
    at = START
    while HookCall.objects.get(pk=poison.pk).state == "waiting":
        send(at)
        opened(at + MINUTE)
        assert send(at + 2 * MINUTE) == 1
        at += 12 * HOUR
        assert at < START + 30 * DAY
    poison.refresh_from_db()
    assert (poison.state, poison.attempts, poison.last_status) == ("given_up", 10, 500)
    assert fresh(made).disabled_at is None
    assert Notice.objects.count() == 0


def test_one_call_is_sent_again_under_its_id(hooks: Hooks) -> None:
    board(hooks)
    opened()
    send(START)
    assert replay_calls(call_ids=[the_call().pk], now=START + HOUR) == 1
    assert send(START + HOUR) == 1
    first, second = hooks.calls
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert the_call().tries.count() == 2


def test_everything_since_an_instant_is_sent_again_as_far_as_it_is_for_this_hook(
    hooks: Hooks,
) -> None:
    acme = world.customer("enterprise")
    with hook_server() as other:
        hook(other.url, name="Other")
        world.ticket_by_mail(START)
        world.ticket_by_mail(START + HOUR, sender="Eve <eve@beta.example>")
        made = board(hooks)
        made.customers.set([acme])
        made.revision += 1
        made.save()
        world.ticket_by_mail(START + 2 * HOUR)
        send(START + 2 * HOUR)
        assert types(hooks, START + 2 * HOUR) == ["ticket.opened"]
        at = START + 3 * HOUR
        assert replay_since(hook_id=made.pk, since=START + SECOND, now=at) == 1
        assert replay_since(hook_id=made.pk, since=START, now=at) == 1
        assert send(at) == 2
        assert types(hooks, at) == ["ticket.opened"] * 2
        assert len(other.calls) == HookCall.objects.exclude(hook=made).count()


def test_nothing_is_replayed_to_a_webhook_that_is_off(hooks: Hooks) -> None:
    made = board(hooks)
    opened()
    send(START)
    Hook.objects.filter(pk=made.pk).update(disabled_at=START, disabled_reason="gone")
    assert replay_calls(call_ids=[the_call().pk], now=START) == 0
    for replay in (
        lambda: replay_given_up(hook_id=made.pk, now=START),
        lambda: replay_since(hook_id=made.pk, since=START, now=START),
    ):
        with pytest.raises(NotReady, match="switch it on first"):
            replay()
