"""Attacks on what is stored: rewriting the logs, remembering the erased, secrets in the open."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client

from sivo_support.logs import LineFormatter
from sla.admin.csv_cells import guarded
from tests.conftest import owner_settings
from tests.sla import world
from tests.sla.desk_world import make_person
from tests.tickets.hooks import arrive, created, event, helpdesk
from tickets.models import Contact, Message, Ticket
from tickets.operations.incoming.process import process_delivery
from tickets.operations.outgoing.answer import answer_ticket

ROOT = Path(__file__).resolve().parents[2]
AT = world.madrid("2026-11-18 10:00")


# --- the application's role --------------------------------------------------------------------

REFUSED = [
    "SET ROLE sivo_owner",
    "SET SESSION AUTHORIZATION sivo_owner",
    "SET session_replication_role = replica",
    "TRUNCATE tickets_ticketevent CASCADE",
    "TRUNCATE tickets_ticket CASCADE",
    "UPDATE tickets_ticketevent SET at = now()",
    "DELETE FROM sla_clockentry",
    "UPDATE sla_terms SET version = version",
    "DELETE FROM sla_calendarversion",
    "UPDATE sla_plan SET code = code",
    (
        "SET LOCAL pgtrigger.ignore = '{tickets_ticketevent:refuse_update_and_delete}'; "
        "DELETE FROM tickets_ticketevent"
    ),
    "ALTER TABLE tickets_ticketevent DISABLE TRIGGER ALL",
    "ALTER TABLE tickets_ticketevent OWNER TO sivo_app",
    "DROP TABLE tickets_ticketevent",
    "SELECT * FROM tickets_ticketevent FOR UPDATE",
    "LOCK TABLE tickets_ticketevent IN ACCESS EXCLUSIVE MODE",
    (
        "MERGE INTO tickets_ticketevent a USING tickets_ticketevent b ON a.id = b.id "
        "WHEN MATCHED THEN DELETE"
    ),
    (
        "INSERT INTO tickets_ticketevent SELECT * FROM tickets_ticketevent "
        "ON CONFLICT (id) DO UPDATE SET kind = 'x'"
    ),
    "CREATE TABLE public.tickets_extra (id int)",
    "CREATE SCHEMA evil",
    "CREATE FUNCTION public.evil() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "SELECT setval('tickets_ticket_id_seq', 1)",
    "INSERT INTO django_migrations (app, name, applied) VALUES ('a', 'b', now())",
    "COPY tickets_ticketevent TO PROGRAM 'id'",
    "SELECT pg_read_file('/etc/passwd')",
    "ALTER ROLE sivo_app SUPERUSER",
]


@pytest.mark.django_db
@pytest.mark.parametrize("statement", REFUSED)
def test_the_applications_role_cannot_rewrite_history(statement: str) -> None:
    application, owner = connection.settings_dict["USER"], owner_settings()["USER"]
    statement = statement.replace("sivo_app", application).replace("sivo_owner", owner)
    with (
        pytest.raises(DatabaseError) as refusal,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert getattr(refusal.value.__cause__, "sqlstate", "") == "42501"  # insufficient privilege


# --- the erased --------------------------------------------------------------------------------


def everything_stored() -> dict[str, str]:
    """Each table as text, with the bytes of bytea columns as letters."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT to_jsonb(t) FROM "{table}" t')
            rows = [json.loads(row) if isinstance(row, str) else row for (row,) in cursor]
            found[table] = json.dumps(rows, ensure_ascii=False).lower()
    return found


def hex_of(text: str) -> str:
    return text.lower().encode().hex()


@pytest.mark.django_db
@pytest.mark.usefixtures("terms")
def test_an_erased_person_is_in_no_table_not_even_in_the_admins_history() -> None:
    acme, root = world.customer("pro"), make_person("Root")
    admin = Client()
    admin.force_login(root)
    person = {"name": "Bob Zanzibar", "email": "bob@acme.example", "customer": acme.pk}
    admin.post("/admin/tickets/contact/add/", person)
    contact = Contact.objects.get()
    changed = person | {"name": "Bob B. Zanzibar"}
    admin.post(f"/admin/tickets/contact/{contact.pk}/change/", changed)
    sender = "Bob Zanzibar <Bob@Acme.Example>"
    ticket = world.ticket_by_mail(AT, sender=sender, subject="palabra1", body="No va. palabra2")
    page = f"/admin/tickets/ticket/{ticket.pk}/change/"
    admin.post(page, {"action": "note", "note": "Bob Zanzibar palabra3"})
    severity = {"action": "severity", "severity": "S4", "mode": "misjudged", "reason": "palabra4"}
    admin.post(page, severity)
    answer = answer_ticket(ticket_id=ticket.pk, text="palabra5", user=root, now=AT)
    Message.objects.filter(pk=answer.pk).update(send_error="refused: bob@acme.example")
    world.deliver(world.raw_mail("palabra6", sender=sender, Auto_Submitted="auto-replied"), AT)
    world.deliver(f"From: {sender}\n".encode() + b"X: y\n" * 60_000, AT)
    source = helpdesk()
    who = {"email": "bob@acme.example", "name": "Bob Zanzibar"}
    arrive(source, created("T", AT, "palabra7", requester=who), AT)
    arrive(source, event("ticket.status.changed", AT, ticket_id="U", author=who, status="x"), AT)
    words = ["zanzibar", "bob@acme", *(f"palabra{number}" for number in range(1, 8))]
    before = "".join(everything_stored().values())
    assert all(word in before or hex_of(word) in before for word in words)

    call_command("erase_contact", "bob@acme.example", "--yes")

    for table, text in everything_stored().items():
        for word in words:
            assert word not in text, (table, word)
            assert hex_of(word) not in text, (table, word)


