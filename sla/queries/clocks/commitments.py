"""Which clocks a ticket has, and with what they are read: from its log, contract and terms."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sla.domain.clocks.clock import ClockEvent, ClockEventKind, ClockState, read
from sla.domain.clocks.commitment import Book, Promise, best_response, objective_pins, response_pins
from sla.domain.clocks.pins import Pins
from sla.domain.clocks.target import Metric
from sla.domain.clocks.ticket_log import clock_events, pinned_target, severities
from sla.domain.terms.document import TermsDocument
from sla.models import Agreement, Basis
from sla.queries.terms.calendars import hours_of
from sla.queries.terms.contracts import Contracts, signed_terms
from tickets.domain.facts import Fact, in_order
from tickets.domain.instants import to_microseconds
from tickets.domain.severity_log import read_severity
from tickets.domain.words import EventKind
from tickets.models import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """One target of one ticket with its pins; `since` and `until` bound it (microseconds)."""

    basis: Basis
    metric: Metric
    pins: Pins
    run_key: str = ""
    since: int | None = None
    until: int | None = None


def commitments_of(ticket: Ticket, facts: Sequence[Fact], contracts: Contracts) -> list[Commitment]:
    """All of them, as they are now; pins that a clock holds already are kept by the caller."""
    opened_at = ticket.opened_at
    started_at = to_microseconds(opened_at)
    severity, changes = severities(facts)
    changes = _since(opened_at, changes)
    # At once: only the contract waits for a second person.
    at_once = _since(opened_at, read_severity(facts).changes)
    present = contracts.terms_at(opened_at)
    objectives = contracts.objectives_at(opened_at)
    book = Book(
        calendars=dict(contracts.calendars),
        hours_of=hours_of,
        at_risk_permille=_permille(objectives.at_risk_fraction if objectives else None),
    )
    promises = _promises(contracts.agreements_of(ticket.customer_id), opened_at, present)
    pins = response_pins(book, promises, started_at, severity=severity, changes=changes)
    found = [Commitment(basis=Basis.CONTRACT, metric=Metric.FIRST_RESPONSE, pins=pins)]
    if objectives is not None:
        found += [
            Commitment(
                basis=Basis.OBJECTIVE,
                metric=metric,
                pins=objective_pins(
                    book,
                    objectives,
                    metric=metric,
                    plan=pins.start.plan,
                    severity=severity,
                    changes=at_once,
                ),
            )
            for metric in (Metric.NEXT_RESPONSE, Metric.RESOLUTION)
        ]
    found += _watch(ticket, facts, book, present, severity=severity, changes=changes)
    found += _catch_ups(facts, pins, promises, book, _raises(severity, changes))
    return found


def _permille(fraction: Decimal | None) -> int:
    return 750 if fraction is None else int(fraction * 1000)


def _promises(
    agreements: Sequence[Agreement], opened_at: datetime, present: TermsDocument
) -> list[Promise]:
    held = [a for a in agreements if a.ends_at is None or a.ends_at > opened_at]
    if not held or held[0].starts_at > opened_at:
        # Nobody's plan: reported under the plan that promises least.
        least = min(present.plans, key=lambda plan: plan.rank)
        first = Promise(since=0, plan=least.code, terms=(present,), agreement=None)
        return [first, *(_promise(agreement, present) for agreement in held)]
    return [_promise(agreement, present) for agreement in held]


def _promise(agreement: Agreement, present: TermsDocument) -> Promise:
    signed = signed_terms(agreement)
    return Promise(
        since=to_microseconds(agreement.starts_at),
        plan=agreement.plan.code,
        terms=(signed,) if signed.version == present.version else (signed, present),
        agreement=agreement.pk,
    )


def _watch(
    ticket: Ticket,
    facts: Sequence[Fact],
    book: Book,
    present: TermsDocument,
    *,
    severity: str,
    changes: Sequence[Fact],
) -> list[Commitment]:
    """An unknown sender is watched under the strictest plan until a person has looked."""
    triaged = [fact for fact in in_order(facts) if fact.kind is EventKind.CUSTOMER_SET]
    was_unknown = triaged[0].details.get("from") is None if triaged else ticket.customer_id is None
    if not was_unknown:
        return []
    started_at = to_microseconds(ticket.opened_at)
    strictest = max(present.plans, key=lambda plan: plan.rank)
    promise = Promise(since=0, plan=strictest.code, terms=(present,), agreement=None)
    return [
        Commitment(
            basis=Basis.WATCH,
            metric=Metric.FIRST_RESPONSE,
            pins=response_pins(book, [promise], started_at, severity=severity, changes=changes),
            until=to_microseconds(triaged[0].at) if triaged else None,
        )
    ]


def _catch_ups(
    facts: Sequence[Fact],
    pins: Pins,
    promises: Sequence[Promise],
    book: Book,
    changes: Sequence[Fact],
) -> list[Commitment]:
    """Raised late: the target lies in the past, so an internal one drives what is done now."""
    found = []
    for change in changes:
        at = to_microseconds(change.at)
        if change.details.get("mode") == "got_worse":
            continue
        target = pinned_target(pins.start, hours_of)
        events = [
            event
            for event in clock_events(facts, pins, Metric.FIRST_RESPONSE, hours_of)
            if event.at <= at
        ]
        runs = read(events, {Metric.FIRST_RESPONSE: target}, at)[Metric.FIRST_RESPONSE]
        if not runs or runs[0].state is not ClockState.RUNNING:
            continue
        due_at = runs[0].due_at
        if due_at is None or due_at >= at:
            continue
        promise = [p for p in promises if p.since <= at][-1]
        found.append(
            Commitment(
                basis=Basis.CATCH_UP,
                metric=Metric.FIRST_RESPONSE,
                pins=Pins(
                    start=best_response(book, promise, str(change.details["to"]), at),
                    at_risk_permille=book.at_risk_permille,
                ),
                run_key=change.key,
                since=at,
            )
        )
    return found


def _since(opened_at: datetime, changes: Sequence[Fact]) -> list[Fact]:
    """A tool may date a severity before the ticket itself: it then holds from the opening."""
    return [fact if fact.at >= opened_at else replace(fact, at=opened_at) for fact in changes]


def _raises(severity: str, changes: Sequence[Fact]) -> list[Fact]:
    """The changes that raised; what stood before is replayed, for they may arrive in any order."""
    found = []
    for change in changes:
        to = str(change.details["to"])
        if to < severity:
            found.append(change)
        severity = to
    return found


def events_for(commitment: Commitment, facts: Sequence[Fact]) -> list[ClockEvent]:
    """The log as this commitment's clock reads it."""
    events = clock_events(
        facts, commitment.pins, commitment.metric, hours_of, ends_at=commitment.until
    )
    if commitment.since is None:
        return events
    since = commitment.since
    opened = ClockEvent(at=since, kind=ClockEventKind.OPENED, key=commitment.run_key)
    return [opened, *(event for event in events if event.at >= since)]
