"""Help Scout: how its webhooks prove themselves, and what they say."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from tickets.domain.incoming import Incoming, Unreadable
from tickets.domain.words import Severity, Status
from tickets.inbound.tools.call import ToolCall, ToolMap, Verified
from tickets.inbound.tools.proofs import base64_signature, check_hmac, digest_of

STATUSES: Final[Mapping[str, tuple[Status, str]]] = MappingProxyType({})
SEVERITIES: Final[Mapping[str, Severity]] = MappingProxyType({})


def verify(call: ToolCall, secrets: Sequence[str], now: datetime) -> Verified:
    """HMAC-SHA1 in base64 over the body; no timestamp, no id. Raises BadSignature."""
    _ = now
    check_hmac(base64_signature(call, "x-helpscout-signature"), call.body, secrets, "sha1")
    event = call.headers.get("x-helpscout-event")
    return Verified(delivery_id=digest_of(call.body, event if isinstance(event, str) else ""))


def parse(call: ToolCall, words: ToolMap) -> tuple[Incoming, ...]:
    """What a call says. Raises Unreadable."""
    raise Unreadable("not read yet")
