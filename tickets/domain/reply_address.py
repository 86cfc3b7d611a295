"""A signed plus-address that names a ticket: a reply to it finds its way without any header."""

import hmac
import re
from base64 import b32encode
from collections.abc import Iterable, Sequence

_PURPOSE = b"sivo reply address of ticket "
# 80 bits: sixteen letters, which mail servers may fold to upper case without harm.
_MAC_BYTES = 10
# RFC 5321, section 4.5.3.1.1.
_MAX_LOCAL_PART = 64
# The number is bounded so that no address can overflow the database's integer.
_SIGNED = re.compile(r"\+t([1-9][0-9]{0,17})\.([a-z2-7]{16})", re.ASCII)


def sign(*, address: str, ticket: int, key: bytes) -> str:
    """`support+t1042.<mac>@...`; "" when the address has no room for it."""
    local, _, domain = address.rpartition("@")
    signed = f"{local}+t{ticket}.{_mac(ticket, key)}"
    return f"{signed}@{domain}" if local and len(signed) <= _MAX_LOCAL_PART else ""


def ticket_of(recipients: Iterable[str], keys: Sequence[bytes]) -> int | None:
    """The number of the ticket that one of the recipients names, if we signed it.

    Every key is accepted, so that addresses survive a rotation. Who knows the address has seen
    a mail of that conversation, or was shown one: it says where a reply belongs, not who wrote.
    """
    for recipient in recipients:
        local = recipient.rpartition("@")[0].lower()
        found = _SIGNED.fullmatch(local[local.rfind("+") :]) if "+" in local else None
        if found is None:
            continue
        ticket = int(found.group(1))
        if any(hmac.compare_digest(found.group(2), _mac(ticket, key)) for key in keys):
            return ticket
    return None


def _mac(ticket: int, key: bytes) -> str:
    digest = hmac.digest(key, _PURPOSE + str(ticket).encode(), "sha256")
    return b32encode(digest[:_MAC_BYTES]).decode().lower()
