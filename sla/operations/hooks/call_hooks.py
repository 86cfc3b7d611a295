"""The outbox of webhook calls: claimed, made side by side, each written down when it is over.

One lane for each hook, in a thread that knows no database: a receiver that hangs holds its own
lane alone. A lane ends with its first failure. When this process dies between the call and its
note, the call is made again under the same webhook-id: at least once.
"""

import logging
import queue
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from sla.domain.hooks.limits import MAX_ATTEMPTS, TEST_TYPE, body_of, message_id_of
from sla.models import CallState, Hook, HookCall
from sla.notifiers.outcomes import NotDelivered, TryAgain
from sla.notifiers.webhook import call
from sla.operations.hooks.outcomes import Tried, give_back, give_up, write_down
from sla.operations.hooks.troubles import warn_owners
from tickets.models.advisory import alone
from tickets.outbound.reach import Reach

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]

LOCK = "webhook calls"
_THREADS = 12
_CLAIM = 10
# Longer than a task may run (CELERY_TASK_TIME_LIMIT): who claimed it is gone by then.
LEASE = timedelta(seconds=90)
_LOOK_SECONDS = 0.25
# What was begun at the end of a round may take so long; each call has a limit of its own.
_GRACE_SECONDS = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One call as it goes over the wire."""

    call: HookCall
    url: str
    secrets: Sequence[str]
    body: bytes


def call_hooks(*, clock: Clock, seconds: float = 12.0) -> int:
    """Makes the calls that are due; the number that was taken.

    `clock` tells the present (UTC, the database's). Only one at a time: who comes second has
    nothing to do. Begins nothing new after `seconds`.
    """
    with alone(LOCK) as is_alone:
        if not is_alone:
            return 0
        warn_owners(now=clock())
        return _Round(clock, seconds).run()


def pack(hook: Hook, calls: Sequence[HookCall], *, now: datetime) -> list[Parcel]:
    """What is sent for each of these calls of one hook."""
    secrets = hook.live_secrets(now)
    return [
        Parcel(
            call=each,
            url=hook.url,
            secrets=secrets,
            body=body_of(each.event.type, each.event.at, each.event.data),
        )
        for each in calls
    ]


def make_call(parcel: Parcel, *, at: datetime) -> Tried:
    """Calls once, without the database; `at`: the instant of this attempt (UTC)."""
    began = monotonic()
    status: int | None = None
    error: NotDelivered | None = None
    try:
        status = call(
            url=parcel.url,
            secrets=parcel.secrets,
            message_id=message_id_of(parcel.call.event_id),
            body=parcel.body,
            at=at,
            reach=Reach(private_hosts=frozenset(settings.NOTICE_PRIVATE_HOSTS)),
        )
    except NotDelivered as refused:
        status, error = refused.status, refused
    except Exception as trouble:  # noqa: BLE001  (whatever it is, the call must not be lost)
        error = TryAgain(type(trouble).__name__)
    took = timedelta(seconds=monotonic() - began)
    return Tried(call=parcel.call, at=at, status=status, error=error, took=took)


class _Lane:
    """The calls of one hook that one thread makes, one after the other."""

    def __init__(self, hook_id: int, parcels: Sequence[Parcel]) -> None:
        self.hook_id = hook_id
        self.left = deque(parcels)


class _Round:
    """One round of the outbox: lanes that run side by side, and what comes back from them."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._ends = monotonic() + seconds
        # What became of a call, or None when the lane is at its end.
        self._came: queue.SimpleQueue[tuple[_Lane, Tried | None]] = queue.SimpleQueue()
        self._lanes: dict[int, _Lane] = {}
        self._taken = 0

    def run(self) -> int:
        """Until nothing is due and nothing is on its way, or what is has had its time."""
        self._start()
        while self._lanes:
            try:
                lane, tried = self._came.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                if monotonic() > self._ends + _GRACE_SECONDS:
                    # Their lease brings these calls back.
                    logger.warning("webhooks %s hang and are left behind", list(self._lanes))
                    break
                # What was made due meanwhile does not wait for a lane that hangs.
                self._start()
                continue
            if tried is not None:
                lane.left.popleft()
                self._note(tried)
                continue
            give_back([parcel.call for parcel in lane.left], now=self._clock())
            del self._lanes[lane.hook_id]
            self._start()
        return self._taken

    def _note(self, tried: Tried) -> None:
        """What one call cannot be told of must not cost the others theirs: its lease repeats it."""
        try:
            self._taken += write_down(tried, now=self._clock())
        except Exception:
            logger.exception("what became of webhook call %s is not known", tried.call.pk)

    def _start(self) -> None:
        free = _THREADS - len(self._lanes)
        if free <= 0 or monotonic() > self._ends:
            return
        now, began = self._clock(), monotonic()
        for hook in _due_hooks(now, busy=list(self._lanes))[:free]:
            # One that failed last time is tried with one call.
            calls = claim(hook_id=hook.pk, now=now, limit=1 if hook.failures else _CLAIM)
            if not calls:
                continue
            parcels = pack(hook, calls, now=now)
            lane = self._lanes[hook.pk] = _Lane(hook.pk, parcels)
            # Nobody waits for a thread that hangs, not even the end of the process.
            threading.Thread(
                target=self._make_all,
                args=[lane, parcels, now, began],
                name=f"webhook-{hook.pk}",
                daemon=True,
            ).start()

    def _make_all(
        self, lane: _Lane, parcels: Sequence[Parcel], now: datetime, began: float
    ) -> None:
        """In a thread of its own, without the database."""
        try:
            for parcel in parcels:
                if monotonic() > self._ends:
                    break
                tried = make_call(parcel, at=now + timedelta(seconds=monotonic() - began))
                self._came.put((lane, tried))
                if tried.error is not None:
                    break
        finally:
            # Whatever happened: the round waits for this.
            self._came.put((lane, None))


def _due_hooks(now: datetime, *, busy: Sequence[int]) -> list[Hook]:
    """The hooks that may be called and have something due, the longest unserved first."""
    due = HookCall.objects.filter(
        hook=OuterRef("pk"), state=CallState.WAITING, next_attempt_at__lte=now
    )
    hooks = Hook.objects.filter(Exists(due), is_active=True, disabled_at__isnull=True)
    hooks = hooks.filter(Q(open_until__isnull=True) | Q(open_until__lte=now))
    return list(hooks.exclude(pk__in=busy).order_by(F("delivered_at").asc(nulls_first=True), "pk"))


@transaction.atomic
def claim(*, hook_id: int, now: datetime, limit: int) -> list[HookCall]:
    """Some due calls of a hook, ours alone until their lease ends."""
    due = (
        HookCall.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("event")
        .filter(hook=hook_id, state=CallState.WAITING, next_attempt_at__lte=now)
        # What failed already comes last: one event that is refused must not hold up the others.
        .order_by("attempts", "next_attempt_at", "pk")
    )
    found = list(due[:limit])
    # Nobody wrote down how the last try ended: each time its sender died with it.
    worn_out = [each.pk for each in found if each.attempts >= MAX_ATTEMPTS]
    if worn_out:
        give_up(call_ids=worn_out, words="its sender died each time", now=now)
    unheard = _unheard(hook_id, found)
    if unheard:
        give_up(call_ids=unheard, words="the webhook no longer hears of this", now=now)
    spent = {*worn_out, *unheard}
    claimed = [each for each in found if each.pk not in spent]
    # Counted before the try, so that a call that kills its worker is counted too.
    HookCall.objects.filter(pk__in=[each.pk for each in claimed]).update(
        attempts=F("attempts") + 1, next_attempt_at=now + LEASE
    )
    for each in claimed:
        each.attempts += 1
    return claimed


def _unheard(hook_id: int, calls: Sequence[HookCall]) -> list[int]:
    """What was told to a hook before an operator narrowed what it hears of, or of whom.

    By the customer that the event itself names: its ticket may be another's by now.
    """
    if not calls:
        return []
    hook = Hook.objects.get(pk=hook_id)
    customers = set(hook.customers.values_list("pk", flat=True))
    return [
        each.pk
        for each in calls
        if each.event.type != TEST_TYPE
        and (
            each.event.type not in hook.types
            or (customers and _customer_of(each.event.data) not in customers)
        )
    ]


def _customer_of(data: Mapping[str, Any]) -> int | None:
    customer = data["ticket"]["customer"]
    return customer["id"] if customer else None
