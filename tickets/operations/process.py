"""Understanding what was kept: claims waiting deliveries and applies each exactly once."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from tickets.domain.incoming import Unreadable
from tickets.models import Delivery, DeliveryState, Outcome, Ticket
from tickets.operations.applied import MAX_ATTEMPTS, Applied, TooEarly
from tickets.operations.apply_incoming import apply_incoming
from tickets.operations.read_delivery import read_delivery

logger = logging.getLogger(__name__)

_FIRST_LEASE_SECONDS = 10
# SQLSTATE classes that another try may not meet: connection lost, deadlock or serialization
# failure, out of resources, row not available, shutdown or cancelled, trouble of the system.
_PASSING = frozenset({"08", "40", "53", "55", "57", "58"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Processed:
    """The fate of one delivery after this call."""

    delivery: Delivery
    ticket: Ticket | None


def claim_deliveries(*, now: datetime, limit: int) -> list[int]:
    """Takes waiting deliveries that are due for the first time; each comes back after its lease."""
    return _claim("attempts = 0", now, limit)


def claim_one_again(*, now: datetime) -> list[int]:
    """Takes one delivery whose earlier try did not end well.

    Alone, because it may kill its worker: others must not share its attempts.
    """
    return _claim("attempts > 0", now, 1)


def _claim(which: LiteralString, now: datetime, limit: int) -> list[int]:
    with connection.cursor() as cursor:
        # A common table expression: a subquery that locks may run once per row of the outer
        # scan, whenever the planner so decides, and then claim more than the limit.
        cursor.execute(
            f"""
            WITH due AS MATERIALIZED (
                SELECT id FROM tickets_delivery
                WHERE state = 'waiting' AND next_attempt_at <= %s AND {which}
                ORDER BY next_attempt_at, id LIMIT %s FOR UPDATE SKIP LOCKED
            )
            UPDATE tickets_delivery AS delivery SET attempts = attempts + 1,
                next_attempt_at = %s + %s::interval * power(2, attempts)
            FROM due WHERE delivery.id = due.id RETURNING delivery.id
            """,  # noqa: S608  (a literal of this module)
            [now, limit, now, f"{_FIRST_LEASE_SECONDS} seconds"],
        )
        return sorted(row[0] for row in cursor.fetchall())


def process_delivery(*, delivery_id: int, now: datetime) -> Processed:
    """Applies one delivery in one transaction; whatever goes wrong is written down, not lost.

    Raises OperationalError when the database itself is in trouble: the delivery then waits.
    """
    try:
        return _process(delivery_id, now)
    except Exception as error:
        if _is_passing(error):
            raise
        if not isinstance(error, TooEarly):
            logger.exception("delivery %s could not be processed", delivery_id)
        return _postpone(delivery_id, error, now)


@transaction.atomic
def replay_delivery(*, delivery_id: int, now: datetime) -> Delivery:
    """Puts a quarantined or ignored delivery back into the queue, by hand."""
    delivery = Delivery.objects.select_for_update().get(pk=delivery_id)
    if (
        delivery.state in {DeliveryState.QUARANTINED, DeliveryState.IGNORED}
        and not delivery.erased_at
    ):
        delivery.state, delivery.outcome, delivery.attempts = DeliveryState.WAITING, "", 0
        delivery.next_attempt_at, delivery.finished_at = now, None
        delivery.save(
            update_fields=["state", "outcome", "attempts", "next_attempt_at", "finished_at"]
        )
    return delivery


@transaction.atomic
def _process(delivery_id: int, now: datetime) -> Processed:
    delivery = (
        Delivery.objects.select_for_update(of=("self",))
        .select_related("source")
        .get(pk=delivery_id)
    )
    if delivery.state != DeliveryState.WAITING:
        return Processed(delivery=delivery, ticket=delivery.ticket)
    if delivery.attempts > MAX_ATTEMPTS:
        # Nobody wrote down how the last try ended: each time the worker itself did.
        reason = f"{MAX_ATTEMPTS} attempts did not come to an end; replay it when mended"
        _finish(delivery, [], Outcome.QUARANTINED, reason, now)
        return Processed(delivery=delivery, ticket=None)
    try:
        records = read_delivery(delivery)
    except Unreadable as error:
        _finish(delivery, [], Outcome.QUARANTINED, str(error), now)
        return Processed(delivery=delivery, ticket=None)
    results = [
        apply_incoming(incoming=incoming, delivery=delivery, now=now) for incoming in records
    ]
    outcome, reason = _sum_up(results)
    _finish(delivery, results, outcome, reason, now)
    return Processed(delivery=delivery, ticket=delivery.ticket)


def _sum_up(results: Sequence[Applied]) -> tuple[Outcome, str]:
    reasons = "; ".join(dict.fromkeys(result.reason for result in results if result.reason))
    outcomes = [result.outcome for result in results]
    for outcome in (Outcome.OPENED, Outcome.APPENDED, Outcome.DUPLICATE):
        if outcome in outcomes:
            return outcome, reasons
    return Outcome.IGNORED, reasons or "there is nothing in it for us"


def _finish(
    delivery: Delivery, results: Sequence[Applied], outcome: Outcome, reason: str, now: datetime
) -> None:
    states = {
        Outcome.QUARANTINED: DeliveryState.QUARANTINED,
        Outcome.IGNORED: DeliveryState.IGNORED,
        Outcome.DUPLICATE: DeliveryState.IGNORED,
    }
    delivery.state = states.get(outcome, DeliveryState.PROCESSED)
    delivery.outcome, delivery.reason = outcome, reason[:2000]
    delivery.ticket = next((result.ticket for result in results if result.ticket), None)
    delivery.next_attempt_at, delivery.finished_at = None, now
    delivery.save(
        update_fields=["state", "outcome", "reason", "ticket", "next_attempt_at", "finished_at"]
    )


@transaction.atomic
def _postpone(delivery_id: int, error: Exception, now: datetime) -> Processed:
    delivery = Delivery.objects.select_for_update().get(pk=delivery_id)
    if delivery.state == DeliveryState.WAITING:
        words = str(error) if isinstance(error, TooEarly) else _words(error)
        if delivery.attempts >= MAX_ATTEMPTS:
            reason = f"{words} (given up after {delivery.attempts} attempts; replay it when mended)"
            _finish(delivery, [], Outcome.QUARANTINED, reason, now)
        else:
            Delivery.objects.filter(pk=delivery.pk).update(reason=words[:2000])
            delivery.reason = words[:2000]
    return Processed(delivery=delivery, ticket=None)


def _is_passing(error: Exception) -> bool:
    """Trouble of the database itself; a row that it can never take is no such trouble."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    state = getattr(error.__cause__, "sqlstate", None)
    return state is None or state[:2] in _PASSING


def _words(error: Exception) -> str:
    # The database quotes the row in its messages: customers' text has no place in a reason.
    if isinstance(error, DatabaseError):
        return f"our own trouble: {type(error).__name__}"
    return f"our own trouble: {type(error).__name__}: {error}"
