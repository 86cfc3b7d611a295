"""Stored calendar versions as pure values; a version never changes, so each is read once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from sla.domain.time.business_hours import BusinessHours, compile_hours
from sla.domain.time.calendar_rules import CalendarSpec
from sla.models import BusinessCalendar, CalendarVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCalendar:
    """One version: what to compute with, and how to explain it."""

    sha256: str
    code: str
    hours: BusinessHours
    names: Mapping[str, Mapping[date, str]]

    def holiday_names(self, language: str) -> Mapping[date, str]:
        """The names of the holidays in a language that we have, else in English."""
        return self.names.get(language) or self.names.get("en", {})


class CalendarMissing(LookupError):
    """A calendar that a clock needs is not in the database: run `manage.py load_terms`."""


@lru_cache(maxsize=256)
def calendar_of(sha256: str) -> StoredCalendar:
    """The version with this hash. Raises CalendarMissing."""
    row = CalendarVersion.objects.filter(sha256=sha256).first()
    if row is None:
        raise CalendarMissing(str(CalendarMissing.__doc__))
    names = row.definition.get("names", {})
    return StoredCalendar(
        sha256=row.sha256,
        code=row.code,
        hours=compile_hours(CalendarSpec.parse(row.definition["calendar"])),
        names={
            language: {date.fromisoformat(day): name for day, name in days.items()}
            for language, days in names.items()
        },
    )


def hours_of(sha256: str) -> BusinessHours:
    """What to compute with for a pinned calendar. Raises CalendarMissing."""
    return calendar_of(sha256).hours


def current_calendars() -> Mapping[str, str]:
    """The hash of each named calendar's current version."""
    rows = BusinessCalendar.objects.values_list("code", "current__sha256")
    return dict(rows)
