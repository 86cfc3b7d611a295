"""A policy before it is made: what it must say, and what it may not."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sla.domain.clocks.target import Metric
from sla.domain.escalation.policy import SHARES, Policy, Step
from sla.domain.escalation.words import REPEATS_MOST, StepKind
from tickets.domain.words import Severity

BASES = ("contract", "watch", "catch_up", "objective")
MINUTE_US = 60_000_000
_CODE = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
_PLAIN_WORDS = frozenset({"assignee", "csm", "on_duty", "source"})
_NAMED_WORDS = re.compile(r"role:[a-z0-9]+(?:[-_][a-z0-9]+)*|(?:user|channel):[1-9][0-9]{0,17}")
_SHARE_MOST = 10 * SHARES
# Ten years: what an offset or an interval may be at most.
_LONGEST_US = 3650 * 86_400 * 1_000_000


class PolicyRefused(ValueError):
    """A policy cannot be made like this; the message says what to change.

    `template` is the sentence with %(name)s for each of `values`, so that it can be translated.
    """

    def __init__(self, template: str, **values: object) -> None:
        self.template = template
        self.values = values
        super().__init__(template % values if values else template)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDraft:
    """All that a version of a policy says; an empty plan or severity stands for any."""

    code: str
    name: str
    metric: Metric
    bases: tuple[str, ...]
    steps: tuple[Step, ...]
    plan: str = ""
    severity: str = ""

    def as_policy(self, *, made_at: int) -> Policy:
        """The policy that it would be, made at an instant (microseconds); for a dry run."""
        return Policy(
            id=0,
            code=self.code,
            metric=self.metric,
            bases=frozenset(self.bases),
            made_at=made_at,
            steps=self.steps,
            plan=self.plan,
            severity=self.severity,
        )


def check_draft(draft: PolicyDraft) -> None:
    """Raises PolicyRefused for the first thing that is wrong."""
    _check_code(draft.code)
    if not draft.name.strip():
        raise PolicyRefused("The policy needs a name.")
    if draft.severity not in {"", *Severity}:
        raise PolicyRefused("The severity is S1, S2, S3, S4 or empty.")
    if not draft.bases or not set(draft.bases) <= set(BASES):
        raise PolicyRefused("Choose at least one kind of clock.")
    if not draft.steps:
        raise PolicyRefused("A policy without a step tells nobody: end it instead.")
    codes = [step.code for step in draft.steps]
    if len(set(codes)) != len(codes):
        raise PolicyRefused("Two steps have the same code.")
    for step in draft.steps:
        _check_code(step.code)
        _check_place(step)
        _check_repeats(step)
        _check_recipients(step)


def is_recipient(word: str) -> bool:
    """Whether a word may stand among the recipients of a step."""
    return word in _PLAIN_WORDS or _NAMED_WORDS.fullmatch(word) is not None


def in_order(steps: Iterable[Step], allowance_us: int) -> list[Step]:
    """Steps by the allowance that is used up when they come."""
    return sorted(steps, key=lambda step: used_at(step, allowance_us))


def used_at(step: Step, allowance_us: int) -> int:
    """How much of the clock's own time has passed when a step comes, in microseconds."""
    if step.kind is StepKind.FRACTION:
        return allowance_us * step.share // SHARES
    if step.kind is StepKind.BEFORE_DUE:
        return max(allowance_us - step.offset_us, 0)
    return allowance_us + step.offset_us


def _check_code(code: str) -> None:
    if len(code) > 40 or not _CODE.fullmatch(code):
        raise PolicyRefused(
            "“%(code)s” is no code: small letters, digits and dashes, 40 at most.", code=code[:50]
        )


def _check_place(step: Step) -> None:
    by_share = step.kind is StepKind.FRACTION
    if not 0 <= step.share <= _SHARE_MOST or (step.share and not by_share):
        raise PolicyRefused(
            "Step %(code)s: the share must lie between 0 and 1000 per cent.", code=step.code
        )
    if not 0 <= step.offset_us <= _LONGEST_US or (step.offset_us and by_share):
        raise PolicyRefused(
            "Step %(code)s: the time before or after the deadline is wrong.", code=step.code
        )


def _check_repeats(step: Step) -> None:
    if step.repeat_every_us is None:
        if step.repeat_at_most:
            raise PolicyRefused("Step %(code)s: say after how long it is repeated.", code=step.code)
    elif not MINUTE_US <= step.repeat_every_us <= _LONGEST_US:
        raise PolicyRefused("Step %(code)s: repeats are at least one minute apart.", code=step.code)
    elif not 1 <= step.repeat_at_most <= REPEATS_MOST:
        raise PolicyRefused(
            "Step %(code)s: it is repeated at least once and at most %(most)s times.",
            code=step.code,
            most=REPEATS_MOST,
        )


def _check_recipients(step: Step) -> None:
    if not step.recipients:
        raise PolicyRefused("Step %(code)s has no recipient.", code=step.code)
    for word in step.recipients:
        if not is_recipient(word):
            raise PolicyRefused(
                "Step %(code)s: “%(word)s” is no recipient.", code=step.code, word=word[:50]
            )
