"""The stored escalation policies as pure values."""

from collections import defaultdict
from datetime import datetime
from functools import lru_cache

from sla.domain.clocks.target import Metric
from sla.domain.escalation.policy import SHARES, Policy, PolicyBook, Step
from sla.domain.escalation.words import StepKind
from sla.models import EscalationPolicy, EscalationStep
from sla.queries.set_up import SetUp, newest_set_up
from tickets.domain.instants import to_microseconds


def load_book() -> PolicyBook:
    """Every version of every policy: one small query, until a newer version is made."""
    return book_of(newest_set_up())


def book_of(set_up: SetUp) -> PolicyBook:
    """Every version of every policy: no query, until a newer version is made."""
    return _book(set_up.policy)


# Versions are never changed, and a higher id is always the later one: a new key is a new book.
@lru_cache(maxsize=1)
def _book(newest: tuple[int, datetime] | None) -> PolicyBook:
    if newest is None:
        return PolicyBook(())
    # The versions first: one that is made meanwhile is better absent than without its steps.
    versions = list(EscalationPolicy.objects.order_by("pk"))
    steps: dict[int, list[Step]] = defaultdict(list)
    for row in EscalationStep.objects.order_by("pk"):
        steps[row.policy_id].append(pure_step(row))
    return PolicyBook(pure_policy(row, tuple(steps[row.pk])) for row in versions)


def forget_book() -> None:
    """For tests that begin to count anew: what was read before may have the same id."""
    _book.cache_clear()


def pure_policy(row: EscalationPolicy, steps: tuple[Step, ...]) -> Policy:
    """One version, with its steps."""
    return Policy(
        id=row.pk,
        code=row.code,
        metric=Metric(row.metric),
        bases=frozenset(row.bases),
        made_at=to_microseconds(row.made_at),
        steps=steps,
        plan=row.plan_code,
        severity=row.severity,
        is_retired=row.is_retired,
    )


def pure_step(row: EscalationStep) -> Step:
    """One step of a version."""
    return Step(
        code=row.code,
        kind=StepKind(row.kind),
        share=int(row.fraction * SHARES) if row.fraction is not None else 0,
        offset_us=row.offset_us,
        repeat_every_us=row.repeat_every_us,
        repeat_at_most=row.repeat_at_most,
        recipients=tuple(row.recipients),
    )
