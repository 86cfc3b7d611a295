"""The mail server that takes what we send: handed over, refused, or to be tried again."""

import smtplib
from contextlib import suppress
from email import message_from_bytes
from email.policy import compat32
from typing import Any

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend

from tickets.outbound.letter import Letter

_MESSAGE_TOO_LARGE = 552


class NotTaken(Exception):
    """The mail server did not take the mail; the message says what it answered."""


class RefusedForGood(NotTaken):
    """Another try of the same mail to the same address would be refused again."""


class TryLater(NotTaken):
    """This mail was not taken now; it may be later."""


class ServerAway(NotTaken):
    """Nothing can be handed over at present, neither this mail nor any other."""


class LineBroke(ServerAway):
    """The line broke while a mail was handed over: nobody knows whether it was taken."""


class MailServer:
    """One connection, opened for the first mail and kept for the next ones."""

    def __init__(self) -> None:
        """Reads the settings; nothing is opened yet."""
        self._backend: Any = get_connection()

    def hand_over(self, letter: Letter) -> None:
        """Returns when the server has answered that it took the mail. Raises NotTaken.

        There is one recipient: the server takes the mail for it, or not at all.
        """
        try:
            if isinstance(self._backend, EmailBackend):
                _by_smtp(self._backend, letter)
            else:
                # Django's other backends look at the mail; they know no envelope.
                self._backend.send_messages([_Written(letter)])
        except NotTaken as error:
            if isinstance(error, ServerAway):
                self.close()
            raise
        except Exception as error:
            self.close()
            raise ServerAway(f"{type(error).__name__}: {error}") from error

    def close(self) -> None:
        """Says goodbye; what was taken is taken, whatever the server answers to that."""
        with suppress(Exception):
            self._backend.close()


def _by_smtp(backend: EmailBackend, letter: Letter) -> None:
    line = _open_line(backend)
    options: list[str] = []
    if letter.needs_utf8:
        line.ehlo_or_helo_if_needed()
        if not line.has_extn("smtputf8"):
            raise RefusedForGood("the mail server cannot carry the letters of this address")
        options = ["SMTPUTF8", "BODY=8BITMIME"]
    try:
        line.sendmail(letter.sender, [letter.to], letter.raw, mail_options=options)
    except smtplib.SMTPRecipientsRefused as error:
        raise _judged(*error.recipients[letter.to]) from error
    except smtplib.SMTPSenderRefused as error:
        # Our address or log-in is the trouble; an operator mends that, and the mail is still good.
        if error.smtp_code == _MESSAGE_TOO_LARGE:
            raise RefusedForGood(_words(error.smtp_code, error.smtp_error)) from error
        raise ServerAway(_words(error.smtp_code, error.smtp_error)) from error
    except smtplib.SMTPDataError as error:
        raise _judged(error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPServerDisconnected as error:
        raise LineBroke(f"{type(error).__name__}: {error}") from error


def _open_line(backend: EmailBackend) -> smtplib.SMTP:
    """An open connection; one that the server has closed since the last mail is not used again."""
    if backend.connection is not None:
        try:
            alive = backend.connection.noop()[0] == 250
        except smtplib.SMTPException:
            alive = False
        if not alive:
            with suppress(Exception):
                backend.close()
            backend.connection = None
    backend.open()
    if backend.connection is None:
        raise ServerAway("the mail server cannot be reached")
    return backend.connection


def _judged(code: int, answer: bytes | str) -> NotTaken:
    words = _words(code, answer)
    if code >= 500:
        return RefusedForGood(words)
    return ServerAway(words) if code == 421 else TryLater(words)


def _words(code: int, answer: bytes | str) -> str:
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    return " ".join(f"{code} {text}".split())


class _Written(EmailMessage):
    """A mail that is written already, for the backends that ask Django's own class for it."""

    def __init__(self, letter: Letter) -> None:
        """Reads back what the backends show."""
        mail = message_from_bytes(letter.raw)
        super().__init__(subject=str(mail["Subject"]), from_email=str(mail["From"]), to=[letter.to])
        self._raw = letter.raw

    def message(self, *, policy: Any = None) -> Any:
        """The very bytes that would go over the wire, as a message."""
        return message_from_bytes(self._raw, policy=policy or compat32)
