"""`fetch_mail` as it runs in production: real processes, a real mail server, and trouble."""

import io
import json
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from sivo_support.local_processes import stop
from tests.journeys.processes import Process, test_database_url, wait_until
from tests.tickets.dovecot import PASSWORD, Dovecot, dovecot, needs_dovecot
from tests.tickets.mailboxes import folder_of, letter, mailbox_of
from tickets.management.mail_fetcher import Fetcher
from tickets.models import Delivery, Mailbox

TURNS = 10 if os.environ.get("SIVO_CHAOS") == "1" else 6

pytestmark = [needs_dovecot, pytest.mark.processes, pytest.mark.django_db(transaction=True)]


def environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {
        "DATABASE_URL": test_database_url(),
        # Nobody listens there: a dead broker must not cost a mail.
        "REDIS_URL": "redis://127.0.0.1:1",
        "DJANGO_SECRET_KEY": settings.SECRET_KEY,
        "SIVO_SECRETS_KEYS": ",".join(settings.SECRETS_KEYS),
    }


def argv(*options: str) -> list[str]:
    return [sys.executable, "-W", "error", "manage.py", "fetch_mail", *options]


@pytest.fixture
def fetcher(tmp_path: Path) -> Iterator[Process]:
    """Not started yet; nothing of it is left afterwards."""
    process = Process(argv=argv(), env=environment(), log=tmp_path / "fetcher.log")
    yield process
    process.end()


def run_once(*options: str, monkeypatch: pytest.MonkeyPatch) -> tuple[list[dict[str, Any]], int]:
    """The lines and the exit status of the command, without the seconds of a process."""
    out = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out, encoding="utf-8"))
    with pytest.raises(SystemExit) as stopped:
        call_command("fetch_mail", "--once", *options)
    return [json.loads(line) for line in out.getvalue().splitlines()], int(stopped.value.code or 0)


def kept(mailbox: Mailbox) -> int:
    return Delivery.objects.filter(source=mailbox.source).count()


def has_looked(mailbox: Mailbox, name: str = "INBOX") -> bool:
    return mailbox.folders.filter(name=name, polled_at__isnull=False).exists()


def test_once_prints_a_line_for_each_folder_and_says_what_failed(
    mail_server: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = mail_server.new_user(), mail_server.new_user()
    mailbox = mailbox_of(mail_server, good, sent_folder="Sent")
    broken = mailbox_of(mail_server, bad, password="wrong-horse")
    mail_server.put(good, letter(), letter())
    lines, status = run_once(monkeypatch=monkeypatch)
    assert status == 1
    assert [(line["mailbox"], line["folder"], line["state"]) for line in lines] == [
        (mailbox.source.name, "INBOX", "read"),
        (mailbox.source.name, "Sent", "read"),
        (broken.source.name, "INBOX", "failed"),
    ]
    assert list(lines[0]) == [
        *("mailbox", "folder", "role", "state", "kept", "duplicates", "quarantined"),
        *("left_alone", "seconds", "error"),
    ]
    assert (lines[0]["kept"], lines[0]["error"]) == (2, None)
    assert lines[2]["error"].startswith("The server refuses the user name or the password")
    broken.password = PASSWORD
    broken.save(update_fields=["password"])
    lines, status = run_once("--mailbox", broken.source.name, monkeypatch=monkeypatch)
    assert ([line["state"] for line in lines], status) == (["read"], 0)


def test_it_follows_mail_mailboxes_and_servers_and_ends_when_asked(fetcher: Process) -> None:
    """One long story, because a process takes seconds to start."""
    with dovecot() as server:
        idle, plain = server.new_user(), server.new_user("plain")
        first = mailbox_of(server, idle, sent_folder="Sent")
        refused = mailbox_of(server, server.new_user(), password="wrong-horse")
        fetcher.start()
        wait_until(lambda: has_looked(first, "Sent") and has_looked(first), 30, "it reads")

        server.put(idle, letter())
        took = wait_until(lambda: kept(first) == 1, 5, "IDLE brings a mail")
        print(f"IDLE brought a mail in {took:.2f} s")
        server.put(idle, letter(), folder="Sent")
        wait_until(lambda: kept(first) == 2, 5, "IDLE brings a sent mail")

        second = mailbox_of(server, plain, poll_seconds=5)
        server.put(plain, letter())
        wait_until(lambda: kept(second) == 1, 15, "a new mailbox is read without a restart")
        server.put(plain, letter())
        wait_until(lambda: kept(second) == 2, 15, "polling brings a mail")

        mend_the_password(refused)

        server.kill()
        wait_until(lambda: folder_of(first).failures > 0, 20, "the trouble is written down")
        assert folder_of(first).error
        server.start()
        server.put(idle, letter())
        wait_until(lambda: kept(first) == 3, 40, "it connects again by itself")
        wait_until(lambda: not folder_of(first).error, 10, "the trouble is forgotten")

        first.source.is_active = False
        first.source.save(update_fields=["is_active"])
        time.sleep(4)
        server.put(idle, letter())
        server.put(plain, letter())
        wait_until(lambda: kept(second) == 3, 15, "the other mailbox is still read")
        assert kept(first) == 3

        polite_end(fetcher)
        said = fetcher.log.read_text()
        assert "Traceback" not in said
        assert "horse" not in said


def mend_the_password(refused: Mailbox) -> None:
    """Whoever mends a mailbox need not wait until its pause is over."""
    wait_until(lambda: folder_of(refused).failures > 0, 10, "a password is refused")
    refused.folders.update(retry_at=datetime.now(UTC) + timedelta(minutes=10))
    refused.password = PASSWORD
    refused.save(update_fields=["password"])
    wait_until(lambda: has_looked(refused), 12, "the new password is tried at once")


def test_two_fetchers_share_the_work_and_one_takes_over_when_the_other_is_killed(
    mail_server: Dovecot,
) -> None:
    users = [mail_server.new_user(), mail_server.new_user()]
    mailboxes = [mailbox_of(mail_server, user, poll_seconds=5) for user in users]
    chance, sent = random.Random(20261125), 0
    fetchers = [forked_fetcher(), forked_fetcher()]
    try:
        wait_until(lambda: all(has_looked(mailbox) for mailbox in mailboxes), 30, "they read")
        for turn in range(TURNS):
            for user in users:
                mail_server.put(user, *[letter() for _ in range(5)])
            sent += 5
            time.sleep(chance.uniform(0.0, 0.4))
            kill(fetchers[turn % 2])
            fetchers[turn % 2] = forked_fetcher()
        wait_until(lambda: all(kept(each) == sent for each in mailboxes), 30, "every mail once")
        assert [folder_of(each).last_uid for each in mailboxes] == [sent, sent]
    finally:
        for pid in fetchers:
            kill(pid)


def forked_fetcher() -> int:
    """A process of its own that reads every mailbox; it costs no start of Python."""
    connections.close_all()
    pid = os.fork()
    if pid == 0:
        try:
            Fetcher(stop=threading.Event()).run()
        finally:
            os._exit(1)
    return pid


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def polite_end(process: Process) -> None:
    assert process.child is not None
    began = time.monotonic()
    stop(process.child, first=signal.SIGTERM, seconds=10)
    assert process.child.returncode == 0, process.log.read_text()
    assert time.monotonic() - began < 5
