"""Proving that what fired is what should have: every step planned again from the log."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from sla.domain.escalation.policy import PolicyBook
from sla.domain.escalation.steps import PlannedStep
from sla.domain.escalation.words import Outcome
from sla.models import Acknowledgement, Clock, Escalation, NoticeItem
from sla.operations.escalation.known_then import KnownThen, says_the_same
from sla.operations.escalation.plans import plan_run
from sla.queries.clocks.readings import (
    Key,
    RunReading,
    key_of,
    read_commitments,
    standing_commitments,
)
from sla.queries.escalation.policies import load_book
from tickets.domain.facts import Fact
from tickets.domain.instants import from_microseconds, to_microseconds
from tickets.models import Ticket
from tickets.queries import logs_of

StepKey = tuple[str, int]
BATCH = 500
# A step that has just passed is the next sweep's, not yet a finding.
GRACE = timedelta(seconds=30)
# A new policy is read by every running clock, batch by batch.
_PLANNED_ANEW = timedelta(hours=1)
# Whoever has been stale for longer is read by nobody: a finding.
STALE_FOR = timedelta(minutes=5)
STALE = "the clocks are marked stale: read again soon"
OLDER_PLAN = "a policy was made lately: planned anew soon"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDifference:
    """One step on which the rows and the log disagree, and why, where that is known.

    `what`: missing, unexpected, due_at, outcome, notice, reading. `at`: of the step, or of its row.
    """

    clock: int | None
    ticket: str
    step: str
    repeat: int
    what: str
    at: datetime
    planned: object
    recorded: object
    explanation: str


@dataclass(slots=True)
class AuditedSteps:
    """How much was planned again."""

    clocks: int = 0
    planned: int = 0
    recorded: int = 0


def audit_all(audited: AuditedSteps, *, now: datetime) -> Iterator[StepDifference]:
    """Every difference of every clock, batch by batch."""
    last = 0
    while True:
        tickets = Ticket.objects.filter(pk__gt=last).order_by("pk")
        ids = list(tickets.values_list("pk", flat=True)[:BATCH])
        if not ids:
            return
        yield from audit_tickets(ids, audited, now=now)
        last = ids[-1]


def audit_tickets(
    ticket_ids: Collection[int], audited: AuditedSteps, *, now: datetime
) -> list[StepDifference]:
    """The differences of the clocks of some tickets, as one moment of the database shows them."""
    with transaction.atomic():
        _see_one_moment()
        batch = _Batch(ticket_ids, load_book(), now)
        found = [difference for ticket in batch.tickets for difference in batch.audit(ticket)]
    audited.clocks += batch.audited.clocks
    audited.planned += batch.audited.planned
    audited.recorded += batch.audited.recorded
    return found


def _see_one_moment() -> None:
    """Log, clocks and escalations are written in one transaction: a snapshot needs no lock."""
    if connection.savepoint_ids:
        return  # within a transaction of the caller's, which has asked something already
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


class _Batch:
    """Some tickets with all that is stored of them."""

    def __init__(self, ticket_ids: Collection[int], book: PolicyBook, now: datetime) -> None:
        self.now, self.book = now, book
        self.audited = AuditedSteps()
        self.tickets = list(Ticket.objects.filter(pk__in=ticket_ids).order_by("pk"))
        self.logs = logs_of(ticket_ids)
        self.clocks: dict[int, list[Clock]] = defaultdict(list)
        for clock in Clock.objects.filter(ticket_id__in=ticket_ids).order_by("pk"):
            self.clocks[clock.ticket_id].append(clock)
        ids = [clock.pk for clocks in self.clocks.values() for clock in clocks]
        self.rows: dict[int, dict[StepKey, Escalation]] = defaultdict(dict)
        for row in Escalation.objects.filter(clock_id__in=ids).order_by():
            self.rows[row.clock_id][row.step_code, row.repeat] = row
        self.acknowledged: dict[int, list[int]] = defaultdict(list)
        for clock_id, at in Acknowledgement.objects.filter(clock_id__in=ids).values_list(
            "clock_id", "at"
        ):
            self.acknowledged[clock_id].append(to_microseconds(at))
        self.told = set(
            NoticeItem.objects.filter(escalation__clock_id__in=ids).values_list(
                "escalation_id", flat=True
            )
        )

    def audit(self, ticket: Ticket) -> list[StepDifference]:
        """The differences of one ticket."""
        clocks, facts = self.clocks[ticket.pk], self.logs.get(ticket.pk, ())
        self.audited.clocks += len(clocks)
        latest = max((fact.at for fact in facts), default=self.now)
        as_of = max(self.now, latest)
        try:
            runs = read_commitments(standing_commitments(clocks), facts, as_of)
            return [
                difference
                for clock in clocks
                for difference in self._audit_clock(ticket, clock, runs, facts, as_of)
            ]
        except Exception as error:  # noqa: BLE001  (a log that cannot be read is a finding)
            return [_unreadable(ticket, clocks, error, self.now)]

    def _audit_clock(
        self,
        ticket: Ticket,
        clock: Clock,
        runs: Mapping[Key, RunReading],
        facts: Sequence[Fact],
        as_of: datetime,
    ) -> Iterator[StepDifference]:
        rows = self.rows[clock.pk]
        planned = self._planned(clock, runs.get(key_of(clock)), facts, as_of)
        self.audited.planned += len(planned)
        self.audited.recorded += len(rows)
        then = KnownThen(
            clock=clock,
            clocks=self.clocks[ticket.pk],
            book=self.book,
            acknowledged=self.acknowledged[clock.pk],
        )
        for key, step in planned.items():
            if key not in rows and from_microseconds(step.at) <= self.now - GRACE:
                yield _missing(ticket, clock, step, self._why_missing(ticket, clock))
        for key, row in rows.items():
            yield from _compare(ticket, clock, row, planned.get(key), then)
            in_shadow = "shadow" in row.detail
            if row.outcome == Outcome.FIRED and row.pk not in self.told and not in_shadow:
                yield _untold(ticket, clock, row)

    def _planned(
        self, clock: Clock, run: RunReading | None, facts: Sequence[Fact], as_of: datetime
    ) -> dict[StepKey, PlannedStep]:
        if run is None or clock.void:
            return {}
        plan = plan_run(
            run,
            facts,
            as_of=to_microseconds(as_of),
            book=self.book,
            acknowledged=sorted(self.acknowledged[clock.pk]),
        )
        return {(step.code, step.repeat): step for step in plan.passed}

    def _why_missing(self, ticket: Ticket, clock: Clock) -> str:
        if _is_stale_for_now(ticket, self.now):
            return STALE
        newest = max((policy.made_at for policy in self.book.versions), default=0)
        is_new = from_microseconds(newest) > self.now - _PLANNED_ANEW
        return OLDER_PLAN if is_new and clock.policies_read < self.book.newest else ""


def _compare(
    ticket: Ticket, clock: Clock, row: Escalation, step: PlannedStep | None, then: KnownThen
) -> Iterator[StepDifference]:
    """What a row says against the plan of today; else against that of the moment it was written."""
    planned: object = None
    what = "unexpected"
    recorded: object = row.due_at
    if step is not None:
        if says_the_same(row, step):
            return
        at = from_microseconds(step.at)
        what, planned = "due_at", at
        if at == row.due_at:
            what, planned, recorded = "outcome", step.outcome.value, row.outcome
    yield StepDifference(
        clock=clock.pk,
        ticket=ticket.reference,
        step=row.step_code,
        repeat=row.repeat,
        what=what,
        at=row.fired_at,
        planned=planned,
        recorded=recorded,
        explanation=then.explains(row),
    )


def _missing(ticket: Ticket, clock: Clock, step: PlannedStep, why: str) -> StepDifference:
    at = from_microseconds(step.at)
    return StepDifference(
        clock=clock.pk,
        ticket=ticket.reference,
        step=step.code,
        repeat=step.repeat,
        what="missing",
        at=at,
        planned=at,
        recorded=None,
        explanation=why,
    )


def _untold(ticket: Ticket, clock: Clock, row: Escalation) -> StepDifference:
    return StepDifference(
        clock=clock.pk,
        ticket=ticket.reference,
        step=row.step_code,
        repeat=row.repeat,
        what="notice",
        at=row.fired_at,
        planned="at least one",
        recorded=None,
        explanation="",
    )


def _unreadable(
    ticket: Ticket, clocks: Sequence[Clock], error: Exception, now: datetime
) -> StepDifference:
    return StepDifference(
        clock=clocks[0].pk if clocks else None,
        ticket=ticket.reference,
        step="",
        repeat=0,
        what="reading",
        at=now,
        planned=repr(error),
        recorded=None,
        explanation=STALE if _is_stale_for_now(ticket, now) else "",
    )


def _is_stale_for_now(ticket: Ticket, now: datetime) -> bool:
    since = ticket.clocks_stale_since
    return since is not None and since >= now - STALE_FOR
