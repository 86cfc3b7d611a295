"""Who hears of events by webhook, and how each webhook does."""

from functools import lru_cache

from sla.domain.hooks.limits import Subscriber
from sla.models import Hook
from sla.queries.set_up import SetUp


def subscribers_of(set_up: SetUp) -> tuple[Subscriber, ...]:
    """The hooks that are switched on: no query, until one is changed.

    One that we disabled is among them: what happens meanwhile waits for it.
    """
    return _subscribers(set_up.hooks) if set_up.hooks is not None else ()


@lru_cache(maxsize=1)
def _subscribers(_hooks: tuple[int, int]) -> tuple[Subscriber, ...]:
    rows = Hook.objects.filter(is_active=True).order_by("pk").prefetch_related("customers")
    return tuple(
        Subscriber(
            hook_id=row.pk,
            types=frozenset(row.types),
            customers=frozenset(each.pk for each in row.customers.all()),
        )
        for row in rows
    )


def forget_subscribers() -> None:
    """For tests that begin to count anew: other hooks may have the same ids."""
    _subscribers.cache_clear()
