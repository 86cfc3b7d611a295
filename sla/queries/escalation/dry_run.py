"""Who would be told what, and when: a policy tried on a ticket that nobody answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib.auth.models import User

from sla.domain.clocks.clock import ClockEvent, ClockEventKind, Reading, read
from sla.domain.clocks.target import Metric, Target
from sla.domain.escalation.policy import Policy, PolicyBook, Step
from sla.domain.escalation.steps import Stretch, plan_steps
from sla.domain.time.business_hours import BusinessHours
from sla.models import ContactRole, NoticeChannel
from sla.queries.duty.turns import on_duty
from sla.queries.terms.calendars import current_calendars, hours_of
from sla.queries.terms.contracts import load_contracts
from tickets.domain.instants import from_microseconds, to_microseconds
from tickets.domain.words import Severity
from tickets.queries import person_name

# Of a step that is repeated, this many repeats are shown.
SHOWN_REPEATS = 3
_FAR_US = 400 * 86_400 * 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DryLine:
    """One step of a dry run; `names` are the people meant by each word, known or not."""

    at: datetime
    step: Step
    repeat: int
    names: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """What would have happened to a ticket opened at an instant."""

    opened_at: datetime
    due_at: datetime
    allowance_us: int
    lines: Sequence[DryLine]


def target_of(metric: Metric, plan: str, severity: str, at: datetime) -> Target | None:
    """The target by the terms or objectives in force at an instant; None without one."""
    contracts = load_contracts(())
    if metric is Metric.FIRST_RESPONSE:
        of_plan = contracts.terms_at(at).plan(plan)
        allowance = of_plan.target(Severity(severity)).allowance_us
        return Target(allowance, _hours(of_plan.calendar))
    objectives = contracts.objectives_at(at)
    if objectives is None:
        return None
    objective = objectives.plan(plan)
    allowance = objective.objective(metric, Severity(severity)).allowance_us
    return Target(allowance, _hours(objective.calendar))


def dry_run(
    policy: Policy, *, plan: str, severity: str, target: Target, opened_at: datetime
) -> DryRun:
    """Every step of a ticket opened at an instant, never answered and never acknowledged."""
    steps = {step.code: step for step in policy.steps}
    policy = replace(policy, made_at=0, steps=tuple(_shortened(step) for step in policy.steps))
    reading = _reading(target, to_microseconds(opened_at))
    stretch = Stretch(
        since=reading.started_at,
        until=None,
        plan=plan,
        severity=severity,
        reading=reading,
        known_at=reading.started_at + _FAR_US,
    )
    planned = plan_steps(
        [stretch], metric=policy.metric, basis=min(policy.bases), book=PolicyBook([policy])
    )
    passed = sorted(planned.passed, key=lambda each: (each.at, each.code, each.repeat))
    known = _known_names({word for step in policy.steps for word in step.recipients})
    return DryRun(
        opened_at=opened_at,
        due_at=from_microseconds(reading.due_at or reading.started_at),
        allowance_us=target.allowance_us,
        lines=[
            DryLine(
                at=from_microseconds(each.at),
                step=steps[each.step.code],
                repeat=each.repeat,
                names=_names(each.step, from_microseconds(each.at), known),
            )
            for each in passed
        ],
    )


def _shortened(step: Step) -> Step:
    return replace(step, repeat_at_most=min(step.repeat_at_most, SHOWN_REPEATS))


def _reading(target: Target, opened_at: int) -> Reading:
    opened = ClockEvent(at=opened_at, kind=ClockEventKind.OPENED, key="opened")
    far = opened_at + _FAR_US
    return read([opened], {Metric.FIRST_RESPONSE: target}, far)[Metric.FIRST_RESPONSE][0]


def _hours(calendar: str) -> BusinessHours:
    return hours_of(current_calendars()[calendar])


def _names(step: Step, at: datetime, known: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    return {
        word: [person_name(person) for person in on_duty(at)]
        if word == "on_duty"
        else list(known.get(word, ()))
        for word in step.recipients
    }


def _known_names(words: set[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    roles = [word.partition(":")[2] for word in words if word.startswith("role:")]
    for role in ContactRole.objects.filter(code__in=roles).prefetch_related("people"):
        found[f"role:{role.code}"] = [
            person_name(each) for each in role.people.all() if each.is_active
        ]
    people = [word.partition(":")[2] for word in words if word.startswith("user:")]
    for person in User.objects.filter(pk__in=people, is_active=True):
        found[f"user:{person.pk}"] = [person_name(person)]
    channels = [word.partition(":")[2] for word in words if word.startswith("channel:")]
    for channel in NoticeChannel.objects.filter(pk__in=channels, is_active=True).only("name"):
        found[f"channel:{channel.pk}"] = [channel.name]
    return found
