"""Whose mailbox is read, where, and how we prove that we may."""

import ipaddress
import re
from dataclasses import dataclass, field
from enum import StrEnum

from tickets.domain.mail_trouble import CredentialsUnusable, ForbiddenAddress, PlainRefused

_HOST_NAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?")


class Protection(StrEnum):
    """How the connection is protected; the codes are those of the stored mailbox."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class Login(StrEnum):
    """What the secret of an account is."""

    PASSWORD = "password"  # noqa: S105  (a kind, not a password)
    XOAUTH2 = "xoauth2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A mailbox on a server; `secret` is a password or an access token and is never shown."""

    host: str
    port: int
    protection: Protection
    username: str
    login: Login
    secret: str = field(repr=False)

    def check(self) -> None:
        """Raises MailTrouble for what must not even be tried."""
        _check_host(self.host)
        if self.protection is Protection.NONE and not is_this_machine(self.host):
            raise PlainRefused
        # A line break would end the command and begin another one of the writer's choice.
        for text in (self.username, self.secret):
            if not text or any(ord(char) < 0x20 or ord(char) == 0x7F for char in text):
                raise CredentialsUnusable(
                    "it is empty" if not text else "it has a control character"
                )


def is_this_machine(host: str) -> bool:
    """Whether a host is loopback by its very name; no name service is asked."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_host(host: str) -> None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if len(host) > 253 or not _HOST_NAME.fullmatch(host):
            raise ForbiddenAddress from None
        return
    address = getattr(address, "ipv4_mapped", None) or address
    # Where clouds answer with the machine's own credentials, and what is no host at all.
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        raise ForbiddenAddress
