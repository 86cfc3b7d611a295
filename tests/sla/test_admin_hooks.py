"""Webhooks in the admin: set-up, a real test, the secret once, the log, replays, and rights."""

import re
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from sla.admin.hooks.hook_words import VERIFY_SAMPLE
from sla.models import Hook, HookAttempt, HookCall
from sla.operations.hooks.call_hooks import call_hooks
from tests.sla import world
from tests.sla.hook_server import Hooks, hook_server
from tests.sla.hook_world import SECRET, hook, owner, the_call, understood
from tickets.queries import database_now

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]

PAGES = "/admin/sla/hook/"
CALLS = "/admin/sla/hookcall/"


@pytest.fixture
def hooks(settings: Any) -> Iterator[Hooks]:
    settings.NOTICE_PRIVATE_HOSTS = ["127.0.0.1"]
    with hook_server() as server:
        yield server


@pytest.fixture
def olga(client: Client) -> Client:
    client.force_login(owner())
    return client


def fields(**more: Any) -> dict[str, Any]:
    return {
        "name": "Board",
        "new_url": "https://hooks.example/secret-path",
        "types": ["ticket.opened", "target.missed"],
        "owner": str(owner().pk),
        "is_active": "on",
        **more,
    }


def board(hooks: Hooks, **more: Any) -> Hook:
    """It exists, has failed once with an event of now, and one was given up."""
    return hook(hooks.url, **{"types": ["ticket.opened"], "at": timezone.now(), **more})


def opened() -> None:
    world.ticket_by_mail(timezone.now())


def send() -> int:
    return call_hooks(clock=database_now)


def text(page: Any) -> str:
    return str(page.content.decode())


def test_an_operator_sets_a_webhook_up_sees_its_secret_once_and_proves_that_it_works(
    olga: Client, hooks: Hooks
) -> None:
    assert "No program hears of anything yet" in text(olga.get(PAGES))
    assert "Nothing that customers wrote is sent" in text(olga.get(f"{PAGES}add/"))
    made = olga.post(f"{PAGES}add/", fields(new_url=hooks.url))
    secret = made.context["secret"]
    assert secret in text(made)
    row = Hook.objects.get()
    assert row.types == ["ticket.opened", "target.missed"]
    empty = text(olga.get(f"{PAGES}{row.pk}/change/"))
    assert "Nothing was sent yet" in empty
    assert "nothing sent yet" in empty
    page = text(olga.post(f"{PAGES}{row.pk}/test/", follow=True))
    assert "The test was taken: HTTP status 204 after" in page
    (call,) = hooks.calls
    assert understood(call, timezone.now(), secret)["type"] == "hook.test"
    for shown in (page, text(olga.get(PAGES)), text(olga.get(f"{PAGES}{row.pk}/change/"))):
        assert secret not in shown
        assert "/hook?for=sivo" not in shown
    assert send() == 0


def test_the_lines_that_the_page_shows_believe_our_calls_and_nobody_elses(
    olga: Client, hooks: Hooks
) -> None:
    made = board(hooks)
    page = text(olga.get(f"{PAGES}{made.pk}/change/"))
    assert "def is_genuine(headers, body, secret):" in page
    assert len(VERIFY_SAMPLE.splitlines()) <= 12
    opened()
    assert send() == 1
    (call,) = hooks.calls
    code: dict[str, Any] = {}
    exec(VERIFY_SAMPLE, code)
    believes = code["is_genuine"]
    assert believes(call.headers, call.body, SECRET)
    assert not believes(call.headers, call.body + b" ", SECRET)
    assert not believes(call.headers, call.body, "whsec_" + "A" * 44)
    old = {**call.headers, "webhook-timestamp": str(int(time.time()) - 301)}
    assert not believes(old, call.body, SECRET)
    strange = {**call.headers, "webhook-signature": "v1,é garbage"}
    assert not believes(strange, call.body, SECRET)


