"""Notices in a real browser: the page behind the link on a telephone, and the dead letters."""

import os
from datetime import timedelta
from typing import Any

from django.test import Client

from sla.models import Acknowledgement
from sla.queries.escalation.notices import link_of
from tests.browser.chromium import MARKS, Browser
from tests.sla import world
from tests.sla.desk_world import NOW, Desk
from tests.sla.notice_world import escalation, notice, webhook

pytestmark = MARKS


def shot(browser: Browser, name: str) -> None:
    """A picture for whoever wants to look: SIVO_SHOTS names the folder."""
    folder = os.environ.get("SIVO_SHOTS")
    if folder:
        browser.page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def fired(desk: Desk, **more: Any) -> Any:
    ticket = desk.tickets["missed"]
    clock = world.contract_clock(ticket)
    step = escalation(
        clock,
        due_at=NOW - timedelta(minutes=20),
        step_code="s1/breach",
        repeat=clock.escalations.count(),
    )
    return notice(step, at=NOW - timedelta(minutes=20), **more)


def test_one_touch_on_a_telephone_says_that_somebody_is_on_it(browser: Browser, desk: Desk) -> None:
    made = fired(desk, recipient=desk.alice)
    browser.context.clear_cookies()
    page: Any = browser.page
    page.set_viewport_size({"width": 390, "height": 844})
    browser.go(link_of(made).removeprefix("http://localhost:8000"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert Acknowledgement.objects.count() == 0
    shot(browser, "link")
    page.click("text=Yes, I am on it")
    page.wait_for_selector("text=Thank you: you are on it")
    shot(browser, "link_used")
    assert Acknowledgement.objects.get().by == desk.alice


def test_a_dead_letter_is_sent_again_and_the_ticket_shows_who_was_told(
    browser: Browser, desk: Desk
) -> None:
    channel = webhook("https://hooks.example/x", failures=2)
    made = fired(
        desk,
        recipient=desk.alice,
        channel=channel,
        state="dead",
        next_attempt_at=None,
        last_error="HTTP status 500",
    )
    fired(desk, recipient=desk.dave, state="sent", next_attempt_at=None, sent_at=NOW)
    browser.go(f"/admin/tickets/ticket/{desk.tickets['missed'].pk}/change/")
    shot(browser, "ticket")
    page: Any = browser.page
    page.click("#escalation-card button")
    page.wait_for_selector("text=Alice is on it since")
    browser.login(desk.olga)
    browser.go("/admin/sla/notice/?state__exact=dead")
    shot(browser, "notices")
    browser.go(f"/admin/sla/notice/{made.pk}/change/")
    shot(browser, "notice")
    page.click("text=Send again")
    page.wait_for_selector("text=1 notice is in the outbox again.")
    browser.go(f"/admin/sla/noticechannel/{channel.pk}/change/")
    shot(browser, "channel")
    browser.go("/admin/sla/noticechannel/add/")
    shot(browser, "channel_add")
    assert Client().get(f"/admin/sla/notice/{made.pk}/change/").status_code == 302
