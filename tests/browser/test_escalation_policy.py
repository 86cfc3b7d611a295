"""The page of an escalation policy in a real browser: the policy holds, nothing sticks out."""

import os
from pathlib import Path

import pytest

from sla.models import ContactRole, EscalationPolicy
from sla.operations.escalation.policies import load_escalation
from tests.browser.chromium import MARKS, Browser
from tests.sla.desk_world import Desk
from tests.sla.world import madrid

pytestmark = MARKS


@pytest.mark.parametrize("width", [1280, 390])
def test_the_time_line_fits_and_the_dry_run_works_without_a_script(
    desk: Desk, browser: Browser, width: int
) -> None:
    load_escalation(now=madrid("2026-11-01 00:00"))
    ContactRole.objects.get(code="team_lead").people.add(desk.dave)
    row = EscalationPolicy.objects.get(code="enterprise-s1")
    browser.login(desk.olga)
    browser.page.set_viewport_size({"width": width, "height": 900})
    browser.go(f"/admin/sla/escalationpolicy/{row.pk}/change/")
    wide = browser.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width
    marks = browser.page.locator(".timeline-mark")
    assert marks.count() == 7
    browser.page.fill("#id_opened_at", "2026-11-24T03:10")
    with browser.page.expect_navigation():
        browser.page.click("button[name=_show]")
    assert "24 Nov 2026 03:25" in browser.page.inner_text("#content")
    if folder := os.environ.get("SIVO_SCREENSHOTS"):
        browser.page.screenshot(path=Path(folder) / f"policy-{width}.png", full_page=True)
