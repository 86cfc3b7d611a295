"""The doors of tools over time: secrets and switches, handshakes, and what a call costs."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.conftest import owner_connection
from tests.tickets.tool_calls import OTHER, SECRETS, named, post_call, sign_call, tool_source
from tickets.inbound.tools.table import TOOLS
from tickets.models import Delivery, DeliveryState, Source
from tickets.operations.incoming.process import process_delivery
from tickets.views import sources

pytestmark = pytest.mark.django_db
every_tool = pytest.mark.parametrize("kind", sorted(TOOLS))


# --- secrets and switches ----------------------------------------------------------------------


def _some_seconds_later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    real = sources.time.monotonic
    monkeypatch.setattr(sources.time, "monotonic", lambda: real() + seconds)


@every_tool
def test_a_new_secret_holds_at_once_and_a_dropped_one_ends_within_5_s(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tool_source(kind)
    assert post_call(source, named(kind, 1)).status_code == 200
    Source.objects.filter(pk=source.pk).update(
        secrets=Source(secrets=f"{OTHER[kind]}\n{SECRETS[kind]}").secrets
    )
    body = named(kind, 2)
    assert post_call(source, body, sign_call(kind, body, secret=OTHER[kind])).status_code == 200
    assert post_call(source, named(kind, 3)).status_code == 200, "both hold meanwhile"
    Source.objects.filter(pk=source.pk).update(secrets=OTHER[kind])
    _some_seconds_later(monkeypatch, 5)
    assert post_call(source, named(kind, 4)).status_code == 401


@every_tool
def test_a_source_is_switched_off_within_5_s_and_on_at_once(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tool_source(kind)
    assert post_call(source, named(kind, 1)).status_code == 200
    Source.objects.filter(pk=source.pk).update(is_active=False)
    _some_seconds_later(monkeypatch, 5)
    assert post_call(source, named(kind, 2)).status_code == 410
    assert Client().head(f"/hooks/{kind}/{source.pk}/").status_code == 410
    Source.objects.filter(pk=source.pk).update(is_active=True)
    assert post_call(source, named(kind, 3)).status_code == 200
    assert Delivery.objects.count() == 2


# --- handshakes --------------------------------------------------------------------------------


def test_slack_hears_its_challenge_only_when_it_is_signed() -> None:
    source = tool_source("slack")
    body = b'{"token": "x", "challenge": "3eZbrw1aB10FEMAGAZd4FyFQ", "type": "url_verification"}'
    answer = post_call(source, body)
    assert (answer.status_code, answer.content) == (200, b"3eZbrw1aB10FEMAGAZd4FyFQ")
    assert answer["Content-Type"] == "text/plain"
    forged = post_call(source, body, sign_call("slack", body, secret=OTHER["slack"]))
    assert forged.status_code == 401
    assert b"3eZ" not in forged.content
    assert not Delivery.objects.exists()


def test_front_hears_its_challenge_only_when_it_is_signed() -> None:
    source, body = tool_source("front"), b'{"type":"sync","authorization":{"id":"cmp_abc"}}'
    answer = post_call(source, body, sign_call("front", body, x_front_challenge="c-1"))
    assert (answer.status_code, answer.content) == (200, b"c-1")
    forged = sign_call("front", body, secret=OTHER["front"], x_front_challenge="c-1")
    assert post_call(source, body, forged).status_code == 401
    assert not Delivery.objects.exists()


def test_intercom_tries_the_address_by_head_and_then_by_a_signed_ping(client: Client) -> None:
    source = tool_source("intercom")
    assert client.head(f"/hooks/intercom/{source.pk}/").status_code == 200
    ping = json.dumps({"type": "notification_event", "topic": "ping", "id": None, "data": {}})
    answer = post_call(source, ping.encode())
    assert answer.status_code == 200
    process_delivery(delivery_id=answer.json()["delivery"], now=timezone.now())
    assert Delivery.objects.get().state == DeliveryState.IGNORED


# --- what it costs, and what it survives -------------------------------------------------------


@every_tool
def test_the_usual_call_is_one_statement(kind: str, django_assert_num_queries: Any) -> None:
    source = tool_source(kind)
    post_call(source, named(kind, 1))
    with django_assert_num_queries(1) as asked:
        assert post_call(source, named(kind, 2)).status_code == 200
    assert asked[0]["sql"].startswith("INSERT")


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_died_meanwhile_costs_no_call() -> None:
    source = tool_source("slack")
    assert post_call(source, named("slack", 1)).status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    with owner_connection() as owner, owner.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    assert post_call(source, named("slack", 2)).status_code == 200
    assert Delivery.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_without_its_database_a_door_asks_to_try_again() -> None:
    source, body = tool_source("slack"), named("slack", 1)
    connection.close()
    host = connection.settings_dict["HOST"]
    connection.settings_dict["HOST"] = "/nonexistent"
    try:
        for _ in "ab":
            answer = post_call(source, body)
            assert answer.status_code == 503
            assert answer["Retry-After"] == "5"
    finally:
        connection.close()
        connection.settings_dict["HOST"] = host
    assert post_call(source, body).status_code == 200
