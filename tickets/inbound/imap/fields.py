"""From the fields of a FETCH answer to our records."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tickets.inbound.email.receipt_time import mail_date
from tickets.inbound.imap.records import Outline


def outline_of(uid: int, answer: Mapping[Any, Any]) -> Outline | None:
    """Size and times; None for an answer that tells of something else, such as changed flags."""
    size = answer.get(b"RFC822.SIZE")
    if not isinstance(size, int):
        return None
    saved = answer.get(b"SAVEDATE")
    return Outline(
        uid=uid,
        size=size,
        internaldate=_in_utc(answer.get(b"INTERNALDATE")),
        savedate=mail_date(saved) if isinstance(saved, bytes) else None,
    )


def _in_utc(instant: Any) -> datetime | None:
    # A naive one would be the local time of this process, which says nothing of the server's.
    if not isinstance(instant, datetime) or instant.tzinfo is None:
        return None
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        return None
