"""How deadlines show in a tool, set up and tested in a real browser."""

import os
from typing import Any

from sla.models import ToolDisplay
from sla.queries.tools.displays import forget_displays
from tests.browser.chromium import MARKS, Browser
from tests.fakes.written_ticket import LOGIN, TOKEN
from tests.fakes.zendesk_writes import ZendeskWrites
from tests.sla.desk_world import NOW, Desk
from tests.tickets.tool_calls import tool_source
from tickets.models import Ticket, ToolAccess

pytestmark = MARKS


def shot(browser: Browser, name: str) -> None:
    """A picture for whoever wants to look: SIVO_SHOTS names the folder."""
    folder = os.environ.get("SIVO_SHOTS")
    if folder:
        browser.page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_an_operator_switches_it_on_and_writes_a_test(
    browser: Browser, desk: Desk, settings: Any
) -> None:
    settings.TOOL_PRIVATE_HOSTS = ["127.0.0.1"]
    tool = ZendeskWrites()
    with tool.running():
        source = tool_source("zendesk", "Zendesk")
        ToolAccess.objects.create(source=source, base_url=tool.url, login=LOGIN, token=TOKEN)
        ticket: Any = desk.tickets["missed"]
        Ticket.objects.create(
            source=source, thread="5158", channel="helpdesk", severity="S1", opened_at=NOW,
            customer=ticket.customer,
        )  # fmt: skip
        browser.login(desk.olga)
        page: Any = browser.page
        browser.go(f"/admin/tickets/source/{source.pk}/change/")
        page.click("text=Show deadlines in the tool")
        page.wait_for_selector("text=How it is set up")
        page.check("#id_writes")
        page.fill("#id_field_state", "3602")
        shot(browser, "display")
        page.click("[name=_continue]")
        page.wait_for_selector("text=nothing written yet")
        assert ToolDisplay.objects.get().fields == {"state": "3602"}
        page.click("text=Write a test")
        page.wait_for_selector("text=Everything works.")
        shot(browser, "display_test")
        browser.go(f"/admin/tickets/source/{source.pk}/change/")
        page.wait_for_selector("#source-way a:has-text('What is shown, and how it is set up')")
        shot(browser, "display_source")
    assert tool.fields["3602"]
    assert len(tool.notes) == 1
    forget_displays()


def test_it_fits_a_narrow_screen(browser: Browser, desk: Desk) -> None:
    source = tool_source("chatwoot", "Chatwoot")
    display = ToolDisplay.objects.create(source=source)
    browser.login(desk.olga)
    browser.page.set_viewport_size({"width": 390, "height": 844})
    for address in (f"tooldisplay/{display.pk}/change", "toolupdate"):
        browser.go(f"/admin/sla/{address}/")
        assert browser.page.evaluate("document.documentElement.scrollWidth") <= 390
