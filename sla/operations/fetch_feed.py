"""Fetches an iCalendar feed from the public network and from nowhere else."""

import base64
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Final
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from django.conf import settings

from sla.domain.duty_feed import FeedFault, FeedTrouble
from sla.domain.public_address import is_public

_MAX_BYTES: Final = 2 * 1024 * 1024
_CONNECT_SECONDS: Final = 5.0
_ALL_SECONDS: Final = 20.0
_REDIRECTS_MOST: Final = 3
_MOVED: Final = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a request goes: to a checked address, under the name that was asked for."""

    secure: bool
    host: str
    port: int
    path: str
    address: str
    login: str = field(default="", repr=False)


class _Plain(HTTPConnection):
    """Connects to the address that was checked: a second look-up could answer differently."""

    def __init__(self, place: _Place) -> None:
        super().__init__(place.host, place.port, timeout=_CONNECT_SECONDS)
        self._address = place.address
        # Kept here, because an answer takes `sock` over.
        self.line: socket.socket | None = None

    def connect(self) -> None:
        """A plain connection."""
        self.line = socket.create_connection((self._address, self.port), timeout=self.timeout)
        self.sock = self.line


class _Secure(HTTPSConnection):
    """The same with TLS; the certificate must be that of the name."""

    def __init__(self, place: _Place) -> None:
        self._tls = ssl.create_default_context()
        super().__init__(place.host, place.port, timeout=_CONNECT_SECONDS, context=self._tls)
        self._address = place.address
        self.line: socket.socket | None = None

    def connect(self) -> None:
        """A verified connection."""
        plain = socket.create_connection((self._address, self.port), timeout=self.timeout)
        secure = self._tls.wrap_socket(
            plain, server_hostname=self.host, do_handshake_on_connect=False
        )
        self.line = self.sock = secure
        secure.do_handshake()


def fetch_feed(url: str) -> bytes:
    """The bytes of a feed, at most 2 MiB, within 20 seconds. Raises FeedTrouble.

    https only, except on the hosts of SIVO_DUTY_FEED_PRIVATE_HOSTS, which may also lie in a
    private network. Redirects are followed three times, and each is checked again.
    """
    ends_at = time.monotonic() + _ALL_SECONDS
    for _ in range(_REDIRECTS_MOST + 1):
        place = _place(url)
        with _answer(place, ends_at) as answer:
            if answer.status in _MOVED:
                url = urljoin(url, answer.headers.get("Location") or "")
                continue
            if answer.status != HTTPStatus.OK:
                raise FeedTrouble(FeedFault.STATUS, str(answer.status))
            body = _body(answer)
            if time.monotonic() >= ends_at:
                # It was cut off: what has come may lack its end.
                raise FeedTrouble(FeedFault.AWAY)
            return body
    raise FeedTrouble(FeedFault.STATUS, "302")


def check_feed_address(url: str) -> None:
    """Whether an address may be fetched, as far as it alone can tell. Raises FeedTrouble."""
    _parts(url)


def _parts(url: str) -> SplitResult:
    if url[:9].lower() == "webcal://":
        url = f"https://{url[9:]}"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise FeedTrouble(FeedFault.ADDRESS) from None
    schemes = {"https", "http"} if host in settings.DUTY_FEED_PRIVATE_HOSTS else {"https"}
    if not host or parts.scheme not in schemes or not url.isascii() or not url.isprintable():
        raise FeedTrouble(FeedFault.ADDRESS)
    if " " in url:
        raise FeedTrouble(FeedFault.ADDRESS)
    return parts


def _place(url: str) -> _Place:
    parts = _parts(url)
    host = parts.hostname or ""
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    login = ""
    if parts.username:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return _Place(
        secure=secure,
        host=host,
        port=port,
        path=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
        address=_checked_address(host, port),
        login=login,
    )


def _checked_address(host: str, port: int) -> str:
    """The first address of a host; every one of them must be public."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise FeedTrouble(FeedFault.AWAY) from None
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses:
        raise FeedTrouble(FeedFault.AWAY)
    if host not in settings.DUTY_FEED_PRIVATE_HOSTS and not all(map(is_public, addresses)):
        raise FeedTrouble(FeedFault.PRIVATE)
    return addresses[0]


@contextmanager
def _answer(place: _Place, ends_at: float) -> Iterator[HTTPResponse]:
    connection = _Secure(place) if place.secure else _Plain(place)
    headers = {
        "Accept": "text/calendar",
        # A small answer must not be able to become a large one.
        "Accept-Encoding": "identity",
        "User-Agent": "sivo-support",
    }
    if place.login:
        headers["Authorization"] = "Basic " + base64.b64encode(place.login.encode()).decode()
    # One byte every few seconds would pass every time-out of a socket.
    guard = threading.Timer(max(ends_at - time.monotonic(), 0.0), _cut, [connection])
    guard.daemon = True
    guard.start()
    try:
        connection.request("GET", place.path, headers=headers)
        with connection.getresponse() as answer:
            yield answer
    except (OSError, HTTPException, ValueError):
        # Their texts may hold the address with its secret.
        raise FeedTrouble(FeedFault.AWAY) from None
    finally:
        guard.cancel()
        connection.close()


def _cut(connection: _Plain | _Secure) -> None:
    if connection.line is not None:
        with suppress(OSError):
            # Not by its own method, which would take the keys from under the reading thread.
            socket.socket.shutdown(connection.line, socket.SHUT_RDWR)


def _body(answer: HTTPResponse) -> bytes:
    if (answer.headers.get("Content-Encoding") or "identity").lower() != "identity":
        raise FeedTrouble(FeedFault.UNREADABLE)
    body = answer.read(_MAX_BYTES + 1)
    if len(body) > _MAX_BYTES:
        raise FeedTrouble(FeedFault.TOO_LARGE)
    return body
