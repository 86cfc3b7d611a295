"""What goes wrong on the way of a notice: channels that fail or hang, servers away, crashes."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from sla.domain.escalation.notice import BREAKS_AFTER, MAX_ATTEMPTS
from sla.models import Notice
from sla.notifiers.outcomes import TryAgain
from sla.operations.escalation import send_notices as outbox
from sla.operations.escalation.notice_outcomes import Attempt, write_down
from sla.operations.escalation.notice_parcels import pack
from sla.operations.escalation.replay_notices import queue_test
from tests.conftest import owner_connection
from tests.sla import world
from tests.sla.hook_server import Hooks, hook_server
from tests.sla.notice_world import (
    FIRED,
    escalation,
    notice,
    outage,
    send,
    told,
    webhook,
)
from tests.tickets.smtp_sink import Sink, no_server

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]


@pytest.fixture
def hooks(settings: Any) -> Iterator[Hooks]:
    settings.NOTICE_PRIVATE_HOSTS = ["127.0.0.1"]
    with hook_server() as server:
        yield server


@pytest.fixture
def alice() -> User:
    return world.person("Alice")


def state(made: Notice) -> str:
    made.refresh_from_db()
    return made.state


def test_a_channel_that_keeps_failing_is_left_alone_and_the_others_are_not(
    hooks: Hooks, smtp: Sink, alice: User
) -> None:
    ticket = outage()
    broken, sound = webhook(hooks.url), webhook(hooks.url, name="Chat")
    waiting = [told(alice, ticket, channel=broken) for _ in range(6)]
    hooks.answers = [(500, {})] * BREAKS_AFTER
    at = FIRED
    for _ in range(BREAKS_AFTER):
        send(at)
        at += timedelta(seconds=6)
    broken.refresh_from_db()
    assert broken.failures == BREAKS_AFTER
    assert len(hooks.calls) == BREAKS_AFTER
    # A new notice of the broken channel waits as well; the others leave.
    later = told(alice, ticket, channel=broken, at=at)
    other, mail = told(alice, ticket, channel=sound, at=at), told(alice, ticket, at=at)
    assert send(at) == 2
    assert [state(each) for each in (later, other, mail)] == ["waiting", "sent", "sent"]
    # After its rest one call is enough to see that it works again.
    assert broken.open_until is not None
    assert send(broken.open_until + timedelta(minutes=2)) == 7
    assert {state(each) for each in waiting} == {"sent"}
    broken.refresh_from_db()
    assert (broken.failures, broken.open_until) == (0, None)


def test_each_rest_of_a_broken_channel_is_longer_than_the_one_before(
    hooks: Hooks, alice: User
) -> None:
    channel = webhook(hooks.url)
    ticket = outage()
    for _ in range(8):
        told(alice, ticket, channel=channel)
    hooks.answers = [(500, {})] * 20
    at, rests = FIRED, []
    while len(rests) < 4:
        send(at)
        channel.refresh_from_db()
        if channel.open_until and channel.open_until > at:
            rests.append((channel.open_until - at).total_seconds())
            at = channel.open_until
        at += timedelta(seconds=10)
    assert rests == [30, 60, 120, 240]


def test_when_our_mail_server_is_away_one_attempt_is_made_and_not_one_for_each_mail(
    settings: Any, alice: User
) -> None:
    no_server(settings)
    ticket = outage()
    made = [told(alice, ticket) for _ in range(30)]
    assert send() == 0
    rows = Notice.objects.filter(pk__in=[each.pk for each in made])
    assert sum(rows.values_list("attempts", flat=True)) <= 4
    assert {each.state for each in rows} == {"waiting"}
    assert send(FIRED + timedelta(seconds=1)) == 0
    assert sum(rows.values_list("attempts", flat=True)) <= 4


def test_mails_that_waited_for_the_server_leave_when_it_is_back(
    settings: Any, alice: User, smtp: Sink
) -> None:
    port = settings.EMAIL_PORT
    no_server(settings)
    ticket = outage()
    made = [told(alice, ticket) for _ in range(10)]
    send()
    settings.EMAIL_PORT = port
    assert send(FIRED + timedelta(minutes=1)) == 10
    assert {state(each) for each in made} == {"sent"}


def test_a_service_that_hangs_delays_nobody_else(
    hooks: Hooks, smtp: Sink, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickets.outbound.safe_http.TOTAL_SECONDS", 0.6)
    hooks.pause = 3
    slow = told(alice, channel=webhook(hooks.url))
    mail = told(alice, outage("beta.example"))
    assert send() == 1
    assert state(mail) == "sent"
    assert state(slow) == "waiting"
    assert slow.last_error == "no answer in time"


def test_who_answers_byte_by_byte_is_cut_off(
    hooks: Hooks, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickets.outbound.safe_http.TOTAL_SECONDS", 0.5)
    hooks.drip = True
    made = told(alice, channel=webhook(hooks.url))
    assert send() == 0
    assert state(made) == "waiting"


def test_a_channel_that_is_switched_off_gets_nothing_but_its_test(
    hooks: Hooks, alice: User
) -> None:
    channel = webhook(hooks.url, is_active=False)
    made = told(alice, channel=channel)
    test = queue_test(channel=channel, user=alice, now=FIRED)
    # The test, and the mail that comes instead of the other one.
    assert send() == 2
    assert (state(made), state(test)) == ("dead", "sent")
    assert state(Notice.objects.get(fallback_of=made)) == "sent"
    assert json.loads(hooks.calls[0].body)["data"]["subject"] == "Test of a notice channel"


def test_a_notice_that_cannot_be_written_stops_no_other(
    smtp: Sink, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned = told(alice, language="en")
    Notice.objects.filter(pk=poisoned.pk).update(payload={"spans": [5]})
    fine = told(alice, outage("beta.example"))
    assert send() == 1
    assert state(fine) == "sent"
    assert state(poisoned) == "waiting"
    assert poisoned.last_error == "AttributeError"


def test_two_at_once_send_each_notice_once(
    transactional_db: None, hooks: Hooks, alice: User
) -> None:
    told(alice, channel=webhook(hooks.url))
    with owner_connection() as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [outbox.LOCK])
        assert send() == 0
        other.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [outbox.LOCK])
    assert send() == 1
    assert len(hooks.calls) == 1


def test_a_notice_whose_sender_died_leaves_after_its_lease(
    hooks: Hooks, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = told(alice, channel=webhook(hooks.url))

    def killed(*_: object, **__: object) -> bool:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "write_down", killed)
        with pytest.raises(SystemExit):
            send()
    assert state(made) == "waiting"
    assert send(FIRED + timedelta(seconds=30)) == 0
    assert send(FIRED + timedelta(seconds=91)) == 1
    assert len({call.headers["webhook-id"] for call in hooks.calls}) == 1


def test_many_notices_leave_in_statements_that_do_not_grow_with_what_they_tell(
    smtp: Sink, alice: User, django_assert_max_num_queries: Any
) -> None:
    clock = world.contract_clock(outage())
    fired = [escalation(clock) for _ in range(8)]
    for _ in range(4):
        notice(*fired, recipient=alice)
    with django_assert_max_num_queries(22):
        assert send() == 4


def test_a_notice_that_kills_its_sender_each_time_is_given_up(smtp: Sink, alice: User) -> None:
    made = told(alice)
    Notice.objects.filter(pk=made.pk).update(attempts=MAX_ATTEMPTS)
    assert send() == 0
    assert state(made) == "dead"
    assert "died" in made.last_error


def test_a_long_outage_of_our_mail_server_gives_nothing_up(
    settings: Any, alice: User, smtp: Sink
) -> None:
    port = settings.EMAIL_PORT
    no_server(settings)
    made, at = told(alice), FIRED
    for _ in range(MAX_ATTEMPTS + 3):
        send(at)
        at += timedelta(minutes=31)
    settings.EMAIL_PORT = port
    assert send(at) == 1
    assert state(made) == "sent"


def test_what_cannot_be_written_down_costs_the_others_nothing(
    smtp: Sink, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = outage()
    odd, sound = told(alice, ticket), told(alice, ticket)

    def fails_for_one(attempt: Any, *, now: Any) -> bool:
        if attempt.parcel.notice.pk == odd.pk:
            raise ZeroDivisionError
        return write_down(attempt, now=now)

    monkeypatch.setattr(outbox, "write_down", fails_for_one)
    assert send() == 1
    assert (state(odd), state(sound)) == ("waiting", "sent")


def test_a_server_may_answer_anything_and_it_is_kept_in_readable_form(
    hooks: Hooks, alice: User
) -> None:
    made = told(alice, channel=webhook(hooks.url))
    attempt = Attempt(parcel=pack([made], now=FIRED)[0], error=TryAgain("no\x00way\r\nX: y"))
    write_down(attempt, now=FIRED)
    made.refresh_from_db()
    assert "\x00" not in made.last_error
    assert "\n" not in made.last_error
