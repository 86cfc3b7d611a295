"""The generic door: Standard Webhooks 1.0.0, with the event types of this project."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tickets.domain.incoming import BadSignature
from tickets.domain.webhook_signature import (
    PREFIX,
    content_of,
    mac_of,
    seconds_of,
    signature_of,
    signed_headers,
)
from tickets.inbound.signing import from_base64, header, same_bytes, signed_instant
from tickets.inbound.standard_events import parse

__all__ = ["SecretError", "Verified", "check_secret", "parse", "sign", "verify"]

TOLERANCE: Final = timedelta(minutes=5)

_SHARED: Final = PREFIX
_PUBLIC: Final = "whpk_"
_PRIVATE: Final = "whsk_"
_MAX_ID: Final = 255
_ED25519_KEY_BYTES: Final = 32


class SecretError(ValueError):
    """A secret cannot be used; the message says why and never holds the secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A delivery that its source signed: the id is the same over all its retries."""

    delivery_id: str
    signed_at: datetime


def verify(
    *,
    secrets: Sequence[str],
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
    tolerance: timedelta = TOLERANCE,
) -> Verified:
    """Checks the signature over the raw bytes of a delivery. Raises BadSignature, nothing else.

    Any secret may fit any signature, so that both sides can rotate. `headers` have lower-case
    names. Secrets: `whsec_...` (the prefix may be missing) for v1, `whpk_...` for v1a.
    """
    delivery_id = header(headers, "webhook-id")
    if len(delivery_id) > _MAX_ID:
        raise BadSignature(f"the header webhook-id is longer than {_MAX_ID} characters")
    seconds = header(headers, "webhook-timestamp")
    signatures = _signatures(header(headers, "webhook-signature"))
    signed_at = signed_instant(seconds, now=now, tolerance=tolerance)
    content = content_of(delivery_id, seconds, body)
    if not any(_fits(secret.strip(), signatures, content) for secret in secrets):
        raise BadSignature("no signature fits the body and the secrets of this source")
    return Verified(delivery_id=delivery_id, signed_at=signed_at)


def sign(*, secrets: Sequence[str], delivery_id: str, body: bytes, at: datetime) -> dict[str, str]:
    """The headers of a delivery as a sender makes them; `whsk_...` signs as v1a.

    Raises SecretError.
    """
    content = content_of(delivery_id, seconds_of(at), body)
    return signed_headers(delivery_id, at, [_signature(secret, content) for secret in secrets])


def check_secret(secret: str) -> None:
    """For the form in which a person enters it, blanks cut. Raises SecretError."""
    if secret.startswith(_PRIVATE):
        raise SecretError("this is the private key of the sender; enter the public one, whpk_...")
    if secret.startswith(_PUBLIC):
        if _public_key(secret) is None:
            raise SecretError("after whpk_ must stand the base64 of an ed25519 key of 32 bytes")
        return
    key = _shared_key(secret)
    if key is None:
        raise SecretError("after whsec_ must stand the secret in base64")
    if not 24 <= len(key) <= 64:
        raise SecretError(f"the secret must have 24 to 64 bytes, not {len(key)}")


def _signatures(value: str) -> tuple[tuple[str, bytes], ...]:
    """(version, bytes) of each signature that can be read; others are not an error."""
    found = []
    for part in value.split():
        version, _, text = part.partition(",")
        signature = from_base64(text)
        if signature:
            found.append((version, signature))
    return tuple(found)


def _fits(secret: str, signatures: tuple[tuple[str, bytes], ...], content: bytes) -> bool:
    # The prefix alone decides how a secret is used: a public key must never become an HMAC key,
    # or everybody who knows it could sign.
    if secret.startswith(_PUBLIC):
        return any(
            version == "v1a" and _ed25519_fits(secret, signature, content)
            for version, signature in signatures
        )
    key = _shared_key(secret)
    if key is None:
        return False
    expected = mac_of(key, content)
    return any(
        version == "v1" and same_bytes(expected, signature) for version, signature in signatures
    )


def _shared_key(secret: str) -> bytes | None:
    if secret.startswith((_PUBLIC, _PRIVATE)):
        return None
    return from_base64(secret.removeprefix(_SHARED)) or None


def _public_key(secret: str) -> bytes | None:
    key = from_base64(secret.removeprefix(_PUBLIC))
    return key if key is not None and len(key) == _ED25519_KEY_BYTES else None


def _ed25519_fits(secret: str, signature: bytes, content: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    key = _public_key(secret)
    if key is None:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True


def _signature(secret: str, content: bytes) -> str:
    if secret.startswith(_PRIVATE):
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        seed = from_base64(secret.removeprefix(_PRIVATE)) or b""
        # Some tools append the public key to the 32 bytes of the private one.
        if len(seed) not in {_ED25519_KEY_BYTES, 2 * _ED25519_KEY_BYTES}:
            raise SecretError("after whsk_ must stand the base64 of an ed25519 private key")
        private = Ed25519PrivateKey.from_private_bytes(seed[:_ED25519_KEY_BYTES])
        return f"v1a,{base64.b64encode(private.sign(content)).decode()}"
    check_secret(secret)
    key = _shared_key(secret)
    if key is None:
        raise SecretError("a public key cannot sign; use the private one, whsk_...")
    return signature_of(key, content)
