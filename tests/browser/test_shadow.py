"""A shadow run in a real browser: what differs and why, on a wide and on a narrow page."""

import os
from datetime import timedelta
from typing import Any

from sla.models import ShadowFigure, ShadowRun
from tests.browser.chromium import MARKS, Browser
from tests.sla.desk_world import NOW, Desk
from tickets.domain.instants import format_instant
from tickets.models import Source

pytestmark = MARKS


def shot(browser: Browser, name: str) -> None:
    """A picture for whoever wants to look: SIVO_SHOTS names the folder."""
    folder = os.environ.get("SIVO_SHOTS")
    if folder:
        browser.page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def difference(what: str, minutes: int, *causes: str) -> dict[str, Any]:
    return {
        "what": what,
        "theirs": format_instant(NOW + timedelta(minutes=minutes)),
        "ours": format_instant(NOW),
        "causes": list(causes),
    }


def test_a_run_is_read_from_what_is_not_explained_on(browser: Browser, desk: Desk) -> None:
    source = Source.objects.create(kind="zendesk", name="Zendesk Madrid", secrets="x")
    Source.objects.create(kind="zammad", name="Zammad", secrets="x")
    run = ShadowRun.objects.create(
        source=source,
        began_at=NOW - timedelta(days=9),
        read_at=NOW - timedelta(minutes=3),
        schedules=[
            {
                "name": "Oficina de Madrid",
                "timezone": "Europe/Madrid",
                "hours": {day: [["08:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
                "holidays": ["2027-01-05"],
            }
        ],
    )

    def figure(thread: str, key: str, *differences: dict[str, Any], **more: Any) -> None:
        ShadowFigure.objects.create(
            run=run,
            thread=thread,
            ticket=desk.tickets.get(key),
            started_at=NOW,
            read_at=NOW,
            differences=list(differences),
            **{"verdict": "differs", **more},
        )

    for number in range(17):
        figure(str(1000 + number), "", verdict="agrees")
    figure("35436", "missed", difference("due", 45, "allowance", "holiday"))
    figure(
        "35437",
        "pro",
        difference("start", 9, "other_start"),
        {"what": "verdict", "theirs": "met", "ours": "missed", "causes": ["other_start"]},
    )
    figure("35440", "", difference("answer", 7, "unexplained"), is_unexplained=True)
    browser.login(desk.olga)
    browser.go("/admin/sla/shadowrun/")
    shot(browser, "shadow_runs")
    browser.page.click("text=Zendesk Madrid")
    browser.page.wait_for_selector("text=17 of 20")
    shot(browser, "shadow_run")
    browser.page.click("table a:has-text('Holiday')")
    browser.page.wait_for_selector("text=Show all")
    browser.page.set_viewport_size({"width": 390, "height": 844})
    assert browser.page.evaluate("document.documentElement.scrollWidth") <= 390
    shot(browser, "shadow_run_narrow")