def test_a_test_that_fails_says_why_and_is_not_repeated(olga: Client, hooks: Hooks) -> None:
    made = board(hooks)
    hooks.answers = [(500, {})]
    page = text(olga.post(f"{PAGES}{made.pk}/test/", follow=True))
    assert "The test was not taken" in page
    assert "HTTP status 500" in page
    made.refresh_from_db()
    assert (made.failures, made.failing_since) == (0, None), "a test says nothing of the rest"
    assert the_call().state == "given_up"
    olga.post(f"{PAGES}{made.pk}/given-up/")
    assert send() == 0
    assert len(hooks.calls) == 1


@pytest.mark.parametrize(
    "url", ["http://hooks.example/", "https://10.0.0.1/", "https://me:pw@hooks.example/", "x", ""]
)
def test_an_address_that_cannot_be_called_is_refused_in_words(olga: Client, url: str) -> None:
    page = olga.post(f"{PAGES}add/", fields(new_url=url))
    assert page.context["adminform"].form.errors["new_url"]
    assert Hook.objects.count() == 0


def test_what_is_changed_is_heard_of_from_then_on(olga: Client, hooks: Hooks) -> None:
    made = board(hooks)
    opened()
    assert HookCall.objects.count() == 1
    beta = world.customer("pro", domain="beta.example")
    data = fields(name="Renamed", new_url="", types=["ticket.opened"], customers=[str(beta.pk)])
    assert olga.post(f"{PAGES}{made.pk}/change/", data).status_code == 302
    made.refresh_from_db()
    assert (made.name, made.url, made.secrets) == ("Renamed", hooks.url, SECRET)
    opened()
    assert HookCall.objects.count() == 1
    world.ticket_by_mail(timezone.now(), sender="Eve <eve@beta.example>")
    assert HookCall.objects.count() == 2


def test_rotating_shows_the_new_secret_and_says_how_long_the_old_one_signs(
    olga: Client, hooks: Hooks
) -> None:
    made = board(hooks)
    page = olga.post(f"{PAGES}{made.pk}/rotate/")
    secret = page.context["secret"]
    assert "signs beside it for 24 hours" in text(page)
    assert "The old secret signs beside the new one until" in text(
        olga.get(f"{PAGES}{made.pk}/change/")
    )
    opened()
    send()
    for each in (SECRET, secret):
        understood(hooks.calls[0], timezone.now(), each)


def token_in(page: Any) -> str:
    """The token that the form holds."""
    found = re.search(r'name="form_token" value="([^"]+)"', text(page))
    assert found is not None
    return found[1]


def test_a_reload_makes_no_second_webhook_and_rotates_no_second_time(
    olga: Client, hooks: Hooks
) -> None:
    form = fields(new_url=hooks.url, form_token=token_in(olga.get(f"{PAGES}add/")))
    again = olga.post(f"{PAGES}add/", {**form, "types": []})
    assert token_in(again) == form["form_token"]
    made = olga.post(f"{PAGES}add/", form)
    first = made.context["secret"]
    page = olga.post(f"{PAGES}add/", form, follow=True)
    assert "has made its webhook already" in text(page)
    row = Hook.objects.get()
    rotate = {"form_token": token_in(olga.get(f"{PAGES}{row.pk}/change/"))}
    second = olga.post(f"{PAGES}{row.pk}/rotate/", rotate).context["secret"]
    page = olga.post(f"{PAGES}{row.pk}/rotate/", rotate, follow=True)
    assert "rotated already" in text(page)
    row.refresh_from_db()
    # The receiver's own still signs.
    assert row.secrets.split() == [second, first]


def test_a_disabled_webhook_says_so_everywhere_and_is_switched_on_again(
    olga: Client, hooks: Hooks
) -> None:
    made = board(hooks)
    hooks.answers = [(410, {})]
    opened()
    send()
    opened()
    for path in ("/admin/", PAGES, f"{PAGES}{made.pk}/change/"):
        assert "the other side wants no more calls (410)" in text(olga.get(path)), path
    refused = text(olga.post(f"{PAGES}{made.pk}/given-up/", follow=True))
    assert "switch it on first" in refused
    page = text(olga.post(f"{PAGES}{made.pk}/enable/", follow=True))
    assert "Calls that leave now: 1." in page
    page = text(olga.post(f"{PAGES}{made.pk}/given-up/", follow=True))
    assert "1 call is sent again." in page
    assert send() == 2
    assert "working" in text(olga.get(PAGES))


