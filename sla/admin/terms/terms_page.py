"""One version of the terms, and one calendar, laid out to be read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import formats

from sla.admin import words
from sla.domain.terms.records import PlanTerms
from sla.domain.time.business_hours import compile_hours
from sla.domain.time.calendar_rules import WEEKDAYS
from sla.models import CalendarVersion, Terms
from sla.queries.terms.calendars import calendar_of
from sla.queries.terms.terms import terms_of

# A Monday: weekday names come from the locale.
_MONDAY = date(2026, 11, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRow:
    """One first-response target in the words of the text, and in ours."""

    severity: str
    wording: str
    allowance: str
    clause: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPart:
    """One plan of the terms."""

    name: str
    hours: str
    calendar: str
    channels: str
    uptime: str
    targets: Sequence[TargetRow]


def terms_context(row: Terms, language: str) -> dict[str, Any]:
    """What the page of one version shows."""
    document = terms_of(row.version)
    return {
        "severities": [
            {
                "code": severity.code,
                "name": severity.name.to(language),
                "definition": severity.definition.to(language),
                "clause": severity.clause,
            }
            for severity in document.severities
        ],
        "plans": [
            _plan(plan, document.calendar(plan.calendar).name.to(language), document, language)
            for plan in document.plans
        ],
        "exclusions": [
            {"text": exclusion.text.to(language), "clause": exclusion.clause}
            for exclusion in document.exclusions
        ],
        "claims": document.claims,
        "changes": document.changes,
        "credits": document.credits,
    }


def _plan(plan: PlanTerms, calendar: str, document: Any, language: str) -> PlanPart:
    hours = compile_hours(document.calendar(plan.calendar).spec)
    return PlanPart(
        name=plan.name.to(language),
        hours=plan.hours.to(language),
        calendar=calendar,
        channels=", ".join(plan.channels),
        uptime=plan.uptime.wording.to(language),
        targets=[
            TargetRow(
                severity=target.severity,
                wording=target.wording,
                allowance=words.allowance_words(target.allowance_us, hours),
                clause=target.clause,
                note=target.note,
            )
            for target in plan.first_response
        ],
    )


def calendar_context(version: CalendarVersion, language: str) -> dict[str, Any]:
    """What the page of one calendar shows."""
    stored = calendar_of(version.sha256)
    raw = stored.hours.spec.as_json()
    weekly = raw["hours"]
    days = []
    if isinstance(weekly, dict):
        days = [
            {
                "name": formats.date_format(_MONDAY.replace(day=_MONDAY.day + number), "l"),
                "windows": ", ".join(f"{opens}–{closes}" for opens, closes in weekly.get(code, [])),
            }
            for number, code in enumerate(WEEKDAYS)
        ]
    return {
        "calendar_zone": raw["timezone"],
        "calendar_days": days,
        "calendar_holidays": sorted(stored.holiday_names(language).items()),
        "calendar_sha256": version.sha256,
    }
