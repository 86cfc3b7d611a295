"""One first response as we count it, and as a tool does: alike but for what a test says."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sla.domain.time.business_hours import compile_hours
from sla.domain.time.calendar_rules import CalendarSpec
from sla.domain.tools.shadow_records import Comparison, Ours, Theirs
from tests.sla.world import madrid
from tickets.domain.facts import Fact
from tickets.domain.words import EventKind

HOUR = 3_600_000_000
OFFICE = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
# The Monday is closed here and nowhere else.
HOURS = compile_hours(
    CalendarSpec.parse({"timezone": "Europe/Madrid", "hours": OFFICE, "holidays": ["2026-12-07"]})
)
ALWAYS = compile_hours(CalendarSpec.parse({"timezone": "Europe/Madrid", "hours": "24x7"}))
LONG = compile_hours(
    CalendarSpec.parse(
        {"timezone": "Europe/Madrid", "hours": {day: [["08:00", "20:00"]] for day in OFFICE}}
    )
)
START = madrid("2026-12-04 16:00")
LATER = madrid("2026-12-20 12:00")


def ours(*, hours: Any = HOURS, allowance: int = 4 * HOUR, **changes: Any) -> Ours:
    """Four business hours from Friday afternoon: due on Tuesday at 11:00."""
    start = changes.pop("started_at", START)
    due = hours.add(start, timedelta(microseconds=allowance))
    made = Ours(
        started_at=start,
        due_at=due,
        answered_at=madrid("2026-12-07 10:00"),
        allowance_us=allowance,
        hours=hours,
        severity="S3",
        allowances={"S1": HOUR, "S2": 2 * HOUR, "S3": 4 * HOUR},
    )
    return replace(made, **changes)


def theirs(mine: Ours, **changes: Any) -> Theirs:
    """The same as ours, but for what is said."""
    answered, due = mine.answered_at, mine.due_at
    assert due is not None
    made = Theirs(
        read_at=LATER,
        started_at=mine.started_at,
        due_at=due,
        answered_at=answered,
        missed=answered > due if answered else True,
        target_us=mine.allowance_us,
        in_business_hours=True,
    )
    return replace(made, **changes)


def fact(kind: EventKind, at: datetime, number: int = 1, **details: Any) -> Fact:
    return Fact(key=str(number), kind=kind, at=at, details=details)


def log(mine: Ours, *more: Fact) -> list[Fact]:
    """What happened here: the customer wrote, we answered."""
    found = [fact(EventKind.OPENED, mine.started_at, time="signed event time", by="customer")]
    if mine.answered_at:
        found.append(fact(EventKind.AGENT_REPLIED, mine.answered_at, 2, time="signed event time"))
    return [*found, *more]


def causes(found: Comparison) -> dict[str, list[str]]:
    return {each.what.value: [cause.value for cause in each.causes] for each in found.differences}
