"""Webhooks in a real browser: set up, tested, failing, and sent again."""

import os
from datetime import timedelta
from typing import Any

from django.utils import timezone

from sla.models import CallState, Hook, HookCall
from sla.operations.hooks.call_hooks import call_hooks
from tests.browser.chromium import MARKS, Browser
from tests.sla import world
from tests.sla.desk_world import Desk
from tests.sla.hook_server import Hooks, hook_server

pytestmark = MARKS


def shot(browser: Browser, name: str) -> None:
    """A picture for whoever wants to look: SIVO_SHOTS names the folder."""
    folder = os.environ.get("SIVO_SHOTS")
    if folder:
        browser.page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_a_webhook_is_set_up_tested_and_its_calls_are_sent_again(
    browser: Browser, desk: Desk, settings: Any
) -> None:
    settings.NOTICE_PRIVATE_HOSTS = ["127.0.0.1"]
    page: Any = browser.page
    browser.login(desk.olga)
    with hook_server() as hooks:
        hook = set_up(browser, hooks.url)
        page.click("text=Send a test")
        page.wait_for_selector("text=The test was taken: HTTP status 204")
        call = one_is_given_up(hooks)
        browser.go(f"/admin/sla/hook/{hook.pk}/change/")
        page.click("#hook-verify summary")
        shot(browser, "hook_failing")
        page.click("text=Send all that was given up")
        page.wait_for_selector("text=1 call is sent again.")
    browser.go("/admin/sla/hook/")
    shot(browser, "hooks")
    browser.go("/admin/sla/hookcall/")
    shot(browser, "hook_calls")
    browser.go(f"/admin/sla/hookcall/{call.pk}/change/")
    shot(browser, "hook_call")
    page.set_viewport_size({"width": 390, "height": 844})
    browser.go(f"/admin/sla/hook/{hook.pk}/change/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    shot(browser, "hook_phone")


def set_up(browser: Browser, url: str) -> Hook:
    """From the empty list to the page of a new webhook."""
    page: Any = browser.page
    browser.go("/admin/sla/hook/")
    shot(browser, "hooks_empty")
    browser.go("/admin/sla/hook/add/")
    page.fill("#id_name", "Status board")
    page.fill("#id_new_url", url)
    page.check("input[value='ticket.opened']")
    page.check("input[value='target.missed']")
    shot(browser, "hook_add")
    page.click("input[name=_save]")
    page.wait_for_selector("text=Copy this secret now")
    shot(browser, "hook_secret")
    page.click("text=To the page of the webhook")
    shot(browser, "hook_new")
    return Hook.objects.get()


def one_is_given_up(hooks: Hooks) -> HookCall:
    """One call is taken, the next one is not, and was the last attempt."""
    now = timezone.now()
    for number, status in enumerate((204, 500)):
        world.ticket_by_mail(now - timedelta(minutes=5 - number))
        hooks.answers = [(status, {})]
        call_hooks(clock=lambda: now)
    call = HookCall.objects.latest("pk")
    HookCall.objects.filter(pk=call.pk).update(
        state=CallState.GIVEN_UP, next_attempt_at=None, ended_at=now
    )
    return call
