"""Intercom: how its webhooks prove themselves, and what they say."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from tickets.domain.incoming import Incoming, Unreadable
from tickets.domain.words import Severity, Status
from tickets.inbound.tools.call import ToolCall, ToolMap, Verified
from tickets.inbound.tools.proofs import check_hmac, hex_signature, id_in_body

STATUSES: Final[Mapping[str, tuple[Status, str]]] = MappingProxyType({})
SEVERITIES: Final[Mapping[str, Severity]] = MappingProxyType({})


def verify(call: ToolCall, secrets: Sequence[str], now: datetime) -> Verified:
    """HMAC-SHA1 in hex over the body; no timestamp. Raises BadSignature."""
    _ = now
    check_hmac(hex_signature(call, "x-hub-signature", "sha1="), call.body, secrets, "sha1")
    return Verified(delivery_id=id_in_body(call, lambda told: told.get("id")))


def parse(call: ToolCall, words: ToolMap) -> tuple[Incoming, ...]:
    """What a call says. Raises Unreadable."""
    raise Unreadable("not read yet")
