"""What one line of a source's secrets means for each way of proving who calls."""

import base64
import re
import secrets
from enum import StrEnum
from typing import Final

USER: Final = "sivo"
_PASSWORD_BYTES: Final = 32
_LEAST: Final = 16
_MOST: Final = 500
_LINE: Final = re.compile(r"[\x21-\x7e]+")
_ARMOUR: Final = re.compile(r"-----(?:BEGIN|END) PUBLIC KEY-----|\s+")


class Credential(StrEnum):
    """What a line holds; which of the sides makes it."""

    BASIC = "basic"  # user:password, made here, stands in the address at the provider
    KEY = "key"  # a signing key, made by the provider, copied from its pages
    PUBLIC_KEY = "public_key"  # the base64 of an RSA public key, copied from the provider


class BadCredential(ValueError):
    """A credential cannot be used; the message says why and never holds the credential."""


def make_basic() -> str:
    """A new `user:password` for an address: only letters that mean nothing in one."""
    return f"{USER}:{secrets.token_urlsafe(_PASSWORD_BYTES)}"


def clean_credential(kind: Credential, text: str) -> str:
    """One line as it is stored, from what a person pasted. Raises BadCredential."""
    if kind is Credential.PUBLIC_KEY:
        return _public_key(text)
    line = text.strip()
    if not _LINE.fullmatch(line):
        raise BadCredential("A credential is one line of printable ASCII without blanks.")
    if len(line) > _MOST:
        raise BadCredential("A credential has at most 500 characters.")
    if kind is Credential.BASIC:
        user, _, password = line.partition(":")
        if not user or len(password) < _LEAST:
            raise BadCredential("Write user:password, with a password of at least 16 characters.")
    elif len(line) < _LEAST:
        raise BadCredential("A signing key has at least 16 characters: copy all of it.")
    return line


def _public_key(text: str) -> str:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    # As in the DNS record of the DKIM key, which is the same: "...; p=MIG..."
    bare = _ARMOUR.sub("", text).rpartition("p=")[2].rstrip(";")
    try:
        key = load_der_public_key(base64.b64decode(bare, validate=True))
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPublicKey):
        raise BadCredential("This is not the base64 of an RSA public key.")
    return bare
