"""Freshdesk: how its webhooks prove themselves, and what they say."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from tickets.domain.incoming import BadSignature, Incoming, Unreadable
from tickets.domain.words import Severity, Status
from tickets.inbound.signing import has_basic, header, is_one_of
from tickets.inbound.tools.call import ToolCall, ToolMap, Verified
from tickets.inbound.tools.proofs import digest_of

OWN_HEADER: Final = "x-sivo-secret"
STATUSES: Final[Mapping[str, tuple[Status, str]]] = MappingProxyType({})
SEVERITIES: Final[Mapping[str, Severity]] = MappingProxyType({})


def verify(call: ToolCall, secrets: Sequence[str], now: datetime) -> Verified:
    """Basic authentication, or the password in a header of ours. Raises BadSignature."""
    _ = now
    lines = [secret.strip() for secret in secrets if secret.strip()]
    if not lines:
        raise BadSignature("this source has no password yet: enter one on its page")
    given = call.headers.get(OWN_HEADER)
    if given:
        passwords = [line.partition(":")[2] or line for line in lines]
        proved = is_one_of(header(call.headers, OWN_HEADER).encode(), passwords)
    else:
        proved = has_basic(header(call.headers, "authorization"), lines)
    if not proved:
        raise BadSignature("user and password are not those of this source")
    return Verified(delivery_id=digest_of(call.body))


def parse(call: ToolCall, words: ToolMap) -> tuple[Incoming, ...]:
    """What a call says. Raises Unreadable."""
    raise Unreadable("not read yet")
