"""Durations, plans and states in words, for the pages."""

from collections.abc import Mapping
from datetime import datetime

from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from sla.domain.time.business_hours import BusinessHours
from sla.domain.time.calendar_rules import ALWAYS
from sla.models import Basis
from sla.queries.clocks.desk import TimeLeft

_SECOND = 1_000_000
_MINUTE = 60 * _SECOND
_HOUR = 60 * _MINUTE

PLAN_NAMES: Mapping[str, str] = {
    "starter": "Starter",
    "pro": "Pro",
    "enterprise": "Enterprise",
}
MARKS: Mapping[str, str] = {
    "missed": "■",
    "at_risk": "▲",
    "on_track": "●",
    "paused": "❚❚",
    "met": "✓",
    "none": "–",
    "cancelled": "✕",
    "stale": "?",
}
MARK_WORDS: Mapping[str, Promise] = {
    "missed": gettext_lazy("missed"),
    "at_risk": gettext_lazy("at risk"),
    "on_track": gettext_lazy("on track"),
    "paused": gettext_lazy("paused"),
    "met": gettext_lazy("target met"),
    "none": gettext_lazy("nothing runs"),
    "cancelled": gettext_lazy("cancelled"),
    "stale": gettext_lazy("being read again"),
}
BASIS_WORDS: Mapping[str, Promise] = {
    Basis.CONTRACT: gettext_lazy("promised"),
    Basis.WATCH: gettext_lazy("watched until triaged"),
    Basis.CATCH_UP: gettext_lazy("catch-up"),
    Basis.OBJECTIVE: gettext_lazy("internal"),
}


def plan_name(code: str) -> str:
    """A plan as customers know it."""
    return PLAN_NAMES.get(code, code)


def duration(microseconds: int) -> str:
    """`2 h 10 min`, `45 min`, `40 s`; whole minutes are cut, never rounded up."""
    if microseconds < _MINUTE:
        return f"{microseconds // _SECOND} s"
    hours, rest = divmod(microseconds, _HOUR)
    minutes = rest // _MINUTE
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def wall_duration(microseconds: int) -> str:
    """Real time: days from two days on."""
    days, rest = divmod(microseconds, 24 * _HOUR)
    if days < 2:
        return duration(microseconds)
    return _("%(days)d d %(hours)d h") % {"days": days, "hours": rest // _HOUR}


def left_words(left: TimeLeft) -> str:
    """`2 h 10 min`, or `late by 3 h`; `unit_words` says of what time."""
    text = duration(left.own_us)
    return _("late by %(time)s") % {"time": text} if left.is_late else text


def unit_words(left: TimeLeft) -> str:
    """What the time left is counted in, where it is not simply time."""
    return "" if left.is_always_open else _("of business time")


def aside_words(left: TimeLeft) -> str:
    """What the number alone would hide: real time, or until when the clock stands still."""
    if left.is_always_open:
        return ""
    if left.is_late:
        return _("%(time)s in real time") % {"time": wall_duration(left.wall_us)}
    if left.stands_until is not None:
        return _("stands still until %(at)s") % {"at": moment(left.stands_until)}
    return ""


def moment(at: datetime) -> str:
    """`Tue 8 Dec 11:40` in the reader's zone; with the year when it is another one."""
    local = timezone.localtime(at)
    same_year = local.year == timezone.localtime().year
    return formats.date_format(local, "D j M H:i" if same_year else "D j M Y H:i")


def allowance_words(microseconds: int, hours: BusinessHours) -> str:
    """`30 minutes`, `4 business hours`, `48 business hours = 5.3 working days`."""
    if hours.spec.hours == ALWAYS:
        return _plain_allowance(microseconds)
    count = microseconds / _HOUR
    number = formats.number_format(count, decimal_pos=0 if count == int(count) else 1)
    words = ngettext(
        "%(number)s business hour", "%(number)s business hours", 1 if count == 1 else 2
    ) % {"number": number}
    day = working_day_us(hours)
    if day and microseconds > day:
        days = formats.number_format(microseconds / day, decimal_pos=int(bool(microseconds % day)))
        words += " = " + _("%(days)s working days") % {"days": days}
    return words


def _plain_allowance(microseconds: int) -> str:
    if microseconds < _HOUR:
        minutes = microseconds // _MINUTE
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    if microseconds % _HOUR:
        return duration(microseconds)
    count = microseconds // _HOUR
    return ngettext("%(n)d hour", "%(n)d hours", count) % {"n": count}


def working_day_us(hours: BusinessHours) -> int:
    """How long the desk is open on a usual day; 0 when it never is."""
    if hours.spec.hours == ALWAYS:
        return 24 * _HOUR
    days = [sum(close - opens for opens, close in windows) for windows in hours.spec.hours]
    open_days = [seconds for seconds in days if seconds]
    return sum(open_days) * _SECOND // len(open_days) if open_days else 0


def percent(ratio: float | None) -> str:
    """`97.5 %`, or a dash when nothing is decided; never rounded up to 100."""
    if ratio is None:
        return "–"
    tenths = int(ratio * 1000)
    return formats.number_format(tenths / 10, decimal_pos=1) + " %"
