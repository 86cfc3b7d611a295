"""From a ticket's log to what the clocks know of: one table, and the pins as target changes."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from sla.domain.clocks.clock import ClockEvent, ClockEventKind
from sla.domain.clocks.pins import PinnedTarget, Pins
from sla.domain.clocks.target import Metric, Target
from sla.domain.time.business_hours import BusinessHours
from tickets.domain.facts import Fact, in_order
from tickets.domain.instants import to_microseconds
from tickets.domain.severity_log import read_severity
from tickets.domain.words import EventKind

HoursOf = Callable[[str], BusinessHours]

_KINDS: dict[EventKind, ClockEventKind] = {
    EventKind.OPENED: ClockEventKind.OPENED,
    EventKind.CUSTOMER_WROTE: ClockEventKind.CUSTOMER_WROTE,
    EventKind.AGENT_REPLIED: ClockEventKind.AGENT_REPLIED,
    EventKind.REPLY_BOUNCED: ClockEventKind.REPLY_BOUNCED,
    EventKind.WAITING_STARTED: ClockEventKind.WAITING_STARTED,
    EventKind.WAITING_ENDED: ClockEventKind.WAITING_ENDED,
    EventKind.SOLVED: ClockEventKind.SOLVED,
    EventKind.REOPENED: ClockEventKind.REOPENED,
    EventKind.MARKED_SPAM: ClockEventKind.CANCELLED,
}


def clock_events(
    facts: Iterable[Fact],
    pins: Pins,
    metric: Metric,
    hours_of: HoursOf,
    *,
    ends_at: int | None = None,
) -> list[ClockEvent]:
    """The log of one ticket as the clock of one metric reads it.

    `ends_at` (microseconds) cancels the clock there: a watch ends when the ticket is triaged.
    """
    ordered = in_order(facts)
    spam = [
        fact for fact in ordered if fact.kind in {EventKind.MARKED_SPAM, EventKind.UNMARKED_SPAM}
    ]
    # Un-spam replays from the start: only a mark that still stands cancels.
    standing_mark = spam[-1].key if spam and spam[-1].kind is EventKind.MARKED_SPAM else None
    events = [
        _event(fact)
        for fact in ordered
        if fact.kind in _KINDS
        and (fact.kind is not EventKind.MARKED_SPAM or fact.key == standing_mark)
    ]
    events.extend(
        ClockEvent(
            at=change.at,
            kind=ClockEventKind.TARGETS_SET,
            key=change.key,
            targets={metric: pinned_target(change.target, hours_of)},
            count_from=change.count_from,
        )
        for change in pins.changes
    )
    if ends_at is not None:
        events.append(ClockEvent(at=ends_at, kind=ClockEventKind.CANCELLED, key="ends"))
    return events


def pinned_target(pinned: PinnedTarget, hours_of: HoursOf) -> Target:
    """The pure target of a pin."""
    return Target(pinned.allowance_us, hours_of(pinned.calendar))


def severities(facts: Sequence[Fact]) -> tuple[str, list[Fact]]:
    """The severity at the start, and the later changes that count for the contract, in order.

    A lowering that needs a second person counts from its confirmation, and not at all
    without one in time.
    """
    ordered = in_order(facts)
    confirmed = {
        str(fact.details["of_event"]): fact
        for fact in ordered
        if fact.kind is EventKind.SEVERITY_CONFIRMED
    }
    start = next(
        (str(fact.details["severity"]) for fact in ordered if fact.kind is EventKind.OPENED), "S3"
    )
    changes = [
        fact
        for fact in read_severity(ordered).changes
        if fact.details.get("contract") != "pending" or _in_time(confirmed.get(fact.key), fact)
    ]
    return start, changes


def _in_time(confirmation: Fact | None, change: Fact) -> bool:
    return confirmation is not None and confirmation.at <= datetime.fromisoformat(
        str(change.details["confirm_until"])
    )


def _event(fact: Fact) -> ClockEvent:
    of = fact.details.get("of")
    return ClockEvent(
        at=to_microseconds(fact.at),
        kind=_KINDS[fact.kind],
        key=fact.key,
        by="agent" if fact.details.get("by") == "agent" else "customer",
        cause=str(fact.details.get("cause", "customer")),
        of=to_microseconds(datetime.fromisoformat(of)) if of else None,
    )
