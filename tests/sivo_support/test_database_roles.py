"""History cannot be rewritten: what each role of the database may do to the logs (D5)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import psycopg
import pytest
from django.apps import apps
from django.db import connection, models
from psycopg import errors, sql

from sivo_support.roles import append_only_tables
from sla.models import Acknowledgement, Escalation, EscalationPolicy, EscalationStep
from sla.operations.tools.panel_links import revoke_panel_links
from tests.conftest import owner_connection
from tests.sla.world import contract_clock, customer, madrid, person, ticket_by_mail
from tickets.domain.words import Severity
from tickets.models import Ticket
from tickets.operations.desk.actions import confirm_triage
from tickets.operations.severity.audit import answer_audit, draw_audit, open_questions
from tickets.operations.severity.models import put_into_use

TABLES = sorted(
    model._meta.db_table for model in apps.get_models() if getattr(model, "append_only", False)
)
MUST_BE_LOGS = {
    *("tickets_ticketevent", "sla_clockentry", "sla_terms", "sla_plan", "sla_objectives"),
    "sla_calendarversion",
    *("tickets_severitycorrection", "tickets_severitymodelchange", "tickets_severityaudit"),
    *("tickets_severityauditticket", "tickets_severityauditanswer"),
    *("sla_escalation", "sla_escalationstep", "sla_acknowledgement"),
    "sla_panelrevocation",
}
REWRITES = {
    "update": "UPDATE {table} SET {column} = {column}",
    "delete": "DELETE FROM {table}",
    "truncate": "TRUNCATE {table}",
    "truncate what depends on it": "TRUNCATE {table} CASCADE",
    "merge": "MERGE INTO {table} USING (SELECT 1) AS one ON TRUE WHEN MATCHED THEN DELETE",
}
RECLAIMS = {
    "switch the triggers off": "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "drop a trigger": "DROP TRIGGER {trigger} ON {table}",
    "drop the table": "DROP TABLE {table} CASCADE",
    "rename it": "ALTER TABLE {table} RENAME TO gone",
    "take it over": "ALTER TABLE {table} OWNER TO CURRENT_USER",
    "add a rule": "CREATE RULE gone AS ON INSERT TO {table} DO INSTEAD NOTHING",
    "replicate past the triggers": "SET session_replication_role = replica",
}


@pytest.fixture
def logs(transactional_db: None) -> None:
    """A row in every log."""
    from django.utils import timezone

    from sla.operations.terms.load_terms import load_terms

    load_terms(now=timezone.now())
    customer("pro")
    at = madrid("2026-11-18 10:00")
    ticket = ticket_by_mail(at, body="¿Cómo exporto un informe?")
    alice = person("Alice")
    confirm_triage(ticket_id=ticket.pk, user=alice, now=at)
    draw_audit(now=at + timedelta(days=7), seed=1)
    answer_audit(drawn=open_questions().get(), severity=Severity.S4, user=alice, now=at)
    put_into_use(version="wording-1", user=alice, now=at)
    _escalation(ticket, at)
    revoke_panel_links(source=ticket.source, user=alice, now=at)


def _escalation(ticket: Ticket, at: datetime) -> None:
    policy = EscalationPolicy.objects.create(
        code="any", name="Any", metric="first_response", version=1, made_at=at
    )
    EscalationStep.objects.create(policy=policy, code="due", kind="after_due")
    clock = contract_clock(ticket)
    Escalation.objects.create(
        clock=clock, policy=policy, step_code="any/due", due_at=at, fired_at=at, outcome="fired"
    )
    Acknowledgement.objects.create(clock=clock, at=at, via="admin")


@pytest.fixture
def owner(logs: None) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """Logged in as the owner of the tables."""
    with owner_connection() as made:
        yield made


def _model(table: str) -> type[models.Model]:
    return next(model for model in apps.get_models() if model._meta.db_table == table)


def _say(statement: str, table: str) -> sql.Composed:
    model = _model(table)
    triggers = model._meta.triggers  # type: ignore[attr-defined]
    return sql.SQL(statement).format(
        table=sql.Identifier(table),
        column=sql.Identifier(model._meta.fields[1].column),
        trigger=sql.Identifier(triggers[0].get_pgid(model)),
    )


def test_the_logs_are_marked_append_only() -> None:
    assert append_only_tables() == set(TABLES) >= MUST_BE_LOGS


@pytest.mark.parametrize("statement", REWRITES.values(), ids=REWRITES.keys())
@pytest.mark.parametrize("table", TABLES)
@pytest.mark.django_db
def test_the_application_may_not_rewrite_a_log(table: str, statement: str) -> None:
    with connection.cursor() as cursor, pytest.raises(errors.InsufficientPrivilege):
        cursor.cursor.execute(_say(statement, table))


@pytest.mark.parametrize("statement", RECLAIMS.values(), ids=RECLAIMS.keys())
@pytest.mark.parametrize("table", TABLES)
@pytest.mark.django_db
def test_the_application_may_not_take_the_protection_away(table: str, statement: str) -> None:
    with connection.cursor() as cursor, pytest.raises(errors.InsufficientPrivilege):
        cursor.cursor.execute(_say(statement, table))


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.django_db
def test_the_application_cannot_grant_itself_more(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.cursor.execute(_say("GRANT ALL ON {table} TO CURRENT_USER", table))
        for right in ("UPDATE", "DELETE", "TRUNCATE", "TRIGGER"):
            cursor.execute("SELECT has_table_privilege(%s, %s)", [table, right])
            assert cursor.fetchone() == (False,), right


@pytest.mark.django_db(transaction=True)
def test_a_trigger_stops_even_the_owner(owner: psycopg.Connection[tuple[object, ...]]) -> None:
    for table in TABLES:
        rows = owner.execute(_say("SELECT count(*) FROM {table}", table)).fetchone()
        assert rows is not None
        assert rows[0], f"no row in {table} to try it on"
        for name in ("update", "delete", "merge"):
            with pytest.raises(errors.RaiseException, match="Cannot update or delete"):
                owner.execute(_say(REWRITES[name], table))


@pytest.mark.django_db
def test_the_application_owns_nothing_and_may_create_nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT count(*) FROM pg_proc WHERE proowner = current_user::regrole")
        assert cursor.fetchone() == (0,)
        cursor.execute(
            "SELECT rolsuper, rolcreatedb, rolcreaterole, rolbypassrls, rolreplication,"
            " has_schema_privilege('public', 'CREATE'),"
            " has_database_privilege(current_database(), 'CREATE')"
            " FROM pg_roles WHERE rolname = current_user"
        )
        assert set(cursor.fetchone()) == {False}


@pytest.mark.django_db
def test_the_application_is_no_member_of_the_owner() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
            " AND pg_has_role(current_user, tableowner, 'MEMBER')"
        )
        assert cursor.fetchone() == (0,)


@pytest.mark.django_db
def test_the_application_may_still_add_to_every_log() -> None:
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute("SELECT has_table_privilege(%s, 'INSERT')", [table])
            assert cursor.fetchone() == (True,), table


@pytest.mark.django_db(transaction=True)
def test_a_version_of_a_policy_can_only_be_superseded(
    owner: psycopg.Connection[tuple[object, ...]],
) -> None:
    for connected in (owner, connection.cursor()):
        connected.execute("UPDATE sla_escalationpolicy SET is_current = FALSE")
        for change in ("SET made_at = now()", "SET plan_code = 'pro'", "SET is_retired = TRUE"):
            with pytest.raises(Exception, match=r"Cannot update"):
                connected.execute(f"UPDATE sla_escalationpolicy {change}")
