"""A real mail server on this machine that keeps what it gets, and misbehaves when it is told to."""

import asyncio
import email
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message as MailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Sink:
    """Mails and envelopes in the order in which they were taken; one fault is used per mail.

    A fault is an answer to RCPT ("rcpt 550 no such user"), to DATA ("data 451 try later"), or
    "hang" (no answer), "slow" (after a moment) and "drop" (taken, but the line breaks before the
    answer).
    """

    def __init__(self) -> None:
        self.mails: list[MailMessage] = []
        self.raw: list[bytes] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.faults: list[str] = []
        self.sessions: set[int] = set()

    async def handle_MAIL(  # noqa: N802
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.sessions.add(id(session))
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if self.faults and self.faults[0].startswith("rcpt "):
            return self.faults.pop(0).removeprefix("rcpt ")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        fault = self.faults.pop(0) if self.faults else ""
        if fault.startswith("data "):
            return fault.removeprefix("data ")
        if fault == "hang":
            await asyncio.sleep(3)
        if fault == "slow":
            await asyncio.sleep(1)
        raw = bytes(envelope.content or b"")
        self.raw.append(raw)
        self.mails.append(email.message_from_bytes(raw))
        # The null path stands on the wire as "<>".
        sender = str(envelope.mail_from).removeprefix("<>")
        self.envelopes.append((sender, list(envelope.rcpt_tos)))
        if fault == "drop":
            server.transport.abort()
        return "250 kept"


@contextmanager
def mail_server(settings: Any, *, smtputf8: bool = True) -> Iterator[Sink]:
    """The sink, running, and the settings that send to it."""
    sink = Sink()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    controller = Controller(sink, hostname="127.0.0.1", port=port, enable_SMTPUTF8=smtputf8)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    try:
        yield sink
    finally:
        controller.stop()


def no_server(settings: Any) -> None:
    """Nobody listens there."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1


def text_of(mail: MailMessage) -> str:
    """The decoded plain text of a mail."""
    for part in mail.walk():
        if part.get_content_type() == "text/plain":
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            return payload.decode()
    return ""
