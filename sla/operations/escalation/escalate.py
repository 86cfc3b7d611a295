"""Firing: the escalations of passed steps and their notices, in the transaction of the reading."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sla.domain.escalation.policy import Policy
from sla.domain.escalation.steps import PlannedStep
from sla.domain.escalation.words import Outcome
from sla.models import Clock, Escalation
from sla.operations.escalation.queue_notices import Told, queue_notices
from sla.queries.duty.ways import Addressee
from sla.queries.escalation.recipients import Directory, concerned_by, load_directory
from sla.queries.tools.shadow import runs_over
from tickets.domain.instants import from_microseconds

_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A step that a clock has passed; `swept` when only time had to pass for it to be seen."""

    clock: Clock
    step: PlannedStep
    seen_at: datetime
    swept: bool


def escalate(passed: Sequence[Passed]) -> None:
    """Records each step once, and queues a notice for everybody whom it tells.

    The caller holds the tickets' locks, so nobody else plans the same clocks; the database's key
    refuses a second record all the same. The number of statements does not grow with the steps.
    """
    now = max(each.seen_at for each in passed)
    directory = _directory(passed, now)
    told: list[Told] = []
    rows = [_record(each, directory, told) for each in passed]
    told = _without_shadows(rows, told)
    Escalation.objects.bulk_create(rows)
    queue_notices(told, now=now)


def _without_shadows(rows: Sequence[Escalation], told: Sequence[Told]) -> list[Told]:
    """Nobody is woken by a source that runs in the shadow; the steps say by which run."""
    runs = runs_over({row.clock.ticket_id for row in rows})
    for row in rows:
        if row.clock.ticket_id in runs:
            row.detail = {**row.detail, "shadow": runs[row.clock.ticket_id]}
    return [each for each in told if each.escalation.clock.ticket_id not in runs]


def _directory(passed: Sequence[Passed], now: datetime) -> Directory:
    fired = [each for each in passed if each.step.outcome is Outcome.FIRED]
    # A step without anybody passes its notice on, so all steps of the policy may be asked for.
    words = {word for each in fired for step in each.step.policy.steps for word in step.recipients}
    concerned = concerned_by({each.clock.ticket_id for each in fired}) if fired else {}
    return load_directory(words, concerned, now)


def _record(each: Passed, directory: Directory, told: list[Told]) -> Escalation:
    due_at = from_microseconds(each.step.at)
    # The instant may lie ahead where a fact was dated by a host whose clock is ahead of ours.
    fired_at = max(each.seen_at, due_at)
    row = Escalation(
        clock=each.clock,
        policy_id=each.step.policy.id,
        step_code=each.step.code,
        repeat=each.step.repeat,
        due_at=due_at,
        fired_at=fired_at,
        lag_ms=(fired_at - due_at) // _MILLISECOND if each.swept else None,
        outcome=each.step.outcome,
    )
    if each.step.outcome is not Outcome.FIRED:
        return row
    ticket_id = each.clock.ticket_id
    addressees = directory.addressees(each.step.step.recipients, ticket_id)
    if not addressees:
        row.outcome = Outcome.EMPTY
        instead, addressees = _passed_on(each.step.policy, each.step, directory, ticket_id)
        row.detail = {"passed_on_to": instead}
    told += [Told(addressee=addressee, escalation=row) for addressee in addressees]
    return row


def _passed_on(
    policy: Policy, empty: PlannedStep, directory: Directory, ticket_id: int
) -> tuple[str, list[Addressee]]:
    """The next step of the policy that reaches somebody: they hear at once, in its place."""
    following = policy.steps[policy.steps.index(empty.step) + 1 :]
    for step in following:
        addressees = directory.addressees(step.recipients, ticket_id)
        if addressees:
            return policy.key_of(step), addressees
    return "", []
