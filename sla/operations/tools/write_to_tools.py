"""The outbox of the tools: claimed, written side by side, each written down as soon as it is done.

Rows are claimed and written down here; one thread per source talks to its tool and knows no
database. What a tool shows is written again without harm; a note may come twice when this process
dies between the tool's answer and the row.
"""

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import random
from time import monotonic

from django.conf import settings
from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, F, Q

from sla.domain.escalation.notice import MAX_ATTEMPTS
from sla.domain.tools.display import Display
from sla.domain.tools.shown import Shown
from sla.models import ToolDisplay, ToolUpdate, UpdateKind, UpdateState
from sla.notifiers.tools.driver import Say, Show
from sla.notifiers.tools.table import WRITERS, wanted_of
from sla.notifiers.tools.wording import NoteFacts, note_text
from sla.notifiers.tools.writer import Target
from sla.operations.tools.follow_displays import follow_displays
from sla.operations.tools.tool_outcomes import (
    Outcome,
    give_up_worn_out,
    leave_unsaid,
    write_down,
)
from sla.queries.tools.displays import ticket_link, writing_accesses
from tickets.domain.tool_request import NotThere, ToolAccount, ToolAway, ToolRefused
from tickets.models import ToolAccess
from tickets.models.advisory import alone
from tickets.outbound.own_note import mark_of
from tickets.outbound.reach import Reach
from tickets.outbound.tool_api import ToolApi

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]

