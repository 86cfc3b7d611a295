"""Celery's part in the promises: sweep, notices, tools, webhooks, duty, the watchdog."""

import logging

from celery import shared_task
from django.conf import settings

from sla.models import Rota
from sla.operations.clocks.sweep import sweep
from sla.operations.duty.check_coverage import WARN_DAYS, check_coverage
from sla.operations.duty.read_feed import FeedMissing, read_rota_feed
from sla.operations.escalation.send_notices import has_due, send_notices
from sla.operations.escalation.store_lag import store_lag
from sla.operations.escalation.watchdog import call_heartbeat, watch
from sla.operations.hooks.call_hooks import call_hooks
from sla.operations.hooks.forget_calls import forget_old_calls
from sla.operations.tools.write_to_tools import write_to_tools
from tickets.queries import database_now

logger = logging.getLogger(__name__)


@shared_task(name="sla.send_notices", acks_late=False)
def send_waiting_notices() -> int:
    """Sends the notices that are due; the number that left."""
    return send_notices(clock=database_now)


@shared_task(name="sla.write_to_tools", acks_late=False)
def write_deadlines_to_tools() -> int:
    """Writes deadlines that are due into the tools; how many rows were written."""
    return write_to_tools(clock=database_now)


@shared_task(name="sla.call_hooks", acks_late=False)
def call_waiting_hooks() -> int:
    """Makes the calls of webhooks that are due; the number that was taken."""
    return call_hooks(clock=database_now)


@shared_task(name="sla.forget_hook_calls")
def forget_hook_calls() -> int:
    """Deletes what webhooks were told more than thirty days ago; how many calls."""
    return forget_old_calls(now=database_now())


@shared_task(name="sla.sweep", acks_late=False)
def sweep_clocks() -> dict[str, int]:
    """Reads every clock that is due; the counts."""
    swept = sweep()
    if has_due(now=database_now()):
        _wake_notices()
    return {"read": swept.read, "failed": swept.failed}


@shared_task(name="sla.watch", acks_late=False)
def watch_escalations() -> bool:
    """Whether escalations and log agree; only then the heartbeat leaves."""
    agrees = watch(now=database_now()).agrees
    if agrees and settings.HEARTBEAT_URL:
        call_heartbeat(settings.HEARTBEAT_URL)
    return agrees


@shared_task(name="sla.store_lag")
def store_lag_of_past_hours() -> int:
    """Stores how late the hours were that are over; how many."""
    return store_lag(now=database_now())


def _wake_notices() -> None:
    try:
        send_waiting_notices.apply_async(retry=False, expires=10)
    except Exception:  # noqa: BLE001  (any trouble of the broker: the schedule sends them)
        logger.warning("the broker could not be reached; the schedule will send the notices")


@shared_task(name="sla.check_coverage")
def check_duty_coverage(warn_days: int = WARN_DAYS) -> int:
    """Warns of promised time to come that nobody covers; the number of stretches."""
    return len(check_coverage(now=database_now(), warn_days=warn_days).stretches)


@shared_task(name="sla.read_duty_feeds")
def read_duty_feeds() -> int:
    """Has the feed of each rota read, each in a task of its own: one that hangs stops no other."""
    rotas = list(Rota.objects.filter(is_active=True).exclude(ical_url=""))
    for rota in rotas:
        read_duty_feed.apply_async((rota.pk,), expires=600)
    return len(rotas)


# Not acknowledged late: one that is killed is read again by the next round, not at once.
@shared_task(name="sla.read_duty_feed", acks_late=False)
def read_duty_feed(rota_id: int) -> str:
    """Reads one rota's feed; what is wrong with it, if anything."""
    try:
        return read_rota_feed(rota_id=rota_id, now=database_now()).error
    except FeedMissing:
        logger.info("rota %s has no feed any more", rota_id)
        return ""
