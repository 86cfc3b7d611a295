"""The live test of a mail source: log in, read one, send one; each step in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, cast

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import formats, timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from tickets.admin.labels import in_words
from tickets.models import Mailbox, Source

_CHECK = "tickets.operations.mailboxes.check_mailbox.check_mailbox"


class CheckedStep(Protocol):
    """What the check of a mailbox says of one step."""

    passed: bool
    sentence: str
    detail: str
    seconds: float


class MailboxCheck(Protocol):
    """What it says of all of them; what follows a failed step was not tried."""

    steps: Sequence[CheckedStep]


class _Checks(Protocol):
    def __call__(self, mailbox: Mailbox, *, now: datetime) -> MailboxCheck: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TestLine:
    """One step of the test; `seconds` is None where time says nothing."""

    passed: bool
    text: str
    detail: str = ""
    seconds: float | None = None


def run_test(*, source: Source, to: str, now: datetime) -> list[TestLine]:
    """Tests the mailbox, when there is one, and sends a mail to the person who asks."""
    mailbox = getattr(source, "mailbox", None)
    return [*(_mailbox(mailbox, now) if mailbox else ()), _send_one(source, to)]


def _mailbox(mailbox: Mailbox, now: datetime) -> list[TestLine]:
    try:
        check = cast("_Checks", import_string(_CHECK))
    except ImportError:
        return [TestLine(passed=False, text=_("Mailboxes cannot be tested by this installation."))]
    return [
        TestLine(
            passed=step.passed,
            text=in_words(step.sentence),
            detail=_readable(step.detail),
            seconds=step.seconds,
        )
        for step in check(mailbox, now=now).steps
    ]


def _readable(detail: str) -> str:
    """An instant as people read it; anything else as it is."""
    try:
        at = datetime.fromisoformat(detail)
    except ValueError:
        return detail
    return formats.date_format(timezone.localtime(at), "D j M Y H:i:s") if at.tzinfo else detail


def _send_one(source: Source, to: str) -> TestLine:
    if not to:
        return TestLine(
            passed=False, text=_("No mail was sent: your own user has no e-mail address.")
        )
    mail = EmailMessage(
        subject=_("Test of %(source)s") % {"source": source.name},
        body=_("This mail was sent to you to test how answers leave. Nobody has to answer it."),
        from_email=source.address or settings.SUPPORT_ADDRESSES[0],
        to=[to],
        headers={"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
    )
    try:
        mail.send()
    except Exception as error:  # noqa: BLE001  (whatever the mail server says is the result)
        return TestLine(
            passed=False,
            text=_("The mail server did not take a mail to you."),
            detail=f"{type(error).__name__}: {_printable(error)}",
        )
    return TestLine(passed=True, text=_("A mail was sent to %(to)s.") % {"to": to})


def _printable(error: Any) -> str:
    text = " ".join(str(error).split())
    return "".join(letter for letter in text if letter.isprintable())[:300]
