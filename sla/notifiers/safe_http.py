"""One HTTP call to an address that somebody typed in: never into our own network.

The name is resolved once, every address that it has is judged, and the connection goes to the one
that was judged: a name that changes its mind between the two finds nothing. No redirect is
followed, no proxy of the environment is used, and the whole call has one time limit.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

_MAX_ANSWER = 64 * 1024
CONNECT_SECONDS: Final = 4.0
TOTAL_SECONDS: Final = 10.0
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# Within these lie addresses of IPv4 networks, our own included.
_CARRIERS = [ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")]


class CallRefused(ValueError):
    """This address may not be called; the message says why and holds no part of it."""


class CallFailed(Exception):
    """The other side could not be reached or did not answer in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What may be called besides public addresses by HTTPS: hosts by name, address or network."""

    private_hosts: frozenset[str] = field(default_factory=frozenset)

    def names(self, host: str) -> bool:
        """Whether an operator has named this host, or a network that holds it."""
        if host in self.private_hosts:
            return True
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        return any(_holds(each, address) for each in self.private_hosts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; headers by lower-case name, at most 64 kB of the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def check_address(url: str, reach: Reach) -> SplitResult:
    """The parts of an address that may be called, as far as can be told without a look-up.

    Raises CallRefused.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise CallRefused("this is not an address") from None
    host = (parts.hostname or "").lower()
    if not host or parts.scheme not in {"http", "https"} or port == 0:
        raise CallRefused("this is not an address that starts with https://")
    if parts.username is not None or parts.password is not None:
        raise CallRefused("an address must not hold a name or a password")
    if not url.isascii() or not url.isprintable() or " " in url:
        raise CallRefused("an address must be written in plain ASCII, without blanks")
    if parts.scheme == "http" and not reach.names(host):
        raise CallRefused("only https:// is called")
    literal = _literal(host)
    if literal is not None and not reach.names(host) and not is_public(literal):
        raise CallRefused("it lies in a private network")
    return parts


def is_public(address: Address) -> bool:
    """Whether an address is one of the public Internet, and of nothing inside it."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if any(address in carrier for carrier in _CARRIERS):
            return False
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified
    )


def post(url: str, *, body: bytes, headers: Mapping[str, str], reach: Reach) -> Answer:
    """Posts the body once. Raises CallRefused or CallFailed."""
    parts = check_address(url, reach)
    target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    try:
        with closing(_connection(parts, reach)) as line:
            return _exchange(line, target, body, headers)
    except (OSError, http.client.HTTPException) as error:
        # Its text may hold the address; the kind says enough.
        raise CallFailed(_kind_of(error)) from None


def _exchange(
    line: http.client.HTTPConnection, target: str, body: bytes, headers: Mapping[str, str]
) -> Answer:
    line.connect()
    was_cut = threading.Event()

    def hang_up(sock: socket.socket) -> None:
        was_cut.set()
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    # Each wait has a limit of its own; who sends a byte now and then would pass them all.
    limit = threading.Timer(TOTAL_SECONDS, hang_up, args=[line.sock])
    limit.daemon = True
    limit.start()
    try:
        line.request("POST", target, body=body, headers=dict(headers))
        response = line.getresponse()
        answer = Answer(
            status=response.status,
            headers={name.lower(): value for name, value in response.getheaders()},
            body=response.read(_MAX_ANSWER),
        )
    except (OSError, http.client.HTTPException):
        if was_cut.is_set():
            raise TimeoutError from None
        raise
    finally:
        limit.cancel()
    if was_cut.is_set():
        # What was read until then looks like an answer, and is not a whole one.
        raise TimeoutError
    return answer


def _connection(parts: SplitResult, reach: Reach) -> http.client.HTTPConnection:
    host = (parts.hostname or "").lower()
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = _judged_address(host, port, reach)
    if parts.scheme == "https":
        return _PinnedTLS(host, port, address)
    return _Pinned(host, port, address)


def _judged_address(host: str, port: int, reach: Reach) -> str:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise CallFailed("the name is not known") from None
    addresses: Sequence[str] = [str(each[4][0]).partition("%")[0] for each in found]
    if not reach.names(host):
        # All of them: a name with one private address is up to something.
        for address in addresses:
            if not reach.names(address) and not is_public(ipaddress.ip_address(address)):
                raise CallRefused("its name leads into a private network")
    return addresses[0]


class _Pinned(http.client.HTTPConnection):
    """Connects to the address that was judged, whatever the name leads to by now."""

    def __init__(self, host: str, port: int, address: str) -> None:
        super().__init__(host, port, timeout=TOTAL_SECONDS)
        self._address = address

    def connect(self) -> None:
        """To the judged address."""
        self.sock = _open(self._address, self.port)


class _PinnedTLS(http.client.HTTPSConnection):
    """The same; the certificate must be that of the name."""

    def __init__(self, host: str, port: int, address: str) -> None:
        self._tls = ssl.create_default_context()
        super().__init__(host, port, timeout=TOTAL_SECONDS, context=self._tls)
        self._address = address

    def connect(self) -> None:
        """To the judged address, as the name."""
        self.sock = self._tls.wrap_socket(
            _open(self._address, self.port), server_hostname=self.host
        )


def _open(address: str, port: int) -> socket.socket:
    sock = socket.create_connection((address, port), timeout=CONNECT_SECONDS)
    sock.settimeout(TOTAL_SECONDS)
    return sock


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _holds(network: str, address: Address) -> bool:
    try:
        return address in ipaddress.ip_network(network, strict=False)
    except (ValueError, TypeError):
        return False


def _kind_of(error: Any) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "its certificate is not trusted"
    if isinstance(error, ConnectionRefusedError):
        return "nobody listens there"
    return f"the connection failed ({type(error).__name__})"
