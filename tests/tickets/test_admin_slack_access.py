"""Slack takes answers and is not looked at: its access asks for no more than that needs."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from tests.fakes.slack import SlackServer
from tests.sla.desk_world import make_person
from tests.tickets.test_admin_tool_access import save, text_of
from tests.tickets.tool_calls import tool_source
from tickets.models import Source, ToolAccess

pytestmark = pytest.mark.django_db


@pytest.fixture
def slack(settings: Any) -> Iterator[SlackServer]:
    settings.TOOL_PRIVATE_HOSTS = ["127.0.0.1"]
    server = SlackServer()
    with server.running():
        yield server


@pytest.fixture
def olga(client: Client) -> Client:
    client.force_login(make_person("Olga", "operators"))
    return client


@pytest.fixture
def source() -> Source:
    return tool_source("slack", "Slack of Acme")


def test_it_is_asked_for_a_token_and_offers_answers_alone(olga: Client, source: Source) -> None:
    page = text_of(olga.get(f"/admin/tickets/source/{source.pk}/change/"))
    assert 'value="https://slack.com"' in page
    assert "tool_access-0-new_token" in page
    assert "tool_access-0-answers" in page
    assert "needs the scope chat:write and, so that files go with them, files:write" in page
    for name in ("reads", "writes", "login", "account", "poll_seconds"):
        assert f"tool_access-0-{name}" not in page


def test_it_is_tried_with_one_harmless_question(
    olga: Client, source: Source, slack: SlackServer
) -> None:
    page = save(olga, source, base_url=slack.url, new_token=slack.token, answers="on")
    access = ToolAccess.objects.get()
    assert (access.reads, access.answers) == (False, True)
    assert "Its API" not in page
    trial = f"/admin/tickets/source/{source.pk}/try-tool/"
    assert "The tool knows us as sivo · Acme." in text_of(olga.post(trial))
    slack.token = "another"
    refused = text_of(olga.post(trial))
    assert "The tool does not let us in." in refused
    assert "an operator must enter a new one" in refused
    assert [each.path for each in slack.asked] == ["/api/auth.test"] * 2
