"""`fetch_mail` as it runs in production: real processes, a real mail server, and trouble."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from sivo_support.local_processes import stop
from tests.journeys.processes import Process, test_database_url, wait_until
from tests.tickets.dovecot import PASSWORD, Dovecot, dovecot, needs_dovecot
from tests.tickets.mailboxes import folder_of, letter, mailbox_of
from tickets.models import Delivery, Mailbox

pytestmark = [needs_dovecot, pytest.mark.processes, pytest.mark.django_db(transaction=True)]


def environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {
        "PYTHONDONTWRITEBYTECODE": "1",
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


def run_once(*options: str) -> tuple[list[dict[str, Any]], int]:
    done = subprocess.run(
        argv("--once", *options),
        check=False,
        capture_output=True,
        timeout=60,
        env=environment(),
        cwd=settings.BASE_DIR,
    )
    return [json.loads(line) for line in done.stdout.splitlines()], done.returncode


def kept(mailbox: Mailbox) -> int:
    return Delivery.objects.filter(source=mailbox.source).count()


def has_looked(mailbox: Mailbox, name: str = "INBOX") -> bool:
    return mailbox.folders.filter(name=name, polled_at__isnull=False).exists()


def test_once_prints_a_line_for_each_folder_and_says_what_failed(mail_server: Dovecot) -> None:
    good, bad = mail_server.new_user(), mail_server.new_user()
    mailbox = mailbox_of(mail_server, good, sent_folder="Sent")
    broken = mailbox_of(mail_server, bad, password="wrong-horse")
    mail_server.put(good, letter(), letter())
    lines, status = run_once()
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
    lines, status = run_once("--mailbox", broken.source.name)
    assert ([line["state"] for line in lines], status) == (["read"], 0)


def test_it_follows_mail_mailboxes_and_servers_and_ends_when_asked(fetcher: Process) -> None:
    """One long story, because a process takes seconds to start."""
    with dovecot() as server:
        idle, plain = server.new_user(), server.new_user("plain")
        first = mailbox_of(server, idle, sent_folder="Sent")
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
        assert "Traceback" not in fetcher.log.read_text()


def test_a_changed_password_is_tried_at_once(mail_server: Dovecot, fetcher: Process) -> None:
    user = mail_server.new_user()
    mailbox = mailbox_of(mail_server, user, password="wrong-horse")
    mail_server.put(user, letter())
    fetcher.start()
    wait_until(lambda: mailbox.folders.filter(failures__gte=1).exists(), 30, "it is refused")
    mailbox.folders.update(retry_at=datetime.now(UTC) + timedelta(minutes=10))
    mailbox.password = PASSWORD
    mailbox.save(update_fields=["password"])
    wait_until(lambda: kept(mailbox) == 1, 12, "the new password is tried")
    assert "horse" not in fetcher.log.read_text()


def test_two_fetchers_share_the_work_and_one_takes_over_when_the_other_is_killed(
    mail_server: Dovecot, fetcher: Process, tmp_path: Path
) -> None:
    users = [mail_server.new_user(), mail_server.new_user()]
    mailboxes = [mailbox_of(mail_server, user, poll_seconds=5) for user in users]
    other = Process(argv=argv(), env=environment(), log=tmp_path / "other.log")
    chance, sent = random.Random(20261125), 0
    try:
        fetcher.start()
        other.start()
        wait_until(lambda: all(has_looked(mailbox) for mailbox in mailboxes), 30, "they read")
        for turn in range(4):
            for user in users:
                mail_server.put(user, *[letter() for _ in range(5)])
            sent += 5
            time.sleep(chance.uniform(0.0, 0.4))
            victim = (fetcher, other)[turn % 2]
            victim.kill()
            victim.start()
        wait_until(lambda: all(kept(each) == sent for each in mailboxes), 30, "every mail once")
        assert [folder_of(each).last_uid for each in mailboxes] == [sent, sent]
        assert "Traceback" not in fetcher.log.read_text() + other.log.read_text()
    finally:
        other.end()


def polite_end(process: Process) -> None:
    assert process.child is not None
    began = time.monotonic()
    stop(process.child, first=signal.SIGTERM, seconds=10)
    assert process.child.returncode == 0, process.log.read_text()
    assert time.monotonic() - began < 5
