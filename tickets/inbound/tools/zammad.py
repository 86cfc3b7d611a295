"""Zammad: how its webhooks prove themselves, and what they say."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from tickets.domain.incoming import Incoming, Unreadable
from tickets.domain.words import Severity, Status
from tickets.inbound.tools.call import ToolCall, ToolMap, Verified
from tickets.inbound.tools.proofs import check_hmac, digest_of, hex_signature

STATUSES: Final[Mapping[str, tuple[Status, str]]] = MappingProxyType({})
SEVERITIES: Final[Mapping[str, Severity]] = MappingProxyType({})


def verify(call: ToolCall, secrets: Sequence[str], now: datetime) -> Verified:
    """HMAC-SHA1 in hex over the body; no timestamp. Raises BadSignature."""
    _ = now
    check_hmac(hex_signature(call, "x-hub-signature", "sha1="), call.body, secrets, "sha1")
    # Not X-Zammad-Delivery: nothing signs it, and under another one a call that was overheard
    # would count again. A retry may also carry a newer state of the ticket under the same id.
    return Verified(delivery_id=digest_of(call.body))


def parse(call: ToolCall, words: ToolMap) -> tuple[Incoming, ...]:
    """What a call says. Raises Unreadable."""
    raise Unreadable("not read yet")
