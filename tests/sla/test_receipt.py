"""The receipt of a deadline: contiguous, exact, and with the reason of every closed span."""

import itertools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.domain.clocks.receipt import due_us, receipt_lines
from sla.domain.terms.document import calendar_definition
from sla.domain.time.business_hours import CalendarSpec, compile_hours
from tickets.domain.instants import from_microseconds, to_microseconds

MADRID = ZoneInfo("Europe/Madrid")
HOUR = 3_600_000_000
OFFICE = calendar_definition("es-office")


def us(text: str) -> int:
    """A wall time in Madrid, such as "2026-12-04 17:00", in microseconds since 1970."""
    return to_microseconds(datetime.fromisoformat(text).replace(tzinfo=MADRID))


def receipt(start, allowance_us, *, calendar=None, pauses=(), end=None, language="en"):
    """(code, from, to, hours, text) of each line, with wall times in Madrid."""
    spec = OFFICE.spec if calendar is None else CalendarSpec.parse(calendar)
    lines = receipt_lines(
        compile_hours(spec),
        OFFICE.holiday_names(language),
        us(start),
        allowance_us,
        pauses=[(us(begin), us(stop)) for begin, stop in pauses],
        end_us=None if end is None else us(end),
        language=language,
    )
    wall = [
        tuple(f"{from_microseconds(at).astimezone(MADRID):%d %H:%M}" for at in (a.from_us, a.to_us))
        for a in lines
    ]
    return [
        (line.code, *times, line.counted_us / HOUR, line.text)
        for line, times in zip(lines, wall, strict=True)
    ]


def test_a_message_at_night_begins_with_a_closed_line():
    assert receipt("2026-12-03 20:00", 2 * HOUR) == [
        ("closed", "03 20:00", "04 09:00", 0, "closed: night 20:00-09:00"),
        ("open", "04 09:00", "04 11:00", 2, "open: 2 h, Fri 4 Dec 09:00 to 11:00"),
    ]


def test_a_deadline_at_closing_time_ends_there():
    assert receipt("2026-12-03 14:00", 4 * HOUR) == [
        ("open", "03 14:00", "03 18:00", 4, "open: 4 h, Thu 3 Dec 14:00 to 18:00"),
    ]


def test_the_holiday_that_was_skipped_is_named():
    assert receipt("2026-12-07 17:30", HOUR) == [
        ("open", "07 17:30", "07 18:00", 0.5, "open: 30 min, Mon 7 Dec 17:30 to 18:00"),
        (
            "closed",
            "07 18:00",
            "09 09:00",
            0,
            "closed: night, holiday: Immaculate Conception (Tue 8 Dec)",
        ),
        ("open", "09 09:00", "09 09:30", 0.5, "open: 30 min, Wed 9 Dec 09:00 to 09:30"),
    ]


def test_the_night_on_which_the_clocks_changed_is_noted():
    texts = [line[-1] for line in receipt("2026-03-27 17:00", 2 * HOUR)]
    assert texts[1] == "closed: night, weekend; clocks go forward at 02:00 on Sun 29 Mar"
    texts = [line[-1] for line in receipt("2026-10-23 17:00", 2 * HOUR, language="es")]
    assert texts[1] == (
        "cerrado: noche, fin de semana; los relojes se atrasan a las 03:00 del dom 25 oct"
    )


def test_around_the_clock_a_long_time_is_one_line_of_real_hours():
    always = {"timezone": "Europe/Madrid", "hours": "24x7"}
    assert receipt("2026-03-28 20:00", 240 * HOUR, calendar=always) == [
        (
            "open",
            "28 20:00",
            "07 21:00",
            240,
            (
                "open: 240 h, Sat 28 Mar 20:00 to Tue 7 Apr 21:00; "
                "clocks go forward at 02:00 on Sun 29 Mar"
            ),
        )
    ]


def test_the_receipt_speaks_spanish():
    assert [line[-1] for line in receipt("2026-12-24 17:59", 2 * 60_000_000, language="es")] == [
        "abierto: 1 min, jue 24 dic 17:59 a 18:00",
        "cerrado: noche, fin de semana, festivo: Natividad del Señor (vie 25 dic)",
        "abierto: 1 min, lun 28 dic 09:00 a 09:01",
    ]


