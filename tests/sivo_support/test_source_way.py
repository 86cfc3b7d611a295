"""The steps on the page of a source: what it can do with its tool's API, and how that stands."""

import html
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from sla.models import ShadowRun, ToolDisplay
from tests.sla.desk_world import make_person
from tests.tickets.tool_looks import source_of
from tickets.models import Source, ToolAccess, ToolDifference

pytestmark = pytest.mark.django_db
API = {"base_url": "https://acme.zendesk.com", "login": "a@b.example", "token": "t"}


@pytest.fixture
def olga(client: Client) -> Client:
    client.force_login(make_person("Olga", "operators"))
    return client


def steps_of(client: Client, source: Source) -> str:
    page = client.get(f"/admin/tickets/source/{source.pk}/change/").content.decode()
    _before, found, rest = page.partition('id="source-way"')
    return html.unescape(rest.partition("</section>")[0]) if found else ""


@pytest.mark.parametrize(
    ("kind", "count"), [("zendesk", 5), ("chatwoot", 4), ("jira", 3), ("zammad", 4), ("slack", 2)]
)
def test_each_tool_has_the_steps_that_it_can_do(olga: Client, kind: str, count: int) -> None:
    assert steps_of(olga, source_of(kind)).count("<li>") == count


def test_a_tool_without_an_api_for_us_has_none(olga: Client) -> None:
    assert steps_of(olga, source_of("freshdesk")) == ""


def test_a_new_source_says_what_to_begin_with(olga: Client) -> None:
    steps = steps_of(olga, source_of("zendesk"))
    assert "not set up yet" in steps
    assert "Enter it below" in steps
    assert "Show deadlines in the tool" in steps
    assert "switched on" not in steps


def test_each_step_leads_to_its_page_and_tells_what_is_wrong(olga: Client) -> None:
    source = source_of("zendesk")
    now = timezone.now()
    ToolAccess.objects.create(source=source, answers=True, writes=True, **API)
    display = ToolDisplay.objects.create(
        source=source, trouble="HTTP status 404: it does not exist there"
    )
    run = ShadowRun.objects.create(
        source=source, began_at=now - timedelta(days=2), trouble="the tool is too slow"
    )
    ToolDifference.objects.create(
        source=source, thread="5158", what="status", because="never_came", found_at=now, key="k"
    )
    steps = steps_of(olga, source)
    assert steps.count("switched on") == 2
    assert "1 open difference" in steps
    assert f"/admin/sla/tooldisplay/{display.pk}/change/" in steps
    assert "it does not exist there (HTTP status 404)" in steps
    assert f"/admin/sla/shadowrun/{run.pk}/" in steps
    assert "running: nobody is told of escalations" in steps
    assert "the tool is too slow" in steps


def test_an_access_that_is_off_switches_its_uses_off(olga: Client) -> None:
    source = source_of("chatwoot")
    ToolAccess.objects.create(source=source, answers=True, is_active=False, **API)
    assert "switched on" not in steps_of(olga, source)


@pytest.mark.parametrize(
    ("written", "read"),
    [("waiting:customer", "Waiting for the customer"), ("solved", "Solved"), ("odd", "odd")],
)
def test_a_difference_says_a_status_in_words(olga: Client, written: str, read: str) -> None:
    more: dict[str, Any] = {"what": "status", "because": "never_came", "found_at": timezone.now()}
    ToolDifference.objects.create(source=source_of("zendesk"), theirs=written, key="k", **more)
    page = olga.get("/admin/tickets/tooldifference/").content.decode()
    assert f'<td class="field-there">{read}</td>' in page


def test_the_first_page_counts_open_differences(olga: Client) -> None:
    assert "open differences" not in olga.get("/admin/").content.decode()
    more: dict[str, Any] = {"what": "status", "because": "never_came", "found_at": timezone.now()}
    ToolDifference.objects.create(source=source_of("zendesk"), key="k", **more)
    assert "open differences" in olga.get("/admin/").content.decode()


def test_no_difference_is_only_claimed_where_somebody_looks(olga: Client) -> None:
    assert "Nothing here" not in olga.get("/admin/tickets/tooldifference/").content.decode()
    ToolAccess.objects.create(source=source_of("zendesk"), **API)
    assert "Nothing here" in olga.get("/admin/tickets/tooldifference/").content.decode()
