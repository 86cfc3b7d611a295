"""Short stories of tickets for the clock tests: `09:30 agent_replied` in, one line per clock out.

Times are hours on Monday 2 March 2026, UTC; 33:00 is Tuesday 09:00. Targets are minutes.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sla.domain.commands.clocks import answer_clocks

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
ALWAYS = {"timezone": "UTC", "hours": "24x7"}
OFFICE = {
    "timezone": "UTC",
    "hours": {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
}
METRICS = ("first_response", "next_response", "resolution")


def at(time: str) -> str:
    """RFC 3339 of `HH:MM` or `HH:MM:SS`, hours counted from Monday's midnight."""
    hours, minutes, seconds = (int(part) for part in f"{time}:00".split(":")[:3])
    return (MONDAY + timedelta(hours=hours, minutes=minutes, seconds=seconds)).isoformat()


def event(line: str) -> dict[str, Any]:
    """`09:30 targets_set resolution=30 from=now` as the command reads it."""
    time, kind, *details = line.split()
    told: dict[str, Any] = {"at": at(time), "kind": kind}
    for detail in details:
        name, value = detail.split("=")
        if name in METRICS:
            told.setdefault("targets", {})[name] = 60 * int(value)
        else:
            told[name] = at(value) if name == "of" else value
    return told


def clocks(
    *lines: str, until: str | None = None, calendar: Any = None, **minutes: int
) -> dict[str, Any]:
    """What the command answers to a story."""
    targets = {"first_response": 60, "next_response": 60, "resolution": 180} | minutes
    request = {
        "calendar": calendar or ALWAYS,
        "targets": {metric: 60 * allowance for metric, allowance in targets.items()},
        "events": [event(line) for line in lines],
    }
    if until is not None:
        request["as_of"] = at(until)
    answer: dict[str, Any] = answer_clocks(request)["clocks"]
    return answer


def told(reading: dict[str, Any] | None) -> str:
    """`state start-stop, due D, verdict, N min`; lateness is dated at the due instant."""
    if reading is None:
        return "never"
    late = reading["breached_at"]
    assert late in {None, reading["due_at"]}
    assert (reading["met"] is False) == (late is not None)
    assert (reading["state"] == "stopped") == (reading["stopped_at"] is not None)
    verdict = {True: "met", False: "missed", None: "open"}[reading["met"]]
    span = f"{_time(reading['started_at'])}-{_time(reading['stopped_at'])}"
    minutes = reading["elapsed_seconds"] / 60
    return f"{reading['state']} {span}, due {_time(reading['due_at'])}, {verdict}, {minutes:g} min"


def table(stories: Mapping[str, tuple[Any, ...]]) -> pytest.MarkDecorator:
    """One test for each sentence; a story is its lines, the last instant, and what is said."""
    return pytest.mark.parametrize(
        ("lines", "until", "expected"), list(stories.values()), ids=list(stories)
    )


def _time(text: str | None) -> str:
    if text is None:
        return ""
    seconds = int((datetime.fromisoformat(text) - MONDAY).total_seconds())
    time = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}"
    return f"{time}:{seconds % 60:02d}" if seconds % 60 else time
