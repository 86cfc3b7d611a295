"""The outbox of the tools: what is tried again, given up, held, and written once more."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from sla.models import ToolDisplay, ToolUpdate, UpdateState
from sla.operations.tools import write_to_tools as writing
from sla.operations.tools.follow_displays import write_again
from sla.operations.tools.tool_outcomes import HELD, Outcome, write_down
from sla.operations.tools.write_to_tools import claim, task_of
from tests.fakes.chatwoot_writes import ChatwootWrites
from tests.fakes.tool_server import Reply
from tests.fakes.zendesk_writes import ZendeskWrites
from tests.journeys.shown_deadlines import FAKES, House, house, sweep_then
from tests.journeys.tool_stories import OPENED
from tests.sla.world import customer, person
from tickets.outbound.tool_api import ToolApi

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]
SOON = OPENED + timedelta(seconds=5)
every_tool = pytest.mark.parametrize("kind", sorted(FAKES))


@pytest.fixture(autouse=True)
def _world(terms: None, settings: Any) -> None:
    settings.TOOL_PRIVATE_HOSTS = ["127.0.0.1"]
    customer("enterprise")
    person("Alice")


@pytest.fixture
def made() -> Iterator[House]:
    with house("zendesk") as one:
        one.open()
        yield one


def test_a_tool_that_limits_us_is_left_alone_for_as_long_as_it_asks(made: House) -> None:
    made.tool.failures = [Reply(status=429, headers={"Retry-After": "120"})]
    assert made.write(SOON) == 0
    assert made.access.open_until == SOON + timedelta(seconds=120)
    asked = len(made.tool.asked)
    made.write(SOON + timedelta(seconds=119))
    assert len(made.tool.asked) == asked, "nobody calls it before"
    assert made.write(SOON + timedelta(seconds=160)) == 1
    assert made.due_and_state()[1] == "on track"
    assert made.access.failures == 0


def test_after_an_outage_what_holds_then_is_written_once(made: House) -> None:
    made.tool.failures = [None, Reply(status=503), None, Reply(status=502)]
    at = SOON
    while made.tool.failures:
        made.write(at)
        assert made.update().state == UpdateState.WAITING
        assert made.update().trouble
        at += timedelta(minutes=5)
    sweep_then(OPENED + timedelta(minutes=24))
    writes = len(made.tool.written)
    made.write(OPENED + timedelta(minutes=29))
    assert made.due_and_state()[1] == "at risk"
    tags = [each.json["tags"] for each in made.tool.written[writes:] if "tags" in each.path]
    assert tags == [["sivo_at_risk", "sivo_due_2026-11-23_0930"]]


@every_tool
def test_a_ticket_that_was_deleted_in_the_tool_is_given_up_with_the_reason(kind: str) -> None:
    with house(kind) as made:
        made.open()
        made.tool.gone = True
        assert made.write(SOON) == 0
        row = made.update()
        assert (row.state, row.next_attempt_at) == (UpdateState.GONE, None)
        assert "does not exist there" in row.trouble
        made.answer(OPENED + timedelta(minutes=21))
        asked = len(made.tool.asked)
        made.write(OPENED + timedelta(minutes=30))
        assert len(made.tool.asked) == asked, "it is not asked for again by itself"


def test_a_closed_ticket_is_given_up_and_is_no_trouble_of_the_source(made: House) -> None:
    assert isinstance(made.tool, ZendeskWrites)
    made.write(SOON)
    made.tool.status = "closed"
    made.answer(OPENED + timedelta(minutes=21))
    made.write(OPENED + timedelta(minutes=22))
    assert made.update().state == UpdateState.GONE
    assert "closed" in made.update().trouble
    assert made.display.trouble == ""


@pytest.mark.parametrize(
    ("kind", "wrong", "hint"),
    [
        ("zendesk", "4711", "the tool has no field 4711"),
        ("zammad", "sivo_dew", "the tool has no field sivo_dew"),
        ("jira", "customfield_9", "refuses a value in customfield_9"),
    ],
)
def test_a_wrong_field_is_named_on_the_page_and_the_tags_stand_all_the_same(
    kind: str, wrong: str, hint: str
) -> None:
    with house(kind, fields={"state": wrong}) as made:
        made.open()
        assert made.write(SOON) == 0
        assert made.update().state == UpdateState.GIVEN_UP
        assert hint in made.update().trouble
        assert hint in made.display.trouble
        assert made.tool.ours() == {"sivo_due_2026-11-23_0930"}
        right = next(name for name in made.tool.fields if name != wrong)
        ToolDisplay.objects.update(fields={"state": right})
        assert made.write(SOON + timedelta(seconds=5)) == 1, "mended: written without more ado"
        assert made.tool.fields[right] == "on track"
        assert made.display.trouble == ""


def test_labels_that_chatwoot_lacks_are_said_to_be_missing() -> None:
    with house("chatwoot") as made:
        assert isinstance(made.tool, ChatwootWrites)
        made.open()
        made.tool.labels = {"telefonia"}
        sweep_then(OPENED + timedelta(minutes=31))
        made.write(OPENED + timedelta(minutes=32))
        assert made.update().state == UpdateState.GIVEN_UP
        assert "make the labels" in made.display.trouble
        assert made.tool.tags == ["telefonia"]


@every_tool
def test_a_token_that_is_not_accepted_holds_everything_until_another_is_entered(kind: str) -> None:
    with house(kind) as made:
        made.open()
        access = made.access
        good, access.token = access.token, "wrong"
        access.save()
        made.write(SOON)
        row = made.update()
        assert (row.state, row.attempts) == (UpdateState.WAITING, 0), "its fault it is not"
        assert "enter a new one" in made.display.trouble
        assert made.display.held_until == SOON + HELD
        asked = len(made.tool.asked)
        made.write(SOON + timedelta(seconds=30))
        assert len(made.tool.asked) == asked
        access.token = good
        access.save()
        assert made.write(SOON + timedelta(seconds=40)) == 1
        assert made.display.trouble == ""
        assert made.due_and_state()[1] == "on track"


def test_a_warning_that_could_not_be_written_in_time_is_left_unsaid(made: House) -> None:
    sweep_then(OPENED + timedelta(minutes=23))
    sweep_then(OPENED + timedelta(minutes=31))
    made.write(OPENED + timedelta(minutes=32))
    assert made.update("at_risk").state == UpdateState.OVERTAKEN
    assert len(made.tool.notes) == 1
    assert "Missed" in made.tool.notes[0]


def test_write_again_asks_at_once_and_repeats_no_note(made: House) -> None:
    sweep_then(OPENED + timedelta(minutes=31))
    made.write(OPENED + timedelta(minutes=32))
    made.tool.tags = ["telefonia"]
    made.tool.fields["3602"] = "somebody wrote over it"
    now = OPENED + timedelta(minutes=33)
    assert write_again(source=made.source, now=now) == 1
    made.write(now)
    assert made.due_and_state()[1] == "missed"
    assert "sivo_missed" in made.tool.tags
    assert len(made.tool.notes) == 1


def test_dying_between_the_tool_s_answer_and_the_row_writes_the_same_again(made: House) -> None:
    (row,) = claim(made.access, SOON)
    # The other worker writes, and is gone before it can say so.
    api = ToolApi(made.access.credentials(), reach=writing.tool_reach())
    task_of(row, made.display.value(), "1").write(api.ask)
    assert made.due_and_state()[1] == "on track"
    writes = len(made.tool.written)
    assert made.write(SOON + timedelta(seconds=60)) == 0, "its lease has not ended"
    assert made.write(SOON + timedelta(seconds=91)) == 1
    assert len(made.tool.written) == writes, "it stood there already: nothing was written"
    assert made.update().state == UpdateState.WRITTEN


def test_who_comes_back_after_its_lease_has_it_written_once_more(made: House) -> None:
    (row,) = claim(made.access, SOON)
    later = SOON + timedelta(seconds=91)
    assert made.write(later) == 1
    write_down(Outcome(row=row), now=later + timedelta(seconds=1), luck=0.5)
    assert made.update().state == UpdateState.WAITING
    made.tool.fields["3602"] = "what the sleeper wrote last"
    assert made.write(later + timedelta(seconds=40)) == 1
    assert made.due_and_state()[1] == "on track"
    assert made.update().state == UpdateState.WRITTEN


def test_many_changes_are_one_write_and_a_ticket_rests_in_between(made: House) -> None:
    made.write(SOON)
    first = made.update().written_at
    assert first == SOON
    sweep_then(OPENED + timedelta(minutes=23))
    sweep_then(OPENED + timedelta(minutes=31))
    row = made.update()
    assert ToolUpdate.objects.filter(kind="state").count() == 1
    assert row.wanted["state"] == "missed"
    made.write(OPENED + timedelta(minutes=31))
    made.answer(OPENED + timedelta(minutes=31, seconds=5))
    assert made.write(OPENED + timedelta(minutes=31, seconds=20)) == 0
    assert made.write(OPENED + timedelta(minutes=31, seconds=31)) == 1
    assert made.tool.ours() == set()


def test_what_changes_while_it_is_written_is_written_next(made: House) -> None:
    (row,) = claim(made.access, SOON)
    made.answer(OPENED + timedelta(minutes=21))
    assert made.update().next_attempt_at == row.next_attempt_at or made.update().claim == 1
    write_down(Outcome(row=row), now=SOON + timedelta(seconds=1), luck=0.5)
    assert made.update().state == UpdateState.WAITING
    made.write(OPENED + timedelta(minutes=30))
    assert made.due_and_state() == (None, "target met")


def test_a_tool_that_fails_costs_the_other_nothing(made: House) -> None:
    with house("zammad") as other:
        other.open()
        made.tool.failures = [None]
        assert made.write(SOON) == 1
        assert other.due_and_state()[1] == "on track"
        assert made.update().state == UpdateState.WAITING
        assert made.access.failures == 1
        assert other.access.failures == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_write_each_row_once(made: House) -> None:
    sweep_then(OPENED + timedelta(minutes=31))
    at = OPENED + timedelta(minutes=32)

    def work() -> None:
        made.write(at)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    # What a worker had no time for is the next round's, as the schedule has it.
    made.write(at + timedelta(minutes=2))
    assert len(made.tool.notes) == 1
    assert set(ToolUpdate.objects.values_list("state", flat=True)) == {UpdateState.WRITTEN}
