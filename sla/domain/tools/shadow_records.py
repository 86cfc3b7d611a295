"""What is laid side by side in a shadow run: a tool's figures, ours, and how they differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sla.domain.time.business_hours import BusinessHours


class ShadowCause(StrEnum):
    """Why a tool's figure and ours differ; each is given only with evidence."""

    UNEXPLAINED = "unexplained"
    NO_TARGET = "no_target"
    NOT_PROMISED = "not_promised"
    GONE = "gone"
    IMPORTED = "imported"
    OTHER_START = "other_start"
    LATE_WEBHOOK = "late_webhook"
    ALLOWANCE = "allowance"
    SEVERITY = "severity"
    SCHEDULE = "schedule"
    CALENDAR = "calendar"
    HOLIDAY = "holiday"
    TIME_ZONE = "time_zone"
    PAUSES = "pauses"
    BY_MACHINE = "by_machine"
    BY_NOTE = "by_note"
    BY_SOLVING = "by_solving"
    BOUNCED = "bounced"
    ROUNDING = "rounding"


class What(StrEnum):
    """Which figure differs."""

    PRESENCE = "presence"
    START = "start"
    DUE = "due"
    ANSWER = "answer"
    VERDICT = "verdict"


class Verdict(StrEnum):
    """How the figures of one ticket stand beside each other."""

    OPEN = "open"
    AGREES = "agrees"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Theirs:
    """The first response as a tool counts it, as known at `read_at`; None: not known.

    `schedules`: the business hours that the tool has; it does not say which ones a ticket counts.
    `missed` is None while it is undecided; `in_business_hours` None where the tool does not say.
    """

    read_at: datetime
    started_at: datetime | None = None
    due_at: datetime | None = None
    answered_at: datetime | None = None
    missed: bool | None = None
    target_us: int | None = None
    in_business_hours: bool | None = None
    has_target: bool = True
    is_gone: bool = False
    schedules: Sequence[BusinessHours] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """The promised first response as our clock counts it.

    `allowances`: what the same plan grants for each severity, on the same kind of calendar.
    """

    started_at: datetime
    due_at: datetime | None
    answered_at: datetime | None
    allowance_us: int
    hours: BusinessHours
    severity: str
    allowances: Mapping[str, int]
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One figure that differs, both sides as instants or words, and why: never without a cause."""

    what: What
    theirs: datetime | str | None
    ours: datetime | str | None
    causes: Sequence[ShadowCause]

    @property
    def is_explained(self) -> bool:
        """Whether there is evidence for every part of it."""
        return ShadowCause.UNEXPLAINED not in self.causes


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How one ticket's figures stand beside each other."""

    verdict: Verdict
    differences: Sequence[Difference] = ()

    @property
    def is_explained(self) -> bool:
        """Whether nothing of it is left without a cause."""
        return all(each.is_explained for each in self.differences)

    @property
    def causes(self) -> Sequence[ShadowCause]:
        """All causes, each once, in the order of the figures."""
        found = [cause for each in self.differences for cause in each.causes]
        return tuple(dict.fromkeys(found))
