"""Celery's part in the promises: the sweep, and the notices that wait."""

import logging

from celery import shared_task

from sla.operations.send_notices import has_due, send_notices
from sla.operations.sweep import sweep
from tickets.queries import database_now

logger = logging.getLogger(__name__)


@shared_task(name="sla.send_notices", expires=10)
def send_waiting_notices() -> int:
    """Sends the notices that are due; the number that left."""
    return send_notices(clock=database_now)


@shared_task(name="sla.sweep", expires=10)
def sweep_clocks() -> dict[str, int]:
    """Reads every clock that is due; the counts."""
    swept = sweep()
    if has_due(now=database_now()):
        _wake_notices()
    return {"read": swept.read, "failed": swept.failed}


def _wake_notices() -> None:
    try:
        send_waiting_notices.apply_async(retry=False, expires=10)
    except Exception:  # noqa: BLE001  (any trouble of the broker: the schedule sends them)
        logger.warning("the broker could not be reached; the schedule will send the notices")
