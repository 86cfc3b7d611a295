"""A source's page: its light, its troubles in words, its mailbox, its test, its last deliveries."""

import html
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from django.conf import LazySettings
from django.core import mail
from django.test import Client
from django.utils import timezone, translation

from tests.sla.desk_world import make_person
from tickets.admin.sources.words import span
from tickets.admin.ticket.receipt_words import rule_text, times_of
from tickets.domain.instants import format_instant
from tickets.models import Delivery, Mailbox, MailFolder, Source
from tickets.operations.incoming.receive import receive_delivery

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
OPERATOR = "olga@sivocenter.example"


@pytest.fixture
def olga(client: Client) -> Client:
    client.force_login(make_person("Olga", "operators"))
    return client


@pytest.fixture
def box() -> Mailbox:
    source = Source.objects.create(kind="email", name="Mail", channel="email")
    made = Mailbox.objects.create(
        source=source,
        host="imap.acme.example",
        username="support",
        password="the stored password",
        starts_at=NOW,
    )
    MailFolder.objects.create(mailbox=made, name="INBOX", role="received", polled_at=timezone.now())
    return made


def page_of(client: Client, source: Source) -> str:
    response = client.get(f"/admin/tickets/source/{source.pk}/change/")
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def change(client: Client, box: Mailbox, **more: Any) -> str:
    fields = {
        "host": box.host,
        "port": "993",
        "security": "tls",
        "username": box.username,
        "login_kind": "password",
        "folder": "INBOX",
        "poll_seconds": "60",
        "starts_at_0": "2026-11-25",
        "starts_at_1": "10:30:00",
        "id": str(box.pk),
        "source": str(box.source_id),
        **more,
    }
    data = {
        "name": box.source.name,
        "is_active": "on",
        "mailbox-TOTAL_FORMS": "1",
        "mailbox-INITIAL_FORMS": "1",
        **{f"mailbox-0-{name}": value for name, value in fields.items()},
    }
    response = client.post(f"/admin/tickets/source/{box.source_id}/change/", data, follow=True)
    return html.unescape(response.content.decode())


def keep(source: Source, at: datetime, **more: Any) -> Delivery:
    return receive_delivery(
        source=source,
        external_id=str(at),
        body=b"From: bob@acme.example\r\n\r\nx",
        headers={},
        received_at=at,
        now=at,
        **more,
    ).delivery


def test_a_source_waits_for_its_first_mail_and_then_tells_of_the_last(
    olga: Client, box: Mailbox
) -> None:
    assert "waiting for the first mail" in page_of(olga, box.source)
    assert "Nothing has come in yet." in page_of(olga, box.source)
    delivery = keep(box.source, timezone.now() - timedelta(minutes=3, seconds=10))
    page = page_of(olga, box.source)
    assert "last mail 3 minutes ago" in page.replace("\xa0", " ")
    assert f"/admin/tickets/delivery/{delivery.pk}/change/" in page
    assert "bob@acme.example" not in page, "the list is free of senders"


def test_the_last_twenty_are_shown(olga: Client, box: Mailbox) -> None:
    for minute in range(25):
        keep(box.source, NOW + timedelta(minutes=minute))
    assert page_of(olga, box.source).count("/admin/tickets/delivery/") == 21, "and the menu"


def test_the_trouble_of_a_mailbox_stands_on_its_page_the_list_and_the_first_page(
    olga: Client, box: Mailbox
) -> None:
    MailFolder.objects.update(
        error="The server refuses the password.\nAUTHENTICATIONFAILED",
        retry_at=timezone.now() + timedelta(minutes=5, seconds=30),
    )
    said = "INBOX: The server refuses the password. (AUTHENTICATIONFAILED) "
    said += "The next attempt is in 5 minutes."
    for page in (
        page_of(olga, box.source),
        html.unescape(olga.get("/admin/tickets/source/").content.decode()),
        html.unescape(olga.get("/admin/").content.decode()),
    ):
        assert said in page.replace("\xa0", " ")


def test_a_refused_call_is_told_in_words(olga: Client) -> None:
    source = Source.objects.create(kind="postmark", name="Post", secrets="sivo:0123456789abcdef")
    Client().post(f"/hooks/postmark/{source.pk}/", b"{}", content_type="text/plain")
    page = page_of(olga, source)
    assert "A call was refused less than a minute ago" in page
    assert "must hold user and password" in page


def test_many_sources_in_trouble_do_not_flood_the_first_page(olga: Client) -> None:
    for number in range(8):
        Source.objects.create(kind="postmark", name=f"Post {number}")
    alarms = olga.get("/admin/").context["overview"].alarms
    assert len([alarm for alarm in alarms if "no credentials" in alarm]) == 5
    assert "3 more sources need somebody." in alarms


def test_agents_hear_nothing_of_sources(client: Client) -> None:
    source = Source.objects.create(kind="postmark", name="Post")
    client.force_login(make_person("Alice", "agents"))
    assert client.get("/admin/").context["overview"].alarms == [
        alarm
        for alarm in client.get("/admin/").context["overview"].alarms
        if "credentials" not in alarm
    ]
    for path in ("change", "test", "new-secret"):
        url = f"/admin/tickets/source/{source.pk}/{path}/"
        assert client.get(url).status_code == 403
        assert client.post(url).status_code == 403


