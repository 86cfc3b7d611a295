"""Slack: how its webhooks prove themselves, and what they say."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from tickets.domain.incoming import Incoming, Unreadable
from tickets.domain.words import Severity, Status
from tickets.inbound.json_fields import read_object
from tickets.inbound.signing import header, signed_instant
from tickets.inbound.tools.call import Handshake, ToolCall, ToolMap, Verified
from tickets.inbound.tools.proofs import TOLERANCE, check_hmac, hex_signature, id_in_body

STATUSES: Final[Mapping[str, tuple[Status, str]]] = MappingProxyType({})
SEVERITIES: Final[Mapping[str, Severity]] = MappingProxyType({})


def verify(call: ToolCall, secrets: Sequence[str], now: datetime) -> Verified:
    """HMAC-SHA256 in hex over version, timestamp and body. Raises BadSignature."""
    seconds = header(call.headers, "x-slack-request-timestamp")
    signed_at = signed_instant(seconds, now=now, tolerance=TOLERANCE)
    given = hex_signature(call, "x-slack-signature", "v0=")
    check_hmac(given, f"v0:{seconds}:".encode() + call.body, secrets, "sha256")
    return Verified(
        delivery_id=id_in_body(call, lambda told: told.get("event_id")), signed_at=signed_at
    )


def parse(call: ToolCall, words: ToolMap) -> tuple[Incoming, ...]:
    """What a call says. Raises Unreadable."""
    raise Unreadable("not read yet")


def handshake(call: ToolCall) -> Handshake | None:
    """The challenge that Slack wants back when the address is entered."""
    try:
        told = read_object(call.body)
    except Unreadable:
        return None
    challenge = told.get("challenge")
    if told.get("type") != "url_verification" or not isinstance(challenge, str):
        return None
    return Handshake(body=challenge.encode("utf-8", "replace"))
