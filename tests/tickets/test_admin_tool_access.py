"""The API access of a source on its page, its trial, and the page of differences."""

import html
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.fakes.desk import LOGIN, TOKEN, FakeDesk
from tests.fakes.tool_server import Reply
from tests.fakes.tools import FAKES
from tests.sla.desk_world import make_person
from tests.tickets.tool_looks import ACCOUNTS, KINDS, access_to, look_later, source_of
from tickets.models import Source, ToolAccess, ToolDifference

pytestmark = pytest.mark.django_db
every_tool = pytest.mark.parametrize("kind", KINDS)
LIST = "/admin/tickets/tooldifference/"


@pytest.fixture(autouse=True)
def loopback(settings: Any) -> None:
    settings.TOOL_PRIVATE_HOSTS = ["127.0.0.1"]


@pytest.fixture
def kind() -> str:
    return "zendesk"


@pytest.fixture
def tool(kind: str) -> Iterator[FakeDesk]:
    fake = FAKES[kind]()
    with fake.running():
        yield fake


@pytest.fixture
def source(kind: str) -> Source:
    return source_of(kind)


@pytest.fixture
def olga(client: Client) -> Client:
    client.force_login(make_person("Olga", "operators"))
    return client


def text_of(response: Any) -> str:
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def save(client: Client, source: Source, **fields: Any) -> str:
    """The form of the source's page with its access, sent as a browser does."""
    access = ToolAccess.objects.filter(source=source).first()
    form = {
        "name": source.name,
        "channel": source.channel,
        "stop_tolerance_seconds": "900",
        "is_active": "on",
        "status_map": "{}",
        "priority_map": "{}",
        "agent_ids": "\n".join(source.agent_ids),
        "bot_ids": "",
        "tool_access-TOTAL_FORMS": "1",
        "tool_access-INITIAL_FORMS": "1" if access else "0",
        "tool_access-0-id": str(access.pk) if access else "",
        "tool_access-0-source": str(source.pk),
        "tool_access-0-reads": "on",
        "tool_access-0-is_active": "on",
        "tool_access-0-poll_seconds": "120",
        **{f"tool_access-0-{name}": value for name, value in fields.items()},
    }
    return text_of(client.post(f"/admin/tickets/source/{source.pk}/change/", form, follow=True))


@every_tool
def test_an_operator_enters_an_access_and_its_token_never_comes_out(
    kind: str, olga: Client, source: Source, tool: FakeDesk
) -> None:
    page = text_of(olga.get(f"/admin/tickets/source/{source.pk}/change/"))
    assert ("id_tool_access-0-login" in page) == (kind in {"zendesk", "jira"})
    assert ("id_tool_access-0-account" in page) == (kind in {"chatwoot", "jira"})
    fields = {"base_url": f"{tool.url}/", "login": LOGIN, "account": ACCOUNTS.get(kind, "")}
    page = save(olga, source, **fields, new_token=f" {TOKEN} ")
    access = ToolAccess.objects.get()
    assert (access.token, access.base_url) == (TOKEN, tool.url)
    assert "was changed successfully" in page
    page = text_of(olga.get(f"/admin/tickets/source/{source.pk}/change/"))
    assert TOKEN not in page
    assert "0 open differences" in page
    # Empty keeps it; another address does not get it.
    save(olga, source, **fields, poll_seconds="300")
    access.refresh_from_db()
    assert (access.token, access.poll_seconds) == (TOKEN, 300)
    page = save(olga, source, **{**fields, "base_url": "https://elsewhere.example"})
    assert "Enter the token that belongs to this address." in page
    access.refresh_from_db()
    assert access.base_url == tool.url


def test_a_source_is_saved_without_an_access(olga: Client, source: Source) -> None:
    save(olga, source, name="")
    assert not ToolAccess.objects.exists()


