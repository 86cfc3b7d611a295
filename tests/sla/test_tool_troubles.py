"""Whoever watches the sources hears of displays and shadow runs that do nothing any more."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.test import Client

from sla.models import ShadowRun, ToolDisplay
from sla.operations.tools.shadow_runs import begin_shadow_run, end_shadow_run
from tests.fakes.tool_server import Reply
from tests.journeys.shown_deadlines import House, house
from tests.journeys.tool_stories import OPENED
from tests.sla.desk_world import make_person
from tests.sla.world import customer, person
from tickets.admin.sources.words import light_view
from tickets.models import Source, ToolAccess
from tickets.operations.source_health import Light, SourceHealth, health_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]
SOON = OPENED + timedelta(seconds=5)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


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


def health(of: Source, at: datetime) -> SourceHealth:
    return health_of([of], now=at)[of.pk]


def kinds(of: Source, at: datetime) -> list[str]:
    return [str(problem.kind) for problem in health(of, at).problems]


def watched(monkeypatch: Any, capfdbinary: Any, at: datetime) -> tuple[int, dict[str, Any]]:
    """Exit status and line of check_sources, by a database whose clock shows `at`."""
    monkeypatch.setattr("tickets.management.commands.check_sources.database_now", lambda: at)
    status = 0
    try:
        call_command("check_sources")
    except SystemExit as end:
        status = int(end.code or 0)
    (line,) = capfdbinary.readouterr().out.splitlines()
    return status, json.loads(line)


def test_a_tool_that_refuses_our_deadlines_is_heard_of_at_once(
    made: House, monkeypatch: Any, capfdbinary: Any
) -> None:
    made.tool.failures = [Reply(status=401)]
    assert made.write(SOON) == 0
    status, line = watched(monkeypatch, capfdbinary, SOON + MINUTE)
    assert (status, line["state"]) == (1, "trouble")
    (problem,) = line["problems"]
    assert problem["kind"] == "display"
    assert "enter a new one" in problem["text"]
    assert problem["at"] is not None
    assert problem["retry_at"] is not None
    view = light_view(health(made.source, SOON + MINUTE), SOON + MINUTE)
    assert view.text.startswith("The tool has refused deadlines of ours for 1")
    # Mended: the next write says so.
    ToolDisplay.objects.update(held_until=None)
    assert made.write(SOON + timedelta(minutes=20)) == 1
    status, line = watched(monkeypatch, capfdbinary, SOON + timedelta(minutes=21))
    assert (status, line["problems"]) == (0, [])


def test_the_first_page_says_it_once(made: House) -> None:
    made.tool.failures = [Reply(status=401)]
    made.write(SOON)
    client = Client()
    client.force_login(make_person("Olga", "operators"))
    with time_machine.travel(SOON + MINUTE, tick=False):
        page = client.get("/admin/").content.decode()
    assert page.count("The tool has refused deadlines of ours") == 1


def test_a_tool_that_is_away_is_heard_of_after_an_hour(made: House) -> None:
    made.tool.failures = [Reply(status=503)] * 40
    at = SOON
    while at < SOON + 2 * HOUR:
        made.write(at)
        at += 5 * MINUTE
        if at < SOON + HOUR - 5 * MINUTE:
            assert kinds(made.source, at) == []
    assert kinds(made.source, at) == ["display"]
    text = light_view(health(made.source, at), at).text
    assert text.startswith("Deadlines have waited for 2")
    assert "503" in text


def test_so_is_one_whose_token_cannot_be_read(made: House, settings: Any) -> None:
    settings.SECRETS_KEYS = [Fernet.generate_key().decode()]
    made.write(SOON)
    assert kinds(made.source, SOON + HOUR - MINUTE) == []
    at = SOON + HOUR + MINUTE
    made.write(at)
    assert "enter the token anew" in light_view(health(made.source, at), at).text


def test_what_is_switched_off_or_has_nothing_to_write_is_in_no_trouble(made: House) -> None:
    late = SOON + 3 * HOUR
    assert kinds(made.source, late) == ["display"]
    ToolAccess.objects.update(writes=False)
    assert kinds(made.source, late) == []
    ToolAccess.objects.update(writes=True)
    Source.objects.update(is_active=False)
    assert health(made.source, late).light is Light.OFF
    Source.objects.update(is_active=True)
    made.write(late)
    assert kinds(made.source, late + 9 * HOUR) == []


def test_a_shadow_run_that_reads_nothing_for_an_hour_is_heard_of(
    made: House, monkeypatch: Any, capfdbinary: Any
) -> None:
    made.write(SOON)
    run = begin_shadow_run(source=made.source, user=None, now=SOON)
    ShadowRun.objects.update(
        trouble="the account of the token lacks a right for this", next_read_at=SOON + 2 * HOUR
    )
    assert kinds(made.source, SOON + HOUR - MINUTE) == []
    status, line = watched(monkeypatch, capfdbinary, SOON + HOUR)
    assert status == 1
    assert [each["kind"] for each in line["problems"]] == ["shadow"]
    text = light_view(health(made.source, SOON + HOUR), SOON + HOUR).text
    assert text == (
        "The shadow run has not read the tool for 1\xa0hour: "
        "the account of the token lacks a right for this."
    )
    end_shadow_run(run_id=run.pk, user=None, now=SOON + HOUR)
    assert kinds(made.source, SOON + HOUR) == []


def test_so_is_one_that_no_worker_reads(made: House) -> None:
    made.write(SOON)
    begin_shadow_run(source=made.source, user=None, now=SOON)
    ShadowRun.objects.update(read_at=SOON, next_read_at=SOON + 5 * MINUTE)
    assert kinds(made.source, SOON + HOUR) == []
    late = SOON + HOUR + 5 * MINUTE
    assert "does the worker run?" in light_view(health(made.source, late), late).text
