"""The outbox of webhooks: signed calls, retries over days, receivers that fail, and repeats."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sla.domain.hook import MAX_ATTEMPTS
from sla.models import Hook, HookAttempt, HookCall, HookEvent
from sla.operations import call_hooks as outbox
from sla.operations.forget_calls import forget_old_calls
from sla.operations.replay_hooks import rotate_secret, save_subscription
from tests.journeys.threads import at_once
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


def next_wait() -> timedelta:
    call = the_call()
    assert call.next_attempt_at is not None
    return call.next_attempt_at - call.tries.latest("at", "pk").at.replace(microsecond=0)


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


def test_where_nobody_hears_a_reading_costs_what_it_did(hooks: Hooks) -> None:
    opened(START)
    with CaptureQueriesContext(connection) as without:
        opened(START + MINUTE)
    made = hook(hooks.url, types=["ticket.answered"])
    opened(START + 2 * MINUTE)
    with CaptureQueriesContext(connection) as not_wanted:
        opened(START + 3 * MINUTE)
    made.is_active = False
    save_subscription(hook=made, is_new=False, now=START)
    opened(START + 4 * MINUTE)
    with CaptureQueriesContext(connection) as switched_off:
        opened(START + 5 * MINUTE)
    assert len(without) == len(not_wanted) == len(switched_off)
    # One row of a set-up that is read anyway says whether anybody hears; no other table is asked.
    asked = [query["sql"] for query in without if "sla_hook" in query["sql"]]
    assert len(asked) == 1
    assert "sla_escalationpolicy" in asked[0]


def test_an_event_costs_the_same_for_many_as_for_one(hooks: Hooks) -> None:
    counts = []
    for number in range(3):
        hook(hooks.url, name=f"Board {number}", types=["ticket.opened"])
        opened(START)
        with CaptureQueriesContext(connection) as asked:
            opened(START + MINUTE)
        counts.append(len(asked))
    assert counts[0] == counts[1] == counts[2]


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
