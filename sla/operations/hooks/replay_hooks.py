"""Webhooks set up and set right by people: secrets, the test, switching on again, replays."""

import secrets
from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from sla.domain.hooks.limits import OLD_SECRET_FOR, TEST_TYPE, event_id
from sla.models import CallState, Hook, HookCall, HookEvent
from sla.operations.hooks.call_hooks import LEASE, make_call, pack
from sla.operations.hooks.outcomes import Tried, write_down
from tickets.domain.instants import format_instant
from tickets.domain.webhook_signature import secret_of

_OURS = {"failures": 0, "failing_since": None, "open_until": None, "warned_at": None}


class NotReady(ValueError):
    """The webhook is off: switch it on first, then send again."""


def new_secret() -> str:
    """A signing secret that nobody knows yet."""
    return secret_of(secrets.token_bytes(32))


@transaction.atomic
def rotate_secret(*, hook_id: int, now: datetime) -> str:
    """A new secret, returned this once; the one before it signs beside it for a day."""
    hook = _locked(hook_id)
    secret = new_secret()
    hook.secrets = "\n".join([secret, *hook.secrets.split()[:1]])
    hook.old_secret_until = now + OLD_SECRET_FOR
    hook.save(update_fields=["secrets", "old_secret_until"])
    return secret


def send_test(*, hook_id: int, now: datetime) -> Tried:
    """Makes a real call now, whatever the hook's state, and says what came of it.

    It is tried once; it says nothing about how the hook does. No transaction may be open.
    """
    hook = Hook.objects.get(pk=hook_id)
    key = f"test:{hook.pk}:{format_instant(now)}"
    with transaction.atomic():
        event = HookEvent.objects.create(
            id=event_id(settings.PUBLIC_URL, key, now),
            key=key,
            type=TEST_TYPE,
            at=now,
            recorded_at=now,
            data={"occurred_at": format_instant(now), "webhook": hook.name},
        )
        call = HookCall.objects.create(
            event=event, hook=hook, created_at=now, attempts=1, next_attempt_at=now + LEASE
        )
    (parcel,) = pack(hook, [call], now=now)
    tried = make_call(parcel, at=now)
    write_down(tried, now=now + tried.took)
    return tried


@transaction.atomic
def enable_hook(*, hook_id: int, now: datetime) -> int:
    """Calls a hook again that we had disabled, or that rests; how many calls leave now.

    Each begins its attempts anew.
    """
    hook = _locked(hook_id)
    for name, value in _OURS.items():
        setattr(hook, name, value)
    hook.disabled_at, hook.disabled_reason = None, ""
    hook.save(update_fields=[*_OURS, "disabled_at", "disabled_reason"])
    waiting = HookCall.objects.filter(hook=hook, state=CallState.WAITING)
    return waiting.update(attempts=0, next_attempt_at=now)


@transaction.atomic
def replay_calls(*, call_ids: Collection[int], now: datetime) -> int:
    """Sends these calls again under their webhook-ids, taken or given up; how many.

    Calls of a hook that is off stay as they are.
    """
    calls = HookCall.objects.filter(pk__in=call_ids, hook__is_active=True)
    return _again(calls.filter(hook__disabled_at__isnull=True), now)


@transaction.atomic
def replay_given_up(*, hook_id: int, now: datetime) -> int:
    """Sends all that was given up for a hook again; how many. Raises NotReady."""
    hook = _ready(hook_id)
    return _again(HookCall.objects.filter(hook=hook, state=CallState.GIVEN_UP), now)


@transaction.atomic
def replay_since(*, hook_id: int, since: datetime, now: datetime) -> int:
    """Sends everything again that was recorded since an instant (UTC); how many. Raises NotReady.

    Also what was recorded for other hooks alone, where this one hears of such events.
    """
    hook = _ready(hook_id)
    customers = list(hook.customers.values_list("pk", flat=True))
    events = HookEvent.objects.filter(recorded_at__gte=since, type__in=hook.types)
    if customers:
        events = events.filter(ticket__customer__in=customers)
    made = HookCall.objects.filter(hook=hook, event__in=events)
    count = _again(made, now)
    missing = events.exclude(pk__in=made.values("event"))
    rows = [
        HookCall(event_id=pk, hook=hook, created_at=now, next_attempt_at=now)
        for pk in missing.order_by("recorded_at").values_list("pk", flat=True)
    ]
    HookCall.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1_000)
    return count + len(rows)


@transaction.atomic
def save_subscription(*, hook: Hook, is_new: bool, now: datetime) -> None:
    """Stores what a person changed of a hook; from its commit on every process knows.

    Its customers belong into the same transaction.
    """
    if is_new:
        hook.made_at = now
        hook.save()
        return
    hook.revision = Hook.objects.select_for_update(no_key=True).get(pk=hook.pk).revision + 1
    names = ["name", "url", "types", "owner", "is_active", "revision"]
    hook.save(update_fields=names)


def _locked(hook_id: int) -> Hook:
    return Hook.objects.select_for_update(of=("self",), no_key=True).get(pk=hook_id)


def _ready(hook_id: int) -> Hook:
    hook = _locked(hook_id)
    if not hook.is_active or hook.disabled_at is not None:
        raise NotReady(str(NotReady.__doc__))
    return hook


def _again(calls: QuerySet[HookCall], now: datetime) -> int:
    """Back into the outbox; what waits already leaves now. A test is never repeated."""
    chosen = calls.exclude(event__type=TEST_TYPE)
    ended = ~Q(state=CallState.WAITING)
    count = chosen.filter(ended).update(
        state=CallState.WAITING,
        attempts=0,
        next_attempt_at=now,
        ended_at=None,
        last_error="",
        last_status=None,
    )
    # Not those that are being made at this moment: their lease is no waiting.
    later = chosen.filter(state=CallState.WAITING, next_attempt_at__gt=now + LEASE)
    return count + later.update(next_attempt_at=now)
