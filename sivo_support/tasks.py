"""What needs both rooms: figures that tickets read from a tool go into shadow runs of the SLA."""

import logging
from datetime import datetime

from celery import shared_task

from sla.models import ShadowRun
from sla.operations.tools.compare_shadow import compare_run
from sla.operations.tools.shadow_runs import keep_reading, keep_schedules, note_trouble
from sla.queries.tools.shadow import due_runs, threads_to_read
from sla.queries.tools.shadow_schedules import wants_schedules
from tickets.domain.tool_request import ToolAway, ToolTrouble
from tickets.models.advisory import alone
from tickets.operations.read_figures import read_figures, read_schedules
from tickets.queries import database_now

logger = logging.getLogger(__name__)

# One more than is read in a turn: then it is known that there are more.
_THREADS = 51


@shared_task(name="sivo_support.read_shadow_figures")
def read_shadow_figures() -> int:
    """Reads the tools of the shadow runs that are due, and compares; how many were read."""
    return sum(_read_safely(run) for run in due_runs(database_now()))


def _read_safely(run: ShadowRun) -> bool:
    """A run that breaks must not cost the others their turn, nor be tried all the time."""
    try:
        return read_shadow_run(run)
    except Exception as error:
        logger.exception("shadow run %s cannot be read", run.pk)
        trouble = ToolTrouble(f"what the tool told could not be kept ({type(error).__name__})")
        note_trouble(run_id=run.pk, trouble=trouble, now=database_now())
        return False


def read_shadow_run(run: ShadowRun) -> bool:
    """One turn of one run; False when another worker is at it, or the tool told nothing."""
    with alone(f"shadow run {run.pk}") as mine:
        if not mine:
            return False
        # Their figures are as of this moment: what they learn meanwhile comes with the next turn.
        now = database_now()
        try:
            read = read_figures(
                source_id=run.source_id,
                since=run.began_at,
                cursor=run.cursor,
                threads=threads_to_read(run, most=_THREADS),
                now=now,
            )
        except ToolTrouble as trouble:
            note_trouble(run_id=run.pk, trouble=trouble, now=now)
            return False
        keep_reading(run_id=run.pk, read=read, now=now)
        if wants_schedules(run, now):
            _read_schedules(run, now)
        compare_run(run_id=run.pk, now=now)
        return True


def _read_schedules(run: ShadowRun, now: datetime) -> None:
    """Without them the figures are compared all the same, with less that is explained."""
    try:
        found = read_schedules(source_id=run.source_id, now=now)
    except ToolAway:
        # With the next turn.
        return
    except ToolTrouble as trouble:
        keep_schedules(run_id=run.pk, schedules=(), trouble=str(trouble), now=now)
    else:
        keep_schedules(run_id=run.pk, schedules=found, trouble="", now=now)
