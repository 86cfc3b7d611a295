"""Zammad: its calendars; only a token with the right admin.calendar may read them."""

from collections.abc import Generator, Sequence
from typing import Any, Final

from tickets.domain.tool_request import ToolAnswer, ToolRequest
from tickets.domain.tool_schedule import ToolSchedule
from tickets.inbound.json_fields import Fields
from tickets.inbound.polls.poll import read_array

_MOST: Final = 50
_MOST_DAYS: Final = 3700
_MOST_WINDOWS: Final = 48
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def read() -> Generator[ToolRequest, ToolAnswer, Sequence[ToolSchedule]]:
    """All of them. Raises Unreadable."""
    answer = yield ToolRequest(method="GET", path="/api/v1/calendars")
    return [_schedule(Fields(raw, "")) for raw in read_array(answer)[:_MOST]]


def _schedule(calendar: Fields) -> ToolSchedule:
    # A holiday that somebody unticked is a day like any other.
    days = _mapping(calendar.raw("public_holidays"))
    return ToolSchedule(
        name=calendar.text("name"),
        timezone=calendar.text("timezone"),
        hours=_hours(calendar.optional_fields("business_hours")),
        holidays=sorted(day for day, said in days.items() if _mapping(said).get("active"))[
            :_MOST_DAYS
        ],
    )


def _hours(week: Fields | None) -> dict[str, list[tuple[str, str]]]:
    hours: dict[str, list[tuple[str, str]]] = {}
    for name in _DAYS:
        day = week.optional_fields(name) if week else None
        if day is None or not day.optional_flag("active"):
            continue
        windows = day.raw("timeframes")
        if not isinstance(windows, list) or not all(map(_is_window, windows)):
            raise day.error("timeframes", "pairs of times such as 09:00")
        hours[name] = [(opens, closes) for opens, closes in windows[:_MOST_WINDOWS]]
    return hours


def _is_window(value: object) -> bool:
    return (
        isinstance(value, list) and len(value) == 2 and all(isinstance(each, str) for each in value)
    )


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
