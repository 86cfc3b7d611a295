"""Beginning and ending a shadow run, and keeping what was read in it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from sla.models import ShadowFigure, ShadowRun
from sla.queries.tools.shadow import SHADOW_KINDS
from tickets.domain.tool_figures import FiguresRead, ToolFigure
from tickets.domain.tool_request import ToolAway, ToolTrouble
from tickets.domain.tool_schedule import ToolSchedule
from tickets.models import Source, Ticket

EVERY: Final = timedelta(minutes=5)
_AT_ONCE: Final = timedelta(seconds=70)
_LONGEST: Final = timedelta(hours=1)
_FIELDS: Final = (
    *("ticket", "started_at", "due_at", "answered_at", "missed", "target_us"),
    *("in_business_hours", "has_target", "is_gone", "read_at"),
)


class NoFiguresThere(Exception):
    """This kind of source tells no figures of its own: there is nothing to compare with."""


class AlreadyInShadow(Exception):
    """A shadow run of this source is open: end it first."""


def begin_shadow_run(*, source: Source, user: User | None, now: datetime) -> ShadowRun:
    """From now on figures are compared, and nobody is told of the source's escalations.

    Raises NoFiguresThere, AlreadyInShadow.
    """
    if source.kind not in SHADOW_KINDS:
        raise NoFiguresThere(str(NoFiguresThere.__doc__))
    try:
        with transaction.atomic():
            return ShadowRun.objects.create(
                source=source, began_at=now, begun_by=user, next_read_at=now
            )
    except IntegrityError:
        raise AlreadyInShadow(str(AlreadyInShadow.__doc__)) from None


def end_shadow_run(*, run_id: int, user: User | None, now: datetime) -> bool:
    """People are told again, of what fires from now on; False when it had ended already."""
    return bool(
        ShadowRun.objects.filter(pk=run_id, ended_at__isnull=True).update(
            ended_at=now, ended_by=user, next_read_at=None
        )
    )


def keep_reading(*, run_id: int, read: FiguresRead, now: datetime) -> None:
    """Adds what one turn of reading told, and says when the next one is due."""
    with transaction.atomic():
        run = ShadowRun.objects.select_for_update().filter(pk=run_id, ended_at=None).first()
        if run is None:
            return
        _keep(run, read.figures, now)
        if read.is_all and read.cursor:
            # The stream told of nothing else up to now.
            run.figures.filter(answered_at__isnull=True).update(read_at=now)
        run.cursor, run.read_at = read.cursor, now
        run.next_read_at = now + (EVERY if read.is_all else _AT_ONCE)
        run.failures, run.trouble = 0, ""
        run.save(update_fields=["cursor", "read_at", "next_read_at", "failures", "trouble"])


def note_trouble(*, run_id: int, trouble: ToolTrouble, now: datetime) -> None:
    """The tool could not be read: says why, and leaves it alone for longer each time."""
    with transaction.atomic():
        run = ShadowRun.objects.select_for_update().filter(pk=run_id, ended_at=None).first()
        if run is None:
            return
        wait = min(EVERY * 2 ** min(run.failures, 6), _LONGEST)
        if isinstance(trouble, ToolAway) and trouble.after is not None:
            wait = min(max(timedelta(seconds=trouble.after), timedelta(seconds=1)), _LONGEST)
        run.failures, run.trouble = run.failures + 1, str(trouble)[:300]
        run.next_read_at = now + wait
        run.save(update_fields=["failures", "trouble", "next_read_at"])


def keep_schedules(
    *, run_id: int, schedules: Sequence[ToolSchedule], trouble: str, now: datetime
) -> None:
    """Their business hours as of now; others than before have all figures compared anew."""
    with transaction.atomic():
        run = ShadowRun.objects.select_for_update().filter(pk=run_id, ended_at=None).first()
        if run is None:
            return
        run.schedules_read_at, run.schedules_trouble = now, trouble[:300]
        told = [each.as_json() for each in schedules]
        # What was known before may still hold when they cannot be read today.
        if not trouble and told != run.schedules:
            run.schedules = told
            run.figures.update(compared_at=None)
        run.save(update_fields=["schedules", "schedules_read_at", "schedules_trouble"])


def _keep(run: ShadowRun, figures: Sequence[ToolFigure], now: datetime) -> None:
    threads = [each.thread for each in figures]
    known = {row.thread: row for row in run.figures.filter(thread__in=threads)}
    tickets = _tickets(run, threads)
    made, changed = [], []
    for figure in figures:
        row = known.get(figure.thread)
        if row is None and figure.started_at is None and not figure.is_gone:
            # It began before the run did.
            continue
        if row is None:
            row = ShadowFigure(run=run, thread=figure.thread)
            made.append(row)
        else:
            changed.append(row)
        row.ticket_id = row.ticket_id or tickets.get(figure.thread)
        _merge(row, figure, now)
    ShadowFigure.objects.bulk_create(made)
    ShadowFigure.objects.bulk_update(changed, _FIELDS)


def _tickets(run: ShadowRun, threads: Sequence[str]) -> Mapping[str, int]:
    rows = Ticket.objects.filter(source=run.source_id, thread__in=threads).order_by()
    return dict(rows.values_list("thread", "pk"))


def _merge(row: ShadowFigure, figure: ToolFigure, now: datetime) -> None:
    """What the reading did not say stays as it was."""
    if figure.withdraws_breach:
        row.due_at = row.missed = None
    for name in ("started_at", "due_at", "target_us", "in_business_hours", "missed"):
        said = getattr(figure, name)
        if said is not None:
            setattr(row, name, said)
    if figure.due_at is not None and figure.missed is None and figure.answered_at is None:
        # It was late, and a pause there has moved the deadline behind now.
        row.missed = None
    if figure.answered_at is not None:
        # The first of them stopped the clock, in whatever order they are told.
        row.answered_at = min(figure.answered_at, row.answered_at or figure.answered_at)
    row.has_target = row.has_target or figure.policy_seen
    row.is_gone = row.is_gone or figure.is_gone
    row.read_at = now
    if row.due_at is None and row.in_business_hours is False and row.started_at and row.target_us:
        row.due_at = row.started_at + timedelta(microseconds=row.target_us)
    if row.missed is None and row.answered_at is not None and row.has_target:
        row.missed = row.due_at is not None and row.answered_at > row.due_at
