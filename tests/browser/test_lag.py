"""The page with the lag of 30 days in a real browser: the policy holds, nothing sticks out."""

import random
from datetime import timedelta

import pytest

from sla.models import Heartbeat
from sla.operations.escalation.store_lag import store_lag
from sla.operations.escalation.watchdog import WATCHDOG
from tests.browser.chromium import MARKS, Browser
from tests.sla.desk_world import Desk
from tests.sla.lag_world import a_policy, detected, fired
from tests.sla.world import contract_clock
from tickets.queries import database_now

pytestmark = MARKS
PAGE = "/admin/sla/laghour/"


@pytest.fixture
def month(desk: Desk) -> None:
    """Thirty days at work, with an hour of downtime now and then."""
    chance, now = random.Random(20261126), database_now()
    clock, policy = contract_clock(desk.tickets["missed"]), a_policy()
    for number in range(30 * 24):
        at = now - timedelta(hours=number)
        if at.weekday() < 5 and 7 <= at.hour < 18:
            fired(clock, policy, at, [chance.randrange(80, 4_000) for _ in range(8)])
            detected(clock, at, [chance.randrange(50, 2_500) for _ in range(5)])
        if number in {100, 101, 300}:
            fired(clock, policy, at, [3_000_000, 20_000, 7_000])
    store_lag(now=now)
    Heartbeat.objects.create(name=WATCHDOG, at=now, detail={"agrees": True})


@pytest.mark.usefixtures("month")
@pytest.mark.parametrize("width", [1280, 420])
def test_the_lag_of_a_month_fits_and_opens_day_by_day(
    browser: Browser, desk: Desk, width: int
) -> None:
    page = browser.page
    browser.login(desk.olga)
    page.set_viewport_size({"width": width, "height": 900})
    browser.go(PAGE)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    drawn = page.evaluate("document.querySelector('.lag-hours').getBoundingClientRect().width")
    assert drawn > 300
    page.click("text=Day by day >> nth=0")
    assert page.is_visible("text=Worst hour")
