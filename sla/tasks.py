"""Celery's part in the promises: the sweep, the rotas' feeds, and the check of the coverage."""

import logging

from celery import shared_task

from sla.models import Rota
from sla.operations.check_coverage import WARN_DAYS, check_coverage
from sla.operations.read_feed import FeedMissing, read_rota_feed
from sla.operations.sweep import sweep
from tickets.queries import database_now

logger = logging.getLogger(__name__)


@shared_task(name="sla.sweep", expires=10)
def sweep_clocks() -> dict[str, int]:
    """Reads every clock that is due; the counts."""
    swept = sweep()
    return {"read": swept.read, "failed": swept.failed}


@shared_task(name="sla.check_coverage")
def check_duty_coverage(warn_days: int = WARN_DAYS) -> int:
    """Warns of promised time to come that nobody covers; the number of stretches."""
    return len(check_coverage(now=database_now(), warn_days=warn_days).stretches)


@shared_task(name="sla.read_duty_feeds", expires=600)
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
