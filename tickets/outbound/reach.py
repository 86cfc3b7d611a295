"""Which addresses that somebody typed in may be called: by what they say and where they lead."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from tickets.domain.public_address import is_public


class CallRefused(ValueError):
    """This address may not be called; the message says why and holds no part of it."""


class LeadsInside(CallRefused):
    """It lies in a private network, or its name leads into one."""


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
    if _is_literal(host) and not reach.names(host) and not is_public(host):
        raise LeadsInside("it lies in a private network")
    return parts


def judged(host: str, addresses: Sequence[str], reach: Reach) -> str:
    """The address of a host that is called, after all that it has were judged.

    Raises LeadsInside.
    """
    if not reach.names(host):
        # All of them: a name with one private address is up to something.
        for address in addresses:
            if not reach.names(address) and not is_public(address):
                raise LeadsInside("its name leads into a private network")
    return addresses[0]


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _holds(network: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    try:
        return address in ipaddress.ip_network(network, strict=False)
    except (ValueError, TypeError):
        return False
