"""A webhook that fails: its owner is warned by mail, then it is disabled, and they hear of that."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from sla.domain.hooks.limits import WARN_AFTER
from sla.models import DisabledReason, Hook, Notice, NoticeKind
from sla.queries.duty.ways import Addressee, mail_way_of
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
    """A mail in the outbox of notices. Ids and instants; the text comes later."""
    Notice.objects.bulk_create(
        [
            Notice(
                key=f"hook:{hook.pk}:{what}:{format_instant(since)}:{way.user_id}",
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
            for way in _ways(hook)
        ],
        # The key says it all: they have been told.
        ignore_conflicts=True,
    )


def _ways(hook: Hook) -> list[Addressee]:
    """The owner's mail; when they left, or no mail reaches them, every operator's."""
    way = mail_way_of(hook.owner_id)
    if way is not None:
        return [way]
    rest = User.objects.filter(Q(groups__name="operators") | Q(is_superuser=True), is_active=True)
    people = sorted(set(rest.values_list("pk", flat=True)))
    return [way for way in map(mail_way_of, people) if way is not None]
