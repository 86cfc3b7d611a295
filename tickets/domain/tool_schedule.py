"""When a tool counts business hours, as its own settings say: plain records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSchedule:
    """One schedule: an IANA zone, windows of each weekday (mon to sun) as HH:MM, and holidays.

    `timezone` is as the tool says it where we do not know its name.
    """

    name: str
    timezone: str
    hours: Mapping[str, Sequence[tuple[str, str]]]
    holidays: Sequence[str]

    def as_json(self) -> dict[str, Any]:
        """For keeping."""
        return {
            "name": self.name,
            "timezone": self.timezone,
            "hours": {day: [list(window) for window in each] for day, each in self.hours.items()},
            "holidays": list(self.holidays),
        }
