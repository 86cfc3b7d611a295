"""The mark on every mail of ours, so that one that comes back is known, and none can be forged."""

import hmac
import re
from base64 import b32encode
from collections.abc import Sequence

from tickets.domain.incoming import IncomingMessage

HEADER = "X-SIVO-Loop"
_PURPOSE = b"sivo mail of our own "
_MAC_BYTES = 15
_TOKEN = re.compile(r"([a-z0-9-]{1,40})\.([a-z2-7]{24})", re.ASCII)


def loop_token(*, instance: str, message_id: str, key: bytes) -> str:
    """`<instance>.<mac>` for the mail with this Message-ID (without its angle brackets)."""
    return f"{instance}.{_mac(instance, message_id, key)}"


def is_own_mail(incoming: IncomingMessage, keys: Sequence[bytes]) -> bool:
    """Whether we sent this very mail: the mark is signed together with its Message-ID.

    A mark that somebody copied from another mail of ours proves nothing and changes nothing.
    """
    found = _TOKEN.fullmatch(incoming.loop_token.lower())
    if found is None or not incoming.key:
        return False
    instance, mac = found.groups()
    return any(hmac.compare_digest(mac, _mac(instance, incoming.key, key)) for key in keys)


def _mac(instance: str, message_id: str, key: bytes) -> str:
    signed = b"\n".join((_PURPOSE, instance.encode(), message_id.encode(errors="replace")))
    return b32encode(hmac.digest(key, signed, "sha256")[:_MAC_BYTES]).decode().lower()
