"""How each provider proves that a call is its own; what proves nothing is refused."""

import base64
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Final

from tickets.domain.incoming import BadSignature, Unreadable
from tickets.inbound.signing import from_base64, has_basic, is_one_of, same_bytes
from tickets.providers.call import Call, Content, content_of

# Mailgun tries for eight hours and sends the signature of the first try with each of them.
# A token that was used is refused for ever by the unique delivery id, so age is only a bound on
# one that was signed and never came.
MAILGUN_AGE: Final = timedelta(hours=9)
AHEAD: Final = timedelta(minutes=5)
# Exactly ten digits: nothing parts timestamp and token under the signature, so a digit that
# moves from one to the other would make a new token of an old one.
_SECONDS = re.compile(r"[0-9]{10}")
_TOKEN = re.compile(r"[\x21-\x7e]{16,200}")
_SAME_NAME: Final = 3
_SPARKPOST_HEADER: Final = "x-messagesystems-webhook-token"


class Unproved(BadSignature):
    """The call does not even try to prove who makes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The id and instant that a signature names where it covers these and not the body."""

    call_id: str = ""
    signed_at: datetime | None = None


def check_basic(call: Call, lines: Sequence[str], now: datetime) -> Proof:
    """Basic authentication, for those that sign nothing. Raises BadSignature."""
    _ = now
    _need(lines)
    given = call.header("authorization")
    if not given:
        raise Unproved("the address at the provider must hold user and password")
    if not has_basic(given, lines):
        raise BadSignature("user and password are not those of this source")
    return Proof()


def check_sparkpost(call: Call, lines: Sequence[str], now: datetime) -> Proof:
    """Its own header with a token that we chose, or Basic authentication. Raises BadSignature."""
    token = call.header(_SPARKPOST_HEADER)
    if token and lines and is_one_of(token.encode(), [line.partition(":")[2] for line in lines]):
        return Proof()
    return check_basic(call, lines, now)


def check_mailgun(call: Call, lines: Sequence[str], now: datetime) -> Proof:
    """HMAC-SHA256 over timestamp and token; the mail itself is not covered. Raises BadSignature.

    The very token and timestamp that fit are the ones that count, whatever else the call names so.
    """
    _need(lines)
    for seconds, token, signature in _mailgun_fields(call):
        message = f"{seconds}{token}".encode()
        if (
            _SECONDS.fullmatch(seconds)
            and _TOKEN.fullmatch(token)
            and any(_hex_fits(line, message, signature) for line in lines)
        ):
            return Proof(call_id=token, signed_at=_fresh(int(seconds), now))
    raise BadSignature("no signature fits timestamp, token and the signing keys of this source")


def _fresh(seconds: int, now: datetime) -> datetime:
    instant = datetime.fromtimestamp(seconds, UTC)
    if now - instant > MAILGUN_AGE:
        raise BadSignature("the timestamp is too old; check the clock of this server")
    if instant - now > AHEAD:
        raise BadSignature("the timestamp lies in the future; check the clock of this server")
    return instant


def _mailgun_fields(call: Call) -> list[tuple[str, str, str]]:
    names = ("timestamp", "token", "signature")
    try:
        content = content_of(call)
        if content.data is not None:
            block = content.record.get("signature")
            given = block if isinstance(block, dict) else {}
            values = [[str(given[name])] if name in given else [] for name in names]
        else:
            values = [_texts(content, name) for name in names]
    except Unreadable as error:
        raise BadSignature(f"no signature can be read: {error}") from None
    if not all(values):
        raise Unproved("the fields timestamp, token and signature are missing")
    return [(first, second, third) for first, second, third in product(*values)]


def _texts(content: Content, name: str) -> list[str]:
    # A mail's own headers become fields too, and may bear the same names.
    found = [field.content.decode("utf-8", "replace") for field in content.all(name)]
    return [*found[:_SAME_NAME], *found[_SAME_NAME:][-1:]]


def check_mailersend(call: Call, lines: Sequence[str], now: datetime) -> Proof:
    """HMAC-SHA256 over the body. Raises BadSignature."""
    _ = now
    _need(lines)
    signature = _header(call, "signature")
    if not any(_hex_fits(line, call.body, signature) for line in lines):
        raise BadSignature("the signature does not fit the body and the secrets of this source")
    return Proof()


def check_mandrill(call: Call, lines: Sequence[str], now: datetime) -> Proof:
    """HMAC-SHA1 over the public address and the sorted fields. Raises BadSignature."""
    _ = now
    _need(lines)
    signature = from_base64(_header(call, "x-mandrill-signature"))
    try:
        fields = content_of(call).fields
    except Unreadable as error:
        raise BadSignature(f"no signature can be read: {error}") from None
    signed = b"".join(
        field.name.encode() + field.content for field in sorted(fields, key=lambda each: each.name)
    )
    if signature is None or not any(
        same_bytes(hmac.digest(line.encode(), url.encode() + signed, "sha1"), signature)
        for line in lines
        for url in call.urls
    ):
        raise BadSignature(
            "the signature does not fit; the webhook key and the address must be those of this "
            "source, and SIVO_PUBLIC_URL the address that Mandrill calls"
        )
    return Proof()


def check_postal(call: Call, lines: Sequence[str], now: datetime) -> Proof:
    """RSA over the body: SHA-256 where Postal sends it, else SHA-1. Raises BadSignature."""
    from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm

    _ = now
    _need(lines)
    newer = call.header("x-postal-signature-256")
    algorithm: HashAlgorithm = SHA256() if newer else SHA1()  # noqa: S303  (what Postal signs with)
    signature = from_base64(newer or _header(call, "x-postal-signature"))
    if signature is None or not any(
        _rsa_fits(line, signature, call.body, algorithm) for line in lines
    ):
        raise BadSignature("the signature does not fit the body and the public keys of this source")
    return Proof()


def _need(lines: Sequence[str]) -> None:
    if not lines:
        raise BadSignature("this source has no credentials yet: set them on its page")


def _header(call: Call, name: str) -> str:
    value = call.header(name)
    if not value:
        raise Unproved(f"the header {name} is missing")
    return value


def _hex_fits(key: str, message: bytes, signature: str) -> bool:
    expected = hmac.digest(key.encode(), message, "sha256").hex()
    return same_bytes(expected.encode(), signature.strip().lower().encode())


def _rsa_fits(line: str, signature: bytes, body: bytes, algorithm: object) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import HashAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        key = load_der_public_key(base64.b64decode(line, validate=True))
        if not isinstance(key, RSAPublicKey) or not isinstance(algorithm, HashAlgorithm):
            return False
        key.verify(signature, body, PKCS1v15(), algorithm)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True