SPLIT = {
    "timezone": "Europe/Madrid",
    "hours": {"mon": [["09:00", "14:00"], ["16:00", "19:00"]], "wed": [["10:00", "12:00"]]},
    "holidays": ["2026-12-09"],
}


@pytest.mark.parametrize(
    ("start", "hours", "reasons"),
    [
        ("2026-11-30 13:00", 2, ["closed: break 14:00-16:00"]),
        ("2026-11-30 08:00", 1, ["closed: before opening 08:00-09:00"]),
        ("2026-11-30 18:00", 2, ["closed: night, day off (Tue 1 Dec)"]),
        (
            "2026-12-07 18:00",
            2,
            ["closed: night, day off (Tue 8 Dec), weekend, holiday (Wed 9 Dec)"],
        ),
    ],
)
def test_each_reason_has_its_word(start, hours, reasons):
    spec = CalendarSpec.parse(SPLIT)
    lines = receipt_lines(compile_hours(spec), {}, us(start), hours * HOUR)
    assert [line.text for line in lines if line.code == "closed"] == reasons


def test_a_span_that_ends_in_the_evening_is_after_closing():
    lines = receipt("2026-11-30 17:00", 4 * HOUR, end="2026-11-30 20:00")
    assert lines[-1][-1] == "closed: after closing 18:00-20:00"


def test_a_holiday_on_a_weekend_took_nothing_away():
    texts = [line[-1] for line in receipt("2026-08-14 17:00", 2 * HOUR)]
    assert texts[1] == "closed: night, weekend"


def test_a_window_that_the_clock_change_swallowed_is_outside_hours():
    calendar = {"timezone": "Europe/Madrid", "hours": {"sun": [["02:00", "03:00"]]}}
    lines = receipt("2026-03-29 02:00", HOUR, calendar=calendar)
    assert lines[0][0] == "closed"
    assert lines[-1][3] == 1


def test_the_tail_of_a_night_that_began_on_a_holiday_stays_open():
    night = {
        "timezone": "Europe/Madrid",
        "hours": {"tue": [["22:00", "06:00"]]},
        "holidays": ["2026-12-08"],
    }
    lines = receipt("2026-12-08 20:00", 3 * HOUR, calendar=night)
    assert [line[:4] for line in lines] == [
        ("closed", "08 20:00", "09 00:00", 0),
        ("open", "09 00:00", "09 03:00", 3),
    ]
    assert "Immaculate Conception" in lines[0][-1]


def test_a_pause_has_a_line_of_its_own():
    lines = receipt("2026-12-03 10:00", 4 * HOUR, pauses=[("2026-12-03 11:00", "2026-12-04 10:00")])
    assert lines == [
        ("open", "03 10:00", "03 11:00", 1, "open: 1 h, Thu 3 Dec 10:00 to 11:00"),
        (
            "paused",
            "03 11:00",
            "04 10:00",
            0,
            "paused: waiting for the customer, Thu 3 Dec 11:00 to Fri 4 Dec 10:00",
        ),
        ("open", "04 10:00", "04 13:00", 3, "open: 3 h, Fri 4 Dec 10:00 to 13:00"),
    ]


def test_a_clock_that_still_waits_shows_what_was_counted_so_far():
    lines = receipt(
        "2026-12-03 10:00",
        4 * HOUR,
        pauses=[("2026-12-03 11:00", "2027-12-03 11:00")],
        end="2026-12-03 12:00",
    )
    assert [line[:4] for line in lines] == [
        ("open", "03 10:00", "03 11:00", 1),
        ("paused", "03 11:00", "03 12:00", 0),
    ]


def test_a_pause_without_an_end_has_no_deadline():
    with pytest.raises(ValueError, match="without an end"):
        due_us(compile_hours(OFFICE.spec), 0, HOUR, [(10, 1 << 62)])


