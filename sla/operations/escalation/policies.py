"""Making, changing and ending escalation policies: each time a new version, never a change."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.contrib.auth.models import User
from django.db import transaction

from sla.domain.escalation.document import shipped_escalation
from sla.domain.escalation.draft import PolicyDraft, PolicyRefused, check_draft
from sla.domain.escalation.policy import SHARES
from sla.domain.escalation.words import StepKind
from sla.models import ContactRole, EscalationPolicy, EscalationStep
from tickets.models.advisory import hold_until_commit

_MICROSECOND = timedelta(microseconds=1)
# One edit at a time, so that a higher id is also the later version.
_LOCK = "escalation policies"


@transaction.atomic
def save_policy(*, draft: PolicyDraft, user: User | None, now: datetime) -> EscalationPolicy:
    """Makes the next version of a policy, in force from `now` on (UTC, the database's clock).

    Running clocks follow at the next sweep; what lies before is not applicable to them.
    Raises PolicyRefused.
    """
    check_draft(draft)
    hold_until_commit(_LOCK)
    present = _latest(draft.code)
    taken = EscalationPolicy.objects.filter(
        is_current=True, plan_code=draft.plan, severity=draft.severity, metric=draft.metric
    ).exclude(code=draft.code)
    other = taken.first()
    if other is not None:
        raise PolicyRefused(
            "The policy “%(name)s” is for the same plan, severity and metric: end it first.",
            name=other.name,
        )
    made = _make(draft, present, user, now)
    EscalationStep.objects.bulk_create(
        EscalationStep(
            policy=made,
            code=step.code,
            kind=step.kind,
            fraction=Decimal(step.share) / SHARES if step.kind is StepKind.FRACTION else None,
            offset_us=step.offset_us,
            repeat_every_us=step.repeat_every_us,
            repeat_at_most=step.repeat_at_most,
            recipients=list(step.recipients),
        )
        for step in draft.steps
    )
    return made


@transaction.atomic
def end_policy(*, code: str, user: User | None, now: datetime) -> EscalationPolicy:
    """Ends a policy by a last version: from `now` on a less exact one governs, or none.

    Raises PolicyRefused when there is none in force.
    """
    hold_until_commit(_LOCK)
    present = _latest(code)
    if present is None or present.is_retired:
        raise PolicyRefused("This policy is not in force.")
    EscalationPolicy.objects.filter(code=code, is_current=True).update(is_current=False)
    return EscalationPolicy.objects.create(
        code=code,
        name=present.name,
        plan_code=present.plan_code,
        severity=present.severity,
        metric=present.metric,
        bases=present.bases,
        version=present.version + 1,
        is_current=False,
        is_retired=True,
        made_at=_after(present, now),
        made_by=user,
    )


@transaction.atomic
def load_escalation(*, now: datetime) -> list[str]:
    """Loads the shipped policies that were never there, and the roles; the codes of the new ones.

    A policy that was changed or ended here stays as it is. Raises TermsError.
    """
    document = shipped_escalation()
    for code, name in document.roles.items():
        ContactRole.objects.get_or_create(code=code, defaults={"name": name.en})
    known = set(EscalationPolicy.objects.values_list("code", flat=True))
    taken = set(
        EscalationPolicy.objects.filter(is_current=True).values_list(
            "plan_code", "severity", "metric"
        )
    )
    loaded = []
    for draft in document.policies:
        slot = (draft.plan, draft.severity, str(draft.metric))
        if draft.code not in known and slot not in taken:
            save_policy(draft=draft, user=None, now=now)
            loaded.append(draft.code)
    return loaded


def _make(
    draft: PolicyDraft, present: EscalationPolicy | None, user: User | None, now: datetime
) -> EscalationPolicy:
    EscalationPolicy.objects.filter(code=draft.code, is_current=True).update(is_current=False)
    return EscalationPolicy.objects.create(
        code=draft.code,
        name=draft.name.strip(),
        plan_code=draft.plan,
        severity=draft.severity,
        metric=draft.metric,
        bases=list(draft.bases),
        version=present.version + 1 if present else 1,
        made_at=_after(present, now),
        made_by=user,
    )


def _latest(code: str) -> EscalationPolicy | None:
    return EscalationPolicy.objects.filter(code=code).order_by("-version").first()


def _after(present: EscalationPolicy | None, now: datetime) -> datetime:
    return now if present is None else max(now, present.made_at + _MICROSECOND)
