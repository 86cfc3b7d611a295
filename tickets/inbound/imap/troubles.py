"""From the errors of sockets, TLS and IMAP to sentences for the operator."""

import imaplib
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tickets.domain.mail_trouble import (
    CertificateRefused,
    ConnectionLost,
    LoginNotPossible,
    LoginRefused,
    MailTrouble,
    NoAnswer,
    NotAMailServer,
    ServerRefused,
    TokenRefused,
    UnknownHost,
)
from tickets.inbound.imap.account import Account, Login

_CODE = re.compile(r"\[([A-Z-]+)[^\]]*\]")
# RFC 5530: why a server lets nobody in. Other codes and none at all speak of the credentials.
_LOGIN_CODES: Mapping[str, type[MailTrouble]] = {
    "UNAVAILABLE": LoginNotPossible,
    "INUSE": LoginNotPossible,
    "LIMIT": LoginNotPossible,
    "OVERQUOTA": LoginNotPossible,
    "SERVERBUG": LoginNotPossible,
    "CONTACTADMIN": LoginNotPossible,
    "PRIVACYREQUIRED": LoginNotPossible,
}


@contextmanager
def while_connecting() -> Iterator[None]:
    """Everything that goes wrong before the server has greeted us."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise CertificateRefused(error.verify_message) from None
    except ssl.SSLError as error:
        # Usually the handshake met a server that speaks in plain text on this port.
        raise NotAMailServer(error.reason or "the TLS handshake failed") from None
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            raise NoAnswer("the name service does not answer") from None
        raise UnknownHost from None
    except (OSError, imaplib.IMAP4.abort) as error:
        raise NoAnswer(_words(error)) from None
    except imaplib.IMAP4.error:
        # What a stranger on that port says is not shown: it may be anything but a mail server.
        raise NotAMailServer from None


@contextmanager
def while_logging_in(account: Account) -> Iterator[None]:
    """A refusal, told apart from trouble that passes; the secret is cut out of any echo."""
    try:
        yield
    except imaplib.IMAP4.abort as error:
        raise ConnectionLost(_words(error)) from None
    except imaplib.IMAP4.error as error:
        said = _words(error).replace(account.secret, "***")
        code = _CODE.search(said)
        refused = TokenRefused if account.login is Login.XOAUTH2 else LoginRefused
        raise _LOGIN_CODES.get(code.group(1) if code else "", refused)(said) from None
    except OSError as error:
        raise ConnectionLost(_words(error)) from None


@contextmanager
def while_working() -> Iterator[None]:
    """A broken connection, a refused command, or an answer that nobody can read."""
    try:
        yield
    except imaplib.IMAP4.abort as error:
        raise ConnectionLost(_words(error)) from None
    except imaplib.IMAP4.error as error:
        raise ServerRefused(_words(error)) from None
    except OSError as error:
        raise ConnectionLost(_words(error)) from None
    except (ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
        # The library meets an answer that breaks the protocol with whatever Python raises.
        raise ServerRefused(f"its answer cannot be read ({type(error).__name__})") from None


def _words(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    text = error.args[0] if error.args else type(error).__name__
    return text.decode(errors="replace") if isinstance(text, bytes) else str(text)
