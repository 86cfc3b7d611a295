"""Tickets with escalation steps, for what watches whether they fire."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User

from sla.models import EscalationPolicy, EscalationStep
from sla.operations.escalation.audit_escalations import AuditedSteps, StepDifference, audit_all
from tests.sla.world import customer, madrid, person, ticket_by_mail
from tickets.models import Ticket

OPENED = madrid("2026-11-18 10:00")
# An Enterprise S1: half an hour.
HALF, DUE = OPENED + timedelta(minutes=15), OPENED + timedelta(minutes=30)
MINUTE = 60_000_000
STEPS: Sequence[Mapping[str, Any]] = (
    {"code": "at-once", "kind": "fraction", "fraction": Decimal(0)},
    {"code": "half", "kind": "fraction", "fraction": Decimal("0.5")},
    {
        "code": "due",
        "kind": "after_due",
        "repeat_every_us": 10 * MINUTE,
        "repeat_at_most": 3,
    },
)


def policy(
    teller: User,
    *,
    version: int = 1,
    made_at: datetime = OPENED - timedelta(days=30),
    steps: Sequence[Mapping[str, Any]] = STEPS,
    plan: str = "enterprise",
    severity: str = "S1",
) -> EscalationPolicy:
    """Tells one person of each such ticket: at once, at half, when due, then three times."""
    EscalationPolicy.objects.filter(code="urgent").update(is_current=False)
    made = EscalationPolicy.objects.create(
        code="urgent",
        name="Urgent",
        plan_code=plan,
        severity=severity,
        metric="first_response",
        bases=["contract", "watch", "catch_up"],
        version=version,
        made_at=made_at,
    )
    for step in steps:
        given = {"recipients": [f"user:{teller.pk}"], **step}
        EscalationStep.objects.create(policy=made, **given)
    return made


def watched(count: int = 1, at: datetime = OPENED) -> list[Ticket]:
    """Enterprise S1 tickets under that policy, in the past and unanswered; nothing swept yet."""
    policy(person("Olga", "operators"))
    customer("enterprise")
    return [ticket_by_mail(at) for _ in range(count)]


def differences(now: datetime) -> list[StepDifference]:
    """What the audit of everything finds."""
    return list(audit_all(AuditedSteps(), now=now))


def found(now: datetime) -> list[tuple[str, str, int, bool]]:
    """The same, in short: what, step, repeat, explained."""
    return [
        (each.what, each.step.partition("/")[2], each.repeat, bool(each.explanation))
        for each in differences(now)
    ]
