"""What Prometheus may ask (`/metrics`): how late we were, what waits, what was missed."""

from collections.abc import Mapping
from datetime import datetime
from hmac import compare_digest

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from sivo_support.exposition import (
    CONTENT_TYPE,
    Metric,
    exposition,
    histogram,
    labelled,
    number,
)
from sla.domain.clocks.ledger import EntryKind
from sla.models import Basis, LagKind
from sla.queries import queues
from sla.queries.escalation.lag import Total, total_lag
from tickets.queries import database_now


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """All metrics, for whoever knows the token; without a configured one there is no such page."""
    if not settings.METRICS_TOKEN:
        return HttpResponse(status=404)
    given = request.headers.get("Authorization", "")
    if not compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode()):
        answer = HttpResponse(status=401)
        answer["WWW-Authenticate"] = "Bearer"
        return answer
    return HttpResponse(exposition(collect(database_now())), content_type=CONTENT_TYPE)


def collect(now: datetime) -> list[Metric]:
    """Every metric at an instant (the database's clock); no names of people or customers."""
    detection = total_lag(LagKind.DETECTION, now=now)
    firing = total_lag(LagKind.FIRING, now=now)
    return [*_lags(detection, firing), *_queues(now), *_clocks(detection, now), *_jobs(now)]


def _lags(detection: Total, firing: Total) -> list[Metric]:
    return [
        histogram(
            "sivo_detection_lag_seconds",
            "From the instant at which a clock was at risk or late to the sweep that noticed.",
            detection.histogram,
        ),
        histogram(
            "sivo_firing_lag_seconds",
            "From the instant at which an escalation should have fired to that at which it did.",
            firing.histogram,
        ),
        labelled(
            "sivo_escalations_total",
            "counter",
            "Escalations recorded, by outcome.",
            "outcome",
            _numbers(firing.counts),
        ),
    ]


def _queues(now: datetime) -> list[Metric]:
    waiting: dict[str, float] = {}
    ages: dict[str, float] = {}
    for name, queue in (
        ("deliveries", queues.deliveries_queue()),
        ("notices", queues.notices_queue()),
        ("notices of failing channels", queues.held_notices_queue()),
        ("answers", queues.answers_queue()),
        ("webhook calls", queues.hook_calls_queue()),
        ("webhook calls that are held", queues.held_hook_calls_queue()),
        ("clock checks", queues.checks_queue(now)),
    ):
        waiting[name] = queue.waiting
        ages[name] = queue.age(now).total_seconds()
    return [
        labelled("sivo_queue_waiting", "gauge", "Rows that wait for a worker.", "queue", waiting),
        labelled(
            "sivo_queue_oldest_seconds",
            "gauge",
            "How long the oldest of them has waited; 0 when none does.",
            "queue",
            ages,
        ),
        labelled(
            "sivo_notices_last_day",
            "gauge",
            "Notices made in the last 24 hours, by state.",
            "state",
            _numbers(queues.notices_of_a_day(now)),
        ),
        number(
            "sivo_notices_given_up",
            "gauge",
            "Notices that were given up and that nobody has sent again.",
            queues.dead_notices(),
        ),
        number(
            "sivo_webhook_calls_given_up",
            "gauge",
            "Calls of webhooks that were given up and that nobody has sent again.",
            queues.hook_calls_given_up(),
        ),
        number(
            "sivo_webhooks_disabled",
            "gauge",
            "Webhooks that are called no more because they failed.",
            queues.disabled_hooks(),
        ),
    ]


def _clocks(detection: Total, now: datetime) -> list[Metric]:
    late = queues.late_clocks(now)
    missed = {
        basis.value: detection.counts.get(f"{EntryKind.BREACHED} {basis.value}", 0)
        for basis in Basis
    }
    return [
        labelled(
            "sivo_breaches_total",
            "counter",
            "Targets found missed, by why the clock ran; only `contract` is a promise.",
            "basis",
            _numbers(missed),
        ),
        labelled(
            "sivo_clocks_late",
            "gauge",
            "Clocks that run on although they were due, by why they run.",
            "basis",
            {basis.value: late.get(basis.value, 0) for basis in Basis},
        ),
        number(
            "sivo_tickets_with_stale_clocks",
            "gauge",
            "Tickets whose clocks could not be read.",
            queues.stale_tickets(),
        ),
    ]


def _jobs(now: datetime) -> list[Metric]:
    ages = {name: max(0.0, (now - at).total_seconds()) for name, at in queues.heartbeats().items()}
    return [
        labelled(
            "sivo_job_age_seconds",
            "gauge",
            "How long ago each periodic job last ran to its end.",
            "job",
            ages,
        )
    ]


def _numbers(counts: Mapping[str, int]) -> dict[str, float]:
    return {name: float(count) for name, count in counts.items()}
