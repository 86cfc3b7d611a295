"""One HTTP call to an address that somebody typed in: never into our own network.

The name is resolved once, every address that it has is judged, and the connection goes to the one
that was judged: a name that changes its mind between the two finds nothing. No redirect is
followed, no proxy of the environment is used, and the whole call has one time limit: looking the
name up, connecting, the handshake, asking and reading.
"""

import http.client
import queue
import socket
import ssl
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from time import monotonic
from typing import Final
from urllib.parse import SplitResult

from tickets.outbound.reach import Reach, check_address, judged

_MAX_ANSWER: Final = 64 * 1024
CONNECT_SECONDS: Final = 4.0
TOTAL_SECONDS: Final = 10.0
_LATE: Final = "no answer in time"


class CallFailed(Exception):
    """The other side could not be reached or did not answer in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; headers by lower-case name, and no more of the body than was asked for."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def post(url: str, *, body: bytes, headers: Mapping[str, str], reach: Reach) -> Answer:
    """Posts the body once; at most 64 kB of the answer. Raises CallRefused or CallFailed."""
    return request(
        "POST",
        url,
        body=body,
        headers=headers,
        reach=reach,
        seconds=TOTAL_SECONDS,
        most_bytes=_MAX_ANSWER,
    )


def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    reach: Reach,
    seconds: float,
    most_bytes: int,
    body: bytes | Iterable[bytes] | None = None,
) -> Answer:
    """Asks once, for `seconds` in all. Raises CallRefused or CallFailed.

    Of a body in parts, `headers` state the content-length; each part is made when it is sent.
    """
    ends_at = monotonic() + seconds
    parts = check_address(url, reach)
    target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    line = _connection(parts, reach, ends_at)
    # Each wait has a limit of its own; who sends a byte now and then would pass them all.
    limit = threading.Timer(max(ends_at - monotonic(), 0.0), line.cut.hang_up)
    limit.daemon = True
    limit.start()
    try:
        with closing(line):
            broken = _ask(line, method, target, body, headers)
            answer = _answer(line, most_bytes, broken)
    # A line that is cut while it is used may fail in any of these ways.
    except (OSError, http.client.HTTPException, ValueError) as error:
        # Its text may hold the address; the kind says enough.
        raise CallFailed(_LATE if line.cut.is_cut else _kind_of(error)) from None
    finally:
        limit.cancel()
    if line.cut.is_cut:
        # What was read until then looks like an answer, and is not a whole one.
        raise CallFailed(_LATE)
    return answer


def _ask(
    line: "_Pinned | _PinnedTLS",
    method: str,
    target: str,
    body: bytes | Iterable[bytes] | None,
    headers: Mapping[str, str],
) -> OSError | None:
    """Sends the question; what broke before all of it was sent."""
    try:
        line.request(method, target, body=body, headers=dict(headers))
    except OSError as error:
        if line.sock is None or line.cut.is_cut:
            raise
        return error
    return None


def _answer(
    line: http.client.HTTPConnection, most_bytes: int, broken: OSError | None = None
) -> Answer:
    """What came back. Of a question that broke off, a refusal alone: others read no such body."""
    with line.getresponse() as response:
        if broken is not None and response.status < http.HTTPStatus.BAD_REQUEST:
            raise broken
        body = response.read(most_bytes)
        if response.length and len(body) < most_bytes:
            raise http.client.IncompleteRead(body, response.length)
        return Answer(
            status=response.status,
            headers={name.lower(): value for name, value in response.getheaders()},
            body=body,
        )


def _connection(parts: SplitResult, reach: Reach, ends_at: float) -> "_Pinned | _PinnedTLS":
    host = (parts.hostname or "").lower()
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = judged(host, _look_up(host, port, ends_at - monotonic()), reach)
    if parts.scheme == "https":
        return _PinnedTLS(host, port, address, ends_at)
    return _Pinned(host, port, address, ends_at)


def _look_up(host: str, port: int, seconds: float) -> Sequence[str]:
    """The addresses of a name; in a thread, because the resolver knows no limit of time."""
    told: queue.SimpleQueue[Sequence[str]] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, ValueError):
            found = []
        told.put([str(each[4][0]).partition("%")[0] for each in found])

    threading.Thread(target=ask, name="look-up", daemon=True).start()
    try:
        addresses = told.get(timeout=max(seconds, 0.0))
    except queue.Empty:
        raise CallFailed(_LATE) from None
    if not addresses:
        raise CallFailed("the name is not known")
    return addresses


class _Cut:
    """Ends a connection from another thread, in whatever state it is."""

    def __init__(self) -> None:
        self.is_cut = False
        self._sock: socket.socket | None = None

    def watch(self, sock: socket.socket) -> None:
        """From now on this is what is cut. Raises TimeoutError when it is too late already."""
        self._sock = sock
        if self.is_cut:
            raise TimeoutError

    def hang_up(self) -> None:
        """Whoever waits for this connection waits no longer."""
        self.is_cut = True
        if self._sock is not None:
            with suppress(OSError):
                # Not by its own method, which would take the keys from under the reading thread.
                socket.socket.shutdown(self._sock, socket.SHUT_RDWR)


class _Pinned(http.client.HTTPConnection):
    """Connects to the address that was judged, whatever the name leads to by now."""

    def __init__(self, host: str, port: int, address: str, ends_at: float) -> None:
        super().__init__(host, port)
        self.cut = _Cut()
        self._address, self._ends_at = address, ends_at

    def connect(self) -> None:
        """To the judged address."""
        self.sock = _open(self._address, self.port, self._ends_at)
        self.cut.watch(self.sock)


class _PinnedTLS(http.client.HTTPSConnection):
    """The same; the certificate must be that of the name."""

    def __init__(self, host: str, port: int, address: str, ends_at: float) -> None:
        self._tls = ssl.create_default_context()
        super().__init__(host, port, context=self._tls)
        self.cut = _Cut()
        self._address, self._ends_at = address, ends_at

    def connect(self) -> None:
        """To the judged address, as the name."""
        secure = self._tls.wrap_socket(
            _open(self._address, self.port, self._ends_at),
            server_hostname=self.host,
            do_handshake_on_connect=False,
        )
        self.sock = secure
        self.cut.watch(secure)
        secure.do_handshake()


def _open(address: str, port: int, ends_at: float) -> socket.socket:
    left = ends_at - monotonic()
    if left <= 0:
        raise TimeoutError
    sock = socket.create_connection((address, port), timeout=min(CONNECT_SECONDS, left))
    sock.settimeout(left)
    return sock


def _kind_of(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return _LATE
    if isinstance(error, ssl.SSLCertVerificationError):
        return "its certificate is not trusted"
    if isinstance(error, ConnectionRefusedError):
        return "nobody listens there"
    return f"the connection failed ({type(error).__name__})"
