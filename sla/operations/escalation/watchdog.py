"""The watchdog: looks each minute whether what fired is what should have, and says so outside."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import requests

from sla.domain.clocks.clock import ClockState
from sla.domain.clocks.ledger import EntryKind
from sla.models import Clock, ClockEntry, Escalation, Heartbeat
from sla.operations.escalation.audit_escalations import (
    BATCH,
    STALE_FOR,
    AuditedSteps,
    StepDifference,
    audit_tickets,
)
from sla.operations.heartbeat import beat
from sla.queries.queues import dead_notices, notices_queue, stale_tickets

logger = logging.getLogger(__name__)

WATCHDOG: Final = "watchdog"
# Older than this, its last answer says nothing about now.
MOST_AGE = timedelta(minutes=5)
# Running clocks per round; all of them in turn, and what has just happened every time.
SLICE = 2_000
_LATELY = timedelta(minutes=10)
# What fired wrongly cannot be taken back: it counts for a day, then `audit_escalations` tells it.
_COUNTS = timedelta(days=1)
_SUSPECTS = 200
_SWEEP_AGE = timedelta(seconds=60)
_UNSENT = timedelta(minutes=15)
# To connect, and for each part of the answer.
_TIMEOUTS = (3.05, 5.0)
_WELL = range(200, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What one round found; `troubles` are codes, empty when all is well."""

    clocks: int
    differences: tuple[StepDifference, ...]
    troubles: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether the world may be told that all is well."""
        return not self.troubles


def watch(*, now: datetime) -> Watched:
    """One round (`now` by the database's clock); stores what it found as a heartbeat."""
    last = Heartbeat.objects.filter(name=WATCHDOG).first()
    detail: Mapping[str, Any] = last.detail if last else {}
    running, cursor = _slice(int(detail.get("cursor", 0)))
    tickets = sorted({*running, *_just_happened(now), *map(int, detail.get("suspects", ()))})
    audited = AuditedSteps()
    found = tuple(
        each
        for first in range(0, len(tickets), BATCH)
        for each in audit_tickets(tickets[first : first + BATCH], audited, now=now)
        if _counts(each, now)
    )
    suspects = set(
        Clock.objects.filter(pk__in={each.clock for each in found if each.clock}).values_list(
            "ticket_id", flat=True
        )
    )
    troubles = [*(["escalations"] if found else []), *_troubles_around(now)]
    for each in found[:5]:
        logger.error("clock %s, step %s: %s", each.clock, each.step, each.what)
    beat(
        name=WATCHDOG,
        now=now,
        detail={
            "agrees": not troubles,
            "troubles": troubles,
            "clocks": audited.clocks,
            "differences": len(found),
            "cursor": cursor,
            "suspects": sorted(suspects)[:_SUSPECTS],
        },
    )
    return Watched(clocks=audited.clocks, differences=found, troubles=tuple(troubles))


def _slice(cursor: int) -> tuple[set[int], int]:
    """The tickets of the next running clocks, and where to go on; 0 begins again."""
    rows = Clock.objects.filter(
        state__in=[ClockState.RUNNING, ClockState.PAUSED], void=False, pk__gt=cursor
    )
    found = list(rows.order_by("pk").values_list("pk", "ticket_id")[:SLICE])
    last = found[-1][0] if len(found) == SLICE else 0
    return {ticket_id for _, ticket_id in found}, last


def _just_happened(now: datetime) -> set[int]:
    """The tickets of the clocks that fired or ended lately, the newest first."""
    fired = Escalation.objects.filter(fired_at__gt=now - _LATELY).order_by("-fired_at")
    ended = ClockEntry.objects.filter(
        kind__in=[EntryKind.MET, EntryKind.STOPPED_LATE, EntryKind.CANCELLED, EntryKind.BREACHED],
        at__gt=now - _LATELY,
    ).order_by("-at")
    found = set(fired.values_list("clock__ticket", flat=True)[:SLICE])
    return found | set(ended.values_list("clock__ticket", flat=True)[:SLICE])


def _counts(difference: StepDifference, now: datetime) -> bool:
    if difference.explanation:
        return False
    return difference.what in {"missing", "reading"} or difference.at > now - _COUNTS


def _troubles_around(now: datetime) -> list[str]:
    """What makes an agreement worthless: nobody sweeps or reads clocks, or nothing is sent."""
    sweep = Heartbeat.objects.filter(name="sweep").first()
    troubles = []
    if sweep is None or now - sweep.at > _SWEEP_AGE:
        troubles.append("sweep")
    if notices_queue().age(now) > _UNSENT:
        troubles.append("notices")
    if stale_tickets(before=now - STALE_FOR):
        troubles.append("stale")
    if dead_notices(since=now - _COUNTS):
        troubles.append("given up")
    return troubles


def call_heartbeat(url: str) -> bool:
    """Asks the address with GET; whether it answered well. Never raises, never waits for long.

    The address holds a secret, so it stays out of the log.
    """
    try:
        with requests.get(url, timeout=_TIMEOUTS, allow_redirects=False, stream=True) as answer:
            if answer.status_code in _WELL:
                return True
            logger.warning("the heartbeat's address answers %s", answer.status_code)
    except requests.RequestException as error:
        logger.warning("the heartbeat's address cannot be reached: %s", type(error).__name__)
    return False
