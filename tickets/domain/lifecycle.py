"""Where a ticket stands: a pure reading of its log, whatever order the facts arrived in."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from tickets.domain.facts import Fact, in_order
from tickets.domain.severity_log import read_severity
from tickets.domain.words import EventKind, Severity, SeverityBy, Status, WaitCause


@dataclass(slots=True, kw_only=True)
class Standing:
    """The present state of a ticket, as its columns store it."""

    status: Status = Status.OPEN
    wait_cause: str = ""
    severity: Severity = Severity.S3
    severity_by: SeverityBy = SeverityBy.RULES
    # Something sounded more severe, and no person has looked since.
    doubted: bool = False
    opened_at: datetime | None = None
    last_customer_message_at: datetime | None = None
    answered_at: datetime | None = None
    solved_at: datetime | None = None


def read_standing(facts: Iterable[Fact]) -> Standing:
    """Replays the log; at least one `opened` must be in it."""
    ordered = in_order(facts)
    bounced = {fact.details["of_event"] for fact in ordered if fact.kind is EventKind.REPLY_BOUNCED}
    severity = read_severity(ordered)
    standing = Standing(
        severity=severity.severity, severity_by=severity.by, doubted=bool(severity.doubts)
    )
    spam = False
    for fact in ordered:
        if fact.kind is EventKind.AGENT_REPLIED and fact.key in bounced:
            continue
        if fact.kind in {EventKind.MARKED_SPAM, EventKind.UNMARKED_SPAM}:
            spam = fact.kind is EventKind.MARKED_SPAM
        _take(standing, fact)
    if spam:
        standing.status, standing.wait_cause = Status.SPAM, ""
    return standing


def _take(standing: Standing, fact: Fact) -> None:
    step = _STEPS.get(fact.kind)
    if step is not None:
        step(standing, fact)


def _open(standing: Standing, fact: Fact) -> None:
    if standing.opened_at is not None:
        return
    standing.opened_at = fact.at
    if fact.details.get("by", "customer") == "customer":
        standing.last_customer_message_at = fact.at


def _customer_wrote(standing: Standing, fact: Fact) -> None:
    standing.last_customer_message_at = fact.at
    if standing.wait_cause == WaitCause.CUSTOMER:
        _end_wait(standing, fact)


def _agent_replied(standing: Standing, fact: Fact) -> None:
    standing.answered_at = standing.answered_at or fact.at


def _start_wait(standing: Standing, fact: Fact) -> None:
    if standing.status is not Status.SOLVED:
        standing.status = Status.WAITING
        standing.wait_cause = WaitCause(fact.details.get("cause", WaitCause.CUSTOMER))


def _end_wait(standing: Standing, _fact: Fact) -> None:
    if standing.status is Status.WAITING:
        standing.status, standing.wait_cause = Status.OPEN, ""


def _solve(standing: Standing, fact: Fact) -> None:
    if standing.status is not Status.SOLVED:
        standing.status, standing.wait_cause, standing.solved_at = Status.SOLVED, "", fact.at


def _reopen(standing: Standing, _fact: Fact) -> None:
    if standing.status is Status.SOLVED:
        standing.status, standing.solved_at = Status.OPEN, None


_STEPS: Mapping[EventKind, Callable[[Standing, Fact], None]] = {
    EventKind.OPENED: _open,
    EventKind.CUSTOMER_WROTE: _customer_wrote,
    EventKind.AGENT_REPLIED: _agent_replied,
    EventKind.WAITING_STARTED: _start_wait,
    EventKind.WAITING_ENDED: _end_wait,
    EventKind.SOLVED: _solve,
    EventKind.REOPENED: _reopen,
}
