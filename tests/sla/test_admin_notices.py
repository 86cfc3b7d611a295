"""Channels and notices in the admin: set-up, a real test, dead letters, and who may do what."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from sla.models import Notice, NoticeChannel
from sla.operations.escalation.send_notices import send_notices
from tests.sla import world
from tests.sla.hook_server import Hooks, hook_server
from tests.sla.notice_world import FIRED, SECRET, escalation, notice, outage, told, webhook
from tickets.inbound import standard
from tickets.models import Contact
from tickets.operations.retention import erase_contact
from tickets.queries import database_now

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]

CHANNELS = "/admin/sla/noticechannel/"
NOTICES = "/admin/sla/notice/"


@pytest.fixture
def hooks(settings: Any) -> Iterator[Hooks]:
    settings.NOTICE_PRIVATE_HOSTS = ["127.0.0.1"]
    with hook_server() as server:
        yield server


@pytest.fixture
def olga(client: Client) -> Client:
    client.force_login(world.person("Olga", "operators"))
    return client


def fields(**more: str) -> dict[str, str]:
    return {
        "name": "Night pager",
        "kind": "webhook",
        "new_url": "https://hooks.example/secret-path",
        "language": "en",
        "owner": "",
        "is_active": "on",
        **more,
    }


def test_an_operator_sets_up_a_webhook_and_proves_that_it_works(olga: Client, hooks: Hooks) -> None:
    olga.post(f"{CHANNELS}add/", fields(new_url=hooks.url))
    channel = NoticeChannel.objects.get()
    made = olga.post(f"{CHANNELS}{channel.pk}/new-secret/")
    page = olga.post(f"{CHANNELS}{channel.pk}/test/", follow=True)
    assert "A test is on its way" in page.content.decode()
    assert send_notices(clock=database_now) == 1
    (call,) = hooks.calls
    secret = made.context["secret"]
    standard.verify(secrets=[secret], headers=call.headers, body=call.body, now=timezone.now())
    assert json.loads(call.body)["type"] == "notice.test"
    assert "Sent" in olga.get(page.redirect_chain[-1][0]).content.decode()


def test_what_is_secret_in_a_channel_is_never_shown_again(olga: Client) -> None:
    olga.post(f"{CHANNELS}add/", fields())
    channel = NoticeChannel.objects.get()
    secret = olga.post(f"{CHANNELS}{channel.pk}/new-secret/").context["secret"]
    pages = [
        olga.get(path).content.decode() for path in (CHANNELS, f"{CHANNELS}{channel.pk}/change/")
    ]
    for page in pages:
        assert "https://hooks.example/…" in page
        assert "secret-path" not in page
        assert secret not in page


def test_both_secrets_sign_until_the_old_one_is_dropped(olga: Client) -> None:
    channel = webhook("https://hooks.example/")
    olga.post(f"{CHANNELS}{channel.pk}/new-secret/")
    channel.refresh_from_db()
    assert channel.secret.split()[1] == SECRET
    olga.post(f"{CHANNELS}{channel.pk}/drop-old-secrets/")
    channel.refresh_from_db()
    assert SECRET not in channel.secret
    assert len(channel.secret.split()) == 1


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("webhook", "http://hooks.example/"),
        ("webhook", "https://10.0.0.1/"),
        ("webhook", "https://me:pw@hooks.example/"),
        ("apprise", "json://10.0.0.1/"),
        ("apprise", "https://hooks.example/"),
        ("email", "nobody"),
        ("email", ""),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_in_words(
    olga: Client, kind: str, url: str
) -> None:
    page = olga.post(f"{CHANNELS}add/", fields(kind=kind, new_url=url))
    assert page.status_code == 200
    assert page.context["adminform"].form.errors["new_url"]
    assert NoticeChannel.objects.count() == 0


def test_an_address_stays_when_none_is_entered_and_another_kind_needs_its_own(
    olga: Client,
) -> None:
    channel = webhook("https://hooks.example/x", failures=2)
    olga.post(f"{CHANNELS}{channel.pk}/change/", fields(new_url="", name="Renamed"))
    channel.refresh_from_db()
    assert (channel.name, channel.url, channel.failures) == (
        "Renamed",
        "https://hooks.example/x",
        2,
    )
    page = olga.post(f"{CHANNELS}{channel.pk}/change/", fields(new_url="", kind="email"))
    assert page.context["adminform"].form.errors["new_url"]


def test_a_channel_that_rests_says_until_when(olga: Client) -> None:
    webhook("https://hooks.example/", failures=3, open_until=timezone.now() + timedelta(minutes=5))
    assert "left alone until" in olga.get(CHANNELS).content.decode()


def dead(user: User) -> Notice:
    return told(user, state="dead", next_attempt_at=None, last_error="HTTP status 500")


def test_a_dead_letter_is_shown_and_sent_again_by_its_button(olga: Client, smtp: Any) -> None:
    made = dead(world.person("Alice"))
    page = olga.get(f"{NOTICES}{made.pk}/change/").content.decode()
    for words in ("Given up", "HTTP status 500", "Send again", "any/step0", "SIVO-"):
        assert words in page, words
    assert "/notices/" not in page
    page = olga.post(f"{NOTICES}{made.pk}/replay/", follow=True).content.decode()
    assert "1 notice is in the outbox again." in page
    assert send_notices(clock=database_now) == 1
    assert (
        "Only what was given up"
        in olga.post(f"{NOTICES}{made.pk}/replay/", follow=True).content.decode()
    )


def test_chosen_dead_letters_are_sent_again_together(olga: Client) -> None:
    alice = world.person("Alice")
    made = dead(alice)
    sent = notice(
        *made.escalations.all(), recipient=alice, state="sent", sent_at=FIRED, next_attempt_at=None
    )
    olga.post(NOTICES, {"action": "send_again", "_selected_action": [str(made.pk), str(sent.pk)]})
    made.refresh_from_db()
    sent.refresh_from_db()
    assert (made.state, made.attempts, sent.state) == ("waiting", 0, "sent")


@pytest.mark.parametrize("group", ["agents", "csms"])
def test_only_operators_see_channels_and_notices(client: Client, group: str) -> None:
    made = dead(world.person("Alice"))
    channel = webhook("https://hooks.example/")
    client.force_login(world.person("Carla", group))
    for path in (CHANNELS, NOTICES, f"{NOTICES}{made.pk}/change/", f"{CHANNELS}add/"):
        assert client.get(path).status_code == 403
    for path in (
        f"{NOTICES}{made.pk}/replay/",
        f"{CHANNELS}{channel.pk}/test/",
        f"{CHANNELS}{channel.pk}/new-secret/",
        f"{CHANNELS}{channel.pk}/drop-old-secrets/",
    ):
        assert client.post(path).status_code == 403
    assert Notice.objects.count() == 1


@pytest.mark.parametrize("name", ["test", "new-secret", "drop-old-secrets"])
def test_the_buttons_of_a_channel_work_by_post_alone(olga: Client, name: str) -> None:
    channel = webhook("https://hooks.example/")
    assert olga.get(f"{CHANNELS}{channel.pk}/{name}/").status_code == 403
    assert olga.post(f"{CHANNELS}999/{name}/").status_code == 404
    channel.refresh_from_db()
    assert channel.secret == SECRET
    assert Notice.objects.count() == 0


def test_a_persons_zone_must_be_one(olga: Client) -> None:
    alice = world.person("Alice")
    data = {"person": str(alice.pk), "language": "es", "zone": "Madrid"}
    page = olga.post("/admin/sla/noticepreference/add/", data)
    assert page.context["adminform"].form.errors["zone"]
    data["zone"] = "Atlantic/Canary"
    assert olga.post("/admin/sla/noticepreference/add/", data).status_code == 302


def test_an_erased_address_leaves_the_notices_and_the_sources(smtp: Any) -> None:
    ticket = outage()
    first = escalation(world.contract_clock(ticket))
    waiting = notice(first, address="Bob@acme.example")
    sent = notice(
        first, address="bob@acme.example", state="sent", sent_at=FIRED, next_attempt_at=None
    )
    other = notice(first, address="dave@acme.example")
    erase_contact(contact=Contact.objects.get(email="bob@acme.example"), now=FIRED)
    for each in (waiting, sent, other):
        each.refresh_from_db()
    assert [each.address for each in (waiting, sent, other)] == ["", "", "dave@acme.example"]
    assert [each.state for each in (waiting, sent, other)] == ["dead", "sent", "waiting"]
