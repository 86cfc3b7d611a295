"""One week of a rota as it is drawn: a row for each day, as long as the day is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.utils import formats

from sla.admin.duty.words import moment, zone_of
from sla.domain.duty.turns import first_shown
from sla.models import Absence, DutyShift, Rota
from sla.queries.duty.coverage import coverage_between, people_names
from sla.queries.duty.turns import duty_between
from tickets.domain.instants import from_microseconds, to_microseconds
from tickets.queries import person_name

_WEEK: Final = re.compile(r"([0-9]{4})-W([0-9]{2})", re.ASCII)
_MINUTE: Final = 60_000_000
_COLOURS: Final = 6
_TICKS: Final = (0, 6, 12, 18)
# A shorter bar has no room for a name; its title has.
_NAME_LEAST: Final = 90
_FIRST_YEAR, _LAST_YEAR = 2000, 2100


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A span of a day, in minutes from its beginning."""

    x: int
    width: int
    kind: str
    label: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One local day; `minutes` is 1,380 or 1,500 when the clocks change."""

    name: str
    minutes: int
    bars: Sequence[Bar]
    gaps: Sequence[Bar]
    ticks: Sequence[tuple[int, str]]
    now: int | None
    is_odd: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A shift or an absence of the week, in words."""

    pk: int
    name: str
    begins: str
    ends: str
    kind: str
    is_feed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """A week with what is planned in it."""

    code: str
    name: str
    before: str
    after: str
    zone: str
    days: Sequence[Day]
    spans: Sequence[tuple[str, str, str]]
    shifts: Sequence[Entry]
    absences: Sequence[Entry]


def monday_of(asked: str, now: datetime, where: ZoneInfo) -> date:
    """The Monday of a week such as 2026-W49; of the present one for anything else."""
    found = _WEEK.fullmatch(asked)
    if found is not None and _FIRST_YEAR <= int(found.group(1)) <= _LAST_YEAR:
        try:
            return date.fromisocalendar(int(found.group(1)), int(found.group(2)), 1)
        except ValueError:
            pass
    today = now.astimezone(where).date()
    return today - timedelta(days=today.weekday())


def week_of(rota: Rota, monday: date, *, now: datetime) -> Week:
    """Who is on duty in the week that begins on a Monday, in the rota's zone."""
    where = zone_of(rota)
    days = [monday + timedelta(days=number) for number in range(8)]
    edges = [_begins(day, where) for day in days]
    on_duty = duty_between(edges[0], edges[-1], rota=rota.pk)
    names = people_names({person for span in on_duty.spans for person in span.people})
    places = {person: number % _COLOURS for number, person in enumerate(sorted(names))}
    held = [
        (span.starts, span.ends, f"person-{places[span.people[0]]}", _together(span.people, names))
        for span in on_duty.spans
        if span.people
    ]
    missing = coverage_between(edges[0], edges[-1])
    gaps = [
        (gap.starts, gap.ends, "gap", "") for stretch in missing.stretches for gap in stretch.gaps
    ]
    drawn = [
        _day(day, begins, ends, held=held, gaps=gaps, now=now, where=where)
        for day, begins, ends in zip(days, edges, edges[1:], strict=False)
    ]
    return Week(
        code=_code(monday),
        name=f"{_day_name(monday)} – {_day_name(days[6])}",
        before=_code(monday - timedelta(days=7)),
        after=_code(monday + timedelta(days=7)),
        zone=where.key,
        days=drawn,
        spans=[
            (label, moment(from_microseconds(a), where), moment(from_microseconds(b), where))
            for a, b, _kind, label in held
        ],
        shifts=_shifts(rota, edges[0], edges[-1], where),
        absences=_absences(rota, edges[0], edges[-1], where),
    )


_Span = tuple[int, int, str, str]


def _day(
    day: date,
    begins: datetime,
    ends: datetime,
    *,
    held: Sequence[_Span],
    gaps: Sequence[_Span],
    now: datetime,
    where: ZoneInfo,
) -> Day:
    first, last = to_microseconds(begins), to_microseconds(ends)
    minutes = (last - first) // _MINUTE
    at = to_microseconds(now)
    ticks = [
        (
            (to_microseconds(_begins(day, where, hour)) - first) // _MINUTE,
            f"{hour:02d}",
        )
        for hour in _TICKS
    ]
    return Day(
        name=formats.date_format(day, "D j M"),
        minutes=minutes,
        bars=_bars(held, first, last, where),
        gaps=_bars(gaps, first, last, where),
        ticks=ticks,
        now=(at - first) // _MINUTE if first <= at < last else None,
        is_odd=minutes != 1440,
    )


def _bars(spans: Sequence[_Span], first: int, last: int, where: ZoneInfo) -> list[Bar]:
    bars = []
    for starts, ends, kind, label in spans:
        begins, stops = max(starts, first), min(ends, last)
        if begins >= stops:
            continue
        width = max((stops - begins) // _MINUTE, 1)
        times = f"{moment(from_microseconds(starts), where)} – " + moment(
            from_microseconds(ends), where
        )
        bars.append(
            Bar(
                x=(begins - first) // _MINUTE,
                width=width,
                kind=kind,
                label=label if width >= _NAME_LEAST else "",
                title=f"{label} {times}".strip(),
            )
        )
    return bars


def _shifts(rota: Rota, begins: datetime, ends: datetime, where: ZoneInfo) -> list[Entry]:
    rows = DutyShift.objects.filter(rota=rota, starts_at__lt=ends, ends_at__gt=begins)
    return [
        Entry(
            pk=row.pk,
            name=person_name(row.person),
            begins=moment(row.starts_at, where),
            ends=moment(row.ends_at, where),
            kind=row.layer,
            is_feed=bool(row.uid),
        )
        for row in rows.select_related("person").order_by("starts_at", "layer", "pk")
    ]


def _absences(rota: Rota, begins: datetime, ends: datetime, where: ZoneInfo) -> list[Entry]:
    """Of those who have a shift or an override in this week."""
    mine = DutyShift.objects.filter(rota=rota, starts_at__lt=ends, ends_at__gt=begins)
    rows = Absence.objects.filter(
        person__in=mine.values("person"), starts_at__lt=ends, ends_at__gt=begins
    )
    return [
        Entry(
            pk=row.pk,
            name=person_name(row.person),
            begins=moment(row.starts_at, where),
            ends=moment(row.ends_at, where),
            kind="absence",
        )
        for row in rows.select_related("person").order_by("starts_at", "pk")
    ]


def _begins(day: date, where: ZoneInfo, hour: int = 0) -> datetime:
    return first_shown(where.key, datetime(day.year, day.month, day.day, hour))  # noqa: DTZ001


def _together(people: Sequence[int], names: dict[int, str]) -> str:
    return ", ".join(name for pk, name in names.items() if pk in people)


def _day_name(day: date) -> str:
    return formats.date_format(day, "j M Y")


def _code(monday: date) -> str:
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02d}"
