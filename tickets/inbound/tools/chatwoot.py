"""Chatwoot: how its webhooks prove themselves, and what they say."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from tickets.domain.incoming import Incoming, Unreadable
from tickets.domain.words import Severity, Status
from tickets.inbound.signing import header, signed_instant
from tickets.inbound.tools.call import ToolCall, ToolMap, Verified
from tickets.inbound.tools.proofs import TOLERANCE, check_hmac, hex_signature, id_in_header

STATUSES: Final[Mapping[str, tuple[Status, str]]] = MappingProxyType({})
SEVERITIES: Final[Mapping[str, Severity]] = MappingProxyType({})


def verify(call: ToolCall, secrets: Sequence[str], now: datetime) -> Verified:
    """HMAC-SHA256 in hex over timestamp, full stop and body. Raises BadSignature."""
    seconds = header(call.headers, "x-chatwoot-timestamp")
    signed_at = signed_instant(seconds, now=now, tolerance=TOLERANCE)
    given = hex_signature(call, "x-chatwoot-signature", "sha256=")
    check_hmac(given, f"{seconds}.".encode() + call.body, secrets, "sha256")
    return Verified(delivery_id=id_in_header(call, "x-chatwoot-delivery"), signed_at=signed_at)


def parse(call: ToolCall, words: ToolMap) -> tuple[Incoming, ...]:
    """What a call says. Raises Unreadable."""
    raise Unreadable("not read yet")
