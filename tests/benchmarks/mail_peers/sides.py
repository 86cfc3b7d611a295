"""The two sides of the comparison: each fills its own database, and has two workers of its own."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from sivo_support import local_stack
from tests.benchmarks.mail_peers.plain_mails import Mail, domains
from tests.benchmarks.sweep import DATABASE, execute

CHECKOUT = Path(__file__).resolve().parents[3]
HELPDESK_PYTHON = CHECKOUT / ".venv-helpdesk" / "bin" / "python"
HELPDESK_DATABASE = "sivo_bench_helpdesk"
_MODULES = "tests.benchmarks.mail_peers"


class Side(Protocol):
    """One of the two; its workers live through all rounds, so that no start is measured."""

    name: str

    def prepare(self, mails: Sequence[Mail]) -> float:
        """Empties the database; the seconds that it took to keep the mails, where they are."""

    def start(self, workers: int) -> "list[Worker]":
        """That many workers, ready for orders."""

    def mistakes(self, mails: Sequence[Mail]) -> list[str]:
        """What is not in the database as it should be after all mails were read."""


class Worker:
    """A process that works when it is told to."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            argv, env=env, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.hear()

    def tell(self, order: str) -> None:
        """It begins at once."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{order}\n")
        self._process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        """Waits for its answer."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"a worker ended: {self._process.args!r}")
        heard: dict[str, Any] = json.loads(line)
        return heard

    def end(self) -> None:
        """It closes its connection and is gone."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)


class Ours:
    """Deliveries are kept first, as every door does; the workers drain them."""

    name = "sivo-support"

    def prepare(self, mails: Sequence[Mail]) -> float:
        """Keeps the mails in one statement; the seconds that it took."""
        from django.utils import timezone

        from tickets.models import Delivery
        from tickets.operations.incoming.ingest_mail import mailbox

        execute("TRUNCATE tickets_ticket, tickets_delivery, tickets_contact CASCADE")
        source, now = mailbox(), timezone.now()
        began = time.perf_counter()
        Delivery.objects.bulk_create(
            Delivery(
                source=source,
                external_id=f"bench:{place}",
                body=mail.raw,
                body_sha256=f"{place:064}",
                size=len(mail.raw),
                received_at=now - timedelta(seconds=len(mails) - place),
                stored_at=now,
                next_attempt_at=now,
                mail_id=mail.message_id.strip("<>"),
            )
            for place, mail in enumerate(mails)
        )
        return time.perf_counter() - began

    def start(self, workers: int) -> list[Worker]:
        """As the application's own restricted role."""
        env = {key: value for key, value in os.environ.items() if not key.startswith("SIVO_")}
        env["DATABASE_URL"] = local_stack.database_url(local_stack.APP_ROLE, DATABASE)
        env["REDIS_URL"] = local_stack.redis_url()
        argv = [sys.executable, "-m", f"{_MODULES}.our_worker"]
        return [Worker(argv, env) for _ in range(workers)]

    def mistakes(self, mails: Sequence[Mail]) -> list[str]:
        """Each opening has one ticket with clocks, each answer stands in the ticket it answers."""
        from sla.models import Clock
        from tickets.models import Delivery, Message, Ticket

        openings = sum(mail.answers is None for mail in mails)
        rows = dict(Message.objects.values_list("message_id", "ticket_id"))
        counts = {
            "messages": (Message.objects.count(), len(mails)),
            "tickets": (Ticket.objects.count(), openings),
            "opened": (Delivery.objects.filter(outcome="opened").count(), openings),
            "answers in place": (in_place(mails, rows), len(mails) - openings),
            "tickets with stale clocks": (
                Ticket.objects.exclude(clocks_stale_since=None).count(),
                0,
            ),
            "tickets with clocks": (Clock.objects.values("ticket").distinct().count(), openings),
        }
        return differences(counts)


