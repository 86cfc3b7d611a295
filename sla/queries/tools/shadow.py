"""Shadow runs: which of them hold whom silent, what they found, and whether a team may switch."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from sla.domain.clocks.target import Metric
from sla.domain.tools.shadow_records import ShadowCause, Verdict
from sla.models import Basis, Clock, ShadowFigure, ShadowRun
from tickets.models import SourceKind, Ticket

# The tools that tell their own figures.
SHADOW_KINDS: Final = (SourceKind.ZENDESK, SourceKind.ZAMMAD)
QUIET_DAYS: Final = timedelta(days=7)
# Twice the time between two readings, and some room.
_FRESH: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many figures stand how beside each other; `by_cause` counts tickets, in its order."""

    open: int
    agree: int
    differ: int
    unexplained: int
    by_cause: Sequence[tuple[ShadowCause, int]]

    @property
    def decided(self) -> int:
        """Those that can be compared."""
        return self.agree + self.differ

    @property
    def ratio(self) -> float | None:
        """The share that agrees; None when nothing is decided."""
        return self.agree / self.decided if self.decided else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """Whether a team may switch; what is missing, where it may not."""

    is_ready: bool
    missing: Sequence[str]


def runs_over(ticket_ids: Collection[int]) -> Mapping[int, int]:
    """The open shadow run of each ticket's source, for those that have one; one query."""
    if not ticket_ids:
        return {}
    running = ShadowRun.objects.filter(source=OuterRef("source"), ended_at__isnull=True)
    rows = Ticket.objects.filter(Exists(running), pk__in=ticket_ids).order_by()
    found = dict(rows.values_list("pk", "source_id"))
    if not found:
        return {}
    runs = dict(
        ShadowRun.objects.filter(source__in=set(found.values()), ended_at__isnull=True)
        .order_by()
        .values_list("source_id", "pk")
    )
    return {ticket: runs[source] for ticket, source in found.items() if source in runs}


def due_runs(now: datetime) -> QuerySet[ShadowRun]:
    """The open runs whose tool is to be read now."""
    return (
        ShadowRun.objects.filter(ended_at__isnull=True)
        .filter(Q(next_read_at__isnull=True) | Q(next_read_at__lte=now))
        .order_by("next_read_at", "pk")
    )


def threads_to_read(run: ShadowRun, *, most: int) -> Sequence[str]:
    """The tool's ids of the run's tickets whose figure may still change, the longest unread first.

    A figure is final once it has an answer on both sides, or is gone.
    """
    mine = ShadowFigure.objects.filter(run=run, thread=OuterRef("thread"))
    final = mine.filter(Q(is_gone=True) | Q(answered_at__isnull=False)).exclude(
        verdict=Verdict.OPEN
    )
    rows = (
        Ticket.objects.filter(source=run.source_id, opened_at__gte=run.began_at)
        # All that can be asked for: what else may stand there must not crowd it out.
        .filter(thread__regex=r"^[0-9]{1,30}$")
        .exclude(Exists(final))
        .annotate(seen_at=mine.values("read_at")[:1])
        .order_by(F("seen_at").asc(nulls_first=True), "pk")
    )
    return list(rows.values_list("thread", flat=True)[:most])


def figures_to_compare(run: ShadowRun, *, most: int) -> Sequence[ShadowFigure]:
    """What was read, or whose clock was read, since it was compared last."""
    clocks = Clock.objects.filter(
        ticket=OuterRef("ticket"),
        basis=Basis.CONTRACT,
        metric=Metric.FIRST_RESPONSE,
        read_at__gt=OuterRef("compared_at"),
    )
    rows = run.figures.filter(
        Q(compared_at__isnull=True) | Q(read_at__gt=F("compared_at")) | Exists(clocks)
    )
    return list(rows.order_by("pk")[:most])


def counted_runs() -> QuerySet[ShadowRun]:
    """All runs, each with its counts `agree`, `differ` and `unexplained`: one query."""
    return ShadowRun.objects.select_related("source").annotate(
        agree=Count("figures", filter=Q(figures__verdict=Verdict.AGREES)),
        differ=Count("figures", filter=Q(figures__verdict=Verdict.DIFFERS)),
        unexplained=Count("figures", filter=Q(figures__is_unexplained=True)),
    )


def tally_of(run: ShadowRun) -> Tally:
    """The counts of one run."""
    counts = run.figures.aggregate(
        open=Count("pk", filter=Q(verdict=Verdict.OPEN)),
        agree=Count("pk", filter=Q(verdict=Verdict.AGREES)),
        differ=Count("pk", filter=Q(verdict=Verdict.DIFFERS)),
        unexplained=Count("pk", filter=Q(is_unexplained=True)),
    )
    causes: Counter[ShadowCause] = Counter()
    for differences in run.figures.filter(verdict=Verdict.DIFFERS).values_list(
        "differences", flat=True
    ):
        causes.update({ShadowCause(code) for each in differences for code in each["causes"]})
    order = list(ShadowCause)
    # What is not explained is said first, whatever its number.
    by_cause = sorted(causes.items(), key=lambda item: (item[0] is not order[0], -item[1]))
    return Tally(**counts, by_cause=by_cause)


def readiness_of(run: ShadowRun, now: datetime) -> Readiness:
    """Ready only when nothing was unexplained for seven days, of figures that are fresh."""
    until = run.ended_at or now
    tally = tally_of(run)
    missing = []
    if until - run.began_at < QUIET_DAYS:
        missing.append("young")
    if not tally.decided:
        missing.append("empty")
    fresh = run.read_at is not None and until - run.read_at <= _FRESH
    if run.trouble or not fresh:
        missing.append("stale")
    recent = run.figures.filter(is_unexplained=True)
    if recent.filter(
        Q(started_at__gte=until - QUIET_DAYS) | Q(started_at__isnull=True) | _open_question()
    ).exists():
        missing.append("unexplained")
    return Readiness(is_ready=not missing, missing=missing)


def _open_question() -> Q:
    """Of a ticket that nobody has answered there: it may still concern somebody."""
    return Q(answered_at__isnull=True, is_gone=False)
