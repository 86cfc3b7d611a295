"""Front: how its webhooks prove themselves, and what they say."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from tickets.domain.incoming import Incoming, Unreadable
from tickets.domain.words import Severity, Status
from tickets.inbound.signing import header
from tickets.inbound.tools.call import Handshake, ToolCall, ToolMap, Verified
from tickets.inbound.tools.proofs import (
    base64_signature,
    check_hmac,
    id_in_body,
    signed_milliseconds,
)

STATUSES: Final[Mapping[str, tuple[Status, str]]] = MappingProxyType({})
SEVERITIES: Final[Mapping[str, Severity]] = MappingProxyType({})


def verify(call: ToolCall, secrets: Sequence[str], now: datetime) -> Verified:
    """An application signs time and body by SHA-256, a rule the body by SHA-1.

    Raises BadSignature.
    """
    given = base64_signature(call, "x-front-signature")
    signed_at = None
    if call.headers.get("x-front-request-timestamp"):
        milliseconds = header(call.headers, "x-front-request-timestamp")
        signed_at = signed_milliseconds(milliseconds, now=now)
        check_hmac(given, f"{milliseconds}:".encode() + call.body, secrets, "sha256")
    else:
        check_hmac(given, call.body, secrets, "sha1")
    return Verified(delivery_id=id_in_body(call, _event_id), signed_at=signed_at)


def _event_id(told: dict[str, Any]) -> object:
    event = told.get("payload")
    return (event if isinstance(event, dict) else told).get("id")


def parse(call: ToolCall, words: ToolMap) -> tuple[Incoming, ...]:
    """What a call says. Raises Unreadable."""
    raise Unreadable("not read yet")


def handshake(call: ToolCall) -> Handshake | None:
    """The challenge that Front wants back when the address is saved."""
    challenge = call.headers.get("x-front-challenge")
    if not isinstance(challenge, str) or not challenge:
        return None
    return Handshake(body=challenge.encode("utf-8", "replace"))