class Helpdesk:
    """django-helpdesk reads raw mails from memory: nothing that it does not do is counted."""

    name = "django-helpdesk"

    def __init__(self, file: Path) -> None:
        self._file = file

    def prepare(self, mails: Sequence[Mail]) -> float:
        """Empties its tables; nothing is kept in its database before it is read."""
        import psycopg

        with psycopg.connect(**_connection(), autocommit=True) as connection:
            connection.execute("TRUNCATE helpdesk_ticket CASCADE")
        texts = [mail.raw.decode() for mail in mails]
        self._file.write_text(json.dumps(texts), encoding="utf-8")
        return 0.0

    def start(self, workers: int) -> list[Worker]:
        """Each with every n-th mail."""
        argv = _helpdesk_argv(os.fspath(self._file))
        return [
            Worker([*argv, str(number), str(workers)], _helpdesk_env()) for number in range(workers)
        ]

    def mistakes(self, mails: Sequence[Mail]) -> list[str]:
        """Each opening has one ticket, each answer stands in the ticket it answers."""
        import psycopg

        openings = sum(mail.answers is None for mail in mails)
        with psycopg.connect(**_connection()) as connection:
            found = connection.execute("SELECT message_id, ticket_id FROM helpdesk_followup")
            rows = [(message_id.strip("<>"), ticket) for message_id, ticket in found]
            tickets = connection.execute("SELECT count(*) FROM helpdesk_ticket").fetchall()[0][0]
        counts = {
            "messages": (len(rows), len(mails)),
            "tickets": (tickets, openings),
            "answers in place": (in_place(mails, dict(rows)), len(mails) - openings),
        }
        return differences(counts)


@contextmanager
def helpdesk_database() -> Iterator[Helpdesk]:
    """django-helpdesk with a database of its own, dropped at the end."""
    execute(f"DROP DATABASE IF EXISTS {HELPDESK_DATABASE} WITH (FORCE)")
    execute(f"CREATE DATABASE {HELPDESK_DATABASE}")
    try:
        subprocess.run(_helpdesk_argv("migrate"), env=_helpdesk_env(), cwd=CHECKOUT, check=True)
        with tempfile.TemporaryDirectory() as folder:
            yield Helpdesk(Path(folder) / "mails.json")
    finally:
        execute(f"DROP DATABASE {HELPDESK_DATABASE} WITH (FORCE)")


def make_customers() -> None:
    """Every company that writes is a customer with an agreement, a third of them on each plan."""
    from tests.sla.world import customer

    for number, domain in enumerate(domains()):
        customer(("starter", "pro", "enterprise")[number % 3], domain=domain)


def in_place(mails: Sequence[Mail], tickets: Mapping[str, int]) -> int:
    """How many answers stand in the ticket of the mail that they answer."""
    ids = [mail.message_id.strip("<>") for mail in mails]
    return sum(
        mail.answers is not None
        and tickets.get(ids[place]) == tickets.get(ids[mail.answers], "missing")
        for place, mail in enumerate(mails)
    )


def differences(counts: Mapping[str, tuple[int, int]]) -> list[str]:
    """What is not as it should be, in words."""
    return [
        f"{found} {what} instead of {wanted}"
        for what, (found, wanted) in counts.items()
        if found != wanted
    ]


def _connection() -> dict[str, Any]:
    from django.db import connection

    given = connection.settings_dict
    return {
        "host": given["HOST"],
        "port": given["PORT"] or None,
        "user": given["USER"],
        "password": given["PASSWORD"] or None,
        "dbname": HELPDESK_DATABASE,
    }


def _helpdesk_argv(first: str) -> list[str]:
    return [os.fspath(HELPDESK_PYTHON), "-m", f"{_MODULES}.helpdesk_worker", first]


def _helpdesk_env() -> dict[str, str]:
    database = {"dbname": "NAME"}
    given = {database.get(key, key.upper()): value or "" for key, value in _connection().items()}
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {"HELPDESK_DATABASE": json.dumps(given)}
