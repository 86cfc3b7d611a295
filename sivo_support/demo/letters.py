"""Raw e-mails as customers' programs send them, and the report of one that came back."""

import hashlib
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from django.conf import settings

from sivo_support.demo.people import Person

GREETINGS = {"es": ("Hola:", "Un saludo,"), "en": ("Hello,", "Best regards,")}
_QUOTES = {
    "es": "El {at:%d/%m/%Y} a las {at:%H:%M}, Soporte SIVO <{address}> escribió:",
    "en": "On {at:%d %b %Y at %H:%M}, SIVO Support <{address}> wrote:",
}

_RETURNED = """\
Return-Path: <>
From: Mail Delivery System <mailer-daemon@{host}>
To: {support}
Subject: Undelivered Mail Returned to Sender
Date: {date}
Message-ID: <{id}@{host}>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="{id}"

--{id}
Content-Type: text/plain

<{recipient}>: the mailbox is full.
--{id}
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.{host}

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.2.2
Diagnostic-Code: smtp; 552 5.2.2 mailbox is full
--{id}
Content-Type: text/rfc822-headers

Message-ID: <{original}>
From: {support}
To: {recipient}
--{id}--
"""


def support_address() -> str:
    """Where customers write to."""
    return str(settings.SUPPORT_ADDRESSES[0])


def new_id(person: Person, at: datetime) -> str:
    """A Message-ID without brackets, as the sender's program makes it."""
    digest = hashlib.sha256(f"{person.email} {at.isoformat()}".encode()).hexdigest()[:20]
    return f"{digest}@{person.email.rpartition('@')[2]}"


def letter(
    *,
    person: Person,
    subject: str,
    text: str,
    at: datetime,
    language: str,
    answers: tuple[str, str, datetime] | None = None,
    automatic: bool = False,
) -> bytes:
    """A mail to support; `answers` is the Message-ID, text and time of ours that it quotes."""
    hello, goodbye = GREETINGS[language]
    lines = [hello, "", text, "", goodbye, person.name]
    if automatic:
        lines = [text]
    mail = new_mail(person.address, support_address(), subject, at, new_id(person, at))
    if answers is not None:
        message_id, quoted, sent_at = answers
        mail["In-Reply-To"] = mail["References"] = f"<{message_id}>"
        lines += ["", _QUOTES[language].format(at=sent_at, address=support_address())]
        lines += [f"> {line}" for line in quoted.splitlines()]
    if automatic:
        mail["Auto-Submitted"] = "auto-replied"
    mail.set_content("\n".join(lines) + "\n")
    return mail.as_bytes()


def returned(*, person: Person, message_id: str, at: datetime) -> bytes:
    """The report of a mail server that could not deliver our answer to this person."""
    host = person.email.rpartition("@")[2]
    digest = hashlib.sha256(message_id.encode()).hexdigest()[:20]
    return _RETURNED.format(
        host=host,
        id=digest,
        date=format_datetime(at),
        support=support_address(),
        recipient=person.email,
        original=message_id,
    ).encode()


def new_mail(
    sender: str, recipient: str, subject: str, at: datetime, message_id: str
) -> EmailMessage:
    """A mail with its usual fields and nothing in it."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, recipient, subject
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{message_id}>"
    return mail
