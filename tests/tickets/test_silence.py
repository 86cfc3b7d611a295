"""When a silence means something: stories of sources, told by the hour."""

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from tickets.domain.silence import Rhythm, Silence, read_silence

MADRID = ZoneInfo("Europe/Madrid")


def madrid(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MADRID).astimezone(UTC)


def rhythm(per_hour: float, *, days: range, hours: range, weeks: int = 4) -> Rhythm:
    """As many in each of these hours, in every week."""
    return Rhythm(
        weeks=weeks,
        counts={
            (day, hour): (round(per_hour),) * weeks for day in days for hour in hours if per_hour
        },
    )


OFFICE = rhythm(6, days=range(5), hours=range(9, 18))
ALWAYS = rhythm(3, days=range(7), hours=range(24))


def read(last: str, now: str, usual: Rhythm = OFFICE) -> Silence:
    return read_silence(last_at=madrid(last), rhythm=usual, now=madrid(now), zone=MADRID)


# Last arrival, now, whether it is unusual (a support desk with 6 mails an hour in office hours).
STORIES = [
    ("a coffee break", "2026-11-24 11:00", "2026-11-24 11:40", False),
    ("an hour", "2026-11-24 11:00", "2026-11-24 12:00", False),
    ("a whole morning", "2026-11-24 09:00", "2026-11-24 13:00", True),
    ("a night", "2026-11-24 17:50", "2026-11-25 08:59", False),
    ("a night and the first half hour", "2026-11-24 17:50", "2026-11-25 09:30", False),
    ("a night and a morning", "2026-11-24 17:50", "2026-11-25 11:30", True),
    ("a weekend", "2026-11-27 17:45", "2026-11-30 08:55", False),
    ("a weekend and Monday's morning", "2026-11-27 17:45", "2026-11-30 11:30", True),
    ("a mail on Sunday, then nothing until noon", "2026-11-29 20:00", "2026-11-30 12:00", True),
    ("a clock that runs behind", "2026-11-24 11:00", "2026-11-24 10:00", False),
]


@pytest.mark.parametrize(
    ("last", "now", "unusual"), [s[1:] for s in STORIES], ids=[s[0] for s in STORIES]
)
def test_silence_of_a_desk_with_office_hours(last: str, now: str, unusual: bool) -> None:
    assert read(last, now).is_unusual is unusual


def test_the_usual_gap_is_told_in_the_rhythm_of_these_hours() -> None:
    silence = read("2026-11-24 09:00", "2026-11-24 13:00")
    assert silence.expected == pytest.approx(24)
    assert silence.usual_gap == timedelta(minutes=10)
    assert silence.lasts == timedelta(hours=4)


def test_nothing_is_shorter_than_half_an_hour() -> None:
    busy = rhythm(60, days=range(7), hours=range(24))
    assert not read("2026-11-24 11:00", "2026-11-24 11:29", busy).is_unusual
    assert read("2026-11-24 11:00", "2026-11-24 11:30", busy).is_unusual


def test_a_brand_new_source_is_never_called_silent() -> None:
    first_days = rhythm(9, days=range(5), hours=range(9, 18), weeks=0)
    silence = read("2026-11-24 09:00", "2026-11-30 13:00", first_days)
    assert not silence.is_unusual
    assert silence.usual_gap is None


def test_after_one_week_only_half_of_it_is_believed() -> None:
    week = rhythm(6, days=range(5), hours=range(9, 18), weeks=1)
    assert not read("2026-11-24 09:00", "2026-11-24 11:00", week).is_unusual
    assert read("2026-11-24 09:00", "2026-11-24 12:00", week).is_unusual


def test_a_source_with_little_traffic_never_cries_wolf() -> None:
    rare = Rhythm(weeks=4, counts={(1, 10): (1, 0, 1), (3, 16): (1, 1), (4, 9): (2,)})
    assert not read("2026-11-03 10:00", "2026-12-30 10:00", rare).is_unusual
    few = Rhythm(weeks=4, counts={(day, 10): (1, 1, 1, 1) for day in range(4)})
    assert not read("2026-11-03 10:00", "2026-12-30 10:00", few).is_unusual


def test_one_storm_makes_no_quiet_hour_a_busy_one() -> None:
    storm = Rhythm(weeks=4, counts={**OFFICE.counts, (1, 3): (60,), (1, 4): (60,)})
    assert not read("2026-11-24 02:00", "2026-11-24 08:00", storm).is_unusual


def test_a_long_silence_stays_one() -> None:
    assert read("2026-08-03 10:00", "2026-11-24 11:00").is_unusual


def test_the_hours_are_local_on_both_sides_of_summer_time() -> None:
    assert not read("2026-10-23 17:55", "2026-10-26 08:59").is_unusual
    assert read("2026-10-23 17:55", "2026-10-26 10:30").is_unusual
    night = read("2026-10-25 01:00", "2026-10-25 04:00", ALWAYS)
    assert night.expected == pytest.approx(12), "four real hours"


def test_independent_arrivals_raise_hardly_any_false_alarm() -> None:
    """A year of a source with 4 mails an hour in office hours: counted by simulation."""
    chance = random.Random(5)
    monday = madrid("2026-11-02 00:00").astimezone(MADRID)
    minutes = [
        monday + timedelta(days=day, hours=hour, minutes=minute)
        for day in range(56 * 7)
        if day % 7 < 5
        for hour in range(9, 18)
        for minute in range(60)
    ]
    arrivals = [at for at in minutes if chance.random() < 4 / 60]
    counts: dict[tuple[int, int], list[int]] = defaultdict(list)
    for week in range(4):
        start = monday + timedelta(weeks=week)
        of_week: dict[tuple[int, int], int] = defaultdict(int)
        for at in arrivals:
            if start <= at < start + timedelta(weeks=1):
                of_week[at.weekday(), at.hour] += 1
        for slot, count in of_week.items():
            counts[slot].append(count)
    usual = Rhythm(weeks=4, counts={slot: tuple(found) for slot, found in counts.items()})
    alarms = sum(
        read_silence(last_at=last, rhythm=usual, now=now, zone=MADRID).is_unusual
        for last, now in pairwise(at.astimezone(UTC) for at in arrivals[-9_000:])
    )
    assert len(arrivals) > 9_000
    assert alarms <= 2


def test_a_source_that_dies_is_told_within_hours() -> None:
    desk = rhythm(4, days=range(5), hours=range(9, 18))
    noticed = next(
        minutes
        for minutes in range(0, 600, 5)
        if read_silence(
            last_at=madrid("2026-11-24 09:30"),
            rhythm=desk,
            now=madrid("2026-11-24 09:30") + timedelta(minutes=minutes),
            zone=MADRID,
        ).is_unusual
    )
    assert 90 <= noticed <= 120
