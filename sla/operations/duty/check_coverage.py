"""Warns of the hours to come in which nobody could keep a promise."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from sla.domain.duty.coverage import Stretch
from sla.models import ContactRole, Notice, NoticeKind
from sla.operations.heartbeat import beat
from sla.queries.duty.coverage import Coverage, read_coverage
from sla.queries.duty.ways import Addressee, ways_of
from tickets.domain.instants import format_instant, from_microseconds, to_microseconds

logger = logging.getLogger(__name__)

# A week ahead, and the day until the next check.
WARN_DAYS: Final = 8
HEARTBEAT: Final = "coverage"
_ROLES: Final = ("team_lead", "head_of_support")
# A gap that began longer ago has no beginning any more, and is told once a week.
_LOOKING_BACK: Final = timedelta(days=7)
_SPANS_MOST: Final = 40
_CUSTOMERS_MOST: Final = 50


def check_coverage(*, now: datetime, warn_days: int = WARN_DAYS) -> Coverage:
    """Reads the coverage of the next 14 days and queues a notice for each new stretch.

    Told are the team leads and the heads of support, else the operators. A stretch is told once,
    by its first instant; repeating the check is safe.
    """
    found = read_coverage(now=now, looking_back=_LOOKING_BACK)
    at = to_microseconds(now)
    open_still = [stretch for stretch in found.stretches if stretch.ends > at]
    limit = to_microseconds(now + timedelta(days=warn_days))
    near = [stretch for stretch in open_still if _next_gap(stretch, at) < limit]
    with transaction.atomic():
        if near:
            _queue(near, starts=to_microseconds(found.starts_at), now=now)
        beat(
            name=HEARTBEAT,
            now=now,
            detail={
                "stretches": len(open_still),
                "first_at": _first(open_still, at),
                "microseconds": sum(_left(stretch, at) for stretch in open_still),
            },
        )
    return Coverage(
        starts_at=now,
        ends_at=found.ends_at,
        stretches=open_still,
        customers=found.customers,
        people=found.people,
    )


def _next_gap(stretch: Stretch, at: int) -> int:
    """The first instant from `at` on that is not covered."""
    return next(max(gap.starts, at) for gap in stretch.gaps if gap.ends > at)


def _first(stretches: Sequence[Stretch], at: int) -> str | None:
    if not stretches:
        return None
    return format_instant(from_microseconds(_next_gap(stretches[0], at)))


def _left(stretch: Stretch, at: int) -> int:
    return sum(gap.ends - max(gap.starts, at) for gap in stretch.gaps if gap.ends > at)


def _queue(stretches: Sequence[Stretch], *, starts: int, now: datetime) -> None:
    ways = _addressees()
    if not ways:
        logger.error("hours without anybody on duty, and nobody to tell: fill the contact roles")
        return
    at = to_microseconds(now)
    Notice.objects.bulk_create(
        [
            Notice(
                key=f"coverage:{_key(stretch, starts, now)}:{way.key}",
                kind=NoticeKind.COVERAGE,
                recipient_id=way.user_id,
                channel_id=way.channel_id,
                language=way.language,
                created_at=now,
                next_attempt_at=now,
                payload=_payload(stretch, at),
            )
            for stretch in stretches
            for way in ways
        ],
        # The key says it all: this stretch has been told to this recipient.
        ignore_conflicts=True,
    )


def _key(stretch: Stretch, starts: int, now: datetime) -> str:
    """Its first instant; of one that had begun before we looked, the week."""
    if stretch.starts > starts:
        return format_instant(from_microseconds(stretch.starts))
    year, week, _ = now.isocalendar()
    return f"{year}-W{week:02d}"


def _payload(stretch: Stretch, at: int) -> dict[str, object]:
    """Ids and instants only: the text is written when it is sent."""
    return {
        "spans": [
            {
                "from": format_instant(from_microseconds(max(gap.starts, at))),
                "to": format_instant(from_microseconds(gap.ends)),
                "customers": _some(gap.customers),
                "reason": gap.reason.value,
                "people": list(gap.people),
            }
            for gap in stretch.gaps
            if gap.ends > at
        ][:_SPANS_MOST]
    }


def _some(customers: Sequence[int]) -> list[int] | int:
    """Their ids; of very many only how many they are."""
    return list(customers) if len(customers) <= _CUSTOMERS_MOST else len(customers)


def _addressees() -> list[Addressee]:
    """Every way to the team leads and heads of support; to the operators where none is reached."""
    held = ContactRole.objects.filter(code__in=_ROLES, people__isnull=False)
    ways = ways_of(set(held.values_list("people", flat=True)))
    if not ways:
        rest = User.objects.filter(Q(groups__name="operators") | Q(is_superuser=True))
        ways = ways_of(set(rest.values_list("pk", flat=True)))
    return [way for person in sorted(ways) for way in ways[person]]
