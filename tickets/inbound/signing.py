"""What the signatures of several providers share: exact comparison, base64, fresh timestamps."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from tickets.domain.incoming import BadSignature

# Eleven digits end in the year 5138: any such second is a datetime.
_SECONDS = re.compile(r"[0-9]{1,11}")


def header(headers: Mapping[str, str], name: str) -> str:
    """A header that must be there, in printable ASCII. Raises BadSignature."""
    value = headers.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BadSignature(f"the header {name} is missing")
    value = value.strip()
    if not (value.isascii() and value.isprintable()):
        raise BadSignature(f"the header {name} must be printable ASCII")
    return value


def same_bytes(ours: bytes, theirs: bytes) -> bool:
    """Equality in constant time; on bytes, because texts that are not ASCII would raise."""
    return hmac.compare_digest(ours, theirs)


def from_base64(text: str) -> bytes | None:
    """The bytes of a standard base64 text, with or without its padding; None if it is not one."""
    bare = text.rstrip("=")
    # validate=True alone would still stop at the first padding and drop what follows.
    if not bare.isascii() or len(text) - len(bare) > 2 or "=" in bare:
        return None
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except binascii.Error:
        return None


def has_basic(authorization: str, lines: Sequence[str]) -> bool:
    """Whether an Authorization header holds one of the lines; in constant time for each."""
    scheme, _, value = authorization.strip().partition(" ")
    given = from_base64(value.strip()) if scheme.lower() == "basic" else None
    if not given:
        return False
    return is_one_of(given, [line for line in lines if line.partition(":")[2]])


def is_one_of(given: bytes, lines: Sequence[str]) -> bool:
    """Whether bytes are one of the lines; every line is looked at, each in constant time."""
    digest = hashlib.sha256(given).digest()
    found = [same_bytes(hashlib.sha256(line.encode()).digest(), digest) for line in lines]
    return any(found)


def signed_instant(seconds: str, *, now: datetime, tolerance: timedelta) -> datetime:
    """The instant of a timestamp in whole seconds, if close enough to `now`. Raises BadSignature.

    Exactly `tolerance` away is still accepted, in both directions.
    """
    if not _SECONDS.fullmatch(seconds):
        raise BadSignature("the timestamp is not a whole number of seconds since 1970")
    signed_at = datetime.fromtimestamp(int(seconds), UTC)
    check_fresh(signed_at, now=now, tolerance=tolerance)
    return signed_at


def check_fresh(signed_at: datetime, *, now: datetime, tolerance: timedelta) -> None:
    """Refuses a signed instant that is further from `now` than `tolerance`. Raises BadSignature."""
    if now - signed_at > tolerance:
        raise BadSignature("the timestamp is too old; check the sender's clock")
    if signed_at - now > tolerance:
        raise BadSignature("the timestamp lies in the future; check the sender's clock")
