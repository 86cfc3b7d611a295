"""Clocks that were late by known amounts, written as the sweep writes them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sla.domain.clocks.ledger import EntryKind
from sla.domain.escalation.lag import BOUNDS_MS, Histogram
from sla.domain.escalation.words import Outcome, StepKind
from sla.models import Clock, ClockEntry, Escalation, EscalationPolicy, EscalationStep
from tests.sla.world import contract_clock, customer, madrid, ticket_by_mail

OPENED = madrid("2026-11-18 10:00")


def a_clock() -> Clock:
    """The contractual clock of an Enterprise ticket."""
    customer("enterprise")
    return contract_clock(ticket_by_mail(OPENED))


def a_policy(made_at: datetime = OPENED) -> EscalationPolicy:
    """A policy with one step, at the deadline."""
    policy = EscalationPolicy.objects.create(
        code="any", name="Any", metric="first_response", version=1, made_at=made_at
    )
    EscalationStep.objects.create(policy=policy, code="due", kind=StepKind.AFTER_DUE)
    return policy


def detected(
    clock: Clock,
    at: datetime,
    lags_ms: Sequence[int | None],
    kind: EntryKind = EntryKind.BREACHED,
) -> None:
    """Entries that were recorded at an instant, so late."""
    ClockEntry.objects.bulk_create(
        ClockEntry(
            clock=clock,
            kind=kind,
            at=at - timedelta(milliseconds=lag or 0),
            recorded_at=at,
            lag_ms=lag,
            after={},
        )
        for lag in lags_ms
    )


def fired(
    clock: Clock,
    policy: EscalationPolicy,
    at: datetime,
    lags_ms: Sequence[int],
    outcome: Outcome = Outcome.FIRED,
) -> None:
    """Escalations that fired at an instant, so late."""
    first = Escalation.objects.filter(clock=clock).count()
    Escalation.objects.bulk_create(
        Escalation(
            clock=clock,
            policy=policy,
            step_code="any/due",
            repeat=first + number,
            due_at=at - timedelta(milliseconds=lag),
            fired_at=at,
            lag_ms=lag,
            outcome=outcome,
        )
        for number, lag in enumerate(lags_ms)
    )


def histogram_of(lags_ms: Sequence[int]) -> Histogram:
    """The histogram of single lags in milliseconds."""
    return Histogram(
        up_to=tuple(sum(lag <= bound for lag in lags_ms) for bound in BOUNDS_MS),
        measured=len(lags_ms),
        total_ms=sum(lags_ms),
    )
