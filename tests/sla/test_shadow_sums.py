"""Whatever a tool counts otherwise, alone or together, is found again by the sum."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.domain.time.business_hours import BusinessHours, compile_hours
from sla.domain.time.calendar_rules import CalendarSpec
from sla.domain.tools.shadow import compare
from sla.domain.tools.shadow_records import Verdict
from tests.sla.shadow_stories import (
    ALWAYS,
    HOUR,
    HOURS,
    LONG,
    START,
    causes,
    fact,
    log,
    ours,
    theirs,
)
from tickets.domain.words import EventKind

BARE = compile_hours(replace(HOURS.spec, holidays=()))
UTC = compile_hours(replace(HOURS.spec, timezone="UTC"))
CALENDARS = {"": HOURS, "holiday": BARE, "calendar": ALWAYS, "time_zone": UTC}
ALLOWANCES = {"": 9 * HOUR, "severity": 2 * HOUR, "allowance": 7 * HOUR}


@pytest.mark.parametrize(
    ("calendar", "allowance", "moved"), [*product(CALENDARS, ALLOWANCES, (False, True))]
)
def test_the_fewest_changes_that_give_their_deadline(
    calendar: str, allowance: str, moved: bool
) -> None:
    mine = ours(allowance=9 * HOUR)
    second = fact(EventKind.CUSTOMER_WROTE, START + timedelta(minutes=37), 5)
    start = second.at if moved else START
    target = ALLOWANCES[allowance]
    due = CALENDARS[calendar].add(start, timedelta(microseconds=target))
    there = theirs(
        mine, started_at=start, target_us=target, due_at=due, in_business_hours=None, missed=None
    )
    found = compare(there, mine, log(mine, second), [LONG])
    planted = {*filter(None, (calendar, allowance)), *(["other_start"] if moved else [])}
    said = causes(found).get("due", [])
    assert found.is_explained
    # Never more than what was done; what changes nothing there is not blamed.
    assert len(said) <= len(planted)
    if not planted:
        assert found.verdict is Verdict.OPEN or found.verdict is Verdict.AGREES


def replayed(hours: BusinessHours, minutes: int, days: int) -> Any:
    start = START + timedelta(days=days, minutes=minutes)
    return ours(hours=hours, started_at=start, answered_at=None)


@given(
    minutes=st.integers(0, 1440),
    days=st.integers(0, 30),
    spec=st.sampled_from([HOURS.spec, BARE.spec, LONG.spec, ALWAYS.spec]),
)
def test_equal_figures_never_differ(minutes: int, days: int, spec: CalendarSpec) -> None:
    mine = replayed(compile_hours(spec), minutes, days)
    there = theirs(mine, read_at=mine.due_at + timedelta(days=1), missed=True)
    assert compare(there, mine, log(mine), [LONG]).verdict is Verdict.AGREES
