"""Notices within bounds: rounds that end, digests that do not grow, channels that rest."""

import json
from collections.abc import Iterator
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from sla.domain.escalation.notice import BREAKS_AFTER
from sla.models import Notice, NoticeChannel
from sla.operations.clocks.sweep import sweep
from sla.operations.escalation import queue_notices as queueing
from sla.operations.escalation import send_notices as outbox
from sla.operations.escalation.queue_notices import MOST_ITEMS, Told, queue_notices
from sla.operations.escalation.watchdog import watch
from sla.queries.duty.ways import Addressee
from tests.conftest import owner_connection
from tests.sla import world
from tests.sla.hook_server import Hooks, hook_server
from tests.sla.notice_world import FIRED, escalation, notice, outage, send, told, webhook
from tests.tickets.smtp_sink import Sink

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]


@pytest.fixture
def hooks(settings: Any) -> Iterator[Hooks]:
    settings.NOTICE_PRIVATE_HOSTS = ["127.0.0.1"]
    with hook_server() as server:
        yield server


@pytest.fixture
def alice() -> User:
    return world.person("Alice")


@pytest.fixture
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "_GRACE_SECONDS", 0.2)
    monkeypatch.setattr(outbox, "_TO_SEND_SECONDS", 0.2)


@pytest.mark.usefixtures("_short")
def test_a_lane_that_hangs_is_left_behind_and_has_failed(
    transactional_db: None, hooks: Hooks, alice: User
) -> None:
    hooks.pause = 8
    channel = webhook(hooks.url)
    ticket = outage()
    hung, behind = told(alice, ticket, channel=channel), told(alice, ticket, channel=channel)
    began = monotonic()
    assert send(seconds=0.2) == 0
    assert monotonic() - began < 6
    for each in (channel, hung, behind):
        each.refresh_from_db()
    assert (hung.state, hung.attempts, hung.last_error) == ("waiting", 1, "no answer in time")
    assert hung.next_attempt_at > FIRED + timedelta(seconds=5)
    assert (behind.state, behind.attempts, channel.failures) == ("waiting", 0, 1)
    # Others may send again.
    with owner_connection() as other:
        free = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
        assert other.execute(free, [outbox.LOCK]).fetchone() == (True,)


@pytest.mark.usefixtures("_short")
def test_a_mail_server_that_hangs_counts_against_no_mail(
    smtp: Sink, settings: Any, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMAIL_TIMEOUT = 8
    smtp.faults = ["hang"]
    made = told(alice)
    began = monotonic()
    assert send(seconds=0.2) == 0
    assert monotonic() - began < 6
    made.refresh_from_db()
    # It may have arrived, which is one attempt; that the server hangs again counts no more.
    assert (made.state, made.attempts, made.last_error) == ("waiting", 1, "no answer in time")


def test_a_digest_that_is_full_is_followed_by_another_one(
    alice: User, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    monkeypatch.setattr(queueing, "MOST_ITEMS", 4)
    clock = world.contract_clock(outage())
    late = FIRED + timedelta(minutes=10)

    def tell(number: int) -> None:
        fired = [escalation(clock, fired_at=late) for _ in range(number)]
        addressee = Addressee(user_id=alice.pk, language="en")
        with django_assert_max_num_queries(8):
            queue_notices([Told(addressee=addressee, escalation=each) for each in fired], now=late)

    tell(3)
    tell(3)
    tell(6)
    digests = Notice.objects.filter(kind="digest", state="waiting").order_by("pk")
    assert [each.items.count() for each in digests] == [4, 4, 4]
    tell(1)
    assert [each.items.count() for each in digests.all()] == [4, 4, 4, 1]
    told_of = {item.escalation_id for each in digests.all() for item in each.items.all()}
    assert len(told_of) == 13
    assert MOST_ITEMS == 200


def test_a_call_names_the_first_fifty_clocks_and_counts_the_rest(
    hooks: Hooks, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    clocks = [world.contract_clock(outage(f"c{number}.example")) for number in range(6)]
    monkeypatch.setattr("sla.notifiers.webhook.MOST_LINES", 4)
    notice(*map(escalation, clocks), recipient=alice, channel=webhook(hooks.url))
    notice(escalation(clocks[0]), recipient=alice, channel=webhook(hooks.url, "B"))
    send()
    several, single = sorted(
        (json.loads(call.body)["data"] for call in hooks.calls),
        key=lambda data: -len(data["escalations"]),
    )
    assert (len(several["escalations"]), several["escalations_left_out"]) == (4, 2)
    assert (len(single["escalations"]), single["escalations_left_out"]) == (1, 0)


def test_what_waits_for_a_failing_channel_is_shown_apart_and_silences_nobody(
    alice: User, client: Client
) -> None:
    sweep()
    now = timezone.now()
    channel = webhook("https://hooks.example/", owner=alice)
    old = now - timedelta(minutes=20)
    clock = world.contract_clock(outage())
    held = notice(escalation(clock), recipient=alice, channel=channel, at=old)
    Notice.objects.exclude(pk=held.pk).delete()
    assert "notices" in watch(now=now).troubles
    assert "oldest waits" in client.get("/readyz").json()["checks"]["notices"]
    # Also while it is tried once more after its rest.
    for until in (now + timedelta(minutes=5), now - timedelta(seconds=5)):
        NoticeChannel.objects.update(failures=BREAKS_AFTER, open_until=until)
        assert "notices" not in watch(now=now).troubles
        checks = client.get("/readyz").json()["checks"]
        assert checks["notices"] == "ok"
        assert checks["channels"] == "notices that wait for failing channels: 1"
    # A mail that waits for so long is a trouble all the same.
    notice(escalation(clock), recipient=alice, at=old)
    assert "notices" in watch(now=now).troubles
