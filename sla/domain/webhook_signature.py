"""How we sign what we send to a webhook: Standard Webhooks 1.0.0, HMAC-SHA256."""

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

PREFIX: Final = "whsec_"


class SecretUnusable(ValueError):
    """The signing secret must be whsec_ followed by 24 to 64 bytes in base64."""


def sign(
    *, secrets: Sequence[str], message_id: str, body: bytes, at: datetime
) -> Mapping[str, str]:
    """The headers of a call; one signature for each secret, so that both sides can rotate.

    Raises SecretUnusable.
    """
    seconds = str(int(at.timestamp()))
    content = f"{message_id}.{seconds}.".encode() + body
    signatures = [
        base64.b64encode(hmac.digest(key_of(secret), content, "sha256")).decode()
        for secret in secrets
    ]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def secret_of(key: bytes) -> str:
    """A key as both sides enter it."""
    return PREFIX + base64.b64encode(key).decode()


def key_of(secret: str) -> bytes:
    """The key in a secret. Raises SecretUnusable."""
    try:
        key = base64.b64decode(secret.strip().removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not 24 <= len(key) <= 64:
        raise SecretUnusable(SecretUnusable.__doc__)
    return key
