"""The outbox of webhooks: signed calls, retries over days, receivers that fail, and repeats."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from sla.domain.hooks.limits import MAX_ATTEMPTS
from sla.models import Hook, HookAttempt, HookCall, HookEvent
from sla.operations.hooks.forget_calls import forget_old_calls
from sla.operations.hooks.replay_hooks import rotate_secret
from tests.sla import world
from tests.sla.hook_server import Hooks, hook_server
from tests.sla.hook_world import SECRET, START, heard, hook, owner, send, the_call, understood
from tickets.domain.incoming import BadSignature
from tickets.inbound import standard

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def hooks(settings: Any) -> Iterator[Hooks]:
    settings.NOTICE_PRIVATE_HOSTS = ["127.0.0.1"]
    with hook_server() as server:
        yield server


def opened(at: datetime = START, domain: str = "acme.example") -> None:
    """One event: a ticket is opened."""
    world.ticket_by_mail(at, sender=f"Bob <bob@{domain}>")


def board(hooks: Hooks, **more: Any) -> Hook:
    """A webhook that hears of new tickets."""
    return hook(hooks.url, **{"types": ["ticket.opened"], **more})


def test_the_signature_is_that_of_the_published_vector() -> None:
    from tickets.domain.webhook_signature import sign

    headers = sign(
        secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        body=b'{"test": 2432232314}',
        at=datetime.fromtimestamp(1614265330).astimezone(),
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_call_is_believed_and_written_down(hooks: Hooks) -> None:
    made = board(hooks)
    opened()
    assert send(START) == 1
    (call,) = hooks.calls
    understood(call, START)
    assert call.headers["content-type"] == "application/json"
    with pytest.raises(BadSignature):
        standard.verify(secrets=[SECRET], headers=call.headers, body=call.body + b" ", now=START)
    row = the_call()
    assert (row.state, row.attempts, row.last_status) == ("delivered", 1, 204)
    attempt = HookAttempt.objects.get()
    assert (attempt.status, attempt.error, attempt.duration_ms < 5_000) == (204, "", True)
    made.refresh_from_db()
    assert (made.delivered_at, made.failures) == (START, 0)
    assert send(START + HOUR) == 0


def test_a_call_is_tried_ten_times_over_three_days_under_one_id_and_with_new_timestamps(
    hooks: Hooks,
) -> None:
    board(hooks)
    hooks.answers = [(500, {})] * 9
    opened()
    at, waits = START, []
    for _ in range(MAX_ATTEMPTS - 1):
        assert send(at) == 0
        due = the_call().next_attempt_at
        assert due is not None
        waits.append(due - at)
        assert send(due - SECOND) == 0, "not before its time"
        at = due
    assert send(at) == 1
    hours = [wait / HOUR for wait in waits]
    wanted = [5 / 3600, 5 / 60, 0.5, 2, 5, 10, 14, 20, 24]
    for took, least in zip(hours, wanted, strict=True):
        assert least <= took <= least * 1.1 + 1e-6
    assert len(hooks.calls) == 10
    assert len({call.headers["webhook-id"] for call in hooks.calls}) == 1
    assert len({call.headers["webhook-timestamp"] for call in hooks.calls}) == 10
    assert len({call.body for call in hooks.calls}) == 1
    assert the_call().state == "delivered"


def test_the_other_side_may_ask_for_time(hooks: Hooks) -> None:
    made = board(hooks)
    hooks.answers = [(429, {"Retry-After": "600"})]
    opened()
    send(START)
    due = the_call().next_attempt_at
    assert due is not None
    assert due >= START + 10 * MINUTE
    opened(START + MINUTE)
    assert send(START + 9 * MINUTE) == 0, "nothing else is sent meanwhile"
    made.refresh_from_db()
    assert made.open_until == START + 10 * MINUTE
    assert send(START + 11 * MINUTE) == 2


def test_a_redirect_is_not_followed(hooks: Hooks) -> None:
    board(hooks)
    with hook_server() as elsewhere:
        hooks.answers = [(302, {"Location": elsewhere.url})]
        opened()
        assert send(START) == 0
        assert elsewhere.calls == []
    assert the_call().state == "waiting"
    assert "no redirect is followed" in HookAttempt.objects.get().error


def test_no_private_address_is_called_unless_allowed(hooks: Hooks, settings: Any) -> None:
    settings.NOTICE_PRIVATE_HOSTS = []
    board(hooks)
    hook(f"https://localhost:{hooks.port}/", name="By name", types=["ticket.opened"])
    opened()
    assert send(START) == 0
    assert hooks.calls == []
    errors = set(HookAttempt.objects.values_list("error", flat=True))
    assert errors == {"only https:// is called", "its name leads into a private network"}
    settings.NOTICE_PRIVATE_HOSTS = ["127.0.0.1"]
    assert send(START + 10 * SECOND) == 1


def test_after_a_failure_the_rest_waits_and_leaves_at_once_when_the_receiver_is_back(
    hooks: Hooks,
) -> None:
    made = board(hooks)
    hooks.answers = [(503, {})] * 4
    for _ in range(5):
        opened()
    assert send(START) == 0
    assert len(hooks.calls) == 1, "one failure is enough to know"
    for wait in (5 * SECOND, MINUTE, 7 * MINUTE):
        assert send(START + wait) == 0
    assert len(hooks.calls) == 4
    made.refresh_from_db()
    assert (made.failures, made.failing_since) == (4, START)
    back = START + 13 * MINUTE
    assert send(back) == 5
    made.refresh_from_db()
    assert (made.failures, made.failing_since, made.open_until) == (0, None, None)
    assert len({call.headers["webhook-id"] for call in hooks.calls}) == 5


def test_old_and_new_secret_sign_for_a_day_after_a_rotation(hooks: Hooks) -> None:
    made = board(hooks)
    opened()
    fresh = rotate_secret(hook_id=made.pk, now=START)
    send(START + HOUR)
    (call,) = hooks.calls
    for secret in (SECRET, fresh):
        understood(call, START + HOUR, secret)
    hooks.calls.clear()
    opened(START + 24 * HOUR)
    send(START + 24 * HOUR)
    (call,) = hooks.calls
    understood(call, START + 24 * HOUR, fresh)
    with pytest.raises(BadSignature):
        understood(call, START + 24 * HOUR, SECRET)


def test_what_was_told_is_forgotten_after_thirty_days(hooks: Hooks) -> None:
    board(hooks)
    opened(START)
    hooks.answers = [(500, {})]
    send(START)
    later = START + timedelta(days=10)
    opened(later)
    send(later)
    assert forget_old_calls(now=START + timedelta(days=30)) == 0
    assert forget_old_calls(now=START + timedelta(days=30, seconds=1)) == 1
    assert HookEvent.objects.count() == HookCall.objects.count() == 1
    assert HookAttempt.objects.filter(at__lt=later).count() == 0


def test_an_event_is_never_rewritten(hooks: Hooks) -> None:
    from django.db import ProgrammingError, transaction

    board(hooks)
    opened()
    with pytest.raises(ProgrammingError, match="Cannot update rows"), transaction.atomic():
        HookEvent.objects.update(type="ticket.answered")


def test_it_runs_by_the_clock_of_the_database_as_a_task(hooks: Hooks) -> None:
    from sla.tasks import call_waiting_hooks

    board(hooks, at=timezone.now(), owner=owner())
    opened(timezone.now())
    assert call_waiting_hooks() == 1
    assert [event["type"] for event in heard(hooks, timezone.now())] == ["ticket.opened"]
