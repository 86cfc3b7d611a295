"""In what a tool's business hours differ from ours: zone, weekdays, holidays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sla.domain.time.calendar_rules import WEEKDAYS, CalendarSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class DayDifference:
    """A weekday (0 is Monday) on which the windows are others; empty: closed."""

    weekday: int
    theirs: str
    ours: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleDifference:
    """What differs; `our_zone` is empty when the zone is the same."""

    our_zone: str
    days: Sequence[DayDifference]
    only_theirs: Sequence[date]
    only_ours: Sequence[date]

    @property
    def size(self) -> int:
        """How many things differ."""
        return bool(self.our_zone) + len(self.days) + len(self.only_theirs) + len(self.only_ours)


def difference(
    theirs: CalendarSpec, ours: CalendarSpec, *, since: date, until: date
) -> ScheduleDifference:
    """What differs; holidays of [since, until) on days that one of both would be open on."""
    there, here = windows_of(theirs), windows_of(ours)

    def only(one: CalendarSpec, other: CalendarSpec) -> list[date]:
        return [
            day
            for day in one.holidays
            if since <= day < until
            and day not in other.holidays
            and (there[day.weekday()] or here[day.weekday()])
        ]

    return ScheduleDifference(
        our_zone="" if theirs.timezone == ours.timezone else ours.timezone,
        days=[
            DayDifference(weekday=number, theirs=there[number], ours=here[number])
            for number in range(len(WEEKDAYS))
            if there[number] != here[number]
        ],
        only_theirs=only(theirs, ours),
        only_ours=only(ours, theirs),
    )


def nearest(
    theirs: CalendarSpec, ours: Sequence[CalendarSpec], *, since: date, until: date
) -> ScheduleDifference | None:
    """The difference from the calendar of ours that is most alike; None when there is none."""
    found = [difference(theirs, each, since=since, until=until) for each in ours]
    return min(found, key=lambda each: each.size, default=None)


def windows_of(spec: CalendarSpec) -> list[str]:
    """The windows of each weekday, such as 09:00–18:00; empty: closed."""
    hours = spec.as_json()["hours"]
    if isinstance(hours, str):
        return ["00:00–24:00"] * len(WEEKDAYS)
    return [", ".join("–".join(window) for window in hours.get(day, ())) for day in WEEKDAYS]
