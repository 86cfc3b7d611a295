"""Understanding what was kept: each delivery is applied exactly once, many in one transaction."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from django.contrib.auth.models import User
from django.db import InterfaceError, OperationalError, transaction

from tickets.domain.incoming import IncomingMessage, Unreadable
from tickets.domain.words import MailKind
from tickets.models import Delivery, DeliveryState, Ticket
from tickets.operations.incoming.applied import MAX_ATTEMPTS, Applied, NotTogether, TooEarly
from tickets.operations.incoming.apply_incoming import apply_incoming
from tickets.operations.incoming.apply_message import apply_message
from tickets.operations.incoming.batch import Batch, Overtaken
from tickets.operations.incoming.finish import postpone, put_aside, settle, store_fates
from tickets.operations.incoming.look_up import look_up, make_people
from tickets.operations.incoming.read_delivery import read_delivery

logger = logging.getLogger(__name__)

# SQLSTATE classes that another try may not meet: connection lost, deadlock or serialization
# failure, out of resources, row not available, shutdown or cancelled, trouble of the system.
_PASSING = frozenset({"08", "40", "53", "55", "57", "58"})
_DEADLOCK, _MOST_DEADLOCKS = "40P01", 3
_Result = TypeVar("_Result")
_WORN_OUT = f"{MAX_ATTEMPTS} attempts did not come to an end; replay it when mended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Processed:
    """The fate of one delivery after this call."""

    delivery: Delivery
    ticket: Ticket | None


@dataclass(slots=True)
class _Progress:
    """What a batch leaves for later, and what was read already."""

    read: dict[int, IncomingMessage | None] = field(default_factory=dict)
    agents: Mapping[str, User] = field(default_factory=dict)
    alone: set[int] = field(default_factory=set)


class _Failed(Exception):
    """One delivery of a batch failed: the rest must be done without it."""

    def __init__(self, delivery_id: int) -> None:
        super().__init__(delivery_id)
        self.delivery_id = delivery_id


def process_deliveries(*, delivery_ids: Collection[int], now: datetime) -> int:
    """Applies many in one transaction, and alone what cannot share it; the number it took on.

    Whatever goes wrong with one is written down at that one. Raises OperationalError when the
    database itself is in trouble: what is not done then waits.
    """
    progress = _Progress()
    together = set(delivery_ids)
    _read_ahead(together, progress)
    while together:
        try:
            _again_when_crossed(lambda: _process_together(together, now, progress))
        except _Failed as failed:
            progress.alone.add(failed.delivery_id)
            together.discard(failed.delivery_id)
        except Exception as error:
            if _is_passing(error):
                raise
            logger.exception("a batch could not be stored; its deliveries are processed one by one")
            progress.alone |= together
            break
        else:
            break
    trouble: Exception | None = None
    for delivery_id in sorted(progress.alone):
        try:
            process_delivery(delivery_id=delivery_id, now=now)
        except (OperationalError, InterfaceError) as error:
            # A deadlock costs this one its turn, not the others theirs.
            trouble = error
    if trouble is not None:
        raise trouble
    return len(delivery_ids)


def process_delivery(*, delivery_id: int, now: datetime) -> Processed:
    """Applies one delivery in one transaction; whatever goes wrong is written down, not lost.

    Raises OperationalError when the database itself is in trouble: the delivery then waits.
    """
    try:
        return _again_when_crossed(lambda: _process_alone(delivery_id, now))
    except Exception as error:
        if _is_passing(error):
            raise
        if not isinstance(error, TooEarly | Unreadable):
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


def _read_ahead(delivery_ids: Collection[int], progress: _Progress) -> None:
    """What needs no lock: understanding the bodies, and making the people who are new."""
    rows = Delivery.objects.filter(pk__in=delivery_ids, state=DeliveryState.WAITING)
    messages: list[tuple[Delivery, IncomingMessage]] = []
    for delivery in rows.select_related("source").order_by("pk"):
        message = progress.read[delivery.pk] = _read(delivery)
        if message is not None:
            messages.append((delivery, message))
    if messages:
        progress.agents = make_people(messages)


@transaction.atomic
def _process_together(delivery_ids: Collection[int], now: datetime, progress: _Progress) -> None:
    # Waiting for a row, not passing over it: another worker's claim holds one for a moment before
    # it sees that it is taken.
    rows = Delivery.objects.select_for_update(of=("self",)).filter(
        pk__in=delivery_ids, state=DeliveryState.WAITING
    )
    messages: list[tuple[Delivery, IncomingMessage]] = []
    for delivery in rows.select_related("source").defer("body").order_by("pk"):
        message = progress.read.get(delivery.pk)
        if message is None:
            progress.alone.add(delivery.pk)
        else:
            messages.append((delivery, message))
    if messages:
        store_fates(_apply_together(messages, now, progress))


def _apply_together(
    messages: Sequence[tuple[Delivery, IncomingMessage]], now: datetime, progress: _Progress
) -> list[Delivery]:
    known, arrivals = look_up(messages, progress.agents)
    batch = Batch(known, now=now, alone=False)
    results: list[tuple[Delivery, Applied]] = []
    for arrival in arrivals:
        delivery = arrival.delivery
        try:
            results.append((delivery, apply_message(arrival, batch)))
        except NotTogether:
            progress.alone.add(delivery.pk)
        except TooEarly as early:
            postpone(delivery, early, now)
        except Exception as error:
            # What it may have staged must not be written.
            raise _Failed(delivery.pk) from error
    batch.write()
    for delivery, applied in results:
        settle(delivery, [applied], now)
    return [delivery for delivery, _ in results]


def _again_when_crossed(transact: Callable[[], _Result]) -> _Result:
    """Repeats a transaction that another one overtook, or that it met in a deadlock.

    Raises what else goes wrong, and the deadlock when it comes back again and again.
    """
    deadlocks = 0
    while True:
        try:
            return transact()
        except Overtaken:
            # What overtook it is committed and found now: this cannot happen twice for long.
            continue
        except OperationalError as error:
            deadlocks += 1
            if (
                getattr(error.__cause__, "sqlstate", None) != _DEADLOCK
                or deadlocks > _MOST_DEADLOCKS
            ):
                raise


@transaction.atomic
def _process_alone(delivery_id: int, now: datetime) -> Processed:
    delivery = _lock(delivery_id)
    if delivery.state != DeliveryState.WAITING:
        return Processed(delivery=delivery, ticket=delivery.ticket)
    if delivery.attempts > MAX_ATTEMPTS:
        # Nobody wrote down how the last try ended: each time the worker itself did.
        put_aside(delivery, _WORN_OUT, now)
    else:
        results = [
            apply_incoming(incoming=incoming, delivery=delivery, now=now)
            for incoming in read_delivery(delivery)
        ]
        settle(delivery, results, now)
    store_fates([delivery])
    return Processed(delivery=delivery, ticket=delivery.ticket)


@transaction.atomic
def _postpone(delivery_id: int, error: Exception, now: datetime) -> Processed:
    delivery = _lock(delivery_id)
    if delivery.state == DeliveryState.WAITING:
        postpone(delivery, error, now)
    return Processed(delivery=delivery, ticket=None)


def _lock(delivery_id: int) -> Delivery:
    rows = Delivery.objects.select_for_update(of=("self",)).select_related("source")
    return rows.get(pk=delivery_id)


def _read(delivery: Delivery) -> IncomingMessage | None:
    """The message of a delivery that is nothing but one; None when it must be looked at alone."""
    if delivery.attempts > MAX_ATTEMPTS:
        return None
    try:
        records = read_delivery(delivery)
    except Exception:  # noqa: BLE001  (whatever it is, it happens again alone and is written down)
        return None
    record = records[0] if len(records) == 1 else None
    if isinstance(record, IncomingMessage) and record.kind is not MailKind.BOUNCE:
        return record
    return None


def _is_passing(error: Exception) -> bool:
    """Trouble of the database itself; a row that it can never take is no such trouble."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    state = getattr(error.__cause__, "sqlstate", None)
    return state is None or state[:2] in _PASSING
