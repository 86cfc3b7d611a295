"""Where a ticket stands: a pure reading of its log, whatever order the facts arrived in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tickets.domain.facts import Fact, in_order
from tickets.domain.words import EventKind, Severity, Status, WaitCause


@dataclass(slots=True, kw_only=True)
class Standing:
    """The present state of a ticket, as its columns store it."""

    status: Status = Status.OPEN
    wait_cause: str = ""
    severity: Severity = Severity.S3
    severity_by_person: bool = False
    opened_at: datetime | None = None
    last_customer_message_at: datetime | None = None
    answered_at: datetime | None = None
    solved_at: datetime | None = None


def read_standing(facts: Iterable[Fact]) -> Standing:
    """Replays the log; at least one `opened` must be in it."""
    ordered = in_order(facts)
    bounced = {fact.details["of_event"] for fact in ordered if fact.kind is EventKind.REPLY_BOUNCED}
    standing = Standing()
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
    match fact.kind:
        case EventKind.OPENED:
            if standing.opened_at is None:
                standing.opened_at = fact.at
                standing.severity = Severity(fact.details["severity"])
                if fact.details.get("by", "customer") == "customer":
                    standing.last_customer_message_at = fact.at
        case EventKind.CUSTOMER_WROTE:
            standing.last_customer_message_at = fact.at
            if standing.wait_cause == WaitCause.CUSTOMER:
                _stop_waiting(standing)
        case EventKind.AGENT_REPLIED:
            standing.answered_at = standing.answered_at or fact.at
        case EventKind.WAITING_STARTED:
            if standing.status is not Status.SOLVED:
                standing.status = Status.WAITING
                standing.wait_cause = WaitCause(fact.details.get("cause", WaitCause.CUSTOMER))
        case EventKind.WAITING_ENDED:
            if standing.status is Status.WAITING:
                _stop_waiting(standing)
        case EventKind.SOLVED:
            if standing.status is not Status.SOLVED:
                standing.status, standing.wait_cause = Status.SOLVED, ""
                standing.solved_at = fact.at
        case EventKind.REOPENED:
            if standing.status is Status.SOLVED:
                standing.status, standing.solved_at = Status.OPEN, None
        case EventKind.SEVERITY_CHANGED:
            standing.severity = Severity(fact.details["to"])
            standing.severity_by_person = True
        case _:
            pass


def _stop_waiting(standing: Standing) -> None:
    standing.status, standing.wait_cause = Status.OPEN, ""
