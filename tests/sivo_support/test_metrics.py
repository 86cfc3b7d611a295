"""What Prometheus may ask, and who may ask."""

import re
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from sivo_support.exposition import Metric, exposition, histogram, labelled
from sla.models import Hook, HookCall, Notice
from sla.operations.escalation.store_lag import store_lag
from tests.sla.hook_world import hook
from tests.sla.lag_world import a_clock, a_policy, detected, fired, histogram_of
from tests.sla.world import ticket_by_mail
from tests.tickets.hooks import helpdesk
from tickets.models import Delivery
from tickets.operations.incoming.receive import receive_delivery

TOKEN = "a-token-of-the-tests"
SAMPLE = re.compile(
    r'[a-z_]+(?:\{[a-z]+="[^"\n]*"(?:,[a-z]+="[^"\n]*")*\})? (?:[0-9.e+-]+|\+Inf|NaN)'
)


@pytest.fixture
def prometheus(client: Client, settings: LazySettings) -> Client:
    settings.METRICS_TOKEN = TOKEN
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {TOKEN}"
    return client


def values(client: Client) -> dict[str, float]:
    """Every sample of the page, by its name and labels."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    lines = answer.content.decode().splitlines()
    samples = [line for line in lines if not line.startswith("#")]
    assert all(SAMPLE.fullmatch(line) for line in samples)
    found = dict(line.rsplit(" ", 1) for line in samples)
    assert len(found) == len(samples), "no sample twice"
    return {name: float(value) for name, value in found.items()}


def test_without_a_configured_token_there_is_no_such_page(client: Client) -> None:
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", "Bearer é"])
def test_only_the_token_opens_the_page(client: Client, settings: LazySettings, given: str) -> None:
    settings.METRICS_TOKEN = TOKEN
    answer = client.get("/metrics", headers={"authorization": given} if given else {})
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.django_db
def test_nothing_is_late_in_an_empty_house(prometheus: Client) -> None:
    found = values(prometheus)
    assert found["sivo_firing_lag_seconds_count"] == 0
    assert found['sivo_firing_lag_seconds_bucket{le="+Inf"}'] == 0
    assert found['sivo_queue_oldest_seconds{queue="notices"}'] == 0
    assert found['sivo_breaches_total{basis="contract"}'] == 0
    assert prometheus.post("/metrics").status_code == 405


@pytest.mark.django_db
@pytest.mark.usefixtures("terms")
def test_lags_and_breaches_are_told_before_and_after_they_are_stored(prometheus: Client) -> None:
    clock, policy, now = a_clock(), a_policy(), timezone.now()
    detected(clock, now - timedelta(hours=3), [200, 7_000])
    fired(clock, policy, now - timedelta(hours=3), [400])
    fired(clock, policy, now, [5_500, 6_100])
    before = values(prometheus)
    store_lag(now=now)
    after = values(prometheus)
    for found in (before, after):
        assert found['sivo_firing_lag_seconds_bucket{le="0.5"}'] == 1
        assert found['sivo_firing_lag_seconds_bucket{le="6"}'] == 2
        assert found['sivo_firing_lag_seconds_bucket{le="+Inf"}'] == 3
        assert found["sivo_firing_lag_seconds_count"] == 3
        assert found["sivo_firing_lag_seconds_sum"] == 12
        assert found["sivo_detection_lag_seconds_sum"] == 7.2
        assert found['sivo_escalations_total{outcome="fired"}'] == 3
        assert found['sivo_breaches_total{basis="contract"}'] == 2
        assert found['sivo_breaches_total{basis="objective"}'] == 0


@pytest.mark.django_db
@pytest.mark.usefixtures("terms")
def test_queues_tell_how_much_waits_and_how_long(prometheus: Client) -> None:
    now = timezone.now()
    a_clock()  # of days ago: late, and nobody has swept yet
    source = helpdesk()
    receive_delivery(
        source=source, external_id="1", body=b"{}", headers={}, received_at=now, now=now
    )
    Delivery.objects.filter(source=source).update(stored_at=now - timedelta(seconds=100))
    Notice.objects.create(
        key="a", kind="test", address="a@b.example", language="en", created_at=now, state="dead"
    )
    found = values(prometheus)
    assert found['sivo_queue_waiting{queue="deliveries"}'] == 1
    assert 100 <= found['sivo_queue_oldest_seconds{queue="deliveries"}'] < 160
    assert found['sivo_queue_waiting{queue="clock checks"}'] >= 1
    assert found['sivo_queue_oldest_seconds{queue="clock checks"}'] > 0
    assert found['sivo_clocks_late{basis="contract"}'] == 1
    assert found['sivo_notices_last_day{state="dead"}'] == 1
    assert found["sivo_notices_given_up"] == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("terms")
def test_webhook_calls_that_wait_for_us_are_told_from_those_that_wait_for_receivers(
    prometheus: Client,
) -> None:
    now = timezone.now()
    well = hook("https://hooks.example/", at=now, types=["ticket.opened"])
    failing = hook("https://hooks.example/", name="Failing", types=["ticket.opened"], failures=1)
    ticket_by_mail(now)
    HookCall.objects.filter(hook=well).update(created_at=now - timedelta(seconds=70))
    found = values(prometheus)
    assert found['sivo_queue_waiting{queue="webhook calls"}'] == 1
    assert 70 <= found['sivo_queue_oldest_seconds{queue="webhook calls"}'] < 130
    assert found['sivo_queue_waiting{queue="webhook calls that are held"}'] == 1
    HookCall.objects.filter(hook=failing).update(
        state="given_up", next_attempt_at=None, ended_at=now
    )
    Hook.objects.filter(pk=failing.pk).update(disabled_at=now, disabled_reason="failing")
    found = values(prometheus)
    assert found["sivo_webhook_calls_given_up"] == 1
    assert found["sivo_webhooks_disabled"] == 1


def test_the_text_is_what_prometheus_reads() -> None:
    odd = labelled("a_total", "counter", "Of a\nkind \\.", "name", {'q"\\\n': 1.5, "b": 2})
    lag = histogram("b_seconds", "Late.", histogram_of([100]))
    lines = exposition([odd, lag]).splitlines()
    assert lines[:4] == [
        r"# HELP a_total Of a\nkind \\.",
        "# TYPE a_total counter",
        'a_total{name="b"} 2',
        r'a_total{name="q\"\\\n"} 1.5',
    ]
    assert lines[4:7] == [
        "# HELP b_seconds Late.",
        "# TYPE b_seconds histogram",
        'b_seconds_bucket{le="0.1"} 1',
    ]
    assert lines[-3:] == [
        'b_seconds_bucket{le="+Inf"} 1',
        "b_seconds_sum 0.1",
        "b_seconds_count 1",
    ]
    assert exposition([Metric(name="c", kind="gauge", text="", samples=[])]).endswith("gauge\n")
