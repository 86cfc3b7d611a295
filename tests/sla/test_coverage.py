"""Which promised hours nobody covers: calendars, hand-overs, addresses, against a slow oracle."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sla.domain.duty.coverage import GapReason, Promised, Stretch, coverage
from sla.domain.duty.turns import Shift, duty
from sla.domain.time.business_hours import BusinessHours, compile_hours
from sla.domain.time.calendar_rules import CalendarSpec
from tickets.domain.instants import from_microseconds, to_microseconds

WEEK = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
OFFICE = compile_hours(
    CalendarSpec.parse({"timezone": "Europe/Madrid", "hours": WEEK, "holidays": ["2026-12-08"]})
)
ALWAYS = compile_hours(CalendarSpec.parse({"timezone": "Europe/Madrid", "hours": "24x7"}))
ACME, BETA = 10, 20
ALICE, DAVE = 1, 2


def us(text: str) -> int:
    return to_microseconds(datetime.fromisoformat(text).replace(tzinfo=UTC))


# A Monday; in winter 09:00 in Madrid is 08:00 UTC.
BEGINS, ENDS = us("2026-12-07 00:00"), us("2026-12-14 00:00")


def promised(customer: int, hours: BusinessHours, *, since: int = BEGINS, until: int = ENDS,
             plan: str = "pro") -> Promised:  # fmt: skip
    return Promised(customer=customer, plan=plan, hours=hours, since=since, until=until)


def shift(person: int, starts: str, ends: str) -> Shift:
    return Shift(rota=1, person=person, starts=us(starts), ends=us(ends))


def found(
    promises: Sequence[Promised], shifts: Sequence[Shift], reachable: set[int] | None = None
) -> list[Stretch]:
    who = {ALICE, DAVE} if reachable is None else reachable
    return coverage(promises, duty(shifts, {}, BEGINS, ENDS), who)


def spans(stretches: Sequence[Stretch]) -> list[tuple[str, str]]:
    return [
        (f"{from_microseconds(gap.starts):%a %H:%M}", f"{from_microseconds(gap.ends):%a %H:%M}")
        for stretch in stretches
        for gap in stretch.gaps
    ]


def test_office_hours_need_somebody_and_nights_and_holidays_do_not() -> None:
    shifts = [
        shift(ALICE, "2026-12-07 08:00", "2026-12-07 17:00"),
        shift(ALICE, "2026-12-09 08:00", "2026-12-11 17:00"),
    ]
    assert found([promised(BETA, OFFICE)], shifts) == []


def test_an_hour_without_anybody_is_found_to_the_minute() -> None:
    shifts = [
        shift(ALICE, "2026-12-07 00:00", "2026-12-09 09:15"),
        shift(DAVE, "2026-12-09 10:45", "2026-12-14 00:00"),
    ]
    [stretch] = found([promised(ACME, ALWAYS), promised(BETA, OFFICE)], shifts)
    [gap] = stretch.gaps
    assert spans([stretch]) == [("Wed 09:15", "Wed 10:45")]
    assert (gap.customers, gap.reason) == ((ACME, BETA), GapReason.NOBODY)
    assert stretch.lasts == 90 * 60_000_000


def test_a_night_touches_only_those_who_are_promised_the_night() -> None:
    shifts = [
        shift(ALICE, "2026-12-07 00:00", "2026-12-09 20:00"),
        shift(ALICE, "2026-12-10 09:00", "2026-12-14 00:00"),
    ]
    [stretch] = found([promised(ACME, ALWAYS, plan="enterprise"), promised(BETA, OFFICE)], shifts)
    assert spans([stretch]) == [("Wed 20:00", "Thu 08:00"), ("Thu 08:00", "Thu 09:00")]
    assert [gap.customers for gap in stretch.gaps] == [(ACME,), (ACME, BETA)]
    assert [gap.plans for gap in stretch.gaps] == [("enterprise",), ("enterprise", "pro")]
    assert stretch.customers == (ACME, BETA)


def test_somebody_without_an_address_covers_nothing() -> None:
    shifts = [shift(ALICE, "2026-12-07 00:00", "2026-12-14 00:00")]
    [stretch] = found([promised(ACME, ALWAYS)], shifts, reachable=set())
    assert [(gap.reason, gap.people) for gap in stretch.gaps] == [(GapReason.NO_ADDRESS, (ALICE,))]
    both = [*shifts, shift(DAVE, "2026-12-07 00:00", "2026-12-14 00:00")]
    assert found([promised(ACME, ALWAYS)], both, reachable={DAVE}) == []


def test_days_without_a_rota_are_one_stretch_and_a_covered_day_parts_them() -> None:
    assert len(found([promised(BETA, OFFICE)], [])) == 1
    covered = [shift(ALICE, "2026-12-09 00:00", "2026-12-10 00:00")]
    stretches = found([promised(BETA, OFFICE)], covered)
    assert [spans([each]) for each in stretches] == [
        [("Mon 08:00", "Mon 17:00")],
        [("Thu 08:00", "Thu 17:00"), ("Fri 08:00", "Fri 17:00")],
    ]


def test_a_contract_counts_from_its_first_to_its_last_instant() -> None:
    mine = promised(ACME, ALWAYS, since=us("2026-12-08 10:00"), until=us("2026-12-08 12:00"))
    assert spans(found([mine], [])) == [("Tue 10:00", "Tue 12:00")]


def test_without_a_promise_nothing_needs_covering() -> None:
    assert found([], []) == []


HOURS = timedelta(hours=1) // timedelta(microseconds=1)
PIECES = st.tuples(st.integers(0, 160), st.integers(1, 40)).map(lambda s: (s[0], s[0] + s[1]))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.integers(1, 3), st.booleans(), PIECES), max_size=4),
    st.lists(st.tuples(st.integers(1, 3), PIECES), max_size=5),
    st.sets(st.integers(1, 3)),
)
def test_every_half_hour_is_as_the_rule_says(
    wanted: list[tuple[int, bool, tuple[int, int]]],
    shifts: list[tuple[int, tuple[int, int]]],
    reachable: set[int],
) -> None:
    promises = [
        Promised(
            customer=customer,
            plan="enterprise" if always else "pro",
            hours=ALWAYS if always else OFFICE,
            since=BEGINS + a * HOURS,
            until=min(BEGINS + b * HOURS, ENDS),
        )
        for customer, always, (a, b) in wanted
    ]
    planned = [
        Shift(rota=1, person=who, starts=BEGINS + a * HOURS, ends=BEGINS + b * HOURS)
        for who, (a, b) in shifts
    ]
    gaps = [gap for each in found(promises, planned, reachable) for gap in each.gaps]
    assert all(gap.starts < gap.ends for gap in gaps)
    for at in range(BEGINS, ENDS, HOURS // 2):
        wants = {p.customer for p in promises if p.since <= at < p.until and p.hours.is_open_us(at)}
        there = {s.person for s in planned if s.starts <= at < s.ends}
        expected = set() if there & reachable else wants
        said = [gap for gap in gaps if gap.starts <= at < gap.ends]
        assert len(said) <= 1
        assert {customer for gap in said for customer in gap.customers} == expected
        if said:
            assert said[0].people == tuple(sorted(there))
