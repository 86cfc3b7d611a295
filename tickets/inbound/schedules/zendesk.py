"""Zendesk: its schedules, and the holidays of each."""

from collections.abc import Generator, Sequence
from datetime import date, timedelta
from typing import Final

from tickets.domain.tool_request import ToolAnswer, ToolRequest
from tickets.domain.tool_schedule import ToolSchedule
from tickets.inbound.json_fields import Fields, read_object
from tickets.inbound.schedules.zones import ZONES

_PATH: Final = "/api/v2/business_hours/schedules"
# One request for the holidays of each.
_MOST: Final = 20
# Ten years of days; nobody plans further.
_MOST_DAYS: Final = 3700
_DAY: Final = 24 * 60
# Its minutes count from Sunday at midnight.
_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


def read() -> Generator[ToolRequest, ToolAnswer, Sequence[ToolSchedule]]:
    """All of them. Raises Unreadable."""
    answer = yield ToolRequest(method="GET", path=_PATH)
    found = []
    for each in Fields(read_object(answer.body), "").records("schedules")[:_MOST]:
        hours = _hours(each)
        told = yield ToolRequest(method="GET", path=f"{_PATH}/{each.key('id')}/holidays")
        found.append(
            ToolSchedule(
                name=each.text("name"),
                timezone=ZONES.get(each.text("time_zone"), each.text("time_zone")),
                hours=hours,
                holidays=_holidays(Fields(read_object(told.body), "")),
            )
        )
    return found


def _hours(schedule: Fields) -> dict[str, list[tuple[str, str]]]:
    hours: dict[str, list[tuple[str, str]]] = {}
    for window in schedule.records("intervals"):
        opens, closes = _minute(window, "start_time"), _minute(window, "end_time")
        day = opens // _DAY
        if not 0 < closes - opens <= _DAY - opens % _DAY:
            raise window.error("end_time", "later on the same day")
        hours.setdefault(_DAYS[day], []).append(
            (_clock(opens - day * _DAY), _clock(closes - day * _DAY))
        )
    return hours


def _minute(window: Fields, key: str) -> int:
    value = window.raw(key)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 7 * _DAY:
        raise window.error(key, "a minute of the week")
    return value


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _holidays(answer: Fields) -> list[str]:
    """Each day of each: their last day belongs to them."""
    days: set[str] = set()
    for each in answer.records("holidays"):
        first, last = _date(each, "start_date"), _date(each, "end_date")
        for number in range(min((last - first).days + 1, _MOST_DAYS - len(days))):
            days.add((first + timedelta(days=number)).isoformat())
    return sorted(days)


def _date(holiday: Fields, key: str) -> date:
    try:
        return date.fromisoformat(holiday.text(key))
    except ValueError:
        raise holiday.error(key, "a date such as 2026-12-25") from None
