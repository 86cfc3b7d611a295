"""The pages of duty in a real browser: the policy holds, nothing sticks out, it works by hand."""

from datetime import timedelta

import pytest

from sla.models import DutyShift, Rota
from tests.browser.chromium import MARKS, Browser
from tests.sla.desk_world import NOW, Desk
from tests.sla.duty_world import absence, rota, shift

pytestmark = MARKS


@pytest.fixture
def support(desk: Desk) -> Rota:
    """A week with a swap, an absence and a gap."""
    made = rota("Support")
    shift(made, desk.alice, "2026-11-23 09:00", "2026-12-04 09:00")
    shift(made, desk.dave, "2026-12-04 19:00", "2026-12-07 09:00")
    shift(made, desk.dave, "2026-12-02 18:00", "2026-12-03 09:00", layer="override")
    absence(desk.dave, "2026-12-06 12:00", "2026-12-08 00:00")
    return made


@pytest.mark.parametrize("width", [1280, 420])
def test_the_week_and_the_coverage_fit(
    browser: Browser, desk: Desk, support: Rota, width: int
) -> None:
    page = browser.page
    browser.login(desk.olga)
    page.set_viewport_size({"width": width, "height": 900})
    for path in (f"/admin/sla/rota/{support.pk}/change/", "/admin/sla/rota/coverage/"):
        browser.go(path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


def test_an_operator_plans_turns_by_hand(browser: Browser, desk: Desk, support: Rota) -> None:
    page = browser.page
    browser.login(desk.olga)
    browser.go(f"/admin/sla/rota/{support.pk}/change/")
    page.click("text=People in turn")
    first = NOW + timedelta(days=13)
    page.fill("#id_first_on", f"{first:%Y-%m-%d}")
    page.fill("#id_first_at", "09:00")
    page.fill("#id_count", "4")
    page.select_option("#id_person_1", label="Alice")
    page.select_option("#id_person_2", label="Dave")
    page.click("text=Show the turns")
    page.click("text=Plan these turns")
    page.wait_for_selector("text=4 turns planned.")
    assert DutyShift.objects.filter(rota=support).count() == 7
