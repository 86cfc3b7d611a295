"""The steps of stored clocks: planned from the log, and compared with what was recorded."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sla.domain.clocks.clock import Reading
from sla.domain.escalation.policy import PolicyBook
from sla.domain.escalation.run import stretches_of
from sla.domain.escalation.steps import PlannedStep, StepPlan, plan_steps
from sla.domain.hooks.limits import Subscriber
from sla.models import Acknowledgement, Escalation
from sla.queries.clocks.readings import RunReading, read_runs
from sla.queries.escalation.policies import book_of
from sla.queries.hooks.subscribers import subscribers_of
from sla.queries.set_up import newest_set_up
from sla.queries.terms.calendars import hours_of
from tickets.domain.facts import Fact
from tickets.domain.instants import to_microseconds

StepKey = tuple[str, int]
_NOTHING = StepPlan(passed=(), next_at=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plans:
    """What steps are planned with: the policies, and by clock what is recorded of it already.

    `subscribers`: the programs that hear of what a reading finds.
    """

    book: PolicyBook
    subscribers: Sequence[Subscriber] = ()
    recorded: Mapping[int, Collection[StepKey]] = field(default_factory=dict)
    acknowledged: Mapping[int, Sequence[int]] = field(default_factory=dict)
    without_steps: bool = False

    @property
    def newest(self) -> int:
        """The newest policy version that these plans know."""
        return self.book.newest

    def plan(
        self, run: RunReading, facts: Sequence[Fact], as_of: int, clock_id: int | None
    ) -> StepPlan:
        """The steps that a run has passed and that are not recorded, and when to look again."""
        if self.without_steps or not self.newest:
            return _NOTHING
        acknowledged = self.acknowledged.get(clock_id, ()) if clock_id else ()
        plan = plan_run(run, facts, as_of=as_of, book=self.book, acknowledged=acknowledged)
        recorded = self.recorded.get(clock_id, ()) if clock_id else ()
        return replace(plan, passed=_unrecorded(plan.passed, recorded))


def load_plans(clock_ids: Collection[int]) -> Plans:
    """The policies, and what is recorded of some clocks: in three queries when nothing is new."""
    set_up = newest_set_up()
    book = book_of(set_up)
    recorded: dict[int, set[StepKey]] = defaultdict(set)
    acknowledged: dict[int, list[int]] = defaultdict(list)
    if book.newest and clock_ids:
        rows = Escalation.objects.filter(clock_id__in=clock_ids).order_by()
        for clock_id, code, repeat in rows.values_list("clock_id", "step_code", "repeat"):
            recorded[clock_id].add((code, repeat))
        acks = Acknowledgement.objects.filter(clock_id__in=clock_ids).order_by("at")
        for clock_id, at in acks.values_list("clock_id", "at"):
            acknowledged[clock_id].append(to_microseconds(at))
    return Plans(
        book=book,
        subscribers=subscribers_of(set_up),
        recorded=recorded,
        acknowledged=acknowledged,
    )


def plan_run(
    run: RunReading,
    facts: Sequence[Fact],
    *,
    as_of: int,
    book: PolicyBook,
    acknowledged: Sequence[int] = (),
) -> StepPlan:
    """Every step that a run has passed at `as_of` (microseconds), recorded or not."""

    def read_before(at: int) -> Reading | None:
        earlier = tuple(change for change in run.pins.changes if change.at < at)
        commitment = replace(run.commitment, pins=replace(run.pins, changes=earlier))
        runs = read_runs(commitment, facts, at - 1)
        return next((each for each in runs if each.run_key == run.run_key), None)

    return plan_steps(
        stretches_of(
            run.reading, run.pins, as_of=as_of, hours_of=hours_of, read_before=read_before
        ),
        metric=run.metric,
        basis=run.basis,
        book=book,
        acknowledged=acknowledged,
    )


def _unrecorded(
    passed: Sequence[PlannedStep], recorded: Collection[StepKey]
) -> tuple[PlannedStep, ...]:
    return tuple(step for step in passed if (step.code, step.repeat) not in recorded)
