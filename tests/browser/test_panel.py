"""The panel in a real browser, in the frame of a tool on another origin."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from sla.operations.tools.panel_links import revoke_panel_links
from sla.queries.tools.panel_links import token_of
from tests.browser.chromium import MARKS, Browser
from tests.sla import world
from tests.sla.desk_world import NOW, Desk
from tests.sla.notice_world import escalation
from tickets.models import Ticket

pytestmark = MARKS
WIDTH = 300


def shot(browser: Browser, name: str) -> None:
    """A picture for whoever wants to look: SIVO_SHOTS names the folder."""
    folder = os.environ.get("SIVO_SHOTS")
    if folder:
        browser.page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@contextmanager
def tool(framed: str, sandbox: str = "") -> Iterator[str]:
    """A tool's page on an origin of its own, with the panel in its side bar."""
    rule = f' sandbox="{sandbox}"' if sandbox else ""
    page = (
        f'<!doctype html><title>Tool</title><h1>Ticket 35436</h1><link rel="icon" href="data:,">'
        f'<iframe name="bar" width="{WIDTH}" height="700" src="{framed}"{rule}></iframe>'
    ).encode()

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def link(browser: Browser, ticket: Ticket, *, language: str = "en", theme: str = "") -> str:
    token = token_of(ticket, NOW + timedelta(hours=8), language)
    return f"{browser.server}/panel/{token}/" + (f"?theme={theme}" if theme else "")


def visit(browser: Browser, origin: str) -> Any:
    """Opens the tool's page; nobody is logged in, as in a frame of another site."""
    browser.context.clear_cookies()
    browser.context.unroute_all()
    browser.page.goto(origin)
    return browser.page.frame(name="bar")


def test_the_tool_shows_the_panel_in_its_frame(browser: Browser, desk: Desk, settings: Any) -> None:
    with tool(link(browser, desk.tickets["at_risk"])) as origin:
        settings.PANEL_ANCESTORS = [origin]
        bar = visit(browser, origin)
        bar.wait_for_selector("text=At risk")
        assert "in" in bar.inner_text(".countdown")
        assert bar.evaluate("document.documentElement.scrollWidth") <= WIDTH
        # By the keyboard: why, and what happened.
        bar.focus("summary")
        browser.page.keyboard.press("Enter")
        bar.wait_for_selector("text=Sum = the allowance; here it is due")
        # What is open stays open when the figures are read anew, and they are.
        before = bar.get_attribute("#read-at", "datetime")
        bar.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        bar.wait_for_selector(f'#read-at:not([datetime="{before}"])')
        assert bar.is_visible("text=Sum = the allowance; here it is due")
        assert not bar.is_visible("#stale")
        shot(browser, "panel_framed")
        assert browser.context.cookies() == []


def test_a_tool_that_is_not_named_frames_nothing(
    browser: Browser, desk: Desk, settings: Any
) -> None:
    with tool(link(browser, desk.tickets["at_risk"])) as origin:
        settings.PANEL_ANCESTORS = ["https://acme.zendesk.com"]
        visit(browser, origin)
        browser.page.wait_for_timeout(500)
        shot(browser, "panel_blocked")
        inner = browser.page.frames[-1]
        assert desk.tickets["at_risk"].reference not in inner.content()
    assert any("frame-ancestors" in said for said in browser.complaints)
    browser.complaints.clear()


def test_the_admin_is_framed_by_nobody(browser: Browser, desk: Desk, settings: Any) -> None:
    with tool(f"{browser.server}/admin/login/") as origin:
        settings.PANEL_ANCESTORS = [origin]
        visit(browser, origin)
        browser.page.wait_for_timeout(500)
        assert "password" not in browser.page.frames[-1].content()
    assert browser.complaints
    browser.complaints.clear()


def test_it_works_in_a_sandbox_without_an_origin(
    browser: Browser, desk: Desk, settings: Any
) -> None:
    with tool(link(browser, desk.tickets["at_risk"]), sandbox="allow-scripts") as origin:
        settings.PANEL_ANCESTORS = [origin]
        bar = visit(browser, origin)
        bar.wait_for_selector("text=At risk")
        assert bar.evaluate("self.origin") == "null"


def test_the_countdown_runs_on_and_the_figures_are_said_to_be_old_when_they_are(
    browser: Browser, desk: Desk
) -> None:
    page: Any = browser.page
    page.clock.install()
    browser.context.clear_cookies()
    page.goto(link(browser, desk.tickets["at_risk"]))
    assert page.inner_text(".countdown strong") in {"4 min", "5 min"}
    browser.context.route("**/panel/**", lambda route: route.abort())
    page.clock.run_for(100_000)
    assert page.inner_text(".countdown strong") == "3 min"
    assert not page.is_visible("#stale")
    page.clock.run_for(60_000)
    assert page.is_visible("text=may be out of date")
    page.goto("about:blank")
    # The server that was cut off is what the browser complains about.
    assert all("ERR_FAILED" in said for said in browser.complaints)
    browser.complaints.clear()


def test_an_expired_link_says_what_to_do(browser: Browser, desk: Desk) -> None:
    token = token_of(desk.tickets["at_risk"], NOW - timedelta(hours=1), "en")
    answer = browser.page.goto(f"{browser.server}/panel/{token}/")
    assert answer.status == 404
    browser.page.wait_for_selector("text=Load the side bar again")
    browser.page.set_viewport_size({"width": 240, "height": 500})
    shot(browser, "panel_gone")
    browser.complaints.clear()


@pytest.mark.parametrize("key", ["at_risk", "missed", "late", "starter", "waiting"])
def test_it_fits_the_narrowest_side_bar_in_both_languages_and_themes(
    browser: Browser, desk: Desk, key: str
) -> None:
    ticket = desk.tickets[key]
    clock = world.contract_clock(ticket)
    if key == "missed":
        escalation(clock, due_at=NOW - timedelta(minutes=20), step_code="s1/breach")
    page: Any = browser.page
    for language, theme, width in (("en", "light", 240), ("es", "dark", 320), ("es", "", 240)):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(link(browser, ticket, language=language, theme=theme))
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        shot(browser, f"panel_{key}_{language}_{theme or 'auto'}")


def test_a_side_bar_that_is_open_hears_that_its_link_was_made_void(
    browser: Browser, desk: Desk, settings: Any
) -> None:
    ticket = desk.tickets["at_risk"]
    with tool(link(browser, ticket)) as origin:
        settings.PANEL_ANCESTORS = [origin]
        bar = visit(browser, origin)
        bar.wait_for_selector("text=At risk")
        revoke_panel_links(source=ticket.source, ticket=ticket, user=desk.olga, now=NOW)
        bar.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        bar.wait_for_selector("text=has made the links void")
        shot(browser, "panel_void")
        assert "At risk" not in bar.inner_text("body")
    # The answer 404, which the browser writes into its console.
    browser.complaints.clear()
