"""Which target a ticket has: the better of the pinned terms and those in force (clause 9)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sla.domain.clocks.pins import CountFrom, PinnedChange, PinnedTarget, Pins
from sla.domain.clocks.ticket_log import HoursOf
from sla.domain.terms.document import TermsDocument
from sla.domain.terms.objectives import ObjectivesDocument
from tickets.domain.facts import Fact
from tickets.domain.instants import to_microseconds
from tickets.domain.words import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One plan as it binds from an instant (microseconds): in one or more versions of the terms."""

    since: int
    plan: str
    terms: tuple[TermsDocument, ...]
    agreement: int | None

    @property
    def rank(self) -> int:
        """A higher number is a better plan for the customer."""
        return self.terms[0].plan(self.plan).rank


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What targets are looked up in: current calendar versions by code, and how to compute."""

    calendars: dict[str, str]
    hours_of: HoursOf
    at_risk_permille: int


def response_pins(
    book: Book,
    promises: Sequence[Promise],
    started_at: int,
    *,
    severity: str,
    changes: Sequence[Fact],
) -> Pins:
    """The pins of a first response: promises are oldest first, the first one holds at the start.

    An upgrade counts from its instant (the engine keeps the earlier deadline); a downgrade
    never applies to a ticket that is open.
    """
    present = promises[0]
    start = best_response(book, present, severity, started_at)
    pinned: list[PinnedChange] = []
    count_from: CountFrom
    steps: list[tuple[int, Fact | Promise]] = [
        *((to_microseconds(fact.at), fact) for fact in changes),
        *((promise.since, promise) for promise in promises[1:]),
    ]
    for at, step in sorted(steps, key=lambda step: step[0]):
        if isinstance(step, Promise):
            if step.rank <= present.rank:
                continue
            present, key, count_from = step, f"agreement:{step.agreement}", "now"
        else:
            severity, key, count_from = str(step.details["to"]), step.key, count_of(step)
        target = best_response(book, present, severity, started_at)
        pinned.append(PinnedChange(key=key, at=at, count_from=count_from, target=target))
    return Pins(start=start, changes=tuple(pinned), at_risk_permille=book.at_risk_permille)


def objective_pins(
    book: Book,
    objectives: ObjectivesDocument,
    *,
    metric: str,
    plan: str,
    severity: str,
    changes: Sequence[Fact],
) -> Pins:
    """The pins of an internal objective; those are changeable and never compared by terms."""

    def pinned(code: str) -> PinnedTarget:
        of_plan = objectives.plan(plan)
        return PinnedTarget(
            allowance_us=of_plan.objective(metric, Severity(code)).allowance_us,
            calendar=book.calendars[of_plan.calendar],
            plan=plan,
            severity=code,
            terms=objectives.version,
            clause="",
        )

    return Pins(
        start=pinned(severity),
        changes=tuple(
            PinnedChange(
                key=fact.key,
                at=to_microseconds(fact.at),
                count_from=count_of(fact),
                target=pinned(str(fact.details["to"])),
            )
            for fact in changes
        ),
        at_risk_permille=book.at_risk_permille,
    )


def best_response(book: Book, promise: Promise, severity: str, started_at: int) -> PinnedTarget:
    """For response targets "better" is decided per ticket: the earlier deadline."""
    candidates = []
    for terms in promise.terms:
        plan = terms.plan(promise.plan)
        target = plan.target(Severity(severity))
        candidates.append(
            PinnedTarget(
                allowance_us=target.allowance_us,
                calendar=book.calendars[plan.calendar],
                plan=plan.code,
                severity=severity,
                terms=terms.version,
                clause=target.clause,
                agreement=promise.agreement,
            )
        )
    if len(candidates) == 1:
        return candidates[0]
    return min(
        candidates,
        key=lambda pinned: book.hours_of(pinned.calendar).add_us(started_at, pinned.allowance_us),
    )


def count_of(change: Fact) -> CountFrom:
    """ "Got worse" counts from the moment it got worse, "was misjudged" from the start."""
    return "now" if change.details.get("mode") == "got_worse" else "start"
