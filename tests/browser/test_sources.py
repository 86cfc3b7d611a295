"""Setting up a source in a real browser: under the strict policy, down to the first mail."""

import base64
from typing import Any
from urllib.parse import urlsplit

from django.test import Client

from tests.browser.chromium import MARKS, Browser
from tests.sla.desk_world import Desk
from tickets.models import Source

pytestmark = MARKS


def test_an_operator_sets_up_a_provider_and_sees_its_first_mail(
    browser: Browser, desk: Desk
) -> None:
    browser.login(desk.olga)
    page: Any = browser.page
    browser.go("/admin/tickets/source/")
    page.click("text=Add source")
    page.click("text=Postmark")
    page.fill("#id_name", "Inbound")
    page.click("text=Go on")
    address = page.locator("input.secret").first.input_value()
    page.click("text=To the page of the source")
    page.wait_for_selector("text=waiting for the first mail")
    assert address not in page.content()
    parts = urlsplit(address)
    told = base64.b64encode(f"{parts.username}:{parts.password}".encode()).decode()
    answer = Client().post(
        parts.path,
        b'{"MessageID": "1", "RawEmail": "From: bob@acme.example\\r\\n\\r\\nHola"}',
        content_type="application/json",
        headers={"authorization": f"Basic {told}"},
    )
    assert answer.status_code == 200
    # As a refresh does it, without the half minute until the next one.
    page.reload()
    page.wait_for_selector("text=last mail less than a minute ago")
    assert page.locator("#source-last tbody tr").count() == 1
    assert Source.objects.get(name="Inbound").secret_list


def test_the_wizard_fits_a_narrow_screen(browser: Browser, desk: Desk) -> None:
    browser.login(desk.olga)
    browser.page.set_viewport_size({"width": 390, "height": 844})
    for path in ("", "?tool=microsoft"):
        browser.go(f"/admin/tickets/source/add/{path}")
        width = browser.page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390


def test_an_operator_sets_up_a_tool_and_copies_what_it_needs(browser: Browser, desk: Desk) -> None:
    browser.login(desk.olga)
    page: Any = browser.page
    browser.go("/admin/tickets/source/add/")
    page.click("text=Freshdesk")
    page.fill("#id_name", "Our Freshdesk")
    page.click("text=Go on")
    page.wait_for_selector("text=Requires Authentication")
    assert page.locator("textarea.secret").count() == 6
    page.locator("textarea.secret").first.click()
    selected = page.evaluate(
        "(() => { const e = document.activeElement; return e.selectionEnd - e.selectionStart; })()"
    )
    assert selected == len(page.locator("textarea.secret").first.input_value())
    browser.page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.click("text=To the page of the source")
    page.wait_for_selector("text=waiting for the first call")
    page.wait_for_selector("#source-words")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
