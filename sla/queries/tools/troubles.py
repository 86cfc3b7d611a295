"""What is wrong with the deadlines in a source's tool, or with its shadow run; only reads."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Min, Q
from django.utils.translation import gettext_lazy as _

from sla.models import ShadowRun, ToolDisplay, ToolUpdate, UpdateState
from sla.queries.tools.displays import writing_accesses
from tickets.domain.source_troubles import SourceTrouble

# What is away for a moment, or has just been wanted, needs nobody.
PATIENCE: Final = timedelta(hours=1)
_REFUSED: Final = _("The tool has refused deadlines of ours for %(time)s: %(reason)s.")
_UNWRITTEN: Final = _("Deadlines have waited for %(time)s to be written into the tool: %(reason)s.")
_UNREAD: Final = _("The shadow run has not read the tool for %(time)s: %(reason)s.")
_NOBODY_TRIES: Final = "nobody tries: does the worker run? If it does, enter the token anew"


def troubles_of_tools(
    sources: Collection[UUID], now: datetime
) -> Mapping[UUID, list[SourceTrouble]]:
    """What somebody should know of, by source, in three queries however many they are."""
    found: dict[UUID, list[SourceTrouble]] = {}
    for source, trouble in (*_of_displays(sources, now), *_of_runs(sources, now)):
        found.setdefault(source, []).append(trouble)
    return found


def _of_displays(sources: Collection[UUID], now: datetime) -> Iterator[tuple[UUID, SourceTrouble]]:
    """A tool that refuses us is told at once, one that is away after a while."""
    displays = ToolDisplay.objects.filter(
        source__in=writing_accesses().filter(source__in=sources).values("source")
    )
    waiting = _oldest_waiting([row.source_id for row in displays], now)
    for row in displays:
        oldest = waiting.get(row.source_id)
        if row.trouble:
            yield (
                row.source_id,
                SourceTrouble(
                    kind="display",
                    sentence=_REFUSED,
                    reason=row.trouble,
                    at=row.trouble_since or now,
                    retry_at=row.held_until if row.is_held(now) else None,
                ),
            )
        elif oldest is not None and now - (row.written_at or oldest[0]) >= PATIENCE:
            at, reason = oldest
            yield (
                row.source_id,
                SourceTrouble(kind="display", sentence=_UNWRITTEN, reason=reason, at=at),
            )


def _oldest_waiting(
    sources: Collection[UUID], now: datetime
) -> Mapping[UUID, tuple[datetime, str]]:
    """What was due and not tried, or was tried in vain, for a while: since when, and why."""
    if not sources:
        return {}
    untried = Q(next_attempt_at__lte=now - PATIENCE)
    failed = ~Q(trouble="") & Q(made_at__lte=now - PATIENCE)
    rows = (
        ToolUpdate.objects.filter(untried | failed, source__in=sources, state=UpdateState.WAITING)
        .order_by()
        .values("source", "trouble")
        .annotate(oldest_at=Min("made_at"))
        .order_by("-oldest_at")
    )
    # The oldest of each source comes last and stands.
    return {row["source"]: (row["oldest_at"], row["trouble"] or _NOBODY_TRIES) for row in rows}


def _of_runs(sources: Collection[UUID], now: datetime) -> Iterator[tuple[UUID, SourceTrouble]]:
    rows = ShadowRun.objects.filter(source__in=sources, ended_at=None).filter(
        ~Q(trouble="") | Q(next_read_at__lte=now - PATIENCE)
    )
    for run in rows:
        read_at = run.read_at or run.began_at
        if now - read_at >= PATIENCE:
            yield (
                run.source_id,
                SourceTrouble(
                    kind="shadow",
                    sentence=_UNREAD,
                    reason=run.trouble or _NOBODY_TRIES,
                    at=read_at,
                    retry_at=run.next_read_at,
                ),
            )