# At most so many of one source in one round: two a second, one round being due each five.
_CLAIM = 10
# Longer than a task may run (CELERY_TASK_TIME_LIMIT): who claimed it is gone by then.
_LEASE = timedelta(seconds=90)
# What was begun last has its own limits, call by call.
_GRACE_SECONDS = 25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A claimed row, and what writes it."""

    row: ToolUpdate
    task: Show | Say


def write_to_tools(*, clock: Clock, seconds: float = 12.0) -> int:
    """Writes what is due into the tools; the number of rows that were written.

    `clock` tells the present (UTC, the database's). Begins nothing new after `seconds`.
    """
    follow_displays(now=clock())
    return _Round(clock, seconds).run()


class _Round:
    """One round of the outbox: a line for each source, and what comes back from them."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._ends = monotonic() + seconds
        # An outcome, or None when a line is at its end.
        self._came: queue.SimpleQueue[Outcome | None] = queue.SimpleQueue()
        self._locks = ExitStack()

    def run(self) -> int:
        """Until every line is at its end, or has had its time: its leases then end."""
        with self._locks:
            return self._run()

    def _run(self) -> int:
        lines = sum(self._start_safely(access) for access in _open_accesses(self._clock()))
        written = 0
        while lines:
            try:
                came = self._came.get(timeout=max(0.1, self._ends + _GRACE_SECONDS - monotonic()))
            except queue.Empty:
                logger.warning("%s tools hang and are left behind", lines)
                break
            if came is None:
                lines -= 1
            else:
                written += self._note(came)
        return written

    def _note(self, outcome: Outcome) -> bool:
        """What one row cannot be told of must not cost the others theirs: its lease repeats it."""
        try:
            return write_down(outcome, now=self._clock(), luck=random())  # noqa: S311
        except Exception:
            logger.exception("what became of update %s is not known", outcome.row.pk)
            return False

    def _start_safely(self, access: ToolAccess) -> bool:
        """A source that cannot be started must not cost the others their turn."""
        try:
            return self._start(access)
        except Exception:
            logger.exception("nothing can be written into the tool of %s", access.source_id)
            return False

    def _start(self, access: ToolAccess) -> bool:
        display = ToolDisplay.objects.filter(source=access.source_id).select_related("source")
        found = display.first()
        if found is None or found.is_held(self._clock()):
            return False
        # A tool that is slow holds one worker, not all of them: others have clocks to watch.
        if not self._locks.enter_context(alone(f"deadlines into {access.source_id}")):
            return False
        # Before anything is claimed: a token that cannot be decrypted uses up no attempt.
        account = access.credentials()
        rows = claim(access, self._clock())
        jobs = [job for row in rows if (job := self._job(row, found.value(), access.account))]
        if not jobs:
            return False
        threading.Thread(
            target=self._write_all, args=[account, jobs], name="tool", daemon=True
        ).start()
        return True

    def _job(self, row: ToolUpdate, display: Display, account: str) -> Job | None:
        try:
            return Job(row=row, task=task_of(row, display, account))
        except Exception as error:
            logger.exception("update %s cannot be written", row.pk)
            self._note(Outcome(row=row, error=error))
            return None

    def _write_all(self, account: ToolAccount, jobs: Sequence[Job]) -> None:
        """In a thread of its own, without the database: one after the other."""
        stopped = False
        try:
            api = ToolApi(account, reach=tool_reach())
            for job in jobs:
                if stopped or monotonic() > self._ends:
                    self._came.put(Outcome(row=job.row, tried=False))
                    continue
                error = _try(job, api)
                self._came.put(Outcome(row=job.row, error=error))
                # A tool that is away or refuses us is not asked for the next one at once.
                stopped = isinstance(error, ToolAway) or _is_shut(error)
        finally:
            # Whatever happened: the round waits for this.
            self._came.put(None)


def task_of(row: ToolUpdate, display: Display, account: str) -> Show | Say:
    """What writes a row; no network."""
    writer = WRITERS[display.kind]
    target = Target(thread=row.ticket.thread, account=account)
    shown, link = Shown.from_json(row.wanted), ticket_link(row.ticket_id)
    if row.kind == UpdateKind.STATE:
        return Show(writer=writer, target=target, wanted=wanted_of(shown, display, link))
    facts = NoteFacts(
        kind=row.kind,
        shown=shown,
        reference=row.ticket.reference,
        link=link,
        language=display.language,
        zone=display.zone,
    )
    mark = mark_of(row.source_id, row.ticket.thread, row.kind.replace("_", "-"))
    return Say(writer=writer, target=target, text=note_text(facts, mark))


def tool_reach() -> Reach:
    """What an operator lets us call besides public addresses."""
    return Reach(private_hosts=frozenset(settings.TOOL_PRIVATE_HOSTS))


def _open_accesses(now: datetime) -> list[ToolAccess]:
    """Those of tools that may be called now."""
    return list(writing_accesses().exclude(open_until__gt=now).order_by("pk"))


@transaction.atomic
def claim(access: ToolAccess, now: datetime) -> list[ToolUpdate]:
    """Some due rows of a source, ours alone until their lease ends."""
    due = (
        ToolUpdate.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("ticket", "clock")
        .filter(source=access.source_id, state=UpdateState.WAITING, next_attempt_at__lte=now)
    )
    # What failed already comes last: one ticket in trouble must not hold up the others.
    failed = ExpressionWrapper(~Q(trouble=""), output_field=BooleanField())
    found = list(due.order_by(failed, "next_attempt_at", "pk")[:_CLAIM])
    overtaken = [row for row in found if _is_overtaken(row)]
    leave_unsaid(overtaken)
    worn_out = [row for row in found if row.attempts >= MAX_ATTEMPTS]
    give_up_worn_out([row for row in worn_out if row not in overtaken])
    claimed = [row for row in found if row not in overtaken and row not in worn_out]
    ToolUpdate.objects.filter(pk__in=[row.pk for row in claimed]).update(
        claim=F("claim") + 1, attempts=F("attempts") + 1, next_attempt_at=now + _LEASE
    )
    for row in claimed:
        row.claim += 1
        row.attempts += 1
    return claimed


def _is_overtaken(row: ToolUpdate) -> bool:
    """A warning that could not be written in time warns of nothing any more."""
    if row.clock is None:
        return False
    is_over = row.clock.void or row.clock.ended_at is not None
    return is_over or (row.kind == UpdateKind.AT_RISK and row.clock.breached_at is not None)


def _try(job: Job, api: ToolApi) -> Exception | None:
    try:
        job.task.write(api.ask)
    except Exception as error:  # noqa: BLE001  (whatever it is, the row must not be lost)
        return error
    return None


def _is_shut(error: Exception | None) -> bool:
    # Of one ticket that is closed or gone the next one knows nothing.
    if isinstance(error, NotThere):
        return False
    return isinstance(error, ToolRefused) and error.status in {0, 401}
