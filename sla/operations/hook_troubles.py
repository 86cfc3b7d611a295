"""A webhook that fails: its owner is warned by mail, then it is disabled, and they hear of that."""

from datetime import datetime

from django.db import transaction

from sla.domain.hook import WARN_AFTER
from sla.models import DisabledReason, Hook, Notice, NoticeKind
from sla.queries.recipients import mail_way_of
from tickets.domain.instants import format_instant

WARNED = "warned"
DISABLED = "disabled"


def warn_owners(*, now: datetime) -> int:
    """Tells the owners of the hooks that have failed for a day, once for each failure; how many."""
    failing = Hook.objects.filter(
        failing_since__lte=now - WARN_AFTER,
        warned_at__isnull=True,
        disabled_at__isnull=True,
        is_active=True,
    )
    count = 0
    for hook_id in list(failing.values_list("pk", flat=True)):
        with transaction.atomic():
            hook = failing.select_for_update(of=("self",), no_key=True).filter(pk=hook_id).first()
            if hook is None or hook.failing_since is None:
                continue
            hook.warned_at = now
            hook.save(update_fields=["warned_at"])
            _tell(hook, WARNED, since=hook.failing_since, now=now)
            count += 1
    return count


def disable_hook(*, hook: Hook, reason: DisabledReason, now: datetime) -> None:
    """Calls it no more, and tells its owner; the caller holds its lock.

    What waits for it stays, and so does what happens meanwhile, for when it is switched on again.
    """
    if hook.disabled_at is not None:
        return
    hook.disabled_at, hook.disabled_reason = now, reason
    hook.save(update_fields=["disabled_at", "disabled_reason"])
    _tell(hook, DISABLED, since=hook.failing_since or now, now=now)


def _tell(hook: Hook, what: str, *, since: datetime, now: datetime) -> None:
    """A mail to the owner, in the outbox of notices. Ids and instants; the text comes later."""
    way = mail_way_of(hook.owner_id)
    if way is None:
        # The first page of the operators says it all the same.
        return
    Notice.objects.bulk_create(
        [
            Notice(
                key=f"hook:{hook.pk}:{what}:{format_instant(since)}",
                kind=NoticeKind.HOOK,
                recipient_id=way.user_id,
                channel_id=way.channel_id,
                language=way.language,
                created_at=now,
                next_attempt_at=now,
                payload={
                    "hook": hook.pk,
                    "what": what,
                    "reason": hook.disabled_reason,
                    "since": format_instant(since),
                },
            )
        ],
        # The key says it all: they have been told.
        ignore_conflicts=True,
    )
