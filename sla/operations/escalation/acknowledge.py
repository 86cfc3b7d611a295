"""Somebody is on it: an acknowledgement of escalated clocks, from a link or from the desk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from sla.domain.clocks.clock import ClockState
from sla.domain.escalation.words import Outcome
from sla.models import AcknowledgedVia, Acknowledgement, Clock, Notice, NoticeKind
from sla.notifiers.links import is_expired
from sla.queries.escalation.notices import clocks_of_notice
from tickets.models import Ticket

_UNFINISHED = (ClockState.RUNNING, ClockState.PAUSED)


class NothingToAcknowledge(ValueError):
    """No escalated clock of this ticket is still running."""


class LinkState(Enum):
    """What a link can still do."""

    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    """A link as it stands: `taken` are the acknowledgements that were made with it."""

    state: LinkState
    taken: Sequence[Acknowledgement] = ()


def look_at_link(*, notice: Notice, now: datetime) -> LinkView:
    """What the link of a notice can do at `now` (UTC); changes nothing, however often."""
    taken = list(notice.acknowledgements.select_related("by").order_by("at", "pk"))
    if taken:
        return LinkView(state=LinkState.USED, taken=taken)
    left = notice.recipient is not None and not notice.recipient.is_active
    if left or is_expired(notice.created_at, now):
        return LinkView(state=LinkState.EXPIRED)
    if not _unfinished(notice).exists():
        return LinkView(state=LinkState.OVER)
    return LinkView(state=LinkState.OPEN)


@transaction.atomic
def acknowledge_by_link(*, notice: Notice, now: datetime) -> LinkView:
    """Uses the link of a notice, once; afterwards, and where it is of no use, only looks at it.

    Locks the tickets first (D4), so that the sweep sees it or waits for it.
    """
    _lock({clock.ticket_id for clock in _unfinished(notice)})
    # Under the locks: two clicks at once are one.
    found = look_at_link(notice=notice, now=now)
    if found.state is not LinkState.OPEN:
        return found
    _store(
        list(_unfinished(notice)),
        by=notice.recipient,
        via=AcknowledgedVia.LINK,
        notice=notice,
        now=now,
    )
    return look_at_link(notice=notice, now=now)


@transaction.atomic
def acknowledge_ticket(*, ticket_id: int, user: User, now: datetime) -> int:
    """Acknowledges all escalated clocks of a ticket that still run; how many.

    Raises NothingToAcknowledge.
    """
    _lock({ticket_id})
    clocks = escalated_clocks(ticket_id)
    if not clocks:
        raise NothingToAcknowledge(NothingToAcknowledge.__doc__)
    _store(clocks, by=user, via=AcknowledgedVia.ADMIN, notice=None, now=now)
    return len(clocks)


def escalated_clocks(ticket_id: int) -> list[Clock]:
    """The clocks of a ticket that still run and of which somebody was told, or should have been."""
    rows = Clock.objects.filter(
        ticket=ticket_id,
        void=False,
        state__in=_UNFINISHED,
        escalations__outcome__in=[Outcome.FIRED, Outcome.EMPTY],
    )
    return list(rows.distinct().order_by("pk"))


def _unfinished(notice: Notice) -> QuerySet[Clock]:
    if notice.kind not in {NoticeKind.ESCALATION, NoticeKind.DIGEST}:
        return Clock.objects.none()
    return clocks_of_notice(notice).filter(void=False, state__in=_UNFINISHED)


def _lock(ticket_ids: set[int]) -> None:
    rows = Ticket.objects.select_for_update(of=("self",)).filter(pk__in=ticket_ids)
    list(rows.order_by("pk").values_list("pk", flat=True))


def _store(
    clocks: Sequence[Clock], *, by: User | None, via: str, notice: Notice | None, now: datetime
) -> None:
    Acknowledgement.objects.bulk_create(
        Acknowledgement(clock=clock, at=now, by=by, via=via, notice=notice) for clock in clocks
    )