def test_another_address_is_tried_at_once(olga: Client, hooks: Hooks) -> None:
    made = board(hooks)
    hooks.answers = [(410, {})]
    opened()
    send()
    opened()
    with hook_server() as other:
        olga.post(f"{PAGES}{made.pk}/change/", fields(new_url=other.url, types=["ticket.opened"]))
        assert send() == 1
        assert len(other.calls) == 1


def test_the_log_shows_calls_attempts_and_bodies_and_sends_one_again(
    olga: Client, hooks: Hooks
) -> None:
    made = board(hooks)
    hooks.answers = [(503, {})]
    opened()
    send()
    page = text(olga.get(f"{CALLS}?hook__id__exact={made.pk}&state__exact=waiting"))
    for words in ("Tried again later", "ticket.opened", "SIVO-", "503"):
        assert words in page, words
    call = the_call()
    page = text(olga.get(f"{CALLS}{call.pk}/change/"))
    for words in ("HTTP status 503", "ms", "evt_", "&quot;type&quot;: &quot;ticket.opened&quot;"):
        assert words in page, words
    HookCall.objects.update(next_attempt_at=timezone.now() + timedelta(hours=2))
    Hook.objects.update(open_until=None)
    page = text(olga.post(f"{CALLS}{call.pk}/replay/", follow=True))
    assert "1 call is sent again." in page
    assert send() == 1
    assert HookAttempt.objects.count() == 2
    olga.post(CALLS, {"action": "send_again", "_selected_action": [str(call.pk)]})
    assert send() == 1
    assert len({call.headers["webhook-id"] for call in hooks.calls}) == 1


def test_everything_since_an_instant_is_sent_again_by_its_form(olga: Client, hooks: Hooks) -> None:
    made = board(hooks)
    opened()
    send()
    page = text(olga.post(f"{PAGES}{made.pk}/since/", {"since": "yesterday"}, follow=True))
    assert "Enter a date and a time" in page
    since = timezone.localtime(timezone.now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    page = text(olga.post(f"{PAGES}{made.pk}/since/", {"since": since}, follow=True))
    assert "1 call is sent again." in page
    assert send() == 1
    later = timezone.localtime(timezone.now() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    page = text(olga.post(f"{PAGES}{made.pk}/since/", {"since": later}, follow=True))
    assert "There is nothing to send again." in page


@pytest.mark.parametrize("group", ["agents", "csms"])
def test_only_operators_see_webhooks_and_their_calls(
    client: Client, hooks: Hooks, group: str
) -> None:
    made = board(hooks)
    opened()
    call = the_call()
    client.force_login(world.person("Carla", group))
    for path in (PAGES, f"{PAGES}add/", f"{PAGES}{made.pk}/change/", CALLS):
        assert client.get(path).status_code == 403
    assert client.get(f"{CALLS}{call.pk}/change/").status_code == 403
    for name in ("test", "rotate", "enable", "given-up", "since"):
        assert client.post(f"{PAGES}{made.pk}/{name}/").status_code == 403
    assert client.post(f"{CALLS}{call.pk}/replay/").status_code == 403
    assert hooks.calls == []


def test_the_buttons_work_by_post_alone_and_nothing_is_deleted(olga: Client, hooks: Hooks) -> None:
    made = board(hooks)
    for name in ("test", "rotate", "enable", "given-up", "since"):
        assert olga.get(f"{PAGES}{made.pk}/{name}/").status_code == 403
        assert olga.post(f"{PAGES}999/{name}/").status_code == 404
    assert olga.post(f"{PAGES}{made.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Hook.objects.count() == 1
