"""The terms as data: every number of the agreement, strictly read, found by version or instant."""

import tomllib
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from sla.domain.terms.calendars import with_region
from sla.domain.terms.document import (
    TERMS_FOLDER,
    NoTermsInForceError,
    UnknownCalendarError,
    UnknownPlanError,
    UnknownTermsError,
    calendar_definition,
    check_succession,
    load_terms_document,
    named_calendar,
    shipped_terms,
    terms_by_version,
    terms_in_force,
)
from sla.domain.terms.holiday_dates import computed_holidays, known_regions
from sla.domain.terms.reader import TermsError, canonical_json
from sla.domain.time.business_hours import compile_hours
from tickets.domain.words import Channel, Severity

FIRST = (TERMS_FOLDER / "2026-11.toml").read_bytes()
HOUR = 3_600


@pytest.mark.parametrize(
    ("plan", "calendar", "seconds"),
    [
        ("starter", "es-office", [48 * HOUR] * 4),
        ("pro", "es-office", [4 * HOUR] * 4),
        ("enterprise", "always", [1_800, 2 * HOUR, 8 * HOUR, 8 * HOUR]),
    ],
)
def test_clause_7_promises_these_response_times(plan, calendar, seconds):
    terms = terms_by_version("2026-11").plan(plan)
    assert terms.calendar == calendar
    assert [terms.target(severity).allowance_seconds for severity in Severity] == seconds
    assert terms.one_target_for_all == (len(set(seconds)) == 1)


def test_only_the_fourth_severity_of_enterprise_has_no_clause():
    terms = terms_by_version("2026-11")
    silent = [
        (plan.code, target.severity)
        for plan in terms.plans
        for target in plan.first_response
        if not target.clause
    ]
    assert silent == [("enterprise", "S4")]
    assert "no number" in terms.plan("enterprise").target(Severity.S4).note


def test_holidays_stand_in_the_terms_without_a_clause():
    office = calendar_definition("es-office")
    assert office.clause == "7"
    assert office.holidays.clause == ""
    assert (office.holidays.country, office.holidays.region) == ("ES", "")


@pytest.mark.parametrize(
    ("plan", "committed", "bands"),
    [
        ("starter", None, []),
        ("pro", "99.9", [("99.0", "10"), ("98.0", "20"), ("0", "30")]),
        ("enterprise", "99.95", [("99.0", "20"), ("98.0", "40"), ("0", "60")]),
    ],
)
def test_clauses_1_and_5_commit_to_uptime_and_credits(plan, committed, bands):
    terms = terms_by_version("2026-11").plan(plan)
    assert terms.uptime.committed_percent == (Decimal(committed) if committed else None)
    assert [(band.at_least_percent, band.credit_percent) for band in terms.credit_bands] == [
        (Decimal(floor), Decimal(credit)) for floor, credit in bands
    ]


def test_the_other_clauses_are_there_to_the_number():
    terms = terms_by_version("2026-11")
    assert len(terms.exclusions) == 8
    assert {exclusion.clause for exclusion in terms.exclusions} == {"2"}
    assert (terms.availability.period_minutes, terms.availability.bad_periods_in_a_row) == (5, 2)
    assert [plane.good_percent for plane in terms.availability.planes] == [99, 99, 99]
    window = terms.maintenance
    assert (window.weekday, window.opens, window.closes) == ("sun", time(2), time(5))
    assert (window.timezone, window.notice_hours) == ("UTC", 48)
    assert terms.credits.cap_percent == 100
    assert (terms.claims.within_days, terms.claims.answered_within_business_days) == (30, 15)
    assert terms.claims.address == terms.contact.sla_claims == "billing@sivocenter.com"
    assert terms.changes.notice_days == 60
    assert len(terms.operational_metrics.items) == 5
    assert terms.options[0].committed_percent == Decimal("99.99")
    assert terms.severity(Severity.S1).definition.to("en") == "service down with no workaround"
    assert terms.severity(Severity.S1).name.to("es-MX") == "crítica"


@pytest.mark.parametrize(
    ("plan", "covered"),
    [
        ("starter", {Channel.EMAIL, Channel.HELPDESK}),
        ("pro", {Channel.EMAIL, Channel.HELPDESK, Channel.CHAT}),
        ("enterprise", set(Channel)),
    ],
)
def test_a_plan_knows_its_channels(plan, covered):
    terms = terms_by_version("2026-11").plan(plan)
    assert {channel for channel in Channel if terms.covers_channel(channel)} == covered


def test_the_stored_holidays_are_the_national_ones_of_the_stated_source():
    terms = calendar_definition("es-office").holidays
    years = range(terms.first_year, terms.last_year + 1)
    assert terms.days == computed_holidays(country="ES", region="", years=years)
    assert {2020, 2026, 2036} <= set(years)


def test_a_holiday_has_a_name_in_both_languages():
    office = calendar_definition("es-office")
    assert office.holiday_names("en")[date(2026, 12, 8)] == "Immaculate Conception"
    assert office.holiday_names("es")[date(2026, 12, 8)] == "Inmaculada Concepción"


