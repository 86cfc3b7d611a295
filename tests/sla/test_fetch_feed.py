"""Feeds are fetched from the public network alone, and within limits; with a real server."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import monotonic, sleep
from typing import Any

import pytest

from sla.domain.duty.feed import FeedFault, FeedTrouble
from sla.operations.duty import fetch_feed as fetching
from sla.operations.duty.fetch_feed import fetch_feed
from tickets.domain.public_address import is_public


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("nonsense", False),
    ],
)
def test_only_addresses_of_the_public_network_are_public(address: str, expected: bool) -> None:
    assert is_public(address) is expected


Reply = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def web(reply: Reply) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with suppress(OSError):
                reply(self)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def sending(body: bytes, status: int = 200, **headers: str) -> Reply:
    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return reply


def fault(url: str) -> FeedFault:
    with pytest.raises(FeedTrouble) as caught:
        fetch_feed(url)
    return caught.value.fault


@pytest.fixture
def here(settings: Any) -> None:
    settings.DUTY_FEED_PRIVATE_HOSTS = ["127.0.0.1"]


def test_a_feed_is_fetched_with_its_login(here: None) -> None:
    def reply(handler: BaseHTTPRequestHandler) -> None:
        sending((handler.headers["Authorization"] + handler.path).encode())(handler)

    with web(reply) as url:
        told = fetch_feed(url.replace("//", "//olga:se%40cret@") + "/a.ics?key=1")
    assert told == b"Basic b2xnYTpzZUBjcmV0/a.ics?key=1"


def test_nothing_is_fetched_from_our_own_network() -> None:
    with web(sending(b"secret")) as url:
        # Not named by an operator: neither without TLS, nor by any name of this machine.
        assert fault(url) is FeedFault.ADDRESS
        port = url.rpartition(":")[2]
        for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0x7f.1", "2130706433"):
            assert fault(f"https://{host}:{port}/") is FeedFault.PRIVATE


def test_a_redirect_into_our_own_network_is_not_followed(settings: Any) -> None:
    settings.DUTY_FEED_PRIVATE_HOSTS = ["localhost"]
    with web(sending(b"secret")) as inner:
        target = inner.replace("http:", "https:")
        with web(sending(b"", 302, Location=target)) as outer:
            assert fault(outer.replace("127.0.0.1", "localhost")) is FeedFault.PRIVATE


def test_a_redirect_from_elsewhere_reaches_no_host_that_an_operator_named(settings: Any) -> None:
    settings.DUTY_FEED_PRIVATE_HOSTS = ["localhost", "127.0.0.1"]
    with web(sending(b"secret")) as inner:
        with web(sending(b"", 302, Location=inner)) as outer:
            assert fault(outer.replace("127.0.0.1", "localhost")) is FeedFault.ADDRESS
            # From one port of a named host to another one of the same host is no way in.
            assert fetch_feed(outer) == b"secret"
        # Nor by a way round, back to where it began.
        with web(sending(b"", 302, Location=inner.replace("http:", "https:"))) as outer:
            assert fault(outer.replace("127.0.0.1", "localhost")) is FeedFault.PRIVATE


def test_an_operator_may_name_a_network(settings: Any) -> None:
    settings.DUTY_FEED_PRIVATE_HOSTS = ["127.0.0.0/8"]
    with web(sending(b"BEGIN:VCALENDAR")) as url:
        assert fetch_feed(url) == b"BEGIN:VCALENDAR"
        settings.DUTY_FEED_PRIVATE_HOSTS = ["10.0.0.0/8"]
        assert fault(url) is FeedFault.ADDRESS


def test_a_name_that_is_looked_up_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "_ALL_SECONDS", 0.5)
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: sleep(4) or [])
    began = monotonic()
    assert fault("https://calendar.example/a.ics") is FeedFault.AWAY
    assert monotonic() - began < 2


@pytest.mark.parametrize(
    "url", ["", "file:///etc/passwd", "ftp://x.example/a", "https://", "https://a b/", "gopher:x"]
)
def test_what_is_no_address_of_the_web_is_refused(url: str) -> None:
    assert fault(url) is FeedFault.ADDRESS


def test_endless_redirects_large_packed_and_missing_answers_are_trouble(here: None) -> None:
    with web(sending(b"", 302, Location="/again")) as url:
        assert fault(url) is FeedFault.STATUS
    with web(sending(b"x" * (2 * 1024 * 1024 + 1))) as url:
        assert fault(url) is FeedFault.TOO_LARGE
    with web(sending(b"", Content_Encoding="gzip")) as url:
        assert fault(url) is FeedFault.UNREADABLE
    with web(sending(b"", 404)) as url:
        assert fault(url) is FeedFault.STATUS
    assert fault(url) is FeedFault.AWAY


def test_an_answer_that_trickles_is_cut_off(here: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "_ALL_SECONDS", 1.0)

    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(60):
            handler.wfile.write(b"x")
            sleep(0.2)

    began = monotonic()
    with web(reply) as url:
        assert fault(url) is FeedFault.AWAY
    assert monotonic() - began < 5
