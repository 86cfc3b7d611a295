"""Durations and allowances in words, in English and Spanish."""

import pytest
from django.utils import translation

from sla.admin import words
from sla.domain.time.business_hours import compile_hours
from sla.domain.time.calendar_rules import CalendarSpec
from sla.queries.clocks.desk import span_between
from tests.sla.world import madrid

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
OFFICE = compile_hours(
    CalendarSpec.parse(
        {
            "timezone": "Europe/Madrid",
            "hours": {key: [["09:00", "18:00"]] for key in ("mon", "tue", "wed", "thu", "fri")},
        }
    )
)
ALWAYS = compile_hours(CalendarSpec.parse({"timezone": "Europe/Madrid", "hours": "24x7"}))


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [
        (0, "0 s"),
        (59 * SECOND + 999_999, "59 s"),
        (MINUTE, "1 min"),
        (HOUR - 1, "59 min"),
        (HOUR, "1 h"),
        (2 * HOUR + 10 * MINUTE, "2 h 10 min"),
        (48 * HOUR, "48 h"),
    ],
)
def test_a_duration_is_cut_to_minutes_and_never_rounded_up(microseconds: int, text: str) -> None:
    assert words.duration(microseconds) == text


def test_real_time_is_told_in_days_from_two_days_on() -> None:
    assert words.wall_duration(47 * HOUR) == "47 h"
    assert words.wall_duration(49 * HOUR) == "2 d 1 h"


@pytest.mark.parametrize(
    ("hours", "allowance", "english", "spanish"),
    [
        (ALWAYS, 30 * MINUTE, "30 minutes", "30 minutos"),
        (ALWAYS, HOUR, "1 hour", "1 hora"),
        (ALWAYS, 8 * HOUR, "8 hours", "8 horas"),
        (ALWAYS, 90 * MINUTE, "1 h 30 min", "1 h 30 min"),
        (OFFICE, HOUR, "1 business hour", "1 hora laborable"),
        (OFFICE, 4 * HOUR, "4 business hours", "4 horas laborables"),
        (OFFICE, 90 * MINUTE, "1.5 business hours", "1,5 horas laborables"),
        (
            OFFICE,
            48 * HOUR,
            "48 business hours = 5.3 working days",
            "48 horas laborables = 5,3 días laborables",
        ),
        (
            OFFICE,
            180 * HOUR,
            "180 business hours = 20 working days",
            "180 horas laborables = 20 días laborables",
        ),
    ],
)
def test_an_allowance_is_said_in_the_calendars_own_hours(
    hours: object, allowance: int, english: str, spanish: str
) -> None:
    for language, text in (("en", english), ("es", spanish)):
        with translation.override(language):
            assert words.allowance_words(allowance, hours) == text  # type: ignore[arg-type]


def test_time_left_is_business_time_and_says_when_it_stands_still() -> None:
    left = span_between(OFFICE, madrid("2026-12-04 20:00"), madrid("2026-12-07 10:30"))
    assert (words.left_words(left), words.unit_words(left)) == ("1 h 30 min", "of business time")
    assert words.aside_words(left).endswith("Mon 7 Dec 09:00")
    with translation.override("es"):
        assert words.aside_words(left).startswith("parado hasta el lun 7 Dic")


def test_lateness_is_told_in_both_kinds_of_time() -> None:
    late = span_between(OFFICE, madrid("2026-12-07 10:30"), madrid("2026-12-04 17:00"))
    assert words.left_words(late) == "late by 2 h 30 min"
    assert words.aside_words(late) == "2 d 17 h in real time"
    always = span_between(ALWAYS, madrid("2026-12-07 10:30"), madrid("2026-12-07 10:00"))
    assert (words.left_words(always), words.unit_words(always)) == ("late by 30 min", "")
    assert words.aside_words(always) == ""


def test_the_night_the_clocks_change_has_its_real_length() -> None:
    left = span_between(ALWAYS, madrid("2026-10-25 00:00"), madrid("2026-10-25 06:00"))
    assert words.left_words(left) == "7 h"
