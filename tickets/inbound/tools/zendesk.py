"""Zendesk: how its webhooks prove themselves, and what they say."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from tickets.domain.incoming import BadSignature, Incoming, Unreadable
from tickets.domain.instants import BadInstant, parse_instant
from tickets.domain.words import Severity, Status
from tickets.inbound.signing import check_fresh, header
from tickets.inbound.tools.call import ToolCall, ToolMap, Verified
from tickets.inbound.tools.proofs import TOLERANCE, base64_signature, check_hmac, id_in_header

STATUSES: Final[Mapping[str, tuple[Status, str]]] = MappingProxyType({})
SEVERITIES: Final[Mapping[str, Severity]] = MappingProxyType({})


def verify(call: ToolCall, secrets: Sequence[str], now: datetime) -> Verified:
    """HMAC-SHA256 in base64 over timestamp and body, nothing between. Raises BadSignature."""
    stamp = header(call.headers, "x-zendesk-webhook-signature-timestamp")
    try:
        signed_at = parse_instant(stamp)
    except BadInstant:
        raise BadSignature("the timestamp is not an RFC 3339 instant") from None
    given = base64_signature(call, "x-zendesk-webhook-signature")
    check_hmac(given, stamp.encode() + call.body, secrets, "sha256")
    check_fresh(signed_at, now=now, tolerance=TOLERANCE)
    return Verified(
        delivery_id=id_in_header(call, "x-zendesk-webhook-invocation-id"), signed_at=signed_at
    )


def parse(call: ToolCall, words: ToolMap) -> tuple[Incoming, ...]:
    """What a call says. Raises Unreadable."""
    raise Unreadable("not read yet")
