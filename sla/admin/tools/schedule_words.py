"""The business hours of a tool beside ours, in words, for the page of a shadow run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Final

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from sla.domain.time.calendar_rules import CalendarSpec
from sla.domain.tools.schedule_difference import ScheduleDifference, nearest, windows_of
from sla.models import ShadowRun
from sla.queries.tools.shadow_schedules import own_office_hours, schedules_of, unread_schedules

_AHEAD: Final = timedelta(days=366)
# A page that lists more helps nobody.
_MOST_DAYS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleView:
    """One schedule of the tool: when it is open, and each thing in which ours differs."""

    name: str
    hours: str
    differs: Sequence[str]
    trouble: str = ""


def schedule_views(run: ShadowRun) -> list[ScheduleView]:
    """All that the tool has, also those that cannot be reckoned with."""
    ours = own_office_hours()
    since = run.began_at.date()
    views = []
    for name, spec in schedules_of(run):
        found = nearest(spec, ours, since=since, until=since + _AHEAD)
        differs = _differs(spec, found) if found else []
        views.append(ScheduleView(name=name, hours=_hours(spec), differs=differs))
    for name, why in unread_schedules(run):
        views.append(ScheduleView(name=name, hours="", differs=(), trouble=why))
    return views


def _hours(spec: CalendarSpec) -> str:
    """Such as "Mon–Fri 09:00–18:00 (Europe/Madrid)"."""
    parts = []
    for windows, group in groupby(enumerate(windows_of(spec)), key=lambda each: each[1]):
        days = [str(WEEKDAYS_ABBR[number]) for number, _windows in group]
        if windows:
            parts.append(f"{days[0]}–{days[-1]} {windows}" if days[1:] else f"{days[0]} {windows}")
    return f"{'; '.join(parts) or _('never open')} ({spec.timezone})"


def _differs(theirs: CalendarSpec, found: ScheduleDifference) -> list[str]:
    lines = []
    if found.our_zone:
        lines.append(
            _("Zone: %(theirs)s there, %(ours)s here.")
            % {"theirs": theirs.timezone, "ours": found.our_zone}
        )
    for windows, group in groupby(found.days, key=lambda each: (each.theirs, each.ours)):
        days = ", ".join(str(WEEKDAYS_ABBR[each.weekday]) for each in group)
        there, here = (text or _("closed") for text in windows)
        lines.append(
            _("%(days)s: %(theirs)s there, %(ours)s here.")
            % {"days": days, "theirs": there, "ours": here}
        )
    if found.only_theirs:
        lines.append(_("A holiday there alone: %(days)s.") % {"days": _dates(found.only_theirs)})
    if found.only_ours:
        lines.append(_("A holiday here alone: %(days)s.") % {"days": _dates(found.only_ours)})
    return lines


def _dates(days: Sequence[date]) -> str:
    told = ", ".join(date_format(day, "j M Y") for day in days[:_MOST_DAYS])
    return f"{told} …" if len(days) > _MOST_DAYS else told
