"""What waits, and since when: the ages that readiness and the metrics tell."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from django.db.models import Count, Exists, Min, Model, OuterRef, Q, QuerySet

from sla.domain.clocks.clock import ClockState
from sla.domain.escalation.notice import BREAKS_AFTER
from sla.models import (
    CallState,
    Clock,
    Heartbeat,
    Hook,
    HookCall,
    Notice,
    NoticeItem,
    NoticeKind,
    NoticeState,
)
from tickets.models import Message, SendState, Ticket
from tickets.queries import waiting_deliveries

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """How much waits, and since when the oldest of it does."""

    waiting: int
    oldest_at: datetime | None

    def age(self, now: datetime) -> timedelta:
        """How long the oldest has waited; nothing when nothing waits."""
        return max(now - self.oldest_at, timedelta(0)) if self.oldest_at else timedelta(0)


def deliveries_queue() -> Queue:
    """What came in and is not understood yet."""
    return _queue(waiting_deliveries().order_by(), "stored_at")


# Its circuit is open, or half open: what waits for it says nothing about the service.
_RESTS: Final = Q(channel__failures__gte=BREAKS_AFTER)


def notices_queue() -> Queue:
    """What somebody should hear and has not been sent yet, but for what waits for a channel."""
    return _queue(_waiting_notices().exclude(_RESTS), "created_at")


def held_notices_queue() -> Queue:
    """What waits for channels that fail, and are left alone for a while each time they do."""
    return _queue(_waiting_notices().filter(_RESTS), "created_at")


def _waiting_notices() -> QuerySet[Notice]:
    return Notice.objects.filter(state=NoticeState.WAITING).order_by()


def answers_queue() -> Queue:
    """Answers to customers that have not been sent yet."""
    waiting = Message.objects.filter(send_state=SendState.WAITING)
    return _queue(waiting.order_by(), "at")


# It fails, or is off: what waits for it says nothing about the service.
_HELD: Final = (
    Q(hook__failures__gt=0) | Q(hook__is_active=False) | Q(hook__disabled_at__isnull=False)
)


def hook_calls_queue() -> Queue:
    """What programs should hear by webhook, but for what waits for receivers that fail."""
    return _queue(_waiting_calls().exclude(_HELD), "created_at")


def held_hook_calls_queue() -> Queue:
    """What waits for webhooks that fail, or that are switched off or disabled."""
    return _queue(_waiting_calls().filter(_HELD), "created_at")


def hook_calls_given_up() -> int:
    """Calls of webhooks that were given up and that nobody has sent again."""
    return HookCall.objects.filter(state=CallState.GIVEN_UP).count()


def disabled_hooks() -> int:
    """Webhooks that we call no more because they failed, or said so."""
    return Hook.objects.filter(is_active=True, disabled_at__isnull=False).count()


def _waiting_calls() -> QuerySet[HookCall]:
    return HookCall.objects.filter(state=CallState.WAITING).order_by()


def _queue(rows: QuerySet[M], since: str) -> Queue:
    found = rows.aggregate(waiting=Count("pk"), oldest_at=Min(since))
    return Queue(waiting=found["waiting"], oldest_at=found["oldest_at"])


def checks_queue(now: datetime) -> Queue:
    """Clocks whose next moment has come and that no sweep has read yet."""
    due = Clock.objects.filter(next_check_at__lte=now).order_by()
    return _queue(due, "next_check_at")


def notices_of_a_day(now: datetime) -> Mapping[str, int]:
    """Notices made in the last 24 hours, by state."""
    rows = Notice.objects.filter(created_at__gt=now - timedelta(days=1)).order_by()
    counted = dict(rows.values_list("state").annotate(number=Count("pk")))
    return {state.value: counted.get(state.value, 0) for state in NoticeState}


def dead_notices(*, since: datetime | None = None) -> int:
    """Notices that were given up; `since`: of those made after it, which tell of a deadline that
    the same person hears of in no other way.
    """
    dead = Notice.objects.filter(state=NoticeState.DEAD)
    if since is not None:
        told = (NoticeKind.ESCALATION, NoticeKind.DIGEST)
        dead = dead.filter(created_at__gt=since, kind__in=told).filter(_tells_alone())
    return dead.count()


def _tells_alone() -> Exists:
    """Whether no other notice to the same person tells of one of its items."""
    others = NoticeItem.objects.filter(
        escalation=OuterRef("escalation"),
        notice__recipient=OuterRef("notice__recipient"),
        notice__state__in=[NoticeState.WAITING, NoticeState.SENT],
    )
    return Exists(NoticeItem.objects.filter(notice=OuterRef("pk")).exclude(Exists(others)))


def late_clocks(now: datetime) -> Mapping[str, int]:
    """Clocks that run on although they were due, by basis."""
    rows = Clock.objects.filter(state=ClockState.RUNNING, void=False, due_at__lt=now).order_by()
    return dict(rows.values_list("basis").annotate(number=Count("pk")))


def stale_tickets(*, before: datetime | None = None) -> int:
    """Tickets whose clocks could not be read; `before`: those that are so since then."""
    stale = Ticket.objects.filter(clocks_stale_since__isnull=False)
    return (stale.filter(clocks_stale_since__lt=before) if before else stale).count()


def heartbeats() -> Mapping[str, datetime]:
    """When each periodic job last ran to its end."""
    return dict(Heartbeat.objects.values_list("name", "at"))
