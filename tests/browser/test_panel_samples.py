"""The samples of the panel's page as they stand; only the tools' own libraries are stand-ins."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import sivo_support
from tests.api.world import secret_of
from tests.browser.chromium import MARKS, Browser
from tests.sla.desk_world import Desk
from tickets.models import Source, Ticket

pytestmark = MARKS
SAMPLES = Path(sivo_support.__file__).parent / "docs" / "panel"
ZAF = "https://static.zdassets.com/zendesk_app_framework_sdk/2.0/zaf_sdk.min.js"
FRONT = "https://dl.frontapp.com/libs/plugin-sdk-1.8.1.min.js"
# Zendesk's server puts secure settings into the call; here the page's own server does.
ZAF_STAND_IN = """
window.ZAFClient = { init: () => ({
  metadata: async () => ({ settings: %s }),
  get: async () => ({ "ticket.id": 35436, "currentUser.locale": "es-ES" }),
  invoke: () => {},
  request: async (asked) => {
    const answer = await fetch("/proxy", { method: "POST", body: JSON.stringify(asked) });
    if (!answer.ok) throw { status: answer.status };
    return answer.json();
  },
}) };
"""
FRONT_STAND_IN = """
window.Front = { contextUpdates: { subscribe: (tell) => {
  tell({ type: "singleConversation", conversation: { id: "cnv_1" } });
} } };
"""
Answer = tuple[int, bytes]


@contextmanager
def host(page: Path, ask: Callable[[str, bytes], Answer]) -> Iterator[str]:
    """Serves one sample; all else is asked of `ask` with path and body."""

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, content = (
                (200, page.read_bytes()) if self.path == "/app" else ask(self.path, body)
            )
            self.send_response(status)
            self.send_header("Content-Type", "text/html" if self.path == "/app" else "text/plain")
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _do  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def call(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """A server's own call of our API."""
    asked = urllib.request.Request(
        url, body, {**headers, "Content-Type": "application/json"}, method="POST"
    )
    try:
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.fixture
def key(desk: Desk, settings: Any, live_server: Any) -> str:
    settings.PUBLIC_URL = live_server.url
    settings.REDIS_URL = "unix:///nowhere/redis.sock"
    return secret_of(desk.alice, ["read:clocks"])


def in_tool(desk: Desk, kind: str, thread: str) -> Source:
    source = Source.objects.create(kind=kind, name=kind, secrets="x")
    Ticket.objects.filter(pk=desk.tickets["missed"].pk).update(source=source, thread=thread)
    return source


def open_app(browser: Browser, origin: str, library: str, stand_in: str) -> Any:
    browser.context.clear_cookies()
    browser.context.unroute_all()
    browser.context.route(
        library, lambda route: route.fulfill(content_type="text/javascript", body=stand_in)
    )
    browser.page.goto(f"{origin}/app")
    return browser.page


def test_the_zendesk_app_shows_the_panel_and_never_holds_the_key(
    browser: Browser, desk: Desk, settings: Any, key: str
) -> None:
    source = in_tool(desk, "zendesk", "35436")
    seen: list[bytes] = []

    def proxy(_path: str, body: bytes) -> Answer:
        seen.append(body)
        asked = json.loads(body)
        assert asked["secure"] is True
        headers = {
            name: value.replace("{{setting.token}}", key)
            for name, value in asked["headers"].items()
        }
        return call(asked["url"], asked["data"].encode(), headers)

    values = {"address": browser.server, "source": str(source.pk)}
    with host(SAMPLES / "zendesk" / "assets" / "iframe.html", proxy) as origin:
        settings.PANEL_ANCESTORS = [origin]
        page = open_app(browser, origin, ZAF, ZAF_STAND_IN % json.dumps(values))
        panel = page.frame_locator("#panel")
        panel.locator(f"text={desk.tickets['missed'].reference}").wait_for()
        panel.locator("text=Objetivo incumplido").first.wait_for()
    assert key.encode() not in seen[0]


def test_the_zendesk_app_says_what_to_do_about_a_ticket_that_is_not_known(
    browser: Browser, desk: Desk, key: str
) -> None:
    source = in_tool(desk, "zendesk", "1")
    values = {"address": browser.server, "source": str(source.pk)}

    def proxy(_path: str, body: bytes) -> Answer:
        asked = json.loads(body)
        return call(asked["url"], asked["data"].encode(), {"Authorization": f"Bearer {key}"})

    with host(SAMPLES / "zendesk" / "assets" / "iframe.html", proxy) as origin:
        page = open_app(browser, origin, ZAF, ZAF_STAND_IN % json.dumps(values))
        page.wait_for_selector("text=does not know this ticket yet")
    browser.complaints.clear()


def test_the_manifest_and_the_page_of_the_zendesk_app_belong_together() -> None:
    manifest = json.loads((SAMPLES / "zendesk" / "manifest.json").read_text(encoding="utf-8"))
    words = json.loads(
        (SAMPLES / "zendesk" / "translations" / "en.json").read_text(encoding="utf-8")
    )
    location = manifest["location"]["support"]["ticket_sidebar"]["url"]
    page = (SAMPLES / "zendesk" / location).read_text(encoding="utf-8")
    for parameter in manifest["parameters"]:
        name = parameter["name"]
        assert name in words["app"]["parameters"]
        # What is secure is named for Zendesk's server alone, never read by the page.
        assert (f"{{{{setting.{name}}}}}" in page) is bool(parameter.get("secure"))
        assert (f"settings.{name}" in page) is not bool(parameter.get("secure"))


def test_the_front_plugin_shows_the_panel(
    browser: Browser, desk: Desk, settings: Any, key: str
) -> None:
    source = in_tool(desk, "front", "cnv_1")

    def own_server(path: str, _body: bytes) -> Answer:
        assert path == "/panel-link?conversation=cnv_1"
        asked = {"source": str(source.pk), "thread": "cnv_1"}
        return call(
            f"{browser.server}/api/v1/panel-links/",
            json.dumps(asked).encode(),
            {"Authorization": f"Bearer {key}"},
        )

    with host(SAMPLES / "front" / "index.html", own_server) as origin:
        settings.PANEL_ANCESTORS = [origin]
        page = open_app(browser, origin, FRONT, FRONT_STAND_IN)
        page.frame_locator("#panel").locator("text=Target missed").first.wait_for()