@pytest.mark.parametrize(
    ("kind", "field", "value", "says"),
    [
        ("zendesk", "base_url", "acme.zendesk.com", "with https://, such as https://acme.zend"),
        ("zendesk", "base_url", "http://acme.zendesk.com", "with https://"),
        ("zendesk", "base_url", "https://10.0.0.1", "TOOL_PRIVATE_HOSTS"),
        ("zendesk", "base_url", "https://acme.example/?x=1", "without what follows"),
        ("zendesk", "login", "", "This field is required"),
        ("chatwoot", "account", "eins", "Enter the number alone"),
        ("jira", "account", 'SUP" OR', "Enter the key alone"),
        ("jira", "new_token", "two words", "copy it again"),
        ("jira", "new_token", "", "Enter the token"),
    ],
)
def test_what_is_wrong_is_said_before_anybody_is_asked(
    olga: Client, source: Source, field: str, value: str, says: str
) -> None:
    fields = {
        "base_url": "https://acme.example",
        "login": LOGIN,
        "account": ACCOUNTS.get(source.kind, ""),
        "new_token": TOKEN,
    }
    assert says in save(olga, source, **{**fields, field: value})
    assert not ToolAccess.objects.exists()


@every_tool
def test_a_trial_says_who_we_are_and_what_is_seen(
    kind: str, olga: Client, source: Source, tool: FakeDesk
) -> None:
    access_to(tool, source)
    tool.customer_opens("Hola", at=timezone.now() - timedelta(minutes=20))
    page = text_of(olga.post(f"/admin/tickets/source/{source.pk}/try-tool/"))
    assert "Everything works." in page
    assert "The tool knows us as" in page
    assert "1 conversation within the last hour" in page
    assert not tool.written


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(status=401), "enter a new one (HTTP status 401)"),
        (Reply(status=403), "lacks a right for this"),
        (Reply(status=404), "it does not exist there"),
        (Reply(status=301), "enter the final address"),
        (Reply(status=200, json={"hello": 1}), "this is not its API"),
        (None, "the tool did not answer"),
    ],
)
def test_a_trial_that_fails_says_what_to_do(
    olga: Client, source: Source, tool: FakeDesk, reply: Reply | None, says: str
) -> None:
    access_to(tool, source)
    tool.failures = [reply]
    page = text_of(olga.post(f"/admin/tickets/source/{source.pk}/try-tool/"))
    assert "Something does not work." in page
    assert says in page


def test_only_operators_try_and_see(client: Client, source: Source, tool: FakeDesk) -> None:
    access_to(tool, source)
    client.force_login(make_person("Alice", "agents"))
    assert client.post(f"/admin/tickets/source/{source.pk}/try-tool/").status_code == 403
    assert client.get(LIST).status_code == 403


def test_differences_are_listed_with_reason_ticket_and_delivery(
    olga: Client, source: Source, tool: FakeDesk
) -> None:
    assert "No tool is looked at yet" in text_of(olga.get(LIST))
    access_to(tool, source)
    page = text_of(olga.get(LIST))
    assert "not yet" in page
    assert "what the tools say is what we hold" in page
    now = timezone.now()
    thread = tool.customer_opens("Geheim", at=now - timedelta(minutes=20)).thread
    look_later(tool, now)
    assert "what the tools say is what we hold" in text_of(olga.get(LIST)), "it is settled"
    page = text_of(olga.get(f"{LIST}?state=settled&source__id__exact={source.pk}"))
    assert "the webhook never came: taken in" in page
    row = ToolDifference.objects.first()
    assert row is not None
    assert row.ticket is not None
    assert row.ticket.reference in page
    assert f"/admin/tickets/delivery/{row.delivery_id}/change/" in page
    assert thread in page
    assert "Geheim" not in page
    tool.token = "another"
    look_later(tool, now + timedelta(minutes=10))
    assert "the tool does not accept the token" in text_of(olga.get(LIST))
    assert "API: the tool does not accept the token" in text_of(
        olga.get(f"/admin/tickets/source/{source.pk}/change/")
    )
