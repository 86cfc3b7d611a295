"""Setting up a source by hand: the tool, its few fields, its steps, and secrets shown once."""

import base64
import html
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from tests.sla.desk_world import make_person
from tickets.admin.sources.guides import TOOLS
from tickets.models import LoginKind, Mailbox, Security, Source, SourceKind
from tickets.providers.table import PROVIDERS

pytestmark = pytest.mark.django_db
ADD = "/admin/tickets/source/add/"
KEY = "key-1234567890abcdef-key"


@pytest.fixture
def olga(client: Client) -> Client:
    client.force_login(make_person("Olga", "operators"))
    return client


def text_of(response: Any) -> str:
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def mailbox_fields(**more: Any) -> dict[str, Any]:
    return {
        "mailbox-host": "imap.acme.example",
        "mailbox-port": "993",
        "mailbox-security": "tls",
        "mailbox-username": "support@acme.example",
        "mailbox-new_password": "a secret password",
        "mailbox-folder": "INBOX",
        "mailbox-poll_seconds": "60",
        **{f"mailbox-{name}": value for name, value in more.items()},
    }


def test_every_way_in_is_offered(olga: Client) -> None:
    page = text_of(olga.get(ADD))
    for key, tool in TOOLS.items():
        assert f"?tool={key}" in page
        assert str(tool.name) in page
    assert {tool.kind for tool in TOOLS.values()} == set(SourceKind)


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_only_the_fields_of_the_tool_are_asked_for(olga: Client, tool: str) -> None:
    page = text_of(olga.get(f"{ADD}?tool={tool}"))
    asked = set(re.findall(r'name="((?:mailbox-)?[a-z_]+)"', page))
    oauth = {"mailbox-oauth_client_id", "mailbox-new_refresh_token"}
    assert ("mailbox-host" in asked) == (tool == "imap")
    assert ("mailbox-new_password" in asked) == (tool == "imap")
    assert oauth <= asked if tool in {"microsoft", "google"} else not oauth & asked
    assert ("mailbox-oauth_tenant" in asked) == (tool == "microsoft")
    pastes = {"mailgun", "mandrill", "mailersend", "postal", "standard"}
    pastes |= {"zendesk", "jira", "chatwoot", "zammad", "slack", "intercom", "helpscout", "front"}
    assert ("new_secret" in asked) == (tool in pastes)
    assert ("agent_ids" in asked) == (tool in {"slack", "jira"}), "nothing else tells them apart"
    assert ("channel" in asked) == (tool == "standard")


@pytest.mark.parametrize("kind", ["postmark", "sendgrid", "sparkpost", "mailjet"])
def test_a_password_is_made_shown_once_and_opens_the_door(olga: Client, kind: str) -> None:
    response = olga.post(
        f"{ADD}?tool={kind}", {"name": "Mail", "address": "support@sivocenter.example"}
    )
    page = text_of(response)
    assert "no-store" in response["Cache-Control"]
    found = re.search(r'value="(http://sivo:[^"]+)"', page)
    assert found
    parts = urlsplit(found.group(1))
    source = Source.objects.get()
    assert (source.kind, source.channel) == (kind, "email")
    assert source.secret_list == [f"sivo:{parts.password}"]
    credential = base64.b64encode(f"sivo:{parts.password}".encode()).decode()
    answer = Client().post(
        parts.path,
        b"{}",
        content_type="text/plain",
        headers={"authorization": f"Basic {credential}"},
    )
    assert answer.status_code == 200
    assert parts.password
    shown = text_of(olga.get(f"/admin/tickets/source/{source.pk}/change/"))
    assert parts.password not in shown
    assert f"http://user:password@localhost:8000/hooks/{kind}/{source.pk}/" in shown
    assert not LogEntry.objects.filter(change_message__contains=parts.password).exists()


def test_the_key_of_a_provider_goes_in_and_its_address_comes_out(olga: Client) -> None:
    refused = olga.post(f"{ADD}?tool=mailgun", {"name": "Mail", "new_secret": "short-key-1"})
    assert "at least 16 characters" in text_of(refused)
    assert "short-key-1" not in text_of(refused)
    page = text_of(olga.post(f"{ADD}?tool=mailgun", {"name": "Mail", "new_secret": KEY}))
    source = Source.objects.get()
    assert source.secret_list == [KEY]
    assert KEY not in page
    assert f"http://localhost:8000/hooks/mailgun/{source.pk}/mime" in page


def test_every_address_leads_to_its_own_door(olga: Client) -> None:
    for kind in PROVIDERS:
        source = Source.objects.create(kind=kind, name=kind, secrets=KEY)
        page = text_of(olga.get(f"/admin/tickets/source/{source.pk}/change/"))
        end = "/mime" if kind == "mailgun" else "/"
        path = f"/hooks/{kind}/{source.pk}{end}"
        assert f"http://localhost:8000{path}" in page
        assert Client().head(path).status_code == 200


