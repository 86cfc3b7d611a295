"""Loading the shipped terms, objectives and calendars into immutable rows."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from sla.domain.terms.calendars import CalendarDefinition, with_region
from sla.domain.terms.document import TERMS_FOLDER, TermsDocument, shipped_terms
from sla.domain.terms.objectives import OBJECTIVES_FOLDER, shipped_objectives
from sla.models import BusinessCalendar, Objectives, Plan, Terms
from sla.operations.terms.store_calendar import store_version


class TermsChanged(ValueError):
    """A loaded version differs from its file: terms are immutable, so publish a new version."""


@dataclass(slots=True)
class Loaded:
    """What a load added; empty lists when everything was there already."""

    terms: list[str] = field(default_factory=list)
    objectives: list[str] = field(default_factory=list)
    calendars: list[str] = field(default_factory=list)


@transaction.atomic
def load_terms(*, now: datetime, region: str | None = None) -> Loaded:
    """Validates and loads what is shipped; repeating it changes nothing.

    `region`: the part of Spain whose holidays the office calendar keeps ("MD", "CT"; "" for the
    national list); None keeps what is set. Running clocks keep the calendar they were started on.
    Raises TermsChanged, TermsError.
    """
    loaded = Loaded()
    for terms in shipped_terms():
        if _load_terms(terms, now):
            loaded.terms.append(terms.version)
    for objectives in shipped_objectives():
        text = (OBJECTIVES_FOLDER / f"{objectives.version}.toml").read_text(encoding="utf-8")
        _, made = Objectives.objects.get_or_create(
            version=objectives.version,
            defaults={
                "effective_from": objectives.effective_from,
                "document": text,
                "sha256": objectives.sha256,
                "loaded_at": now,
            },
        )
        if made:
            loaded.objectives.append(objectives.version)
        elif not Objectives.objects.filter(sha256=objectives.sha256).exists():
            raise TermsChanged(f"objectives {objectives.version}: {TermsChanged.__doc__}")
    for calendar in shipped_terms()[-1].calendars:
        if _load_calendar(calendar, region, now):
            loaded.calendars.append(calendar.code)
    return loaded


def _load_terms(terms: TermsDocument, now: datetime) -> bool:
    present = Terms.objects.filter(version=terms.version).first()
    if present is not None:
        if present.sha256 != terms.sha256:
            raise TermsChanged(f"terms {terms.version}: {TermsChanged.__doc__}")
        return False
    row = Terms.objects.create(
        version=terms.version,
        announced_on=terms.announced_on,
        effective_from=terms.effective_from,
        document=(TERMS_FOLDER / f"{terms.version}.toml").read_text(encoding="utf-8"),
        sha256=terms.sha256,
        loaded_at=now,
    )
    Plan.objects.bulk_create(
        Plan(terms=row, code=plan.code, name=plan.name.en, strictness=plan.rank)
        for plan in terms.plans
    )
    return True


def _load_calendar(shipped: CalendarDefinition, region: str | None, now: datetime) -> bool:
    definition = shipped
    present = BusinessCalendar.objects.filter(code=shipped.code).first()
    if shipped.holidays is not None:
        wanted = region if region is not None else (present.region if present else "")
        if wanted != shipped.holidays.region:
            definition = with_region(shipped, wanted)
    version = store_version(definition, now)
    if present is not None and present.current_id == version.pk:
        return False
    years = definition.covered_years
    BusinessCalendar.objects.update_or_create(
        code=shipped.code,
        defaults={
            "name": definition.name.en,
            "region": definition.holidays.region if definition.holidays else "",
            "current": version,
            "covered_to_year": years[-1] if years else None,
        },
    )
    return True
