"""What webhooks were told is forgotten after its time: attempts, calls and events."""

from datetime import datetime

from sla.domain.hooks.limits import KEPT_FOR
from sla.models import HookAttempt, HookCall, HookEvent

_BATCH = 1_000


def forget_old_calls(*, now: datetime) -> int:
    """Deletes what is older than thirty days, also what still waits; how many calls (UTC)."""
    before = now - KEPT_FOR
    old_tries = HookAttempt.objects.filter(at__lt=before).order_by("at")
    while chunk := list(old_tries.values_list("pk", flat=True)[:_BATCH]):
        HookAttempt.objects.filter(pk__in=chunk).delete()
    count = 0
    # By their event, so that a replay of an old event does not begin its time anew.
    old_calls = HookCall.objects.filter(event__recorded_at__lt=before)
    while chunk := list(old_calls.values_list("pk", flat=True)[:_BATCH]):
        HookAttempt.objects.filter(call__in=chunk).delete()
        HookCall.objects.filter(pk__in=chunk).delete()
        count += len(chunk)
    old_events = HookEvent.objects.filter(recorded_at__lt=before, calls__isnull=True)
    while events := list(old_events.values_list("pk", flat=True)[:_BATCH]):
        HookEvent.objects.filter(pk__in=events).delete()
    return count
