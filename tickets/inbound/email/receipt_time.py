"""When a mail reached us, by our own clock: the sender's Date never counts."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

from tickets.inbound.email.authentication import host_in, without_comments
from tickets.inbound.email.headers import Headers, as_text, split_headers

DAY = timedelta(hours=24)
_MAX_DATE = 200


class ReceiptRule(StrEnum):
    """How `received_at` was found, for whoever has to explain a deadline."""

    NOW = "now"
    OWN_SERVER = "own_server"
    FUTURE = "future"
    BACKLOG = "backlog"
    FIRST_IMPORT = "first_import"
    LATE_ARRIVAL = "late_arrival"


def mail_date(value: bytes | str | None) -> datetime | None:
    """The instant (UTC) of a Date header, None when it names none. `-0000` is UTC."""
    if value is None:
        return None
    text = value if isinstance(value, str) else as_text(value)
    try:
        instant = parsedate_to_datetime(without_comments(text[:_MAX_DATE]).strip())
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None


def first_trusted_received(mail: bytes | Headers, own_mx_hosts: Sequence[str]) -> datetime | None:
    """The instant (UTC) in the topmost Received that one of our own mail servers wrote.

    None when there is none or its date is unreadable. Raises Unreadable for a mail
    (not for Headers) whose header block is beyond the limit.
    """
    headers = mail if isinstance(mail, Headers) else split_headers(mail, 0, len(mail))[0]
    for value in headers.raw_all("received"):
        trace, _, date = without_comments(as_text(value)).partition(";")
        if host_in(_written_by(trace), own_mx_hosts):
            return mail_date(date)
    return None


def _written_by(trace: str) -> str:
    """The host after `by`; a client that calls itself "by" in its greeting changes nothing."""
    words = trace.split()
    start = 2 if words[:1] and words[0].lower() == "from" else 0
    for at, word in enumerate(words[start:-1], start):
        if word.lower() == "by":
            return words[at + 1]
    return ""


def received_at(
    *,
    candidate: datetime | None,
    now: datetime,
    last_poll: datetime | None = None,
    window: timedelta = DAY,
    first_import: bool = False,
) -> tuple[datetime, ReceiptRule]:
    """The instant that starts a clock, and the rule that chose it. All instants are aware.

    A candidate counts within the window before `now`; an older one only when the mailbox was
    not polled since, or at its first import. One in the future is cut to `now`.
    """
    if candidate is None:
        return now, ReceiptRule.NOW
    if candidate > now:
        return now, ReceiptRule.FUTURE
    if candidate >= now - window:
        return candidate, ReceiptRule.OWN_SERVER
    if first_import:
        return candidate, ReceiptRule.FIRST_IMPORT
    if last_poll is not None and last_poll < candidate:
        return candidate, ReceiptRule.BACKLOG
    return now, ReceiptRule.LATE_ARRIVAL