def test_pauses_after_the_deadline_change_nothing():
    pauses = [("2026-12-03 12:00", "2026-12-03 15:00")]
    assert receipt("2026-12-03 10:00", 2 * HOUR, pauses=pauses) == receipt(
        "2026-12-03 10:00", 2 * HOUR
    )


@pytest.mark.parametrize(
    ("start", "pauses", "due"),
    [
        ("2026-12-03 10:00", [], "2026-12-03 10:00"),
        ("2026-12-03 20:00", [], "2026-12-04 09:00"),
        ("2026-12-03 10:00", [("2026-12-03 10:00", "2026-12-03 12:00")], "2026-12-03 12:00"),
    ],
)
def test_no_allowance_is_due_at_the_first_open_instant(start, pauses, due):
    spans = [(us(begin), us(stop)) for begin, stop in pauses]
    assert due_us(compile_hours(OFFICE.spec), us(start), 0, spans) == us(due)


def test_fractions_of_a_second_are_kept():
    lines = receipt_lines(
        compile_hours(OFFICE.spec), {}, us("2026-12-03 17:59") + 500_001, 60_000_000
    )
    assert lines[0].text == "open: 59.499999 s, Thu 3 Dec 17:59:00.500001 to 18:00"
    assert sum(line.counted_us for line in lines) == 60_000_000


times = st.sampled_from(["00:00", "02:00", "02:30", "06:00", "09:00", "14:00", "18:00", "22:00"])
windows = st.lists(st.tuples(times, times).map(list), max_size=3)
calendars = st.fixed_dictionaries(
    {
        "timezone": st.sampled_from(["Europe/Madrid", "UTC", "America/Sao_Paulo", "Asia/Kabul"]),
        "hours": st.fixed_dictionaries(
            {"mon": st.just([["09:00", "18:00"]])},
            optional=dict.fromkeys(("tue", "wed", "thu", "fri", "sat", "sun"), windows),
        ),
        "holidays": st.lists(
            st.dates(date(2026, 3, 20), date(2026, 4, 10)).map(date.isoformat), max_size=5
        ),
    }
)
starts = st.datetimes(datetime(2026, 3, 25), datetime(2026, 4, 5), timezones=st.just(UTC))
spans = st.lists(st.tuples(st.integers(0, 300 * HOUR), st.integers(0, 60 * HOUR)), max_size=3)


@settings(max_examples=60, deadline=None)
@given(calendar=calendars, start=starts, allowance=st.integers(1, 60 * HOUR), pauses=spans)
def test_the_lines_are_contiguous_and_sum_to_the_allowance(calendar, start, allowance, pauses):
    hours = compile_hours(CalendarSpec.parse(calendar))
    start_us = to_microseconds(start)
    absolute = [(start_us + after, start_us + after + length) for after, length in pauses]
    lines = receipt_lines(hours, {}, start_us, allowance, pauses=absolute)
    assert lines[0].from_us == start_us
    assert lines[-1].to_us == due_us(hours, start_us, allowance, absolute)
    assert all(a.to_us == b.from_us for a, b in itertools.pairwise(lines))
    assert sum(line.counted_us for line in lines) == allowance
    for line in lines:
        open_us = hours.between_us(line.from_us, line.to_us)
        assert line.counted_us in {0, line.to_us - line.from_us}
        if line.code == "open":
            assert line.counted_us == open_us
        if line.code == "closed":
            assert open_us == 0
        assert line.text
    if not pauses:
        assert lines[-1].to_us == hours.add_us(start_us, allowance)


def test_the_deadline_of_the_office_agrees_with_a_walk_by_the_minute():
    at = datetime(2026, 12, 4, 11, 17, tzinfo=UTC)
    left, closed = 48 * 60, {date(2026, 12, 8), date(2026, 12, 25)}
    minute = at
    while left:
        local = minute.astimezone(MADRID)
        left -= (
            local.weekday() < 5
            and local.date() not in closed
            and time(9) <= local.time() < time(18)
        )
        minute += timedelta(minutes=1)
    assert (
        from_microseconds(due_us(compile_hours(OFFICE.spec), to_microseconds(at), 48 * HOUR))
        == minute
    )
