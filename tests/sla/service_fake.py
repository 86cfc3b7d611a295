"""One HTTP server that speaks for Slack, Teams, PagerDuty, Telegram and Twilio, as documented.

It refuses what they would refuse. The package's calls are led to it; the address that each call
was meant for goes along.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests

_TAGS = re.compile(r"</?(?:b|i|u|s|a|code|pre)>|&(?:amp|lt|gt|quot);")
_Answer = tuple[int, str]


@dataclass
class Services:
    """`calls`: the address that was meant, and what came; `down`: a status for every call."""

    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    down: int = 0


def _slack(told: dict[str, Any]) -> _Answer:
    # https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
    texts = [str(told.get("text", ""))]
    texts += [str(each.get("text", "")) for each in told.get("attachments", ())]
    return (200, "ok") if any(texts) else (400, "no_text")


def _teams(told: dict[str, Any]) -> _Answer:
    # A workflow's trigger "when a Teams webhook request is received".
    (card,) = told["attachments"]
    good = told["type"] == "message" and card["content"]["type"] == "AdaptiveCard"
    return (202, "") if good else (400, "TriggerInputSchemaMismatch")


def _pagerduty(told: dict[str, Any]) -> _Answer:
    # https://developer.pagerduty.com/docs/send-alert-event
    event = told["payload"]
    wrong = [
        len(told["routing_key"]) != 32,
        told["event_action"] != "trigger",
        not 0 < len(event["summary"]) <= 1024,
        event["severity"] not in {"critical", "error", "warning", "info"},
        not event["source"],
        len(told.get("dedup_key", "")) > 255,
    ]
    if any(wrong):
        return 400, '{"status":"invalid event"}'
    return 202, json.dumps({"status": "success", "dedup_key": told.get("dedup_key", "x")})


def _telegram(told: dict[str, Any]) -> _Answer:
    # https://core.telegram.org/bots/api#html-style: no other tag, no bare < > &
    rest = _TAGS.sub("", told["text"])
    is_html = told["parse_mode"] == "HTML" and not set(rest) & set("<>&")
    if not is_html or len(told["text"]) > 4096:
        return 400, '{"ok":false,"description":"Bad Request: can\'t parse entities"}'
    return 200, '{"ok":true,"result":{"message_id":1}}'


def _twilio(told: dict[str, Any]) -> _Answer:
    # https://www.twilio.com/docs/messaging/api/message-resource, .../voice/api/call-resource
    said = str(told.get("Body") or told.get("Twiml") or "")
    good = told["From"][0] == told["To"][0] == "+" and 0 < len(said) <= 1600
    return (201, '{"sid":"SM1"}') if good else (400, '{"code":21617,"message":"too long"}')


_BY_HOST: dict[str, Callable[[dict[str, Any]], _Answer]] = {
    "hooks.slack.com": _slack,
    "logic.azure.com": _teams,
    "events.pagerduty.com": _pagerduty,
    "api.telegram.org": _telegram,
    "api.twilio.com": _twilio,
}


class _Handler(BaseHTTPRequestHandler):
    services: Services

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
        meant = self.headers["X-Meant"]
        is_form = "form" in (self.headers["Content-Type"] or "")
        fields = parse_qs(raw) if is_form else {}
        told = {name: values[0] for name, values in fields.items()} if is_form else json.loads(raw)
        self.services.calls.append((meant, told))
        host = meant.split("/")[2].partition(":")[0]
        judge = next(each for name, each in _BY_HOST.items() if host.endswith(name))
        status, answer = (self.services.down, "") if self.services.down else judge(told)
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def services(patch: pytest.MonkeyPatch) -> Iterator[Services]:
    """Whatever the package posts arrives here, by real HTTP."""
    made = Services()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"services": made}))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    really = requests.Session.request

    def led_here(
        session: requests.Session, method: str, url: str, **options: Any
    ) -> requests.Response:
        assert (method.upper(), url[:8]) == ("POST", "https://")
        options["headers"] = {**options["headers"], "X-Meant": url}
        here = f"http://127.0.0.1:{server.server_port}/"
        return really(session, method, here, **options)

    patch.setattr(requests.Session, "request", led_here)
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
