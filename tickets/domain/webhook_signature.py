"""How a webhook is signed: Standard Webhooks 1.0.0, HMAC-SHA256."""

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
    content = content_of(message_id, seconds_of(at), body)
    signatures = [signature_of(key_of(secret), content) for secret in secrets]
    return signed_headers(message_id, at, signatures)


def signed_headers(message_id: str, at: datetime, signatures: Sequence[str]) -> dict[str, str]:
    """The three headers that carry them."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": seconds_of(at),
        "webhook-signature": " ".join(signatures),
    }


def content_of(message_id: str, seconds: str, body: bytes) -> bytes:
    """What is signed: the raw bytes of the body, with its id and instant before them."""
    return f"{message_id}.{seconds}.".encode() + body


def seconds_of(at: datetime) -> str:
    """The instant as it is signed."""
    return str(int(at.timestamp()))


def mac_of(key: bytes, content: bytes) -> bytes:
    """The signature by a shared key, as bytes."""
    return hmac.digest(key, content, "sha256")


def signature_of(key: bytes, content: bytes) -> str:
    """The same as it stands in the header."""
    return f"v1,{base64.b64encode(mac_of(key, content)).decode()}"


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
