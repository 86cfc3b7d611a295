"""The sweep: finds what is due, locks the tickets, reads the log again and writes it down (D4)."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from sla.domain.clocks.clock import ClockState
from sla.models import Clock, EscalationPolicy
from sla.operations.clocks.read_clocks import read_clocks, read_clocks_alone, stage_reading
from sla.operations.clocks.writes import Writes
from sla.operations.escalation.plans import load_plans
from sla.operations.heartbeat import beat
from sla.queries.clocks.readings import standing_commitments
from tickets.models import Ticket
from tickets.queries import database_now, logs_of

logger = logging.getLogger(__name__)

BATCH = 200
_RETRY = timedelta(seconds=60)


@dataclass(slots=True)
class Swept:
    """What one sweep did: tickets read, and those that could not be."""

    read: int = 0
    failed: int = 0


def sweep(*, limit: int = 5_000) -> Swept:
    """Reads every due clock's ticket, by the database's own clock, in batches.

    A breach is dated at its due instant however late this runs; one poisoned ticket is put
    aside and never stops the others.
    """
    swept = Swept()
    while swept.read + swept.failed < limit:
        now = database_now()
        # What is due comes first: a new policy may have every running clock planned anew.
        if not _sweep_batch(_due(now), now, swept) and not _sweep_batch(
            _with_older_plans(), now, swept
        ):
            break
    _retry_stale(database_now(), swept)
    beat(name="sweep", now=database_now(), detail={"read": swept.read, "failed": swept.failed})
    return swept


def _due(now: datetime) -> list[int]:
    """The tickets of the clocks that are due, the longest due first."""
    due = (
        Clock.objects.filter(next_check_at__lte=now)
        .order_by("next_check_at")
        .values_list("ticket_id", flat=True)[:BATCH]
    )
    return list(dict.fromkeys(due))


def _with_older_plans() -> list[int]:
    """The tickets of running clocks whose steps were planned before a policy was made."""
    newest = EscalationPolicy.objects.aggregate(newest=Max("pk"))["newest"]
    if newest is None:
        return []
    behind = (
        Clock.objects.filter(state=ClockState.RUNNING, void=False, policies_read__lt=newest)
        .order_by("policies_read")
        .values_list("ticket_id", flat=True)[:BATCH]
    )
    return list(dict.fromkeys(behind))


def _sweep_batch(ticket_ids: Sequence[int], now: datetime, swept: Swept) -> bool:
    """One batch; False when nothing more is to be read (or others hold all that is)."""
    if not ticket_ids:
        return False
    try:
        with transaction.atomic():
            locked = _lock(ticket_ids)
            failed = _read_batch(locked, now)
    except Exception:
        logger.exception("a batch of the sweep failed; its tickets are read one by one")
        failed = [ticket_id for ticket_id in ticket_ids if not _read_one(ticket_id, now)]
        swept.read += len(ticket_ids) - len(failed)
        swept.failed += len(failed)
        return True
    for ticket_id in failed:
        _give_up(ticket_id, now)
    swept.read += len(locked) - len(failed)
    swept.failed += len(failed)
    return bool(locked)


def _lock(ticket_ids: Sequence[int]) -> dict[int, Ticket]:
    rows = Ticket.objects.select_for_update(of=("self",), skip_locked=True).filter(
        pk__in=ticket_ids
    )
    return {ticket.pk: ticket for ticket in rows.order_by("pk")}


def _read_batch(tickets: dict[int, Ticket], now: datetime) -> list[int]:
    logs = logs_of(list(tickets))
    clocks: dict[int, list[Clock]] = defaultdict(list)
    for clock in Clock.objects.filter(ticket_id__in=tickets).order_by():
        clocks[clock.ticket_id].append(clock)
    plans = load_plans([clock.pk for mine in clocks.values() for clock in mine])
    writes = Writes(now=now, subscribers=plans.subscribers)
    failed = []
    for pk, ticket in tickets.items():
        mine = Writes()
        try:
            stage_reading(
                ticket=ticket,
                facts=logs.get(pk, ()),
                clocks=clocks[pk],
                commitments=standing_commitments(clocks[pk]),
                now=now,
                writes=mine,
                plans=plans,
            )
        except Exception:
            logger.exception("the clocks of ticket %s cannot be read", pk)
            failed.append(pk)
        else:
            writes.add(mine)
    writes.save()
    return failed


def _read_one(ticket_id: int, now: datetime) -> bool:
    try:
        with transaction.atomic():
            failed = _read_batch(_lock([ticket_id]), now)
    except Exception:
        logger.exception("the clocks of ticket %s cannot be stored", ticket_id)
        failed = [ticket_id]
    if failed:
        _give_up(ticket_id, now)
    return not failed


def _give_up(ticket_id: int, now: datetime) -> None:
    """The clocks at least, when they can be read and only their steps cannot fire; then aside."""
    try:
        with transaction.atomic():
            ticket = _lock([ticket_id]).get(ticket_id)
            if ticket is not None:
                read_clocks_alone(ticket=ticket, now=now)
    except Exception:
        logger.exception("not even the clocks of ticket %s can be stored", ticket_id)
    _put_aside(ticket_id, now)


@transaction.atomic
def _put_aside(ticket_id: int, now: datetime) -> None:
    """Out of the way of the others for a minute, marked so that a person sees it."""
    ticket = Ticket.objects.select_for_update(of=("self",)).get(pk=ticket_id)
    clocks = Clock.objects.filter(ticket=ticket)
    clocks.filter(next_check_at__lte=now).update(next_check_at=now + _RETRY)
    # Read again by the retry, which plans the steps too.
    newest = EscalationPolicy.objects.aggregate(newest=Max("pk"))["newest"] or 0
    clocks.filter(policies_read__lt=newest).update(policies_read=newest)
    ticket.clocks_stale_since = ticket.clocks_stale_since or now
    ticket.clocks_retry_at = now + _RETRY
    ticket.save(update_fields=["clocks_stale_since", "clocks_retry_at"])


def _retry_stale(now: datetime, swept: Swept) -> None:
    """Reads again the tickets whose clocks could not be read when their log grew."""
    stale = Ticket.objects.filter(clocks_retry_at__lte=now).order_by("clocks_retry_at")
    for ticket_id in list(stale.values_list("pk", flat=True)[:BATCH]):
        try:
            with transaction.atomic():
                ticket = _lock([ticket_id]).get(ticket_id)
                if ticket is not None:
                    read_clocks(ticket=ticket, now=now)
                    swept.read += 1
        except Exception:
            logger.exception("the clocks of ticket %s are still stale", ticket_id)
            swept.failed += 1
            _give_up(ticket_id, now)
