"""What a tool's own SLA says of the first response to its tickets: plain records."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolFigure:
    """What one reading tells of one ticket; None: this reading did not say.

    `policy_seen`: a target was put on it; `withdraws_breach`: what was called missed before was
    taken back. `target_us` is in microseconds.
    """

    thread: str
    started_at: datetime | None = None
    due_at: datetime | None = None
    answered_at: datetime | None = None
    missed: bool | None = None
    target_us: int | None = None
    in_business_hours: bool | None = None
    policy_seen: bool = False
    withdraws_breach: bool = False
    is_gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FiguresRead:
    """One turn of reading; the next one goes on at `cursor`. `is_all`: nothing more is there."""

    figures: Sequence[ToolFigure]
    cursor: str
    is_all: bool
