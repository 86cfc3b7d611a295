"""The calendars of the terms: hours, and holidays with their names and their source."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Any

from sla.domain.terms.holiday_dates import HolidayDay, computed_holidays, holidays_source
from sla.domain.terms.reader import Table, TermsError, Words, canonical_json, digest, is_spanish
from sla.domain.time.calendar_rules import CalendarSpec
from sla.domain.time.timezones import tzdata_version


@dataclass(frozen=True, kw_only=True)  # no slots: the names are kept once worded
class HolidayTerms:
    """Which days are closed; `clause` is empty while the text does not mention holidays."""

    clause: str
    country: str
    region: str
    first_year: int
    last_year: int
    source: str
    days: tuple[HolidayDay, ...]

    @cached_property
    def english(self) -> Mapping[date, str]:
        """The English name of each day."""
        return MappingProxyType({day.on: day.name.en for day in self.days})

    @cached_property
    def spanish(self) -> Mapping[date, str]:
        """The Spanish name of each day."""
        return MappingProxyType({day.on: day.name.es for day in self.days})


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDefinition:
    """A named calendar: `spec` is what is computed with; the rest explains it."""

    code: str
    clause: str
    name: Words
    holidays: HolidayTerms | None
    spec: CalendarSpec

    def holiday_names(self, language: str = "en") -> Mapping[date, str]:
        """The name of each holiday, by local date; English for any language but Spanish."""
        if self.holidays is None:
            return {}
        return self.holidays.spanish if is_spanish(language) else self.holidays.english

    @property
    def source(self) -> str:
        """Where the holidays come from; "" for a calendar without any."""
        return self.holidays.source if self.holidays else ""

    @property
    def covered_years(self) -> range | None:
        """The years whose holidays are listed; None for a calendar that has none to miss."""
        if self.holidays is None:
            return None
        return range(self.holidays.first_year, self.holidays.last_year + 1)

    def covers(self, first: date, last: date) -> bool:
        """False when a span touches a year whose holidays are not listed: warn."""
        years = self.covered_years
        return years is None or (first.year in years and last.year in years)

    def raw(self) -> dict[str, Any]:
        """The calendar as `business_time` and `CalendarSpec.parse` take it."""
        return self.spec.as_json()

    @property
    def canonical_json(self) -> str:
        """All that a deadline depends on: hours, holiday dates, zone and the tzdata version."""
        return canonical_json({**self.raw(), "tzdata": tzdata_version()})

    @property
    def sha256(self) -> str:
        """The content address of this calendar's version."""
        return digest(self.canonical_json)


def with_region(
    definition: CalendarDefinition, region: str, *, years: range | None = None
) -> CalendarDefinition:
    """The same calendar with the holidays of a region, computed anew. Raises TermsError."""
    terms = definition.holidays
    if terms is None:
        raise TermsError(f"the calendar {definition.code} has no holidays to take from a region")
    years = years or range(terms.first_year, terms.last_year + 1)
    try:
        days = computed_holidays(country=terms.country, region=region, years=years)
    except ValueError as error:
        raise TermsError(str(error)) from None
    return CalendarDefinition(
        code=definition.code,
        clause=definition.clause,
        name=definition.name,
        holidays=HolidayTerms(
            clause=terms.clause,
            country=terms.country,
            region=region,
            first_year=years[0],
            last_year=years[-1],
            source=holidays_source(country=terms.country, region=region),
            days=days,
        ),
        spec=replace(definition.spec, holidays=tuple(day.on for day in days)),
    )


def read_calendars(document: Table) -> tuple[CalendarDefinition, ...]:
    """The `calendars` of a document of terms. Raises TermsError."""
    return tuple(_calendar(code, table) for code, table in document.tables("calendars").items())


def _calendar(code: str, table: Table) -> CalendarDefinition:
    with table.reading():
        clause, name = table.clause(), table.words("name")
        timezone, hours = table.text("timezone"), table.anything("hours")
        holidays = _holidays(table.table("holidays")) if table.has("holidays") else None
    days = holidays.days if holidays else ()
    try:
        spec = CalendarSpec.parse(
            {
                "timezone": timezone,
                "hours": hours,
                "holidays": [day.on.isoformat() for day in days],
            }
        )
    except ValueError as error:
        raise TermsError(f"{table.path}: {error}") from None
    return CalendarDefinition(
        code=code,
        clause=clause,
        name=name,
        holidays=holidays,
        spec=spec,
    )


def _holidays(table: Table) -> HolidayTerms:
    with table.reading():
        first, last = table.integer("first_year"), table.integer("last_year")
        if last < first:
            raise table.error("last_year", f"{first} or later")
        names = {
            code: _name(name, table.at(f"names.{code}"))
            for code, name in _mapping(table, "names").items()
        }
        days: list[HolidayDay] = []
        listed = _mapping(table, "days")
        for year in range(first, last + 1):
            path = table.at(f"days.{year}")
            if str(year) not in listed:
                raise TermsError(f"{path} is missing; list its holidays, or end last_year earlier")
            days += _year(year, listed[str(year)], names, path)
        for year_key in listed:
            if not (year_key.isdecimal() and first <= int(year_key) <= last):
                raise TermsError(
                    f"{table.at(f'days.{year_key}')} is outside {first} to {last}; "
                    "remove it or widen first_year and last_year"
                )
        return HolidayTerms(
            clause=table.clause(),
            country=table.text("country"),
            region=table.text("region", may_be_empty=True),
            first_year=first,
            last_year=last,
            source=table.text("source"),
            days=tuple(days),
        )


def _mapping(table: Table, key: str) -> Mapping[str, object]:
    value = table.anything(key)
    if not isinstance(value, dict):
        raise table.error(key, "a table")
    return value


def _name(raw: object, path: str) -> Words:
    with Table(raw, path).reading() as name:
        return Words(en=name.text("en"), es=name.text("es"))


def _year(year: int, raw: object, names: Mapping[str, Words], path: str) -> list[HolidayDay]:
    if not isinstance(raw, dict):
        raise TermsError(f'{path} must be a table such as {{ 12-25 = "christmas" }}')
    days = []
    for month_day, code in raw.items():
        if not isinstance(code, str) or code not in names:
            raise TermsError(
                f"{path}.{month_day} must be one of the names ({', '.join(names)}), not {code!r}"
            )
        try:
            on = date.fromisoformat(f"{year:04d}-{month_day}")
        except ValueError:
            raise TermsError(
                f"{path}.{month_day} is not a day of {year}; write month and day as 12-25"
            ) from None
        days.append(HolidayDay(on=on, name=names[code]))
    return sorted(days, key=lambda day: day.on)
