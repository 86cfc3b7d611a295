"""Connecting and logging in: always encrypted and verified, except to this very machine."""

import ipaddress
import logging
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from imapclient import IMAPClient, SocketTimeout

from tickets.domain.mail_trouble import (
    CredentialsUnusable,
    ForbiddenAddress,
    NotProtected,
    PlainRefused,
)
from tickets.inbound.imap.account import Account, Login, Protection
from tickets.inbound.imap.connection import Connection
from tickets.inbound.imap.troubles import while_connecting, while_logging_in

# At DEBUG it writes down what is said on the wire, and that is customers' mail.
logging.getLogger("imapclient").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds that the server may take to greet us, and for each later answer."""

    connect: float = 15.0
    answer: float = 60.0


def connect(account: Account, *, ca_file: str = "", timeouts: Timeouts | None = None) -> Connection:
    """A connection that is logged in. Raises MailTrouble.

    The server's certificate is verified against the system's authorities and those in `ca_file`.
    """
    account.check()
    return log_in(reach(account, ca_file=ca_file, timeouts=timeouts or Timeouts()), account)


def reach(account: Account, *, ca_file: str, timeouts: Timeouts) -> Any:
    """An IMAPClient in front of a server that has greeted us, encrypted. Raises MailTrouble."""
    with while_connecting():
        context = ssl.create_default_context()
        if ca_file:
            context.load_verify_locations(ca_file)
        client = IMAPClient(
            account.host,
            port=account.port,
            ssl=account.protection is Protection.TLS,
            ssl_context=context,
            timeout=SocketTimeout(connect=timeouts.connect, read=timeouts.answer),
        )
    client.normalise_times = False
    try:
        with while_connecting():
            _check_peer(client, account)
            if account.protection is Protection.STARTTLS:
                _start_tls(client, context)
    except BaseException:
        hang_up(client)
        raise
    return client


def log_in(client: Any, account: Account) -> Connection:
    """The client's connection once it is logged in; it is closed when not. Raises MailTrouble."""
    try:
        with while_logging_in(account):
            _prove(client, account)
            return Connection(client=client)
    except BaseException:
        hang_up(client)
        raise


def hang_up(client: Any) -> None:
    """Closes without a word: the other side may be dead."""
    with suppress(Exception):
        client.shutdown()


def _start_tls(client: Any, context: ssl.SSLContext) -> None:
    # Who takes the offer away on the way gets no password.
    if not client.has_capability("STARTTLS"):
        raise NotProtected
    client.starttls(ssl_context=context)


def _check_peer(client: Any, account: Account) -> None:
    """Whom we have really reached: a name may lead anywhere."""
    peer = ipaddress.ip_address(str(client.socket().getpeername()[0]).partition("%")[0])
    peer = getattr(peer, "ipv4_mapped", None) or peer
    if peer.is_link_local:
        raise ForbiddenAddress
    if account.protection is Protection.NONE and not peer.is_loopback:
        raise PlainRefused


def _prove(client: Any, account: Account) -> None:
    if account.login is Login.XOAUTH2:
        client.sasl_login("XOAUTH2", _bearer(account))
    elif client.has_capability("AUTH=PLAIN"):
        client.plain_login(account.username, account.secret)
    elif account.username.isascii() and account.secret.isascii():
        client.login(account.username, account.secret)
    else:
        # LOGIN has no character set.
        raise CredentialsUnusable("it takes ASCII characters only")


def _bearer(account: Account) -> Callable[[bytes], str]:
    """The client's side of XOAUTH2: one message, then an empty one to hear the refusal out."""
    answers = [f"user={account.username}\x01auth=Bearer {account.secret}\x01\x01"]
    return lambda _challenge: answers.pop() if answers else ""
