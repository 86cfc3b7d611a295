"""The contractual deadline of a first response, from the terms alone (clause 7)."""

from dataclasses import dataclass
from datetime import datetime

from sla.domain.clocks.receipt import ReceiptLine, receipt_lines
from sla.domain.terms.document import TermsDocument, terms_by_version, terms_in_force
from sla.domain.terms.records import PlanTerms, ResponseTarget
from sla.domain.time.business_hours import compile_hours
from tickets.domain.instants import from_microseconds, to_microseconds
from tickets.domain.words import Severity

METRIC = "first_response"


class UnknownSeverityError(ValueError):
    """There is no such severity, or the plan's target depends on one that is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstResponseDeadline:
    """A deadline with its receipt; instants in UTC, `calendar` is the code in the terms.

    `holidays_known` is False when it touches a year whose holidays the terms do not list: warn.
    """

    terms: str
    plan: str
    clause: str
    calendar: str
    allowance_seconds: int
    due_at: datetime
    holidays_known: bool
    receipt: tuple[ReceiptLine, ...]


def first_response_deadline(
    *,
    plan: str,
    severity: str | None,
    received: datetime,
    terms: str | None = None,
    language: str = "en",
) -> FirstResponseDeadline:
    """When the first answer is due, and why.

    `terms` None: the newest in force at `received`. `severity` None: only for a plan whose
    targets are all equal. Raises TermsError, UnknownSeverityError, NeverOpen, BeyondCalendar.
    """
    document = terms_in_force(received) if terms is None else terms_by_version(terms)
    plan_terms = document.plan(plan)
    target = _target(plan_terms, severity)
    return _read(document, plan_terms, target, received, language)


def _target(plan: PlanTerms, severity: str | None) -> ResponseTarget:
    known = ", ".join(Severity)
    if severity is None:
        if not plan.one_target_for_all:
            raise UnknownSeverityError(
                f"'severity' is missing, and the targets of {plan.code} depend on it; "
                f"give one of {known}"
            )
        return plan.first_response[0]
    if severity not in tuple(Severity):
        raise UnknownSeverityError(f"there is no severity {severity!r:.80}; give one of {known}")
    return plan.target(Severity(severity))


def _read(
    document: TermsDocument,
    plan: PlanTerms,
    target: ResponseTarget,
    received: datetime,
    language: str,
) -> FirstResponseDeadline:
    calendar = document.calendar(plan.calendar)
    hours = compile_hours(calendar.spec)
    start_us = to_microseconds(received)
    due_at = from_microseconds(hours.add_us(start_us, target.allowance_us))
    return FirstResponseDeadline(
        terms=document.version,
        plan=plan.code,
        clause=target.clause,
        calendar=calendar.code,
        allowance_seconds=target.allowance_seconds,
        due_at=due_at,
        holidays_known=calendar.covers(received.date(), due_at.date()),
        receipt=receipt_lines(
            hours,
            calendar.holiday_names(language),
            start_us,
            target.allowance_us,
            language=language,
        ),
    )
