"""What the proofs of several tools share: fitting a signature, naming a delivery."""

import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tickets.domain.incoming import BadSignature, Unreadable
from tickets.inbound.json_fields import read_object
from tickets.inbound.signing import check_fresh, from_base64, header, same_bytes
from tickets.inbound.tools.call import ToolCall

TOLERANCE: Final = timedelta(minutes=5)
# For calls that a person builds in a tool which signs nothing.
OWN_HEADER: Final = "x-sivo-secret"
_ID: Final = re.compile(r"[\x21-\x7e]{1,200}")
_HEX: Final = re.compile(r"(?:[0-9a-f]{2})+")
# Fourteen digits end in the year 5138: any such millisecond is a datetime.
_MILLISECONDS: Final = re.compile(r"[0-9]{1,14}")


def check_hmac(given: bytes | None, content: bytes, secrets: Sequence[str], algorithm: str) -> None:
    """Raises BadSignature unless `given` is the HMAC of `content` under one of the secrets.

    The secrets are used as they are written, not as base64. Every one is tried, each in constant
    time.
    """
    keys = [secret.strip().encode() for secret in secrets if secret.strip()]
    if not keys:
        raise BadSignature("this source has no signing secret yet: enter it on its page")
    found = [same_bytes(hmac.digest(key, content, algorithm), given or b"") for key in keys]
    if not any(found):
        raise BadSignature("no signature fits the body and the secrets of this source")


def hex_signature(call: ToolCall, name: str, prefix: str) -> bytes | None:
    """The bytes of a header such as `sha256=<hex>`; None when it is written otherwise.

    Raises BadSignature when the header is missing or is not printable ASCII.
    """
    value = header(call.headers, name)
    text = value.removeprefix(prefix).lower()
    if not value.startswith(prefix) or not _HEX.fullmatch(text):
        return None
    return bytes.fromhex(text)


def base64_signature(call: ToolCall, name: str) -> bytes | None:
    """The bytes of a header in base64; None when it is written otherwise. Raises BadSignature."""
    return from_base64(header(call.headers, name))


def signed_milliseconds(text: str, *, now: datetime) -> datetime:
    """The instant of a timestamp in whole milliseconds, close to `now`. Raises BadSignature."""
    if not _MILLISECONDS.fullmatch(text):
        raise BadSignature("the timestamp is not a whole number of milliseconds since 1970")
    seconds, rest = divmod(int(text), 1000)
    signed_at = datetime.fromtimestamp(seconds, UTC) + timedelta(milliseconds=rest)
    check_fresh(signed_at, now=now, tolerance=TOLERANCE)
    return signed_at


def id_in_header(call: ToolCall, name: str) -> str:
    """The delivery id that a header names, or the digest of the body. Raises BadSignature."""
    if not call.headers.get(name):
        return digest_of(call.body)
    value = header(call.headers, name)
    if not _ID.fullmatch(value):
        raise BadSignature(f"the header {name} must be an id of at most 200 characters")
    return value


def id_in_body(call: ToolCall, read: Callable[[dict[str, Any]], object]) -> str:
    """The delivery id that the signed body names, or the digest of the body."""
    try:
        found = read(read_object(call.body))
    except Unreadable:
        found = None
    return found if isinstance(found, str) and _ID.fullmatch(found) else digest_of(call.body)


def digest_of(body: bytes, event: str = "") -> str:
    """The id of a delivery that nothing else names: a retry repeats its bytes."""
    told = hashlib.sha256(event.encode("utf-8", "surrogatepass") + b"\n" + body)
    return f"sha256:{told.hexdigest()}"
