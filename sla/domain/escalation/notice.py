"""Notices: what one says, how long to wait after a failed attempt, and when to leave a channel."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sla.domain.clocks.target import Metric

MAX_ATTEMPTS: Final = 24
_FIRST_WAIT: Final = timedelta(seconds=10)
_LONGEST_WAIT: Final = timedelta(minutes=30)
# So many failures in a row, and a channel is left alone for a while.
BREAKS_AFTER: Final = 3
_FIRST_REST: Final = timedelta(seconds=30)
_LONGEST_REST: Final = timedelta(minutes=15)
# The mail server is shared by all: it is asked again soon.
SERVER_REST: Final = timedelta(seconds=30)
# What stood behind a notice that failed in the same channel.
HELD: Final = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLine:
    """One escalated clock as it stands now: codes, names of ours and of companies, instants (UTC).

    Nothing that a customer wrote is in it. `step` says which step fired, `fired_at` when,
    `should_at` when it should have.
    """

    ticket_id: int
    reference: str
    severity: str
    metric: Metric
    promised: bool
    plan: str
    customer: str
    assignee: str
    started_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    is_missed: bool
    acknowledged_at: datetime | None
    acknowledged_by: str
    escalation_id: int
    step: str
    repeat: int
    should_at: datetime
    fired_at: datetime

    @property
    def is_over(self) -> bool:
        """Nothing is left to do about it."""
        return self.ended_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Hours in which nobody is on duty, half-open, and how many customers that touches."""

    from_at: datetime
    to_at: datetime
    customers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HookTrouble:
    """A webhook of the reader's that fails: `what` is warned or disabled, `reason` a code."""

    name: str
    what: str
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFacts:
    """All that a notice says: in which language and zone, about what, and the one link.

    `instead_of`: the channel that did not take it before.
    """

    key: str
    kind: str
    language: str
    zone: str
    created_at: datetime
    link: str
    lines: Sequence[NoticeLine] = ()
    spans: Sequence[Span] = ()
    hook: HookTrouble | None = None
    instead_of: str = ""


def retry_wait(attempts: int, *, luck: float, asked: timedelta | None = None) -> timedelta:
    """How long to wait after the attempt of this number, counted from 1.

    `luck` from 0 to 1 spreads the attempts of many, so that they do not come back in one wave;
    `asked`: how long the other side asked to be left alone.
    """
    doublings: int = 2 ** min(attempts - 1, 20)
    wait = min(_FIRST_WAIT * doublings, _LONGEST_WAIT) * (0.75 + 0.5 * luck)
    return max(wait, min(asked, _LONGEST_WAIT)) if asked else wait


def channel_rest(failures: int) -> timedelta | None:
    """How long a channel is left alone after so many failures in a row; None: not at all."""
    if failures < BREAKS_AFTER:
        return None
    doublings: int = 2 ** min(failures - BREAKS_AFTER, 20)
    return min(_FIRST_REST * doublings, _LONGEST_REST)
