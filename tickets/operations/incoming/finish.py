"""Writing down what became of deliveries, without touching their bodies."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import DatabaseError, connection

from tickets.domain.incoming import Unreadable
from tickets.models import Delivery, DeliveryState, Outcome
from tickets.operations.incoming.applied import MAX_ATTEMPTS, Applied, TooEarly, WaitsForAnother

_STATES = {
    Outcome.QUARANTINED: DeliveryState.QUARANTINED,
    Outcome.IGNORED: DeliveryState.IGNORED,
    Outcome.DUPLICATE: DeliveryState.IGNORED,
}
_SOON = timedelta(seconds=1)


def settle(delivery: Delivery, results: Sequence[Applied], now: datetime) -> None:
    """Says in the object what became of it; `store_fates` writes it."""
    outcome, reason = _sum_up(results)
    delivery.ticket = next((result.ticket for result in results if result.ticket), None)
    _end(delivery, outcome, reason, now)


def put_aside(delivery: Delivery, reason: str, now: datetime) -> None:
    """Into quarantine, with a reason that a person can read."""
    delivery.ticket = None
    _end(delivery, Outcome.QUARANTINED, reason, now)


def store_fates(deliveries: Sequence[Delivery]) -> None:
    """Writes the fate of settled deliveries in one statement."""
    if not deliveries:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE tickets_delivery AS delivery SET state = fate.state, outcome = fate.outcome,
                reason = fate.reason, ticket_id = fate.ticket_id, next_attempt_at = NULL,
                finished_at = fate.finished_at
            FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::bigint[],
                %s::timestamptz[]) AS fate (id, state, outcome, reason, ticket_id, finished_at)
            WHERE delivery.id = fate.id
            """,
            [
                [delivery.pk for delivery in deliveries],
                [str(delivery.state) for delivery in deliveries],
                [str(delivery.outcome) for delivery in deliveries],
                [delivery.reason for delivery in deliveries],
                [delivery.ticket.pk if delivery.ticket else None for delivery in deliveries],
                [delivery.finished_at for delivery in deliveries],
            ],
        )


def postpone(delivery: Delivery, error: Exception, now: datetime) -> None:
    """The delivery waits for another try, or goes into quarantine when it had enough of them.

    Raises nothing; the caller holds the row's lock.
    """
    if isinstance(error, Unreadable):
        put_aside(delivery, str(error), now)
        store_fates([delivery])
        return
    words = str(error) if isinstance(error, TooEarly) else _words(error)
    if isinstance(error, WaitsForAnother):
        # Not its own fault: the try does not count.
        delivery.attempts = max(delivery.attempts - 1, 0)
        delivery.next_attempt_at = now + _SOON
    elif delivery.attempts >= MAX_ATTEMPTS:
        words = f"{words} (given up after {delivery.attempts} attempts; replay it when mended)"
        put_aside(delivery, words, now)
        store_fates([delivery])
        return
    delivery.reason = words[:2000]
    delivery.save(update_fields=["reason", "attempts", "next_attempt_at"])


def _end(delivery: Delivery, outcome: Outcome, reason: str, now: datetime) -> None:
    delivery.state = _STATES.get(outcome, DeliveryState.PROCESSED)
    delivery.outcome, delivery.reason = outcome, reason[:2000]
    delivery.next_attempt_at, delivery.finished_at = None, now


def _sum_up(results: Sequence[Applied]) -> tuple[Outcome, str]:
    reasons = "; ".join(dict.fromkeys(result.reason for result in results if result.reason))
    outcomes = [result.outcome for result in results]
    for outcome in (Outcome.OPENED, Outcome.APPENDED, Outcome.DUPLICATE):
        if outcome in outcomes:
            return outcome, reasons
    return Outcome.IGNORED, reasons or "there is nothing in it for us"


def _words(error: Exception) -> str:
    # The database quotes the row in its messages: customers' text has no place in a reason.
    if isinstance(error, DatabaseError):
        return f"our own trouble: {type(error).__name__}"
    return f"our own trouble: {type(error).__name__}: {error}"
