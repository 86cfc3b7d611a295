"""Who is on duty: hand-overs, overrides, absences, summer time, against a slow oracle."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sla.domain.duty.turns import Duty, Shift, TooManyTurns, duty, first_shown, held, turns

ALICE, DAVE, ERIN = 1, 2, 3
Absences = Mapping[int, Sequence[tuple[int, int]]]


def shift(person: int, starts: int, ends: int, *, over: bool = False, rota: int = 1) -> Shift:
    return Shift(rota=rota, person=person, starts=starts, ends=ends, is_override=over)


def at(shifts: Sequence[Shift], instant: int, absences: Absences | None = None) -> tuple[int, ...]:
    return duty(shifts, absences or {}, 0, 100).at(instant)


def test_at_a_hand_over_the_one_who_comes_is_on_duty() -> None:
    shifts = [shift(ALICE, 0, 10), shift(DAVE, 10, 20)]
    assert [at(shifts, instant) for instant in (0, 9, 10, 19, 20)] == [
        (ALICE,), (ALICE,), (DAVE,), (DAVE,), (),
    ]  # fmt: skip


def test_an_override_takes_the_place_of_the_shift_under_it() -> None:
    shifts = [shift(ALICE, 0, 20), shift(DAVE, 5, 10, over=True)]
    assert [at(shifts, instant) for instant in (4, 5, 9, 10)] == [
        (ALICE,), (DAVE,), (DAVE,), (ALICE,),
    ]  # fmt: skip


def test_an_override_replaces_nobody_in_another_rota() -> None:
    shifts = [shift(ALICE, 0, 20), shift(DAVE, 5, 10, over=True, rota=2)]
    assert at(shifts, 7) == (ALICE, DAVE)


def test_two_overrides_at_once_are_both_on_duty() -> None:
    shifts = [
        shift(ALICE, 0, 20),
        shift(DAVE, 5, 10, over=True),
        shift(ERIN, 8, 12, over=True),
    ]
    assert [at(shifts, instant) for instant in (5, 9, 11)] == [(DAVE,), (DAVE, ERIN), (ERIN,)]


def test_the_absent_are_not_on_duty() -> None:
    shifts = [shift(ALICE, 0, 20), shift(DAVE, 0, 20)]
    absences = {ALICE: [(5, 10)]}
    assert [at(shifts, instant, absences) for instant in (4, 5, 10)] == [
        (ALICE, DAVE), (DAVE,), (ALICE, DAVE),
    ]  # fmt: skip


def test_an_override_of_somebody_absent_leaves_the_shift_in_place() -> None:
    shifts = [shift(ALICE, 0, 20), shift(DAVE, 5, 10, over=True)]
    assert at(shifts, 7, {DAVE: [(6, 8)]}) == (ALICE,)
    assert at(shifts, 9, {DAVE: [(6, 8)]}) == (DAVE,)


def test_somebody_in_two_rotas_stays_on_duty_when_one_of_them_ends() -> None:
    shifts = [shift(ALICE, 0, 10), shift(ALICE, 5, 15, rota=2)]
    assert [at(shifts, instant) for instant in (7, 12, 15)] == [(ALICE,), (ALICE,), ()]


def test_nobody_is_on_duty_outside_of_the_time_that_was_asked_for() -> None:
    found = duty([shift(ALICE, 0, 100)], {}, 10, 20)
    assert [found.at(instant) for instant in (9, 10, 19, 20)] == [(), (ALICE,), (ALICE,), ()]
    assert duty([shift(ALICE, 0, 100)], {}, 20, 20).at(20) == ()


PEOPLE = st.integers(1, 4)
SPANS = st.tuples(st.integers(0, 30), st.integers(1, 15)).map(lambda s: (s[0], s[0] + s[1]))
SHIFTS = st.lists(
    st.builds(
        lambda person, span, over, rota: shift(person, *span, over=over, rota=rota),
        PEOPLE,
        SPANS,
        st.booleans(),
        st.integers(1, 2),
    ),
    max_size=8,
)
ABSENCES = st.dictionaries(PEOPLE, st.lists(SPANS, max_size=3), max_size=3)


def slowly(shifts: Sequence[Shift], absences: Absences, instant: int) -> tuple[int, ...]:
    """Instant by instant, as the rule is told to a person."""

    def there(each: Shift) -> bool:
        away = any(a <= instant < b for a, b in absences.get(each.person, ()))
        return each.starts <= instant < each.ends and not away

    found = set()
    for rota in {each.rota for each in shifts}:
        now = [each for each in shifts if each.rota == rota and there(each)]
        overrides = [each for each in now if each.is_override]
        found |= {each.person for each in overrides or now}
    return tuple(sorted(found))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SHIFTS, ABSENCES, SPANS)
def test_every_instant_is_as_the_rule_says(
    shifts: list[Shift], absences: Absences, window: tuple[int, int]
) -> None:
    found = duty(shifts, absences, *window)
    for instant in range(*window):
        assert found.at(instant) == slowly(shifts, absences, instant)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SHIFTS, ABSENCES)
def test_the_spans_cover_the_time_without_gap_or_seam(
    shifts: list[Shift], absences: Absences
) -> None:
    spans = duty(shifts, absences, 0, 50).spans
    assert (spans[0].starts, spans[-1].ends) == (0, 50)
    for before, after in pairwise(spans):
        assert before.ends == after.starts
        assert before.people != after.people


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SHIFTS, ABSENCES)
def test_what_is_held_says_the_same_as_the_spans(shifts: list[Shift], absences: Absences) -> None:
    spans = duty(shifts, absences, 0, 50)
    pieces = held(shifts, absences)
    for instant in range(50):
        mine = {each.person for each in pieces if each.starts <= instant < each.ends}
        assert tuple(sorted(mine)) == spans.at(instant)


def test_hand_overs_stay_at_the_same_time_of_the_day_when_the_clocks_change() -> None:
    planned = turns(
        [ALICE, DAVE], first=datetime(2026, 10, 19, 9), days=7, count=2, zone_name="Europe/Madrid"
    )
    assert planned == [
        (ALICE, datetime(2026, 10, 19, 7, tzinfo=UTC), datetime(2026, 10, 26, 8, tzinfo=UTC)),
        (DAVE, datetime(2026, 10, 26, 8, tzinfo=UTC), datetime(2026, 11, 2, 8, tzinfo=UTC)),
    ]
    # The week in which the clocks go back has an hour more, and Alice has it.
    assert planned[0][2] - planned[0][1] == timedelta(days=7, hours=1)


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        # 02:30 does not exist on that night: the hand-over is the jump itself.
        (datetime(2027, 3, 28, 2, 30), datetime(2027, 3, 28, 1, tzinfo=UTC)),
        # 02:30 comes twice: the first one.
        (datetime(2026, 10, 25, 2, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
)
def test_a_hand_over_in_the_night_the_clocks_change(local: datetime, utc: datetime) -> None:
    assert first_shown("Europe/Madrid", local) == utc


@pytest.mark.parametrize(("days", "count"), [(7, 0), (7, 401), (0, 3)])
def test_turns_are_bounded(days: int, count: int) -> None:
    with pytest.raises(TooManyTurns):
        turns([1], first=datetime(2026, 12, 1), days=days, count=count, zone_name="UTC")
    with pytest.raises(TooManyTurns):
        turns([1], first=datetime(9999, 12, 1), days=7, count=50, zone_name="UTC")


def test_without_time_nobody_is_on_duty() -> None:
    assert Duty([]).at(0) == ()
