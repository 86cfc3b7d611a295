"""Celery's part in the conversation: draining rows, and waking the one who does."""

import logging
import secrets
import threading
import time
from collections.abc import Sequence
from typing import Any

from celery import shared_task
from django.db import InterfaceError, OperationalError, close_old_connections, transaction
from django.utils import timezone

from tickets.inbound.imap import Timeouts
from tickets.operations.api.calls import forget_old_calls
from tickets.operations.incoming.claim import claim_deliveries, claim_one_again
from tickets.operations.incoming.process import process_deliveries
from tickets.operations.looks.look_at_tools import look_at_tools
from tickets.operations.mailboxes.folder_locks import FolderLocks
from tickets.operations.mailboxes.read_mailboxes import ReadState, read_folder_once, stale_folders
from tickets.operations.outgoing.outbox import send_waiting
from tickets.operations.outgoing.tool_outbox import send_through_tools
from tickets.operations.retention import erase_old_deliveries
from tickets.operations.severity.audit import draw_audit
from tickets.operations.severity.retrain import retrain_severity
from tickets.queries import database_now

logger = logging.getLogger(__name__)

_BUDGET_SECONDS = 20.0
_CLAIM = 100
# Short enough for a last slow answer before Celery ends the task.
_POLL_TIMEOUTS = Timeouts(connect=8.0, answer=12.0)


@shared_task(name="tickets.drain_deliveries", acks_late=False)
def drain_deliveries() -> int:
    """Processes waiting deliveries until none is due; the number that it processed.

    By the database's clock, as the sweep: clocks are read and steps fire here too.
    """
    done = 0
    ends_at = time.monotonic() + _BUDGET_SECONDS
    while time.monotonic() < ends_at:
        new = _process(claim_deliveries(now=database_now(), limit=_CLAIM))
        again = _process(claim_one_again(now=database_now()))
        if not new + again:
            break
        done += new + again
    return done


def _process(claimed: Sequence[int]) -> int:
    try:
        process_deliveries(delivery_ids=claimed, now=database_now())
    except (OperationalError, InterfaceError):
        # They come back after their lease, one by one.
        logger.exception("deliveries %s wait: the database could not take them", claimed)
        close_old_connections()
    return len(claimed)


@shared_task(name="tickets.poll_mailboxes", acks_late=False)
def poll_mailboxes() -> int:
    """Reads the mail folders that no fetcher looks at; how many it read.

    A safety net: where `manage.py fetch_mail` runs, it finds nothing to do.
    """
    ends_at = time.monotonic() + _BUDGET_SECONDS
    locks, read = FolderLocks(), 0
    try:
        for folder in stale_folders(now=timezone.now()):
            if time.monotonic() > ends_at:
                break
            done = read_folder_once(
                folder=folder,
                locks=locks,
                clock=timezone.now,
                on_kept=wake_up,
                keep_going=lambda: time.monotonic() < ends_at,
                timeouts=_POLL_TIMEOUTS,
            )
            read += done.state in {ReadState.READ, ReadState.UNFINISHED}
    finally:
        locks.close()
    return read


@shared_task(name="tickets.look_at_tools", acks_late=False)
def look_at_lost() -> int:
    """Asks the tools that are due for what their webhooks lost; how many looks there were."""
    return look_at_tools(clock=database_now, on_kept=wake_up)


@shared_task(name="tickets.send_answers", acks_late=False)
def send_answers() -> int:
    """Sends the answers that wait in the outbox; the number that left.

    By the database's clock, as the sweep: a host whose clock is slow must not answer in time.
    """
    return send_waiting(clock=database_now)


# A look, the files of one answer and its message after the budget; shorter than its lease.
@shared_task(name="tickets.send_tool_answers", acks_late=False, soft_time_limit=80, time_limit=85)
def send_tool_answers() -> int:
    """Hands the answers that wait to the tools in which their conversations live; as above.

    A task of its own, so that no tool that hangs holds up a mail.
    """
    return send_through_tools(clock=database_now)


@shared_task(name="tickets.erase_old_deliveries")
def erase_deliveries() -> int:
    """Forgets the raw bodies that are older than the retention, and the API's old calls."""
    forget_old_calls(now=timezone.now())
    return erase_old_deliveries(now=timezone.now())


# Not acknowledged late: one that outlasts the broker's patience must not be given out again.
@shared_task(name="tickets.retrain_severity", acks_late=False, soft_time_limit=240, time_limit=270)
def retrain() -> str:
    """Learns from the corrections of the day; what came of it."""
    return retrain_severity(now=timezone.now()).outcome.value


@shared_task(name="tickets.draw_severity_audit")
def draw_severity_audit() -> bool:
    """Draws the audit of last week unless that was done."""
    return draw_audit(now=timezone.now(), seed=secrets.randbits(62)) is not None


class _Bell:
    """Wakes a worker at most once per 100 ms and process, off the request's own thread.

    A dead broker costs nothing here: the row waits and the schedule drains it.
    """

    def __init__(self, *tasks: Any) -> None:
        """Rings for tasks that drain rows."""
        self._tasks = tasks
        self._wanted = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def ring(self) -> None:
        """Asks for a wake-up soon; returns at once."""
        with self._lock:
            # After a fork the thread is gone, though the object is not.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="wake-up", daemon=True)
                self._thread.start()
        self._wanted.set()

    def _run(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            try:
                for task in self._tasks:
                    task.apply_async(retry=False, expires=30)
            except Exception:  # noqa: BLE001  (any trouble of the broker: the schedule drains)
                logger.warning("the broker could not be reached; the schedule will drain")
            time.sleep(0.1)


_delivery_bell = _Bell(drain_deliveries)
_answer_bell = _Bell(send_answers, send_tool_answers)


def wake_up() -> None:
    """Wakes a worker for new deliveries once the present transaction is committed."""
    transaction.on_commit(_delivery_bell.ring)


def wake_outbox() -> None:
    """Wakes a worker for a new answer once the present transaction is committed."""
    transaction.on_commit(_answer_bell.ring)