@pytest.mark.django_db
@pytest.mark.usefixtures("terms")
@pytest.mark.parametrize(
    "address", ["jose@acme.example", "josé@acme.example", "a\\\\b_%@acme.example"]
)
def test_raw_mail_that_became_no_message_is_found_by_any_address(address: str) -> None:
    world.deliver(f"From: <{address}>\nSubject: x\n\nx".encode(), AT)
    automatic = f"From: <{address}>\nAuto-Submitted: auto-replied\n\npalabra".encode()
    ignored = world.deliver(automatic, AT)
    other = world.deliver(automatic.replace(b"acme", b"other"), AT)
    assert {ignored.ticket, other.ticket} == {None}
    call_command("erase_contact", address, "--yes")
    ignored.refresh_from_db()
    other.refresh_from_db()
    assert (bytes(ignored.body), bytes(other.body) != b"") == (b"", True)


# --- the logs ----------------------------------------------------------------------------------


def test_a_logged_error_of_the_database_does_not_quote_the_row() -> None:
    try:
        try:
            raise ValueError("DETAIL: kept, it is ours")
        except ValueError as error:
            raise IntegrityError(
                'null value in column "at" violates not-null constraint\n'
                "DETAIL:  Failing row contains (1, bob@acme.example,\nmi secreto)."
            ) from error
    except IntegrityError:
        record = logging.LogRecord("x", logging.ERROR, "x", 1, "failed", (), sys.exc_info())
    line = LineFormatter("%(message)s").format(record)
    assert "bob@acme" not in line
    assert "secreto" not in line
    assert "violates not-null constraint" in line
    assert "kept, it is ours" in line


@pytest.mark.django_db
@pytest.mark.usefixtures("terms")
def test_what_a_customer_wrote_is_in_no_reason_and_no_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.setFormatter(LineFormatter("%(message)s"))
    monkeypatch.setattr("tickets.operations.ticket.write_message.hash_of", lambda _: None)
    delivery = arrive(helpdesk(), created("T", AT, "mi secreto"), AT)
    assert delivery.reason == "our own trouble: IntegrityError"
    assert "null value in column" in caplog.text
    assert "secreto" not in caplog.text
    monkeypatch.undo()
    process_delivery(delivery_id=delivery.pk, now=AT)
    assert Ticket.objects.count() == 1


# --- the settings ------------------------------------------------------------------------------

PRODUCTION = {
    "SIVO_PRODUCTION": "true",
    "DJANGO_SECRET_KEY": "k" * 64,
    "SIVO_SECRETS_KEYS": "k",
    "DJANGO_ALLOWED_HOSTS": "support.example.com",
    "DATABASE_URL": "postgres://sivo_app:x@db/sivo",
    "REDIS_URL": "redis://redis/0",
    "EMAIL_URL": "smtp://mail",
}
# A process reads what is missing from there.
without_dotenv = pytest.mark.skipif((ROOT / ".env").exists(), reason="there is a .env file")


def settings_of(changes: dict[str, str | None]) -> subprocess.CompletedProcess[str]:
    """The security settings of a process with this environment, as JSON."""
    chosen = {name: value for name, value in (PRODUCTION | changes).items() if value is not None}
    path = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    code = (
        "import json; from sivo_support import settings as s; print(json.dumps({n: getattr(s, n) "
        "for n in dir(s) if n.startswith(('SECURE_', 'SESSION_', 'CSRF_', 'DEBUG', 'X_'))}))"
    )
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=path | chosen,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@without_dotenv
@pytest.mark.parametrize("name", [*sorted(PRODUCTION.keys() - {"SIVO_PRODUCTION"})])
def test_production_does_not_start_without(name: str) -> None:
    assert name in settings_of({name: None}).stderr


@without_dotenv
@pytest.mark.parametrize("name", ["DJANGO_SECRET_KEY", "SIVO_SECRETS_KEYS", "DJANGO_ALLOWED_HOSTS"])
def test_production_does_not_start_with_an_empty(name: str) -> None:
    refused = settings_of({name: ""})
    assert (refused.returncode, name in refused.stderr) == (1, True)


@without_dotenv
def test_production_never_shows_error_pages_with_source_code() -> None:
    refused = settings_of({"DJANGO_DEBUG": "true"})
    assert (refused.returncode, "DJANGO_DEBUG" in refused.stderr) == (1, True)


@without_dotenv
def test_production_insists_on_https() -> None:
    chosen: dict[str, Any] = json.loads(settings_of({}).stdout)
    assert chosen["SECURE_HSTS_SECONDS"] >= 31_536_000
    for name in ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"):
        assert chosen[name] is True, name
    assert chosen["SESSION_COOKIE_HTTPONLY"] is True
    assert chosen["X_FRAME_OPTIONS"] == "DENY"
    # Only where a proxy that sets the header stands in front: otherwise anybody could claim it.
    assert "SECURE_PROXY_SSL_HEADER" not in chosen


# --- the report as CSV -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "a;=1", "a; =1", 'a"=1', "a;-1", "\uff1d1", "a\n=1"],
)
def test_no_cell_of_the_report_begins_a_formula_where_any_spreadsheet_cuts(text: str) -> None:
    for piece in guarded(text).replace('"', ";").replace("\n", ";").split(";"):
        assert not piece.strip().startswith(("=", "+", "-", "@", "\uff1d"))


@pytest.mark.parametrize("text", ["", "Acme; Beta", "a-b", "1 + 1 = 2", "2026-12-01 11:00:00+0100"])
def test_cells_without_a_formula_stay_as_they_are(text: str) -> None:
    assert guarded(text) == text
