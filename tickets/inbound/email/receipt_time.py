"""When a mail reached us, by our own clock: the sender's Date never counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

from tickets.domain.instants import format_instant
from tickets.inbound.email.authentication import host_in, without_comments, written_by
from tickets.inbound.email.headers import Headers, as_text, split_headers

DAY = timedelta(hours=24)
_MAX_DATE = 200


class ReceiptRule(StrEnum):
    """How `received_at` was found, for whoever has to explain a deadline."""

    NOW = "now"
    OWN_SERVER = "own_server"
    INTERNALDATE = "internaldate"
    FIRST_SIGHT = "first_sight"
    FUTURE = "future"
    BACKLOG = "backlog"
    FIRST_IMPORT = "first_import"
    LATE_ARRIVAL = "late_arrival"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailTimes:
    """Every instant (UTC) that could count as a mail's receipt; None where nobody named one.

    `sent_at` is what the sender's Date says and never counts. `internaldate` and `savedate` are
    the mailbox server's: when it received the mail, and when the mail came into its folder.
    """

    sent_at: datetime | None = None
    first_trusted_received: datetime | None = None
    internaldate: datetime | None = None
    savedate: datetime | None = None
    fetched_at: datetime

    def as_json(self) -> dict[str, str | None]:
        """The instants as RFC 3339 in UTC, to be stored with the delivery."""
        known = {
            "sent_at": self.sent_at,
            "first_trusted_received": self.first_trusted_received,
            "internaldate": self.internaldate,
            "savedate": self.savedate,
            "fetched_at": self.fetched_at,
        }
        return {name: format_instant(at) if at else None for name, at in known.items()}


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
        text = as_text(value)
        if host_in(written_by(text), own_mx_hosts):
            return mail_date(without_comments(text).partition(";")[2])
    return None


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


def mailbox_receipt(
    times: MailTimes,
    *,
    last_poll: datetime | None = None,
    first_import: bool = False,
) -> tuple[datetime, ReceiptRule]:
    """When a mail that was found in a mailbox reached us, and the rule that says so.

    The mailbox server's INTERNALDATE counts, without it our own mail servers' Received. An outage
    of ours (`last_poll` lies before) takes nothing from the customer; an old mail that was moved
    in counts from when it came into the folder at the earliest.
    """
    now = times.fetched_at
    candidate = times.internaldate or times.first_trusted_received
    if first_import:
        return min(candidate or now, now), ReceiptRule.FIRST_IMPORT
    at, rule = received_at(candidate=candidate, now=now, last_poll=last_poll)
    if rule is ReceiptRule.OWN_SERVER and times.internaldate is not None:
        return at, ReceiptRule.INTERNALDATE
    saved = times.savedate
    if rule is ReceiptRule.LATE_ARRIVAL and saved and last_poll and last_poll < saved <= now:
        return saved, rule
    return at, rule


def sent_mail_time(times: MailTimes, *, first_import: bool) -> tuple[datetime, ReceiptRule]:
    """When a mail in a folder of sent mail counts: at our first sight of it.

    Its INTERNALDATE is written by the mail program of whoever sent it, who might like an answer
    to be older than it is; one in the future is cut to now. So the later of both is now.
    """
    rule = ReceiptRule.FIRST_IMPORT if first_import else ReceiptRule.FIRST_SIGHT
    return times.fetched_at, rule
