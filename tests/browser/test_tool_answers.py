"""Answering through a tool in a browser: where it goes, and how it fared."""

from datetime import timedelta
from typing import Any

from tests.browser.chromium import MARKS, Browser
from tests.fakes.tool_server import Reply
from tests.sla.desk_world import NOW
from tests.tickets.answer_tools import Place, place, send

pytestmark = MARKS


def answer(browser: Browser, tool: Place, text: str) -> None:
    browser.go(f"/admin/tickets/ticket/{tool.ticket.pk}/change/")
    browser.page.fill("#answer-text", text)
    browser.page.click("text=Send answer")


def test_files_go_through_a_tool_and_one_that_is_refused_is_named(
    browser: Browser, settings: Any
) -> None:
    with place("zendesk", settings, "zendesk-madrid") as tool:
        browser.go(f"/admin/tickets/ticket/{tool.ticket.pk}/change/")
        page = browser.page
        page.fill("#answer-text", "Mira los archivos.")
        named = [("log.txt", b"a log"), ("tool.exe", b"MZ")]
        files = [{"name": name, "mimeType": "text/plain", "buffer": data} for name, data in named]
        page.set_input_files("#answer-attachments", files)
        page.click("text=Send answer")
        page.wait_for_selector("text=on its way")
        page.wait_for_selector("a:has-text('log.txt')")
        send(NOW + timedelta(hours=1))
        page.reload()
        page.wait_for_selector("text=or have its type allowed in Zendesk. (tool.exe)")
        tool.server.forbidden = ()
        page.click("text=Send again")
        send(NOW + timedelta(hours=2))
        page.reload()
        page.wait_for_selector("text=sent Tue 1 Dec")
    assert tool.server.kept[0].files == dict(named)


def test_an_answer_through_a_tool_is_followed_on_the_page(browser: Browser, settings: Any) -> None:
    with place("zendesk", settings, "zendesk-madrid") as tool:
        answer(browser, tool, "Lo miramos ahora.")
        page = browser.page
        page.wait_for_selector("text=goes to Zendesk: ticket 5158")
        assert page.locator("#answer-attachments").count() == 1
        page.wait_for_selector("text=on its way")
        tool.server.failures = [Reply(status=422)]
        send(NOW + timedelta(hours=1))
        page.reload()
        page.wait_for_selector("text=This answer could not be sent: Zendesk does not take")
        page.click("text=Send again")
        page.wait_for_selector("text=on its way to the customer again")
        send(NOW + timedelta(hours=2))
        page.reload()
        page.wait_for_selector("text=sent Tue 1 Dec")
