"""A tool's first response beside ours: every difference has a cause that is proved, or none."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sla.domain.time.business_hours import compile_hours
from sla.domain.time.calendar_rules import CalendarSpec
from sla.domain.tools.shadow import compare
from sla.domain.tools.shadow_records import ShadowCause, Verdict, What
from tests.sla.shadow_stories import (
    ALWAYS,
    HOUR,
    LATER,
    LONG,
    OFFICE,
    START,
    causes,
    fact,
    log,
    ours,
    theirs,
)
from tests.sla.world import madrid
from tickets.domain.words import EventKind


def test_what_is_the_same_to_the_minute_agrees() -> None:
    mine = ours()
    assert compare(theirs(mine), mine, log(mine)).verdict is Verdict.AGREES
    assert mine.due_at is not None
    near = theirs(
        mine,
        started_at=mine.started_at + timedelta(seconds=30),
        due_at=mine.due_at - timedelta(seconds=59),
    )
    assert compare(near, mine, log(mine)).verdict is Verdict.AGREES


def test_a_holiday_that_only_we_keep() -> None:
    mine = ours()
    found = compare(theirs(mine, due_at=madrid("2026-12-07 11:00")), mine, log(mine))
    assert causes(found) == {"due": ["holiday"]}
    assert found.verdict is Verdict.DIFFERS
    assert found.is_explained


@pytest.mark.parametrize(
    ("change", "due", "expected"),
    [
        # Two hours of Friday: the allowance of an S2 here.
        ({"target_us": 2 * HOUR}, "2026-12-04 18:00", ["severity"]),
        ({"target_us": HOUR * 3 // 2}, "2026-12-04 17:30", ["allowance"]),
        ({"in_business_hours": False}, "2026-12-04 20:00", ["calendar"]),
        # Four hours from 08:00 to 20:00: a calendar that we know besides.
        ({}, "2026-12-04 20:00", ["calendar"]),
        # 09:00 to 18:00 in UTC is 10:00 to 19:00 here.
        ({}, "2026-12-08 11:00", []),
        (
            {"target_us": 8 * HOUR, "in_business_hours": False},
            "2026-12-05 00:00",
            ["allowance", "calendar"],
        ),
        ({"target_us": 8 * HOUR}, "2026-12-07 15:00", ["allowance", "holiday"]),
        # Nothing that we know gives this.
        ({}, "2026-12-09 03:17", ["unexplained"]),
        ({"target_us": 2 * HOUR}, "2026-12-09 03:17", ["unexplained"]),
    ],
)
def test_another_deadline_is_explained_only_when_the_sum_comes_out(
    change: dict[str, Any], due: str, expected: list[str]
) -> None:
    mine = ours()
    there = theirs(mine, due_at=madrid(due), **change)
    found = compare(there, mine, log(mine), [LONG])
    assert causes(found).get("due", []) == expected
    assert found.is_explained is ("unexplained" not in expected)


def test_hours_in_another_zone() -> None:
    bare = compile_hours(CalendarSpec.parse({"timezone": "Europe/Madrid", "hours": OFFICE}))
    # In July: 18:00 in UTC is 20:00 in Madrid.
    start = madrid("2026-07-15 17:30")
    mine = ours(hours=bare, allowance=HOUR, started_at=start, answered_at=start)
    there = theirs(mine, due_at=madrid("2026-07-15 18:30"), missed=False)
    assert causes(compare(there, mine, log(mine))) == {"due": ["time_zone"]}


def test_a_pause_that_only_they_make() -> None:
    mine = ours(hours=ALWAYS, answered_at=madrid("2026-12-04 19:30"))
    waits = [
        fact(EventKind.WAITING_STARTED, madrid("2026-12-04 17:00"), 3, cause="internal"),
        fact(EventKind.WAITING_ENDED, madrid("2026-12-04 18:30"), 4),
    ]
    there = theirs(mine, due_at=madrid("2026-12-04 21:30"))
    assert causes(compare(there, mine, log(mine, *waits))) == {"due": ["pauses"]}
    assert not compare(there, mine, log(mine)).is_explained


def test_another_message_starts_their_clock() -> None:
    mine = ours(hours=ALWAYS)
    second = fact(EventKind.CUSTOMER_WROTE, START + timedelta(hours=1), 5)
    there = theirs(
        mine,
        started_at=START + timedelta(hours=1),
        due_at=START + timedelta(hours=5),
        answered_at=mine.answered_at,
    )
    found = compare(there, mine, log(mine, second))
    assert causes(found) == {"start": ["other_start"], "due": ["other_start"]}
    unknown = compare(there, mine, log(mine))
    assert causes(unknown) == {"start": ["unexplained"], "due": ["unexplained"]}


def test_a_ticket_that_was_old_when_we_first_heard_of_it() -> None:
    mine = ours(hours=ALWAYS)
    old = START - timedelta(days=3)
    there = theirs(mine, started_at=old, due_at=old + timedelta(hours=4), missed=True)
    found = compare(there, mine, log(mine))
    assert causes(found)["start"] == ["imported"]
    assert causes(found)["due"] == ["imported"]


def test_a_webhook_that_came_late() -> None:
    mine = ours(hours=ALWAYS, answered_at=madrid("2026-12-04 21:00"))
    facts = [
        fact(EventKind.OPENED, START, time="kept within 24 hours before arrival"),
        fact(
            EventKind.AGENT_REPLIED,
            madrid("2026-12-04 21:00"),
            2,
            time="arrival: the stated time is too old to be trusted",
        ),
    ]
    there = theirs(
        mine,
        started_at=START - timedelta(minutes=5),
        due_at=START + timedelta(hours=4, minutes=-5),
        answered_at=madrid("2026-12-04 18:00"),
        missed=False,
    )
    found = compare(there, mine, facts)
    assert {cause for each in causes(found).values() for cause in each} == {"late_webhook"}
    assert causes(found)["verdict"] == ["late_webhook"]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (EventKind.AUTO_REPLIED, "by_machine"),
        (EventKind.NOTE_ADDED, "by_note"),
        (EventKind.SOLVED, "by_solving"),
        (EventKind.ASSIGNED, "unexplained"),
    ],
)
def test_what_they_take_for_an_answer(kind: EventKind, expected: str) -> None:
    mine = ours(hours=ALWAYS, answered_at=None)
    early = START + timedelta(minutes=1)
    there = theirs(mine, answered_at=early, missed=False)
    found = compare(there, mine, log(mine, fact(kind, early, 3)))
    assert causes(found) == {"answer": [expected], "verdict": [expected]}


def test_an_answer_that_came_back() -> None:
    mine = ours(hours=ALWAYS, answered_at=None)
    early = START + timedelta(minutes=30)
    facts = log(
        mine,
        fact(EventKind.AGENT_REPLIED, early, 3),
        fact(EventKind.REPLY_BOUNCED, early + timedelta(minutes=2), 4, of_event="3"),
    )
    there = theirs(mine, answered_at=early, missed=False)
    assert causes(compare(there, mine, facts))["answer"] == ["bounced"]


def test_an_answer_that_we_never_heard_of_is_unexplained() -> None:
    mine = ours(hours=ALWAYS, answered_at=None)
    there = theirs(mine, answered_at=START + timedelta(hours=1), missed=False)
    found = compare(there, mine, log(mine))
    assert causes(found) == {"answer": ["unexplained"], "verdict": ["unexplained"]}


def test_an_answer_within_the_minute_of_the_deadline() -> None:
    mine = ours(hours=ALWAYS)
    assert mine.due_at is not None
    mine = replace(mine, answered_at=mine.due_at + timedelta(seconds=20))
    there = theirs(mine, missed=False)
    assert causes(compare(there, mine, log(mine))) == {"verdict": ["rounding"]}


def test_without_their_deadline_the_verdict_is_reckoned_with_their_target() -> None:
    mine = ours(hours=ALWAYS, answered_at=START + timedelta(hours=3))
    there = theirs(mine, due_at=None, target_us=2 * HOUR, missed=True)
    assert causes(compare(there, mine, log(mine))) == {"verdict": ["severity"]}
    wrong = theirs(mine, due_at=None, target_us=8 * HOUR, missed=True)
    assert causes(compare(wrong, mine, log(mine))) == {"verdict": ["unexplained"]}


def test_a_tool_that_tells_no_target_may_have_taken_another_severity() -> None:
    mine = ours(hours=ALWAYS, answered_at=None)
    early = START + timedelta(hours=1)
    there = theirs(mine, target_us=None, due_at=early, missed=True)
    assert causes(compare(there, mine, log(mine))) == {"due": ["severity"]}


def test_a_result_that_does_not_follow_from_their_own_figures_is_unexplained() -> None:
    mine = ours(hours=ALWAYS, answered_at=START + timedelta(hours=3))
    there = theirs(mine, due_at=START + timedelta(hours=5), target_us=5 * HOUR, missed=True)
    assert causes(compare(there, mine, log(mine))) == {
        "due": ["allowance"],
        "verdict": ["unexplained"],
    }


def test_a_start_alone_does_not_explain_a_result_that_it_does_not_change() -> None:
    mine = ours(hours=ALWAYS, answered_at=START + timedelta(hours=3))
    second = fact(EventKind.CUSTOMER_WROTE, START + timedelta(hours=1), 5)
    there = theirs(mine, started_at=second.at, due_at=None, missed=True)
    assert causes(compare(there, mine, log(mine, second))) == {
        "start": ["other_start"],
        "verdict": ["unexplained"],
    }


def test_what_only_one_side_has() -> None:
    mine = ours()
    assert causes(compare(theirs(mine, is_gone=True), mine, log(mine))) == {"presence": ["gone"]}
    bare = theirs(mine, has_target=False)
    assert causes(compare(bare, mine, log(mine))) == {"presence": ["no_target"]}
    spam = replace(mine, is_cancelled=True)
    assert causes(compare(theirs(mine), spam, log(mine))) == {"presence": ["not_promised"]}
    by_us = [fact(EventKind.OPENED, START, by="agent")]
    assert causes(compare(theirs(mine), None, by_us)) == {"presence": ["not_promised"]}
    assert causes(compare(theirs(mine), None, [])) == {"presence": ["unexplained"]}


def test_what_is_not_decided_yet_is_no_difference() -> None:
    mine = ours(hours=ALWAYS, answered_at=None)
    assert mine.due_at is not None
    early = theirs(mine, read_at=START + timedelta(hours=1), answered_at=None, missed=None)
    assert compare(early, mine, log(mine)).verdict is Verdict.OPEN
    # Their export is some minutes behind: ours is missed already.
    just = replace(early, read_at=mine.due_at + timedelta(minutes=5))
    assert compare(just, mine, log(mine)).verdict is Verdict.OPEN
    answered = replace(mine, answered_at=START + timedelta(minutes=58))
    assert compare(early, answered, log(answered)).verdict is Verdict.OPEN
    late = replace(early, read_at=LATER)
    found = compare(late, answered, log(answered))
    assert found.verdict is Verdict.DIFFERS
    assert [each.what for each in found.differences] == [What.ANSWER]
    assert found.causes == (ShadowCause.UNEXPLAINED,)
