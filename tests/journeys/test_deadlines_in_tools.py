"""The deadline stands where the agent works: from a tool's first webhook to the ticket in it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from sla.models import ToolUpdate
from sla.operations.clocks.audit import Audited, audit_clocks
from tests.journeys.shown_deadlines import FAKES, House, house, sweep_then
from tests.journeys.tool_stories import OPENED
from tests.sla.world import contract_clock, customer, person
from tickets.domain.words import Severity
from tickets.operations.severity.change import change_severity

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]
every_tool = pytest.mark.parametrize("kind", sorted(FAKES))
MINUTE = timedelta(minutes=1)
# As each tool likes it; 08:30 UTC is half past nine in Madrid.
HALF_PAST = {
    "zendesk": "Mon 23 Nov 09:30",
    "chatwoot": "Mon 23 Nov 09:30",
    "jira": "2026-11-23T08:30:00.000Z",
    "zammad": "2026-11-23T08:30:00.000Z",
}
TEN = {
    "zendesk": "Mon 23 Nov 11:00",
    "chatwoot": "Mon 23 Nov 11:00",
    "jira": "2026-11-23T10:00:00.000Z",
    "zammad": "2026-11-23T10:00:00.000Z",
}


@pytest.fixture(autouse=True)
def _world(terms: None, settings: Any) -> None:
    settings.TOOL_PRIVATE_HOSTS = ["127.0.0.1"]
    customer("enterprise")
    person("Alice")


@pytest.fixture
def at_work(request: Any) -> Iterator[House]:
    with house(request.getfixturevalue("kind")) as made:
        yield made


def set_severity(made: House, severity: Severity, minutes: int) -> None:
    change_severity(
        ticket_id=made.ticket.pk,
        severity=severity,
        got_worse=False,
        reason="judged again",
        user=User.objects.get(username="alice"),
        now=OPENED + minutes * MINUTE,
    )


def sweep_at(made: House, minutes: float) -> None:
    """The sweep visits this minute, and the worker follows."""
    at = OPENED + minutes * MINUTE
    sweep_then(at)
    made.write(at + timedelta(seconds=2))


@every_tool
def test_from_the_first_webhook_to_the_answer(at_work: House, kind: str) -> None:
    made, tool = at_work, at_work.tool
    made.open()
    assert made.write(OPENED + timedelta(seconds=5)) == 1
    assert made.due_and_state() == (HALF_PAST[kind], "on track")
    due_tag = set() if kind == "chatwoot" else {"sivo_due_2026-11-23_0930"}
    assert tool.ours() == due_tag
    made.echo(OPENED + timedelta(seconds=6))

    set_severity(made, Severity.S2, 1)
    made.write(OPENED + 2 * MINUTE)
    assert made.due_and_state() == (TEN[kind], "on track")
    set_severity(made, Severity.S1, 3)
    made.write(OPENED + 4 * MINUTE)
    assert made.due_and_state() == (HALF_PAST[kind], "on track"), "the earlier deadline again"
    made.echo(OPENED + 5 * MINUTE)

    sweep_at(made, 23)
    assert made.due_and_state() == (HALF_PAST[kind], "at risk")
    assert tool.ours() == {"sivo_at_risk", *due_tag}
    (note,) = tool.notes
    assert "At risk: first response due Mon 23 Nov 09:30 (Madrid time)" in note
    assert f"{made.ticket.reference} · S1 · Enterprise" in note
    assert f"/admin/tickets/ticket/{made.ticket.pk}/change/" in note
    made.echo(OPENED + 24 * MINUTE)

    sweep_at(made, 30.1)
    assert made.due_and_state() == (HALF_PAST[kind], "missed")
    assert tool.ours() == {"sivo_missed", *due_tag}
    assert len(tool.notes) == 2
    assert "Missed: first response was due Mon 23 Nov 09:30" in tool.notes[1]
    made.echo(OPENED + 31 * MINUTE)

    # She had answered in time; only the webhook was late.
    made.answer(OPENED + 40 * MINUTE)
    assert contract_clock(made.ticket).met is True
    made.write(OPENED + 41 * MINUTE)
    assert made.due_and_state() == (None, "target met")
    assert tool.tags == ["telefonia"], "ours are gone, the others stay"
    made.echo(OPENED + 42 * MINUTE)
    assert made.write(OPENED + 50 * MINUTE) == 0, "nothing is left to say"
    assert len(tool.notes) == 2
    assert list(audit_clocks(Audited(), now=OPENED + timedelta(hours=1))) == []


@every_tool
def test_an_answer_after_the_deadline_ends_the_warning_and_says_late(
    at_work: House, kind: str
) -> None:
    made = at_work
    made.source.stop_tolerance_seconds = 0
    made.source.save(update_fields=["stop_tolerance_seconds"])
    made.open()
    sweep_at(made, 31)
    made.answer(OPENED + 40 * MINUTE)
    made.write(OPENED + 41 * MINUTE)
    assert made.due_and_state() == (None, "answered late")
    assert made.tool.ours() == set()


@every_tool
def test_what_others_set_while_we_write_stays(at_work: House, kind: str) -> None:
    made, tool = at_work, at_work.tool
    tool.tags.append("vip")
    made.open()
    made.write(OPENED + timedelta(seconds=5))
    sweep_at(made, 23)
    sweep_at(made, 31)
    assert {"telefonia", "vip"} <= set(tool.tags)
    if kind == "chatwoot":
        assert tool.fields["order"] == "77"


@every_tool
def test_without_any_field_made_in_the_tool_tags_and_notes_say_it(kind: str) -> None:
    with house(kind, fields={}) as made:
        made.open()
        sweep_at(made, 31)
        assert "sivo_missed" in made.tool.ours()
        assert len(made.tool.notes) == 1, "late already: no second note that it is at risk"
        assert ToolUpdate.objects.filter(source=made.source).count() == 2
