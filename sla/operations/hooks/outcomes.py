"""What became of a webhook call, written down: taken, later, given up; and how its hook does."""

import logging
import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet

from sla.domain.hooks.limits import BREAKS_AFTER, DISABLE_AFTER, TEST_TYPE, rest_after, retry_wait
from sla.models import CallState, DisabledReason, Hook, HookAttempt, HookCall
from sla.notifiers.outcomes import Gone, NotDelivered, TryAgain
from sla.operations.hooks.troubles import disable_hook

logger = logging.getLogger(__name__)

_MILLISECOND = timedelta(milliseconds=1)
_LONGEST_WORDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """An attempt of a claimed call: `status` is what came back; `error` None when it was taken."""

    call: HookCall
    at: datetime
    status: int | None
    error: NotDelivered | None
    took: timedelta

    @property
    def words(self) -> str:
        """What went wrong, for pages: what another side answered is cleaned of what is no text."""
        text = str(self.error or "")[:_LONGEST_WORDS]
        return "".join(letter if letter.isprintable() else " " for letter in text)


@transaction.atomic
def write_down(tried: Tried, *, now: datetime) -> bool:
    """Stores what became of a call at `now` (UTC); whether it was taken.

    The hook is locked first: two that note at once must not lose each other's count. Not its key:
    new calls that point to it are not held up.
    """
    hook = Hook.objects.select_for_update(of=("self",), no_key=True).get(pk=tried.call.hook_id)
    HookAttempt.objects.create(
        call=tried.call,
        at=tried.at,
        status=tried.status,
        error=tried.words,
        duration_ms=tried.took // _MILLISECOND,
    )
    if tried.error is None:
        _taken(tried, hook, now)
        return True
    logger.warning("webhook call %s was not taken: %s", tried.call.pk, tried.words)
    _missed(tried, hook, now)
    return False


def give_up(*, call_ids: Collection[int], words: str, now: datetime) -> None:
    """No further attempt, until a person sends them again."""
    HookCall.objects.filter(pk__in=call_ids, state=CallState.WAITING).update(
        state=CallState.GIVEN_UP, next_attempt_at=None, ended_at=now, last_error=words
    )


def give_back(calls: Sequence[HookCall], *, now: datetime) -> None:
    """They were not tried, and that does not count."""
    for call in calls:
        _mine(call).update(attempts=F("attempts") - 1, next_attempt_at=now)


def _mine(call: HookCall) -> QuerySet[HookCall]:
    """The row while it is as we claimed it: after its lease somebody else may be at it."""
    return HookCall.objects.filter(pk=call.pk, state=CallState.WAITING, attempts=call.attempts)


def _is_test(tried: Tried) -> bool:
    return tried.call.event.type == TEST_TYPE


def _taken(tried: Tried, hook: Hook, now: datetime) -> None:
    HookCall.objects.filter(pk=tried.call.pk, state=CallState.WAITING).update(
        state=CallState.DELIVERED,
        next_attempt_at=None,
        ended_at=now,
        last_status=tried.status,
        last_error="",
    )
    if _is_test(tried):
        return
    if hook.failures >= BREAKS_AFTER:
        # It is back: what would wait for hours leaves now.
        waiting = HookCall.objects.filter(hook=hook, state=CallState.WAITING)
        waiting.filter(next_attempt_at__gt=now).update(next_attempt_at=now)
    hook.delivered_at = now
    hook.failures, hook.failing_since, hook.open_until, hook.warned_at = 0, None, None, None
    hook.save(
        update_fields=["delivered_at", "failures", "failing_since", "open_until", "warned_at"]
    )


def _missed(tried: Tried, hook: Hook, now: datetime) -> None:
    mine = _mine(tried.call)
    mine.update(last_status=tried.status, last_error=tried.words)
    asked = tried.error.after if isinstance(tried.error, TryAgain) else None
    # Spreads the attempts of many in time; no secret.
    wait = retry_wait(tried.call.attempts, luck=random.random(), asked=asked)  # noqa: S311
    if _is_test(tried) or wait is None or isinstance(tried.error, Gone):
        if mine.exists():
            give_up(call_ids=[tried.call.pk], words=tried.words, now=now)
    else:
        mine.update(next_attempt_at=now + wait)
    if _is_test(tried):
        return
    hook.failures += 1
    hook.failing_since = hook.failing_since or now
    hook.open_until = now + rest_after(hook.failures, asked)
    hook.save(update_fields=["failures", "failing_since", "open_until"])
    if isinstance(tried.error, Gone):
        disable_hook(hook=hook, reason=DisabledReason.GONE, now=now)
    elif now - hook.failing_since >= DISABLE_AFTER:
        disable_hook(hook=hook, reason=DisabledReason.FAILING, now=now)
