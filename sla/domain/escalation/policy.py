"""Escalation policies as pure values, and which of them governs a clock at an instant."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from sla.domain.clocks.target import Metric
from sla.domain.escalation.words import StepKind

SHARES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """When somebody hears, and who; microseconds of the clock's own time.

    `share` is in ten-thousandths of the allowance.
    """

    code: str
    kind: StepKind
    share: int = 0
    offset_us: int = 0
    repeat_every_us: int | None = None
    repeat_at_most: int = 0
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One version of a policy, in force from `made_at` (microseconds) to the next of its code."""

    id: int
    code: str
    metric: Metric
    bases: frozenset[str]
    made_at: int
    steps: tuple[Step, ...]
    plan: str = ""
    severity: str = ""
    is_retired: bool = False

    @property
    def exactness(self) -> tuple[bool, bool]:
        """Plan and severity before plan, plan before severity, severity before any."""
        return (self.plan != "", self.severity != "")

    def matches(self, plan: str, severity: str, basis: str) -> bool:
        """Whether it is about such clocks; what it leaves empty stands for any."""
        return (
            not self.is_retired
            and self.plan in {"", plan}
            and self.severity in {"", severity}
            and basis in self.bases
        )

    def key_of(self, step: Step) -> str:
        """The code under which a step is recorded: the same in every version."""
        return f"{self.code}/{step.code}"


class PolicyBook:
    """Every version of every policy: who governs what, and since when."""

    def __init__(self, versions: Iterable[Policy]) -> None:
        self.versions = tuple(sorted(versions, key=lambda policy: (policy.made_at, policy.id)))
        self._known: dict[tuple[str, str, str, str, int], Policy | None] = {}

    @property
    def newest(self) -> int:
        """The id of the version made last; 0 when there is none."""
        return max((policy.id for policy in self.versions), default=0)

    @cached_property
    def _edits(self) -> dict[Metric, list[int]]:
        found: dict[Metric, set[int]] = defaultdict(set)
        for policy in self.versions:
            found[policy.metric].add(policy.made_at)
        return {metric: sorted(edits) for metric, edits in found.items()}

    def edits(self, metric: Metric, since: int, until: int) -> list[int]:
        """The instants in (since, until) at which a policy of this metric was made or changed."""
        edits = self._edits.get(metric, [])
        return [at for at in edits[bisect_right(edits, since) :] if at < until]

    def governing(
        self, *, plan: str, severity: str, metric: Metric, basis: str, at: int
    ) -> Policy | None:
        """The most exact policy in force at an instant; names and order decide nothing."""
        number = bisect_right(self._edits.get(metric, []), at)
        key = (plan, severity, metric, basis, number)
        if key not in self._known:
            in_force = {
                policy.code: policy
                for policy in self.versions
                if policy.metric is metric and policy.made_at <= at
            }
            self._known[key] = max(
                (each for each in in_force.values() if each.matches(plan, severity, basis)),
                key=lambda policy: (policy.exactness, policy.id),
                default=None,
            )
        return self._known[key]
