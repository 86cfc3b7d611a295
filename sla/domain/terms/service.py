"""Reads the rest of a document of terms: availability, exclusions, maintenance, claims."""

from sla.domain.terms.plans import exactly
from sla.domain.terms.reader import Table, TermsError
from sla.domain.terms.records import (
    PLANES,
    AvailabilityTerms,
    ChangeTerms,
    ClaimTerms,
    ContactTerms,
    ExclusionTerms,
    MaintenanceTerms,
    OperationalMetrics,
    PlaneTerms,
)
from sla.domain.time.timezones import UnknownZone, zone

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MINUTES_PER_DAY = 1_440


def read_availability(document: Table) -> AvailabilityTerms:
    """What "available" means, and how the measurement fills what the text leaves open."""
    with document.table("availability").reading() as table:
        period = table.integer("period_minutes")
        if _MINUTES_PER_DAY % period:
            raise table.error("period_minutes", "a number of minutes that divides a day")
        with table.table("measurement").reading() as ours:
            ours.clause()
            return AvailabilityTerms(
                clause=table.clause(),
                period_minutes=period,
                bad_periods_in_a_row=table.integer("bad_periods_in_a_row"),
                planes=tuple(
                    _plane(code, plane) for code, plane in exactly(table, "planes", PLANES).items()
                ),
                month_timezone=_zone(ours, "month_timezone"),
                denominator=ours.choice("denominator", ("measured", "calendar")),
                run_rule=ours.choice("run_rule", ("literal", "transparent")),
                no_data_below_percent=ours.number("no_data_below_percent", most=100),
                emergency_maintenance_excluded=ours.flag("emergency_maintenance_excluded"),
            )


def read_exclusions(document: Table) -> tuple[ExclusionTerms, ...]:
    """What does not count as unavailability (clause 2)."""
    records = []
    for code, table in document.tables("exclusions").items():
        with table.reading():
            records.append(
                ExclusionTerms(code=code, clause=table.clause(), text=table.words("text"))
            )
    return tuple(records)


def read_operational_metrics(document: Table) -> OperationalMetrics:
    """What is published on the status page (clause 3)."""
    with document.table("operational_metrics").reading() as table:
        return OperationalMetrics(
            clause=table.clause(),
            published_at=table.text("published_at"),
            items=table.word_list("items"),
        )


def read_maintenance(document: Table) -> MaintenanceTerms:
    """The standard window and its notice (clause 4)."""
    with document.table("maintenance").reading() as table:
        opens, closes = table.time_of_day("opens"), table.time_of_day("closes")
        if closes <= opens:
            raise table.error("closes", f"later than {opens:%H:%M}")
        return MaintenanceTerms(
            clause=table.clause(),
            weekday=table.choice("weekday", _WEEKDAYS),
            opens=opens,
            closes=closes,
            timezone=_zone(table, "timezone"),
            notice_hours=table.integer("notice_hours"),
            emergency=table.words("emergency"),
            non_disruptive=table.words("non_disruptive"),
        )


def read_claims(document: Table, calendars: tuple[str, ...]) -> ClaimTerms:
    """How a credit is claimed and answered (clause 6)."""
    with document.table("claims").reading() as table:
        return ClaimTerms(
            clause=table.clause(),
            within_days=table.integer("within_days"),
            answered_within_business_days=table.integer("answered_within_business_days"),
            business_days_calendar=table.choice("business_days_calendar", calendars),
            address=_address(table, "address"),
            must_include=table.word_list("must_include"),
        )


def read_changes(document: Table) -> ChangeTerms:
    """The notice before a change (clause 9)."""
    with document.table("changes").reading() as table:
        return ChangeTerms(clause=table.clause(), notice_days=table.integer("notice_days"))


def read_contact(document: Table) -> ContactTerms:
    """Where to turn (clause 10)."""
    with document.table("contact").reading() as table:
        return ContactTerms(
            clause=table.clause(),
            operational_status=table.text("operational_status"),
            general_support=_address(table, "general_support"),
            sla_claims=_address(table, "sla_claims"),
            enterprise_crisis=table.words("enterprise_crisis"),
        )


def _plane(code: str, table: Table) -> PlaneTerms:
    with table.reading():
        good = table.number("good_percent", most=100)
        if good == 0:
            raise TermsError(f"{table.at('good_percent')} must be above 0")
        return PlaneTerms(
            code=code,
            clause=table.clause(),
            good_percent=good,
            definition=table.words("definition"),
        )


def _address(table: Table, key: str) -> str:
    address = table.text(key)
    if "@" not in address:
        raise table.error(key, "an e-mail address")
    return address


def _zone(table: Table, key: str) -> str:
    name = table.text(key)
    try:
        zone(name)
    except UnknownZone as error:
        raise TermsError(f"{table.at(key)}: {error}") from None
    return name
