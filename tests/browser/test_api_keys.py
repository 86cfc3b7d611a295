"""A key of the API in a real browser: made, copied, used, revoked."""

import os
from typing import Any

from django.test import Client

from tests.api.world import Program
from tests.browser.chromium import MARKS, Browser
from tests.sla.desk_world import Desk
from tickets.models import ApiKey

pytestmark = MARKS


def shot(browser: Browser, name: str) -> None:
    """A picture for whoever wants to look: SIVO_SHOTS names the folder."""
    folder = os.environ.get("SIVO_SHOTS")
    if folder:
        browser.page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_a_key_is_made_copied_and_revoked(browser: Browser, desk: Desk) -> None:
    browser.login(desk.olga)
    page: Any = browser.page
    browser.go("/admin/tickets/apikey/add/")
    shot(browser, "api_key_add")
    page.fill("#id_name", "Night job")
    page.select_option("#id_group", label="agents")
    page.check("text=read tickets and their messages")
    page.click("input[name=_save]")
    secret = page.input_value("#secret")
    shot(browser, "api_key_secret")
    assert Program(secret, Client()).get("tickets/").status_code == 200
    page.reload()
    page.wait_for_selector("text=has made its key already")
    assert ApiKey.objects.count() == 1
    page.click("text=Night job")
    page.wait_for_url("**/change/")
    assert secret not in page.content()
    browser.go("/admin/tickets/apikey/add/")
    page.fill("#id_name", "Day job")
    page.select_option("#id_group", label="agents")
    page.check("text=read tickets and their messages")
    page.click("input[name=_save]")
    secret = page.input_value("#secret")
    page.click("text=To the page of the key")
    shot(browser, "api_key")
    assert secret not in page.content()
    page.click("text=Revoke this key")
    page.wait_for_selector("text=opens nothing any more")
    assert Program(secret, Client()).get("tickets/").status_code == 401
    browser.go("/admin/tickets/apikey/")
    shot(browser, "api_key_list")
    assert page.locator("text=Revoked").count() == 1
