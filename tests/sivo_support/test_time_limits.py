"""The soft limit of a task ends it, however many loops on the way would go on after a failure."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from billiard.pool import SIG_SOFT_TIMEOUT, soft_timeout_sighandler
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from sla import tasks as sla_tasks
from sla.models import Clock, Heartbeat, Notice
from tests.sla.escalation_watch import watched
from tests.sla.world import customer
from tests.tickets.hooks import arrive, created, helpdesk
from tickets import tasks as ticket_tasks
from tickets.models import Ticket
from tickets.operations.outgoing import outbox

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]


@pytest.fixture(autouse=True)
def _as_in_a_worker() -> Iterator[None]:
    """The pool's own handler, as each of its processes has it."""
    before = signal.signal(SIG_SOFT_TIMEOUT, soft_timeout_sighandler)
    yield
    assert signal.getsignal(SIG_SOFT_TIMEOUT) is soft_timeout_sighandler
    signal.signal(SIG_SOFT_TIMEOUT, before)


def takes_too_long(*_: object, **__: object) -> None:
    os.kill(os.getpid(), SIG_SOFT_TIMEOUT)
    time.sleep(5)
    pytest.fail("it went on")


@pytest.mark.parametrize(
    ("task", "where"),
    [
        (sla_tasks.sweep_clocks, "sla.operations.clocks.sweep.stage_reading"),
        (
            sla_tasks.watch_escalations,
            "sla.operations.escalation.audit_escalations.read_commitments",
        ),
        (sla_tasks.send_waiting_notices, "sla.operations.escalation.notice_parcels.write_text"),
    ],
    ids=lambda each: str(getattr(each, "name", "")),
)
def test_no_loop_goes_on_after_the_limit(
    task: Callable[[], Any], where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched(2)
    if task is sla_tasks.send_waiting_notices:
        sla_tasks.sweep_clocks()
        Notice.objects.filter(state="waiting").update(next_attempt_at=timezone.now())
    Clock.objects.filter(next_check_at__isnull=False).update(next_check_at=timezone.now())
    Heartbeat.objects.all().delete()
    monkeypatch.setattr(where, takes_too_long)
    with pytest.raises(SoftTimeLimitExceeded):
        task()
    assert not Heartbeat.objects.exists(), "it did not run to its end"
    assert not Ticket.objects.filter(clocks_stale_since__isnull=False).exists()


def test_deliveries_that_take_too_long_are_left_as_they_were(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    customer("enterprise")
    now = timezone.now()
    kept = arrive(helpdesk(), created("T-1", now), now, process=False)
    monkeypatch.setattr("tickets.operations.incoming.process.read_delivery", takes_too_long)
    with pytest.raises(SoftTimeLimitExceeded):
        ticket_tasks.drain_deliveries()
    kept.refresh_from_db()
    assert (kept.state, kept.reason) == ("waiting", "")


def test_who_hands_answers_to_a_tool_is_gone_before_another_takes_them_over() -> None:
    task = ticket_tasks.send_tool_answers
    assert task.soft_time_limit < task.time_limit < outbox._LEASE.total_seconds()