def test_a_standard_source_gets_a_secret_of_ours_or_theirs(olga: Client) -> None:
    page = text_of(olga.post(f"{ADD}?tool=standard", {"name": "A", "channel": "chat"}))
    ours = Source.objects.get(name="A")
    assert ours.secret_list[0] in page
    assert ours.channel == "chat"
    theirs = "whsec_" + base64.b64encode(b"x" * 32).decode()
    page = text_of(
        olga.post(f"{ADD}?tool=standard", {"name": "B", "channel": "chat", "new_secret": theirs})
    )
    assert theirs not in page
    assert Source.objects.get(name="B").secret_list == [theirs]


def test_a_piped_source_names_its_command(olga: Client) -> None:
    page = text_of(olga.post(f"{ADD}?tool=pipe", {"name": "It's mail"}))
    assert "ingest_email --source 'It'\"'\"'s mail' -" in page
    assert not Mailbox.objects.exists()


def test_a_mailbox_with_a_password(olga: Client) -> None:
    before = datetime.now(UTC)
    page = text_of(olga.post(f"{ADD}?tool=imap", {"name": "Mail", **mailbox_fields()}))
    assert "a secret password" not in page
    mailbox = Mailbox.objects.get()
    assert (mailbox.password, mailbox.login_kind) == ("a secret password", LoginKind.PASSWORD)
    assert mailbox.starts_at >= before.replace(microsecond=0)
    assert mailbox.source.kind == SourceKind.EMAIL


def test_a_mailbox_at_microsoft_needs_its_five_things(olga: Client) -> None:
    given = {
        "mailbox-username": "support@acme.example",
        "mailbox-folder": "INBOX",
        "mailbox-poll_seconds": "60",
    }
    page = text_of(olga.post(f"{ADD}?tool=microsoft", {"name": "Mail", **given}))
    assert page.count("OAuth 2 needs it.") == 3
    assert "Microsoft 365 needs it." in page
    assert not Source.objects.exists()
    given |= {
        "mailbox-oauth_tenant": "acme.example",
        "mailbox-oauth_client_id": "c7e1",
        "mailbox-new_client_secret": "a client secret",
        "mailbox-new_refresh_token": "a refresh token",
    }
    page = text_of(olga.post(f"{ADD}?tool=microsoft", {"name": "Mail", **given}))
    mailbox = Mailbox.objects.get()
    assert (mailbox.host, mailbox.login_kind) == ("outlook.office365.com", LoginKind.XOAUTH2)
    assert mailbox.oauth_refresh_token == "a refresh token"
    assert "a refresh token" not in page


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"host": "https://imap.acme.example/"}, "name alone"),
        ({"host": "imap acme"}, "name alone"),
        ({"host": "169.254.169.254"}, "no address of a mail server"),
        ({"host": "0.0.0.0"}, "no address of a mail server"),
        ({"host": "224.0.0.1"}, "no address of a mail server"),
        ({"security": "none"}, "only a server on this machine"),
        ({"security": "none", "host": "localhost.evil.example"}, "only a server on this machine"),
        ({"security": "none", "host": "10.0.0.1"}, "only a server on this machine"),
        ({"new_password": ""}, "Enter the password."),
        ({"sent_folder": "INBOX"}, "a folder of its own"),
        ({"poll_seconds": "1"}, "greater than or equal to 5"),
        ({"port": "70000"}, "65535"),
        ({"username": ""}, "This field is required."),
    ],
)
def test_what_cannot_work_is_said_before_anything_is_kept(
    olga: Client, change: dict[str, str], says: str
) -> None:
    page = text_of(olga.post(f"{ADD}?tool=imap", {"name": "Mail", **mailbox_fields(**change)}))
    assert says in page
    assert "a secret password" not in page
    assert not Source.objects.exists()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "::1"])
def test_a_server_on_this_machine_needs_no_encryption(olga: Client, host: str) -> None:
    fields = mailbox_fields(host=host, security="none", port="143")
    text_of(olga.post(f"{ADD}?tool=imap", {"name": "Mail", **fields}))
    assert Mailbox.objects.get().security == Security.NONE


def test_only_operators_set_up_sources(client: Client) -> None:
    for name, group in (("Alice", "agents"), ("Carla", "csms")):
        client.force_login(make_person(name, group))
        for tool in ("", "?tool=imap", "?tool=postmark"):
            assert client.get(f"{ADD}{tool}").status_code == 403
            assert client.post(f"{ADD}{tool}", {"name": "Mine"}).status_code == 403
    assert not Source.objects.exists()
