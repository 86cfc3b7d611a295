"""Up is not ready: what a load balancer may ask, and how little the answer tells."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from sivo_support import health
from sla.models import Notice
from tests.tickets.hooks import helpdesk
from tickets.models import Delivery
from tickets.operations.incoming.receive import receive_delivery

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_a_process_that_answers_is_up_without_asking_anybody(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "up"})
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_a_host_whose_parts_answer_is_ready(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ready"
    assert {"database": "ok", "migrations": "ok", "redis": "ok"}.items() <= (
        answer.json()["checks"].items()
    )


@pytest.mark.django_db
def test_losing_the_broker_is_told_but_loses_nothing(
    client: Client, settings: LazySettings
) -> None:
    settings.REDIS_URL = "redis+socket:///nonexistent/redis"
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["checks"]["redis"] == "down"


def test_without_the_database_a_host_is_not_ready_and_does_not_say_why(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> health.Finding:
        raise OperationalError("host 10.1.2.3, password secret, PostgreSQL 18.4")

    monkeypatch.setattr(health, "PROBES", {"database": fail})
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "checks": {"database": "down"}}


@pytest.mark.django_db
def test_a_database_whose_migrations_are_missing_makes_a_host_unready(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db.migrations.executor import MigrationExecutor

    monkeypatch.setattr(health, "_remembered", {"migrated": False})
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *_: [("a", False)])
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["migrations"]) == (503, "missing")


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "status"), [(0, 200), (5, 503), (-5, 503)])
def test_a_host_whose_clock_is_off_is_not_ready(
    client: Client, monkeypatch: pytest.MonkeyPatch, minutes: int, status: int
) -> None:
    real = health.timezone.now

    def shifted() -> datetime:
        return real() + timedelta(minutes=minutes)

    monkeypatch.setattr(health.timezone, "now", shifted)
    answer = client.get("/readyz")
    assert answer.status_code == status
    if minutes:
        assert answer.json()["checks"]["database"].startswith("clock 300.")


@pytest.mark.parametrize(
    ("before", "theirs", "after", "skew"),
    [
        (0, 0, 0, 0),
        (0, 1, 5, 0),  # a slow answer is not a wrong clock
        (0, 7, 5, 2),
        (3, 0, 5, 3),
    ],
)
def test_the_skew_is_what_the_clocks_differ_at_least(
    before: int, theirs: int, after: int, skew: int
) -> None:
    def at(seconds: int) -> datetime:
        return NOON + timedelta(seconds=seconds)

    found = health.clock_skew(before=at(before), theirs=at(theirs), after=at(after))
    assert found == timedelta(seconds=skew)


@pytest.mark.parametrize("page", ["/healthz", "/readyz"])
def test_health_pages_only_answer_questions(client: Any, page: str) -> None:
    assert client.post(page).status_code == 405


@pytest.mark.django_db
@pytest.mark.usefixtures("terms")
def test_what_waits_for_long_is_told_and_takes_no_host_out(client: Client) -> None:
    now = timezone.now()
    assert client.get("/readyz").json()["checks"].items() >= {
        ("deliveries", "ok"),
        ("notices", "ok"),
    }
    source = helpdesk()
    receive_delivery(
        source=source, external_id="1", body=b"{}", headers={}, received_at=now, now=now
    )
    Delivery.objects.update(stored_at=now - timedelta(hours=1))
    Notice.objects.create(
        key="a",
        kind="test",
        address="bob@acme.example",
        language="en",
        created_at=now - timedelta(minutes=10),
        next_attempt_at=now,
    )
    answer = client.get("/readyz")
    assert answer.status_code == 200
    checks = answer.json()["checks"]
    assert re.fullmatch(r"oldest waits 36\d\d s", checks["deliveries"])
    assert re.fullmatch(r"oldest waits 6\d\d s", checks["notices"])
    assert "acme" not in answer.content.decode()
