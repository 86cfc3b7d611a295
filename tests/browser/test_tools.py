"""The API of a tool in a real browser: entered, tried, looked at, and what differed."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from tests.browser.chromium import MARKS, Browser
from tests.fakes.desk import LOGIN, TOKEN
from tests.fakes.zendesk import FakeZendesk
from tests.sla.desk_world import Desk
from tests.tickets.tool_looks import look_later, source_of
from tickets.models import ToolAccess

pytestmark = MARKS


def test_an_operator_enters_an_access_tries_it_and_sees_what_differed(
    browser: Browser, desk: Desk, settings: Any, tmp_path: Path
) -> None:
    settings.TOOL_PRIVATE_HOSTS = ["127.0.0.1"]
    source = source_of("zendesk", "Our Zendesk")
    tool = FakeZendesk()
    with tool.running():
        browser.login(desk.olga)
        page: Any = browser.page
        browser.go(f"/admin/tickets/source/{source.pk}/change/")
        page.click("details:has-text('API access') summary")
        page.fill("#id_tool_access-0-base_url", tool.url)
        page.fill("#id_tool_access-0-login", LOGIN)
        page.fill("#id_tool_access-0-new_token", TOKEN)
        page.screenshot(path=tmp_path / "form.png", full_page=True)
        page.click("[name=_continue]")
        now = timezone.now()
        tool.customer_opens("Hola", at=now - timedelta(minutes=30))
        page.click("text=Try the API now")
        page.wait_for_selector("text=Everything works.")
        page.screenshot(path=tmp_path / "trial.png", full_page=True)
        look_later(tool, now)
        tool.token = "another"
        look_later(tool, now + timedelta(minutes=9))
        ToolAccess.objects.update(next_look_at=None)
        browser.go(f"/admin/tickets/source/{source.pk}/change/")
        page.wait_for_selector("text=API: the tool does not accept the token: enter a new one")
        page.screenshot(path=tmp_path / "source.png", full_page=True)
        page.click("#source-way a:has-text('open difference')")
        page.wait_for_selector("#no-differences")
        page.click("text=Settled")
        page.wait_for_selector("text=the webhook never came: taken in")
        page.screenshot(path=tmp_path / "differences.png", full_page=True)
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
