"""What a ticket's clocks come to in the tool: the promise that is due first, and how it stands."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from sla.domain.clocks.clock import ClockState
from sla.domain.clocks.target import Metric
from sla.domain.tools.display import Display
from sla.domain.tools.shown import ClockFacts, Shown, ShownState, shown_of
from sla.notifiers.tools.table import WRITERS, wanted_of
from sla.notifiers.tools.writer import Present, Target, Wanted
from tests.tickets.hooks import utc
from tickets.domain.tool_request import NotThere

START, DUE = utc("2026-11-23 08:00"), utc("2026-11-23 08:30")
RISK = utc("2026-11-23 08:22")
CLOCK = ClockFacts(
    promised=True,
    metric=Metric.FIRST_RESPONSE,
    state=ClockState.RUNNING,
    started_at=START,
    due_at=DUE,
    at_risk_at=RISK,
    breached_at=None,
    severity="S1",
    plan="enterprise",
)
OBJECTIVE = replace(CLOCK, promised=False, metric=Metric.RESOLUTION, due_at=utc("2026-11-23 08:10"))
SECOND = timedelta(seconds=1)


def clock(**changes: Any) -> ClockFacts:
    return replace(CLOCK, **changes)


@pytest.mark.parametrize(
    ("changes", "as_of", "state"),
    [
        ({}, START, ShownState.RUNNING),
        ({}, RISK - SECOND, ShownState.RUNNING),
        ({}, RISK, ShownState.AT_RISK),
        ({}, DUE, ShownState.AT_RISK),
        ({}, DUE + SECOND, ShownState.MISSED),
        ({"breached_at": DUE}, DUE, ShownState.MISSED),
        ({"state": ClockState.STOPPED}, DUE + SECOND, ShownState.MET),
        ({"state": ClockState.STOPPED, "breached_at": DUE}, DUE, ShownState.LATE),
        ({"state": ClockState.PAUSED, "due_at": None}, DUE + SECOND, ShownState.PAUSED),
        ({"state": ClockState.CANCELLED, "due_at": None}, DUE, ShownState.CANCELLED),
    ],
)
def test_how_one_promise_stands(
    changes: dict[str, Any], as_of: datetime, state: ShownState
) -> None:
    assert shown_of([clock(**changes)], as_of).state is state


def test_no_objective_hides_a_promise_and_both_are_told() -> None:
    shown = shown_of([OBJECTIVE, CLOCK], START)
    assert (shown.due_at, shown.objective_due_at) == (DUE, OBJECTIVE.due_at)
    assert shown.metric == "first_response"


def test_what_is_over_has_no_deadline_any_more() -> None:
    shown = shown_of([clock(state=ClockState.STOPPED), OBJECTIVE], DUE)
    assert (shown.state, shown.due_at) == (ShownState.MET, None)
    assert shown.objective_due_at == OBJECTIVE.due_at


def test_the_promise_that_is_due_first_decides() -> None:
    catch_up = clock(due_at=DUE + 60 * SECOND, started_at=DUE, at_risk_at=None)
    assert shown_of([catch_up, CLOCK], START).due_at == DUE


def test_nothing_promised_is_said_so() -> None:
    assert shown_of([], START) == Shown(state=ShownState.NONE)


def test_it_is_stored_as_codes_and_instants_and_comes_back() -> None:
    shown = shown_of([CLOCK, OBJECTIVE], DUE + SECOND)
    assert Shown.from_json(shown.to_json()) == shown
    assert shown.digest == Shown.from_json(shown.to_json()).digest
    assert shown.digest != shown_of([CLOCK], DUE + SECOND).digest


@pytest.mark.parametrize("kind", sorted(WRITERS))
def test_what_stands_there_already_is_not_written_again(kind: str) -> None:
    writer = WRITERS[kind]
    names = {code: str(number) for number, code in enumerate(writer.codes, 3601)}
    display = Display(source_id=uuid4(), kind=kind, fields=names)
    wanted = wanted_of(shown_of([CLOCK, OBJECTIVE], RISK), display, "https://desk.example/1")
    assert len(wanted.fields) == len(writer.codes)
    assert all(wanted.fields.values())
    present = Present(fields=dict(wanted.fields), tags=("vip", *wanted.tags))
    target = Target(thread="71", account="1")
    assert writer.changes(target, present, wanted) == ()
    assert writer.changes(target, Present(fields={}, tags=("vip",)), wanted) != ()


def test_an_instant_in_another_zone_is_the_same_instant() -> None:
    wanted = Wanted(fields={"customfield_1": "2026-11-23T08:30:00.000Z"})
    present = Present(fields={"customfield_1": "2026-11-23T09:30:00.000+0100"}, tags=())
    assert WRITERS["jira"].changes(Target(thread="1"), present, wanted) == ()


@pytest.mark.parametrize("thread", ["71/../../users?x=", "..", "update_many", "71%2f..", ""])
@pytest.mark.parametrize("kind", sorted(WRITERS))
def test_no_id_of_a_ticket_leads_to_another_page_of_the_tool(kind: str, thread: str) -> None:
    target = Target(thread=thread, account="1")
    with pytest.raises(NotThere):
        WRITERS[kind].look(target, Wanted())
    with pytest.raises(NotThere):
        WRITERS[kind].note(target, "x")


@pytest.mark.parametrize(
    ("language", "due", "state"),
    [("en", "Mon 23 Nov 09:30", "at risk"), ("es", "lun 23 nov 09:30", "en riesgo")],
)
def test_agents_read_it_in_their_language_and_zone(language: str, due: str, state: str) -> None:
    display = Display(
        source_id=uuid4(),
        kind="chatwoot",
        fields={"due_text": "a", "state": "b", "due_at": "c", "plan": "d"},
        language=language,
    )
    wanted = wanted_of(shown_of([CLOCK], RISK), display, "")
    assert wanted.fields == {"a": due, "b": state, "c": "2026-11-23", "d": "Enterprise"}
