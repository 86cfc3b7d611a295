"""Short ways to write calendars down in tests."""

from typing import Any

from sla.domain.time.business_hours import BusinessHours, CalendarSpec, compile_hours


def hours_of(
    hours: Any, *holidays: str, timezone: str = "Europe/Madrid", **weekdays: Any
) -> BusinessHours:
    """Compiled hours; keyword weekdays fill the rest in."""
    spec = {"timezone": timezone, "hours": hours or weekdays, "holidays": list(holidays)}
    return compile_hours(CalendarSpec.parse(spec))
