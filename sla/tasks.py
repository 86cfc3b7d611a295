"""Celery's part in the promises: the sweep."""

from celery import shared_task

from sla.operations.sweep import sweep


@shared_task(name="sla.sweep", expires=10)
def sweep_clocks() -> dict[str, int]:
    """Reads every clock that is due; the counts."""
    swept = sweep()
    return {"read": swept.read, "failed": swept.failed}
