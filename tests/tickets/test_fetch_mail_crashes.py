"""A fetcher that is killed with kill -9 between any two steps loses and doubles nothing."""

import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Any

import pytest
from django.db import connections

from tests.tickets.dovecot import Dovecot, needs_dovecot
from tests.tickets.mailboxes import deliveries_of, folder_of, letter, mailbox_of, read
from tickets.models import Delivery, Mailbox, MailFolder

pytestmark = [needs_dovecot, pytest.mark.processes, pytest.mark.django_db(transaction=True)]

_STEPPED = ("fetch_mailbox.py", "keep_mails.py", "mail_folders.py")
# Each costs a process and a log-in; the long run takes every line.
_KILLS = 400 if os.environ.get("SIVO_CHAOS") == "1" else 16


def in_a_child(does: Callable[[], Any]) -> int:
    """Runs it in a process of its own; the number of the signal that ended it, or 0."""
    connections.close_all()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            does()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def reading_that_dies_at(line: int, mailbox: Mailbox) -> Callable[[], None]:
    """Reads the mailbox, and kills itself before the line that is executed as number `line`."""
    left = [line]

    def trace(frame: FrameType, event: str, _: object) -> Any:
        if not frame.f_code.co_filename.endswith(_STEPPED):
            return None
        if event == "line":
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    def does() -> None:
        sys.settrace(trace)
        read(mailbox)

    return does


def lines_of_a_reading(mailbox: Mailbox) -> int:
    """How many lines a whole reading executes."""
    counted = [0]

    def trace(frame: FrameType, event: str, _: object) -> Any:
        if not frame.f_code.co_filename.endswith(_STEPPED):
            return None
        counted[0] += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        read(mailbox)
    finally:
        sys.settrace(before)
    return counted[0]


def test_a_reading_that_is_killed_anywhere_is_taken_up_where_it_ended(
    mail_server: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickets.operations.mailboxes.fetch_mailbox.BATCH_MAILS", 2)
    monkeypatch.setattr("tickets.operations.mailboxes.fetch_mailbox.MAX_BYTES", 5000)
    user = mail_server.new_user()
    mailbox = mailbox_of(mail_server, user)
    mail_server.put(user, letter("old"), letter("old"), at=datetime.now(UTC) - timedelta(days=9))
    mail_server.put(user, letter("1"), letter("2"), letter("3"), letter("large" * 2000))
    lines = lines_of_a_reading(mailbox)
    whole = state_of(mailbox)
    assert (len(whole[0]), whole[1:]) == (4, (2, 6, True, 0))
    killed = 0
    for line in range(1, lines, max(1, lines // _KILLS)):
        Delivery.objects.all().delete()
        MailFolder.objects.all().delete()
        killed += in_a_child(reading_that_dies_at(line, mailbox)) == signal.SIGKILL
        read(mailbox)
        assert state_of(mailbox) == whole, f"killed before line {line}"
    assert killed >= min(_KILLS, lines)


def state_of(mailbox: Mailbox) -> tuple[object, ...]:
    """Everything that a reading leaves behind, whatever happened on the way."""
    folder = folder_of(mailbox)
    kept = sorted(
        (delivery.external_id, delivery.arrived_by, delivery.state, delivery.received_at)
        for delivery in deliveries_of(mailbox)
        if delivery.state == "waiting"
    )
    kept += [
        (delivery.external_id, delivery.arrived_by, delivery.state)
        for delivery in deliveries_of(mailbox)
        if delivery.state != "waiting"
    ]
    return kept, folder.left_alone, folder.last_uid, bool(folder.imported_at), folder.failures
