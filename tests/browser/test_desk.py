"""The desk in a real browser: the policy holds, the keys work, the list refreshes itself."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client

from tests.sla import world
from tests.sla.desk_world import NOW, Desk, make_desk
from tickets.models import Message

CHROMIUM = next(
    (
        found
        for name in ("chromium", "chromium-browser", "google-chrome")
        if (found := shutil.which(name))
    ),
    None,
)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        CHROMIUM is None, reason="NO BROWSER HERE: install chromium to test the desk's pages"
    ),
]
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LIST = "/admin/tickets/ticket/"


class Browser:
    """One page of a fresh profile; what the browser complains about fails the test."""

    def __init__(self, context: Any, server: str) -> None:
        self.context = context
        self.server = server
        self.page = context.new_page()
        self.complaints: list[str] = []
        self.page.on(
            "console",
            lambda said: self.complaints.append(said.text) if said.type == "error" else None,
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.hosts: set[str] = set()
        self.page.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))

    def login(self, user: User) -> None:
        client = Client()
        client.force_login(user)
        value = client.cookies["sessionid"].value
        self.context.add_cookies([{"name": "sessionid", "value": value, "url": self.server}])

    def go(self, path: str) -> None:
        response = self.page.goto(self.server + path)
        assert response.status == 200


@pytest.fixture
def desk() -> Iterator[Desk]:
    with time_machine.travel(NOW, tick=True):
        yield make_desk()


@pytest.fixture
def browser(
    desk: Desk, live_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    # Playwright runs an event loop in this thread; Django would take our queries for its own.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(tmp_path / "profile"),
            executable_path=CHROMIUM,
            args=list(FLAGS),
            viewport={"width": 1280, "height": 900},
            env={**os.environ, "HOME": str(tmp_path)},
        )
        browser = Browser(context, live_server.url)
        browser.login(desk.alice)
        yield browser
        context.close()
        # Beside a running loop Django keeps connections of its own.
        connections.close_all()
    assert browser.complaints == []
    assert browser.hosts <= {live_server.url.split("/")[2]}


def test_an_agent_goes_from_the_list_to_an_answer_to_the_next_ticket(
    browser: Browser, desk: Desk
) -> None:
    page = browser.page
    browser.go(LIST)
    page.click("text=Centralita caída")
    assert page.locator("h1").inner_text().startswith(desk.tickets["missed"].reference)
    page.fill("#answer-text", "We are on it.")
    page.press("#answer-text", "Control+Enter")
    page.wait_for_selector("text=Answered. It is on its way to the customer.")
    assert Message.objects.filter(body="We are on it.").count() == 1
    page.click("text=Next due ticket")
    assert page.locator("h1").inner_text().startswith(desk.tickets["at_risk"].reference)


def test_why_this_deadline_opens_its_receipt(browser: Browser, desk: Desk) -> None:
    browser.go(f"{LIST}{desk.tickets['starter'].pk}/change/")
    receipt = browser.page.locator("details.receipt").first
    assert not receipt.evaluate("element => element.open")
    browser.page.locator("text=Why this deadline?").first.click()
    assert receipt.evaluate("element => element.open")
    assert "Sum = the allowance" in receipt.inner_text()


def test_a_refresh_brings_new_messages_and_keeps_what_is_typed(
    browser: Browser, desk: Desk
) -> None:
    ticket = desk.tickets["pro"]
    page = browser.page
    browser.go(f"{LIST}{ticket.pk}/change/")
    page.fill("#answer-text", "Half an answ")
    page.locator("details.receipt").first.evaluate("element => { element.open = true }")
    world.deliver(
        world.raw_mail(
            "It is urgent now.",
            subject=f"Re: [{ticket.reference}] Invoice",
            sender="Bob <bob@beta.example>",
        ),
        NOW,
    )
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_selector("#conversation .text:has-text('It is urgent now.')")
    assert page.input_value("#answer-text") == "Half an answ"
    assert page.locator("details.receipt").first.evaluate("element => element.open")


def test_the_customer_field_searches(browser: Browser, desk: Desk) -> None:
    page = browser.page
    browser.go(f"{LIST}{desk.tickets['unknown'].pk}/change/")
    page.click("text=Set customer")
    page.click("#fold-customer .select2-selection")
    page.fill(".select2-search__field", "acm")
    page.click(".select2-results__option:has-text('Acme')")
    page.click("#fold-customer button[type=submit]")
    page.wait_for_selector("text=Customer set")
    desk.tickets["unknown"].refresh_from_db()
    assert str(desk.tickets["unknown"].customer) == "Acme"


@pytest.mark.parametrize("width", [1280, 420])
def test_nothing_sticks_out_of_the_page(browser: Browser, desk: Desk, width: int) -> None:
    browser.page.set_viewport_size({"width": width, "height": 900})
    for path in (LIST, f"{LIST}{desk.tickets['late'].pk}/change/", "/admin/"):
        browser.go(path)
        browser.page.evaluate(
            "document.querySelectorAll('details').forEach(part => { part.open = true })"
        )
        assert browser.page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_the_language_is_one_click(browser: Browser) -> None:
    browser.go(LIST)
    browser.page.click("button[lang=es]")
    assert browser.page.locator("h1").inner_text() == "Mesa de trabajo"
    assert browser.page.locator("html").get_attribute("lang") == "es"