def test_secrets_of_a_mailbox_stay_when_nothing_is_entered_and_are_never_shown(
    olga: Client, box: Mailbox
) -> None:
    assert "the stored password" not in page_of(olga, box.source)
    page = change(olga, box, folder="Support")
    assert "was changed successfully" in page
    box.refresh_from_db()
    assert (box.folder, box.password) == ("Support", "the stored password")
    change(olga, box, new_password="another password")
    box.refresh_from_db()
    assert box.password == "another password"


@pytest.mark.parametrize("moved", [{"host": "imap.evil.example"}, {"port": "9993"}])
def test_a_stored_password_does_not_go_to_another_server(
    olga: Client, box: Mailbox, moved: dict[str, str]
) -> None:
    assert "Enter the password." in change(olga, box, **moved)
    box.refresh_from_db()
    assert (box.host, box.port) == ("imap.acme.example", 993)
    assert "was changed successfully" in change(olga, box, **moved, new_password="anew")


def test_what_is_not_used_to_log_in_is_forgotten(olga: Client, box: Mailbox) -> None:
    page = change(
        olga,
        box,
        login_kind="xoauth2",
        oauth_provider="google",
        oauth_client_id="id",
        new_client_secret="client secret",
        new_refresh_token="refresh token",
    )
    assert "was changed successfully" in page
    box.refresh_from_db()
    assert (box.password, box.oauth_refresh_token) == ("", "refresh token")


@dataclass(frozen=True)
class Step:
    """As the check of a mailbox says it."""

    passed: bool
    sentence: str
    detail: str
    seconds: float


@dataclass(frozen=True)
class Check:
    """All that were tried."""

    steps: tuple[Step, ...]


def test_the_live_test_logs_in_reads_one_and_sends_one(
    olga: Client, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = ModuleType("tickets.operations.mailboxes.check_mailbox")
    asked: list[Mailbox] = []

    def check_mailbox(mailbox: Mailbox, *, now: datetime) -> Check:
        asked.append(mailbox)
        return Check(
            (
                Step(True, "The server lets us in.", "", 0.25),
                Step(False, "This folder does not exist.", "INBOX <b>", 0.1),
            )
        )

    monkeypatch.setattr(module, "check_mailbox", check_mailbox, raising=False)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    url = f"/admin/tickets/source/{box.source_id}/test/"
    page = olga.post(url).content.decode()
    assert asked == [box]
    assert "Something does not work." in page
    assert "The server lets us in." in page
    assert "INBOX &lt;b&gt;" in page
    assert f"A mail was sent to {OPERATOR}." in page
    assert mail.outbox[0].to == [OPERATOR]
    assert mail.outbox[0].extra_headers["Auto-Submitted"] == "auto-generated"
    assert olga.get(url).status_code == 403


def test_a_mail_server_that_refuses_is_quoted(olga: Client, settings: LazySettings) -> None:
    source = Source.objects.create(
        kind="postmark", name="Post", secrets="sivo:0123456789abcdef", address="s@sivo.example"
    )
    # Nobody listens there.
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 2
    page = olga.post(f"/admin/tickets/source/{source.pk}/test/").content.decode()
    assert "did not take a mail to you" in page
    assert "ConnectionRefusedError" in page


def test_the_delivery_says_which_instant_counts_and_why(olga: Client, box: Mailbox) -> None:
    signed = NOW - timedelta(hours=2)
    delivery = receive_delivery(
        source=box.source,
        external_id="x",
        body=b"x",
        headers={},
        received_at=signed,
        arrived_by="provider_signed",
        times={"arrival": NOW, "provider_signed": signed},
        now=NOW,
    ).delivery
    first, second = times_of(delivery)
    assert (first.at, first.is_chosen, first.why) == (signed, True, "the provider signed it")
    assert (second.at, second.is_chosen, second.why) == (NOW, False, "")
    page = olga.get(f"/admin/tickets/delivery/{delivery.pk}/change/").content.decode()
    assert "signed by the provider" in page
    assert "arrival at our door" in page


def test_unknown_origins_and_rules_are_shown_as_they_are() -> None:
    delivery = Delivery(
        arrived_by="new_rule",
        received_at=NOW,
        times={"new_origin": format_instant(NOW), "sent_at": None, "broken": "soon"},
    )
    (only,) = times_of(delivery)
    assert (only.label, only.is_chosen, only.why) == ("new_origin", True, "")
    assert rule_text("new_rule") == "new_rule"


def test_a_span_is_told_in_its_largest_unit() -> None:
    with translation.override("en"):
        assert span(timedelta(seconds=20)) == "less than a minute"
        assert span(timedelta(hours=9, minutes=50)).replace("\xa0", " ") == "9 hours"
        assert span(timedelta(days=-1)) == "less than a minute"
