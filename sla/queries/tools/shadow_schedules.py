"""The business hours that the tool of a shadow run has, and how they differ from ours."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sla.domain.time.calendar_rules import ALWAYS, BadCalendar, CalendarSpec
from sla.models import ShadowRun
from sla.queries.terms.calendars import current_calendars, hours_of

_EVERY: Final = timedelta(days=1)


def wants_schedules(run: ShadowRun, now: datetime) -> bool:
    """They are read with the first turn of a run, and once a day after that."""
    return run.schedules_read_at is None or now - run.schedules_read_at >= _EVERY


def schedules_of(run: ShadowRun) -> Sequence[tuple[str, CalendarSpec]]:
    """Each with its name; one that we cannot reckon with (an unknown zone) is left out."""
    found = []
    for raw in run.schedules:
        try:
            found.append((str(raw["name"]), CalendarSpec.parse(raw)))
        except BadCalendar:
            continue
    return found


def unread_schedules(run: ShadowRun) -> Sequence[tuple[str, str]]:
    """Those that we cannot reckon with: name, and why."""
    found = []
    for raw in run.schedules:
        try:
            CalendarSpec.parse(raw)
        except BadCalendar as error:
            found.append((str(raw["name"]), str(error)))
    return found


def own_office_hours() -> Sequence[CalendarSpec]:
    """Our calendars that are not open around the clock."""
    specs = [hours_of(sha).spec for sha in sorted(set(current_calendars().values()))]
    return [spec for spec in specs if spec.hours != ALWAYS]
