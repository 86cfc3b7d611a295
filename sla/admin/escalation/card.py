"""The escalations of one ticket for its page: what fired, who was told, and who is on it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Max
from django.utils.safestring import SafeString

from sla.admin.escalation.notice_words import notice_mark, told_whom
from sla.models import Acknowledgement, Escalation
from sla.operations.escalation.acknowledge import escalated_clocks
from tickets.models import Ticket
from tickets.queries import person_name

_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldView:
    """Somebody who was told, and whether the notice left."""

    whom: str
    mark: SafeString


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationView:
    """One step that has fired, with whom it told."""

    escalation: Escalation
    told: Sequence[ToldView]


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationCard:
    """The newest steps first; `taken` is the newest acknowledgement of the ticket.

    `is_open`: a clock of which somebody was told still runs, and nobody said since then that they
    are on it.
    """

    views: Sequence[EscalationView]
    more: int
    taken: Acknowledgement | None
    taken_by: str
    is_open: bool


def escalation_card(ticket: Ticket) -> EscalationCard | None:
    """What the page says of escalations; None when there were none."""
    mine = Escalation.objects.filter(clock__ticket=ticket)
    rows = list(
        mine.select_related("clock")
        .prefetch_related("notices__recipient", "notices__channel")
        .order_by("-fired_at", "-pk")[:_SHOWN]
    )
    if not rows:
        return None
    taken = (
        Acknowledgement.objects.filter(clock__ticket=ticket)
        .select_related("by")
        .order_by("-at", "-pk")
        .first()
    )
    running = [clock.pk for clock in escalated_clocks(ticket.pk)]
    newest = mine.filter(clock__in=running).aggregate(at=Max("fired_at"))["at"]
    return EscalationCard(
        views=[_view(row) for row in rows],
        more=mine.count() - len(rows),
        taken=taken,
        taken_by=person_name(taken.by) if taken else "",
        is_open=newest is not None and (taken is None or taken.at < newest),
    )


def _view(row: Escalation) -> EscalationView:
    return EscalationView(
        escalation=row,
        told=[
            ToldView(whom=told_whom(notice), mark=notice_mark(notice))
            for notice in row.notices.all()
        ],
    )
