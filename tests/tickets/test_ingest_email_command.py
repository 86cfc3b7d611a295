"""`ingest_email`: one line per mail, nothing lost, and never a bounce for a trouble of ours."""

import io
import json
import mailbox as stdlib_mailbox
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError

from tests.sla.world import customer, raw_mail
from tickets.models import Delivery, Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]

KEYS = [
    "path",
    "delivery",
    "outcome",
    "kind",
    "auto_reply",
    "ticket",
    "subject",
    "sender",
    "body",
    "reply",
    "attachments",
    "reason",
]
ROOT = Path(__file__).resolve().parents[2]


def ingest(
    *paths: Path | str, monkeypatch: pytest.MonkeyPatch, stdin: bytes = b""
) -> tuple[list[dict[str, Any]], int]:
    """The lines and the exit status of the command."""
    out = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out, encoding="utf-8"))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
    status = 0
    try:
        call_command("ingest_email", *[str(path) for path in paths])
    except SystemExit as stop:
        status = int(stop.code or 0)
    return [json.loads(line) for line in out.getvalue().splitlines()], status


def test_a_mail_opens_a_ticket_and_the_line_says_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer("pro")
    path = tmp_path / "one.eml"
    path.write_bytes(raw_mail("No funciona nada.\n\nOn Monday, Alice wrote:\n> Hola\n"))
    (line,), status = ingest(path, monkeypatch=monkeypatch)
    assert list(line) == KEYS
    assert status == 0
    assert line["outcome"] == "opened"
    assert line["ticket"] == Ticket.objects.get().reference
    assert line["sender"] == "bob@acme.example"
    assert line["reply"] == "No funciona nada."
    assert "> Hola" in line["body"]
    assert (line["kind"], line["auto_reply"], line["reason"]) == ("human", False, None)


def test_the_same_bytes_again_are_a_duplicate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "one.eml"
    path.write_bytes(raw_mail())
    lines, _ = ingest(path, path, monkeypatch=monkeypatch)
    assert [line["outcome"] for line in lines] == ["opened", "duplicate"]
    assert lines[0]["ticket"] == lines[1]["ticket"]
    assert Ticket.objects.count() == 1


def test_the_members_of_an_mbox_and_of_a_maildir_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = stdlib_mailbox.mbox(tmp_path / "box.mbox")
    box.add(raw_mail())
    box.add(raw_mail())
    box.close()
    folder = stdlib_mailbox.Maildir(tmp_path / "Maildir")
    name = folder.add(raw_mail())
    lines, status = ingest(tmp_path / "box.mbox", tmp_path / "Maildir", monkeypatch=monkeypatch)
    assert status == 0
    labels = [line["path"] for line in lines]
    assert labels[:2] == [f"{tmp_path}/box.mbox#1", f"{tmp_path}/box.mbox#2"]
    assert labels[2].startswith(f"{tmp_path}/Maildir:{name}")


def test_what_cannot_be_read_is_quarantined_with_its_reason_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "empty.eml"
    path.write_bytes(b"")
    (line,), status = ingest(path, monkeypatch=monkeypatch)
    assert list(line) == KEYS
    assert (line["outcome"], line["ticket"], status) == ("quarantined", None, 0)
    assert line["reason"]
    assert Delivery.objects.get().state == "quarantined"


def test_a_path_that_does_not_exist_says_so_and_the_others_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "one.eml"
    path.write_bytes(raw_mail())
    lines, status = ingest(tmp_path / "none.eml", path, monkeypatch=monkeypatch)
    assert status == 1
    assert "No such file" in lines[0]["error"]
    assert lines[1]["outcome"] == "opened"


def test_a_pipe_is_answered_with_0_once_the_mail_is_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    (line,), status = ingest("-", monkeypatch=monkeypatch, stdin=raw_mail())
    assert (line["path"], line["outcome"], status) == ("-", "opened", 0)


def test_a_pipe_asks_the_mail_server_to_try_again_when_we_cannot_store(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def down(**_: object) -> None:
        raise OperationalError("the database is gone")

    monkeypatch.setattr("tickets.management.commands.ingest_email.keep_mail", down)
    (line,), status = ingest("-", monkeypatch=monkeypatch, stdin=raw_mail())
    assert status == os.EX_TEMPFAIL
    assert "send it again" in line["error"]


@pytest.mark.processes
def test_a_pipe_without_a_database_exits_with_75_and_no_traceback() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", "ingest_email", "-"],
        input=raw_mail(),
        capture_output=True,
        check=False,
        timeout=60,
        env=os.environ
        | {
            "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
            "REDIS_URL": "redis://127.0.0.1:1",
        },
    )
    assert done.returncode == os.EX_TEMPFAIL
    assert b"Traceback" not in done.stderr


def test_a_piped_mail_with_a_header_beyond_the_limit_is_kept_and_put_aside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its receipt cannot be read, but status 75 would make the mail server try for days."""
    raw = raw_mail(**{"X-Long": "x"}).replace(b"X-Long: x", b"X-Long: " + b"x" * 300_000)
    (line,), status = ingest("-", monkeypatch=monkeypatch, stdin=raw)
    assert (status, line["outcome"]) == (0, "quarantined")
    assert "256 KB" in line["reason"]
    assert bytes(Delivery.objects.get().body) == raw