@pytest.mark.parametrize(
    ("region", "day", "closed"),
    [
        ("", date(2026, 12, 7), False),
        ("MD", date(2026, 12, 7), True),  # Sunday's holiday, moved by decree
        ("CT", date(2026, 9, 11), True),
        ("MD", date(2026, 9, 11), False),
    ],
)
def test_a_region_closes_its_own_days(region, day, closed):
    office = with_region(calendar_definition("es-office"), region, years=range(2026, 2028))
    assert (day in office.holiday_names()) is closed
    assert (day in office.spec.holidays) is closed
    assert office.covered_years == range(2026, 2028)


def test_round_the_clock_a_sunday_holiday_stays_on_its_date():
    days = computed_holidays(country="ES", region="", years=[2026], observed=False)
    assert date(2026, 11, 1) in {day.on for day in days}


def test_an_unknown_region_is_refused_with_its_name():
    assert "MD" in known_regions("ES")
    assert known_regions("XX") == ()
    with pytest.raises(TermsError, match="ES ZZ"):
        with_region(calendar_definition("es-office"), "ZZ")
    with pytest.raises(TermsError, match="always has no holidays"):
        with_region(calendar_definition("always"), "MD")


def test_a_calendar_says_which_years_it_knows():
    office, always = calendar_definition("es-office"), calendar_definition("always")
    assert office.covers(date(2026, 12, 31), date(2027, 1, 2))
    assert not office.covers(date(2100, 12, 31), date(2101, 1, 2))
    assert always.covers(date(2100, 12, 31), date(2101, 1, 2))
    assert "holidays" in office.source
    assert always.source == ""


def test_named_calendars_compute():
    office = compile_hours(named_calendar("es-office"))
    friday = datetime(2026, 12, 4, 16, tzinfo=UTC)
    assert office.add(friday, timedelta(hours=10)) == datetime(2026, 12, 7, 17, tzinfo=UTC)
    always = compile_hours(named_calendar("always"))
    assert always.add(friday, timedelta(days=3)) == friday + timedelta(days=3)


def test_the_address_of_a_calendar_changes_with_what_a_deadline_depends_on():
    office = calendar_definition("es-office")
    region = with_region(office, "MD")
    assert len(office.sha256) == 64
    assert office.sha256 != region.sha256 != calendar_definition("always").sha256
    assert with_region(office, "").sha256 == office.sha256
    assert '"tzdata":' in office.canonical_json


def test_the_address_of_a_document_ignores_layout_and_order():
    document = load_terms_document(FIRST)
    assert load_terms_document(b"# a comment\n" + FIRST).sha256 == document.sha256
    changed = FIRST.replace(b"allowance_seconds = 1_800", b"allowance_seconds = 1_801")
    assert load_terms_document(changed).sha256 != document.sha256
    raw = tomllib.loads(FIRST.decode())
    assert canonical_json(dict(reversed(raw.items()))) == document.canonical_json
    assert '"effective_from":"2026-10-31T23:00:00Z"' in document.canonical_json


def test_terms_are_found_by_the_instant_at_which_they_are_in_force():
    start = datetime(2026, 10, 31, 23, tzinfo=UTC)
    assert terms_in_force(start).version == "2026-11"
    with pytest.raises(NoTermsInForceError, match="2026-11 from 2026-10-31T23:00:00Z"):
        terms_in_force(start - timedelta(microseconds=1))


def test_unknown_names_are_answered_with_the_known_ones():
    with pytest.raises(UnknownTermsError, match=r"'1999-01'; the known versions are .*2026-11"):
        terms_by_version("1999-01")
    with pytest.raises(UnknownPlanError, match="'Pro'; the plans are starter, pro, enterprise"):
        terms_by_version("2026-11").plan("Pro")
    with pytest.raises(UnknownCalendarError, match="the named ones are always, es-office"):
        named_calendar("us-office")


def _next(version: str, announced: str, effective: str) -> bytes:
    return (
        FIRST.replace(b'version = "2026-11"', f'version = "{version}"'.encode())
        .replace(b"announced_on = 2026-11-01", f"announced_on = {announced}".encode())
        .replace(b"effective_from = 2026-11-01", f"effective_from = {effective}".encode())
    )


def test_a_later_version_needs_sixty_days_of_notice():
    first = load_terms_document(FIRST)
    in_time = load_terms_document(_next("2027-03", "2027-01-01", "2027-03-02"))
    assert check_succession((in_time, first)) == (first, in_time)
    too_soon = load_terms_document(_next("2027-03", "2027-01-01", "2027-03-01"))
    with pytest.raises(TermsError, match=r"2027-03: effective_from must be 2027-03-02 or later"):
        check_succession((first, too_soon))


@pytest.mark.parametrize(
    ("second", "complaint"),
    [
        (_next("2026-11", "2027-01-01", "2027-06-01"), "two documents are version 2026-11"),
        (_next("2027-01", "2026-11-01", "2026-11-01"), "take effect at once"),
    ],
)
def test_two_versions_cannot_share_a_name_or_an_instant(second, complaint):
    with pytest.raises(TermsError, match=complaint):
        check_succession((load_terms_document(FIRST), load_terms_document(second)))


def test_the_shipped_terms_are_read_once():
    assert shipped_terms() is shipped_terms()
