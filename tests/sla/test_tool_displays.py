"""Where deadlines are shown: switched on and off, and what it costs those who show none."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sla.models import ToolUpdate
from sla.queries.tools.displays import displays_at
from tests.journeys.shown_deadlines import House, house, sweep_then
from tests.journeys.tool_stories import OPENED
from tests.sla.world import customer, person, ticket_by_mail
from tickets.models import Ticket, ToolAccess

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]
SOON = OPENED + timedelta(seconds=5)


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


def test_switching_it_on_shows_what_is_open_and_tells_no_old_stories() -> None:
    with house("zendesk") as made:
        ToolAccess.objects.update(writes=False)
        made.write(OPENED)
        made.open(OPENED + timedelta(seconds=20))
        sweep_then(OPENED + timedelta(minutes=31))
        assert not ToolUpdate.objects.exists()
        ToolAccess.objects.update(writes=True)
        assert made.write(OPENED + timedelta(minutes=40)) == 1
        assert made.due_and_state()[1] == "missed"
        assert made.tool.notes == [], "it was missed before anybody wanted to hear of it"


def test_switched_off_nothing_is_written(made: House) -> None:
    ToolAccess.objects.update(writes=False)
    assert made.write(SOON) == 0
    assert made.tool.asked == []


def test_reading_the_clocks_of_a_mail_costs_no_statement_more(made: House) -> None:
    at = OPENED + timedelta(hours=1)
    displays_at(at)
    with CaptureQueriesContext(connection) as asked:
        ticket_by_mail(at)
    statements = [each["sql"] for each in asked]
    assert any("sla_clock" in sql for sql in statements)
    touched = ("sla_tooldisplay", "sla_toolupdate", "tickets_toolaccess")
    assert not [sql for sql in statements if any(name in sql for name in touched)]


def test_a_fault_in_here_costs_no_deadline(
    made: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(*_: Any) -> None:
        raise RuntimeError("broken")

    with monkeypatch.context() as broken:
        broken.setattr("sla.operations.tools.show_in_tools.shown_of", break_down)
        made.answer(OPENED + timedelta(minutes=21))
    ticket = Ticket.objects.get(source=made.source)
    assert ticket.answered_at is not None
    assert ticket.clocks_stale_since is None
    assert "is not noted down" in caplog.text
    made.write(OPENED + timedelta(days=1, minutes=2))
    made.write(OPENED + timedelta(days=1, minutes=3))
    assert made.due_and_state() == (None, "target met"), "made good by the look through all"
