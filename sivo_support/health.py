"""Is the process up (`/healthz`), and can it do its work (`/readyz`)?"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import redis
from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from sla.models import Heartbeat
from sla.queries.queues import Queue, deliveries_queue, held_notices_queue, notices_queue
from tickets.operations.source_health import tools_in_trouble

MAX_CLOCK_SKEW = timedelta(seconds=2)
# Beat asks for a sweep every 2 s.
MAX_SWEEP_AGE = timedelta(seconds=30)
# What waits longer is not being worked on: both queues are looked at every few seconds.
MAX_WAIT = timedelta(minutes=5)
REDIS_SECONDS = 1.0
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Finding:
    """What one probe found. Only a needed part that is not well makes a host unready."""

    name: str
    is_well: bool
    word: str
    is_needed: bool = True


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django passes it
    """200 while the process answers at all.

    It asks no other part, so that nobody restarts it for a fault that lies elsewhere.
    """
    return JsonResponse({"status": "up"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django passes it
    """200 or 503 with one word for each part: no versions, no addresses, no error texts."""
    findings = [_ask(name, probe) for name, probe in PROBES.items()]
    ready = all(finding.is_well for finding in findings if finding.is_needed)
    answer = {
        "status": "ready" if ready else "not ready",
        "checks": {finding.name: finding.word for finding in findings},
    }
    return JsonResponse(answer, status=200 if ready else 503)


def probe_database() -> Finding:
    """Reachable, and its clock within 2 s of ours: the sweep trusts the database's (D3)."""
    before = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (theirs,) = cursor.fetchone()
    skew = clock_skew(before=before, theirs=theirs, after=timezone.now())
    return Finding("database", is_well=skew <= MAX_CLOCK_SKEW, word=_skew_word(skew))


def clock_skew(*, before: datetime, theirs: datetime, after: datetime) -> timedelta:
    """How far their clock is from ours at least: a slow answer is not a wrong clock."""
    return max(before - theirs, theirs - after, timedelta(0))


def _skew_word(skew: timedelta) -> str:
    return "ok" if skew <= MAX_CLOCK_SKEW else f"clock {skew.total_seconds():.1f} s off"


def probe_migrations() -> Finding:
    """Every migration of this code is applied. Asked until it is true, then remembered."""
    if not _remembered["migrated"]:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        _remembered["migrated"] = not plan
    migrated = _remembered["migrated"]
    return Finding("migrations", is_well=migrated, word="ok" if migrated else "missing")


def probe_redis() -> Finding:
    """Reported, not needed: without it the sweep finds every row, only later (D2)."""
    url = settings.REDIS_URL.replace("redis+socket://", "unix://", 1)
    try:
        with redis.Redis.from_url(
            url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
        ) as client:
            client.ping()
    except (redis.RedisError, OSError):
        return Finding("redis", is_well=False, word="down", is_needed=False)
    return Finding("redis", is_well=True, word="ok", is_needed=False)


def probe_sweep() -> Finding:
    """Reported, not needed: taking web hosts out would not make the clocks run again."""
    beat = Heartbeat.objects.filter(name="sweep").first()
    if beat is None:
        return Finding("sweep", is_well=False, word="never ran", is_needed=False)
    age = timezone.now() - beat.at
    word = "ok" if age <= MAX_SWEEP_AGE else f"{age.total_seconds():.0f} s ago"
    return Finding("sweep", is_well=age <= MAX_SWEEP_AGE, word=word, is_needed=False)


def probe_deliveries() -> Finding:
    """Reported, not needed: how long the oldest delivery has waited to be understood."""
    return _waits("deliveries", deliveries_queue())


def probe_notices() -> Finding:
    """Reported, not needed: how long the oldest notice has waited to be sent."""
    return _waits("notices", notices_queue())


def probe_channels() -> Finding:
    """Reported, not needed: notices that wait for channels which fail again and again."""
    held = held_notices_queue().waiting
    word = f"notices that wait for failing channels: {held}" if held else "ok"
    return Finding("channels", is_well=not held, word=word, is_needed=False)


def probe_tools() -> Finding:
    """Reported, not needed: tools whose API has failed for more than an hour."""
    failing = tools_in_trouble(now=timezone.now())
    word = f"tools whose API fails: {failing}" if failing else "ok"
    return Finding("tools", is_well=not failing, word=word, is_needed=False)


def _waits(name: str, queue: Queue) -> Finding:
    age = queue.age(timezone.now())
    word = "ok" if age <= MAX_WAIT else f"oldest waits {age.total_seconds():.0f} s"
    return Finding(name, is_well=age <= MAX_WAIT, word=word, is_needed=False)


def _ask(name: str, probe: Callable[[], Finding]) -> Finding:
    try:
        return probe()
    except (Error, OSError):
        log.warning("readiness: %s does not answer", name, exc_info=True)
        connection.close()
        return Finding(name, is_well=False, word="down")


_remembered = {"migrated": False}
# Asked in this order; the name stands in the answer when a probe cannot even say so itself.
PROBES: dict[str, Callable[[], Finding]] = {
    "database": probe_database,
    "migrations": probe_migrations,
    "redis": probe_redis,
    "sweep": probe_sweep,
    "deliveries": probe_deliveries,
    "notices": probe_notices,
    "channels": probe_channels,
    "tools": probe_tools,
}
