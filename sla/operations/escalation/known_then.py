"""Whether a step was right by what was known when it fired: a fact may have arrived later."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sla.domain.clocks.ledger import EntryKind
from sla.domain.escalation.policy import PolicyBook
from sla.domain.escalation.steps import PlannedStep
from sla.domain.escalation.words import Outcome
from sla.models import Clock, Escalation
from sla.operations.escalation.plans import plan_run
from sla.queries.clocks.commitments import Commitment
from sla.queries.clocks.readings import key_of, pinned_commitments, read_commitments
from tickets.domain.facts import Fact
from tickets.domain.instants import from_microseconds, to_microseconds
from tickets.domain.words import EventKind
from tickets.models import TicketEvent

# An operation takes its instant first and is written down a little later: it may have waited for
# the ticket's lock, which the sweep held.
_WAITS = timedelta(seconds=60)
_MICROSECOND = timedelta(microseconds=1)
LATER = "something was told later: right by what was known when it fired"
REPINNED = "the clock was read with other terms later"


@dataclass(frozen=True, slots=True)
class _Logged:
    recorded_at: datetime
    fact: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownThen:
    """One clock among those of its ticket, and what its steps are planned with."""

    clock: Clock
    clocks: Sequence[Clock]
    book: PolicyBook
    acknowledged: Sequence[int]

    def explains(self, row: Escalation) -> str:
        """Why the plan of today says otherwise; empty when nothing explains it."""
        later = self.clock.entries.filter(recorded_at__gte=row.fired_at - _WAITS)
        if later.filter(kind=EntryKind.REPINNED).exists():
            return REPINNED
        events = TicketEvent.objects.filter(ticket_id=self.clock.ticket_id).order_by()
        log = [
            _Logged(
                event.recorded_at,
                Fact(
                    key=str(event.pk),
                    kind=EventKind(event.kind),
                    at=event.at,
                    details=event.details,
                ),
            )
            for event in events
        ]
        told = [
            *(logged.recorded_at for logged in log),
            *map(from_microseconds, self.acknowledged),
            *(from_microseconds(policy.made_at) for policy in self.book.versions),
        ]
        was_right = any(self._was_planned(row, log, at) for at in _moments(told, row.fired_at))
        return LATER if was_right else ""

    def _was_planned(self, row: Escalation, log: Sequence[_Logged], known_at: datetime) -> bool:
        facts = [logged.fact for logged in log if logged.recorded_at <= known_at]
        if not facts:
            return False
        as_of = max(row.fired_at, *(fact.at for fact in facts))
        keys = {fact.key for fact in facts}
        unknown = {logged.fact.key for logged in log} - keys
        commitments = [
            _as_known(each, unknown, to_microseconds(as_of))
            for each in pinned_commitments(self.clocks)
        ]
        run = read_commitments(commitments, facts, as_of).get(key_of(self.clock))
        if run is None:
            return False
        known_us = to_microseconds(known_at)
        plan = plan_run(
            run,
            facts,
            as_of=to_microseconds(as_of),
            book=PolicyBook(each for each in self.book.versions if each.made_at <= known_us),
            acknowledged=sorted(at for at in self.acknowledged if at <= known_us),
        )
        return any(says_the_same(row, step) for step in plan.passed)


def says_the_same(row: Escalation, step: PlannedStep) -> bool:
    """Whether a row is what was planned; whether anybody could be told is not in the log."""
    return (
        (row.step_code, row.repeat) == (step.code, step.repeat)
        and to_microseconds(row.due_at) == step.at
        and (row.outcome == Outcome.NOT_APPLICABLE) == (step.outcome is Outcome.NOT_APPLICABLE)
    )


def _moments(told: Iterable[datetime], fired_at: datetime) -> list[datetime]:
    """When it fired, and just before each thing that may have been on its way then."""
    lately = {at - _MICROSECOND for at in told if fired_at - _WAITS < at <= fired_at}
    return [fired_at, *sorted(lately, reverse=True)]


def _as_known(commitment: Commitment, unknown: set[str], as_of: int) -> Commitment:
    """Without the changes that later facts brought, and without an end that had not come."""
    changes = tuple(each for each in commitment.pins.changes if each.key not in unknown)
    until = commitment.until if commitment.until is not None and commitment.until <= as_of else None
    return replace(commitment, pins=replace(commitment.pins, changes=changes), until=until)
