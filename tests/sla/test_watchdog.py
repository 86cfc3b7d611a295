"""The watchdog: silence outside means that something is wrong inside."""

import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.conf import LazySettings
from django.utils import timezone

from sla import tasks
from sla.models import Escalation, Heartbeat, Notice
from sla.operations.clocks.sweep import sweep
from sla.operations.escalation import watchdog
from sla.operations.escalation.watchdog import WATCHDOG, call_heartbeat, watch
from tests.sla.escalation_watch import DUE, HALF, watched
from tests.sla.world import contract_clock
from tickets.models import Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]


class Outside(ThreadingHTTPServer):
    """The service that raises an alarm when it hears nothing."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answerer)
        self.calls: list[str] = []
        self.answers = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/ping/a-secret"


class Answerer(BaseHTTPRequestHandler):
    """Notes each call."""

    def do_GET(self) -> None:
        assert isinstance(self.server, Outside)
        self.server.calls.append(f"{self.command} {self.path}")
        self.send_response(self.server.answers)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def outside() -> Iterator[Outside]:
    with Outside() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(5)


def test_the_heartbeat_leaves_only_when_the_rows_agree_with_the_log(
    outside: Outside, settings: LazySettings
) -> None:
    settings.HEARTBEAT_URL = outside.url
    watched(2)
    assert not tasks.watch_escalations(), "half of the steps should have fired long ago"
    assert outside.calls == []
    sweep()
    assert tasks.watch_escalations()
    assert outside.calls == ["GET /ping/a-secret"]


def test_without_an_address_nobody_is_called() -> None:
    sweep()
    assert tasks.watch_escalations()


def test_what_was_found_is_kept_as_a_heartbeat(caplog: pytest.LogCaptureFixture) -> None:
    [ticket] = watched()
    sweep()
    clock = contract_clock(ticket)
    now = timezone.now()
    Escalation.objects.create(
        clock=clock,
        policy=Escalation.objects.filter(clock=clock)[0].policy,
        step_code="urgent/ghost",
        due_at=HALF,
        fired_at=now,
        outcome="empty",
    )
    with caplog.at_level(logging.ERROR):
        found = watch(now=now)
    assert [each.what for each in found.differences] == ["unexpected"]
    assert (found.agrees, found.troubles) == (False, ("escalations",))
    detail = Heartbeat.objects.get(name=WATCHDOG).detail
    assert (detail["agrees"], detail["differences"]) == (False, 1)
    assert detail["suspects"] == [ticket.pk]
    assert "urgent/ghost: unexpected" in caplog.text
    # It cannot be taken back; a day later the audit command alone still tells it.
    sweep()
    later = now + timedelta(days=1, minutes=1)
    Heartbeat.objects.filter(name="sweep").update(at=later)
    Notice.objects.update(created_at=later)
    assert watch(now=later).agrees


def test_an_agreement_is_worth_nothing_while_nobody_sweeps() -> None:
    now = timezone.now()
    assert watch(now=now).troubles == ("sweep",)
    sweep()
    assert watch(now=now).agrees
    assert watch(now=now + timedelta(seconds=90)).troubles == ("sweep",)


def test_an_agreement_is_worth_nothing_while_no_notice_leaves() -> None:
    sweep()
    now = timezone.now()
    notice = Notice.objects.create(
        key="a",
        kind="test",
        address="bob@acme.example",
        language="en",
        created_at=now - timedelta(minutes=16),
        next_attempt_at=now,
    )
    assert watch(now=now).troubles == ("notices",)
    Notice.objects.filter(pk=notice.pk).update(created_at=now)
    assert watch(now=now).agrees


def test_all_running_clocks_are_looked_at_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "SLICE", 2)
    tickets = watched(5)
    sweep()
    now = timezone.now() + timedelta(hours=1)
    Heartbeat.objects.filter(name="sweep").update(at=now)
    Notice.objects.update(created_at=now)
    seen: list[int] = []
    # Ten clocks run: response and resolution of each ticket.
    for _round in range(5):
        Heartbeat.objects.filter(name="sweep").update(at=now)
        assert watch(now=now).agrees
        seen.append(Heartbeat.objects.get(name=WATCHDOG).detail["cursor"])
    assert sorted(seen) == seen
    assert len(set(seen)) == 5
    assert seen[-1] >= contract_clock(tickets[-1]).pk
    watch(now=now)
    assert Heartbeat.objects.get(name=WATCHDOG).detail["cursor"] == 0, "it begins again"


def test_what_disagreed_is_looked_at_again_until_it_agrees(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watchdog, "SLICE", 1)
    watched(3)
    now = DUE + timedelta(hours=1)
    Heartbeat.objects.create(name="sweep", at=now)
    for _round in range(4):
        watch(now=now)
    suspects = Heartbeat.objects.get(name=WATCHDOG).detail["suspects"]
    assert len(suspects) >= 2
    sweep()
    now = timezone.now()
    for _round in range(8):
        found = watch(now=now)
    assert found.agrees
    assert Heartbeat.objects.get(name=WATCHDOG).detail["suspects"] == []
    assert Ticket.objects.count() == 3


@pytest.mark.parametrize("answers", [301, 404, 500])
def test_an_address_that_answers_badly_is_noted_without_its_secret(
    outside: Outside, caplog: pytest.LogCaptureFixture, answers: int
) -> None:
    outside.answers = answers
    with caplog.at_level(logging.WARNING):
        assert not call_heartbeat(outside.url)
    assert outside.calls == ["GET /ping/a-secret"], "no redirect is followed"
    assert "a-secret" not in caplog.text
    assert str(answers) in caplog.text


def test_an_address_that_is_dead_or_silent_never_holds_the_watchdog_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(watchdog, "_TIMEOUTS", (0.2, 0.2))
    with closing(socket.create_server(("127.0.0.1", 0))) as silent, caplog.at_level("WARNING"):
        began = time.monotonic()
        assert not call_heartbeat(f"http://127.0.0.1:{silent.getsockname()[1]}/a-secret")
        assert time.monotonic() - began < 3
    assert not call_heartbeat("http://127.0.0.1:1/a-secret")
    assert not call_heartbeat("nonsense")
    assert "a-secret" not in caplog.text


def test_clocks_that_cannot_be_read_and_notices_given_up_are_no_agreement() -> None:
    (ticket,) = watched()
    sweep()
    now = timezone.now()
    Notice.objects.update(state="sent", sent_at=now, next_attempt_at=None)
    assert watch(now=now).agrees
    Ticket.objects.filter(pk=ticket.pk).update(clocks_stale_since=now - timedelta(minutes=6))
    assert "stale" in watch(now=now).troubles
    Ticket.objects.filter(pk=ticket.pk).update(clocks_stale_since=None)
    Notice.objects.update(state="dead", sent_at=None, created_at=now)
    assert "given up" in watch(now=now).troubles
