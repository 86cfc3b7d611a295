"""The signed link in a notice: it leads one recipient to one notice, without logging in."""

from datetime import UTC, datetime, timedelta
from typing import Final

from django.core.signing import BadSignature, Signer

VALID_FOR: Final = timedelta(days=7)


def token_of(notice_id: int, created_at: datetime) -> str:
    """`<id>-<seconds>.<signature>`: always the same for one notice, so that retries are equal."""
    return _signer().sign(f"{notice_id}-{int(created_at.timestamp())}")


def read_token(token: str) -> tuple[int, datetime] | None:
    """The notice's id and its second of creation, when we signed the token; else None."""
    try:
        number, _, seconds = _signer().unsign(token).partition("-")
    except BadSignature:
        return None
    if not (number.isdecimal() and seconds.isdecimal()):
        return None
    return int(number), datetime.fromtimestamp(int(seconds), UTC)


def is_expired(created_at: datetime, now: datetime) -> bool:
    """Exactly a week later the link is still good."""
    return now - created_at > VALID_FOR


def _signer() -> Signer:
    # Older keys of the service (DJANGO_SECRET_KEY_FALLBACKS) are still believed.
    return Signer(salt="sla.notice", sep=".")
