"""What a person may enter as the credential of a provider."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tickets.inbound.signing import has_basic
from tickets.providers.credentials import (
    BadCredential,
    Credential,
    clean_credential,
    make_basic,
)


def test_a_made_password_is_long_new_and_means_nothing_in_an_address() -> None:
    made = {make_basic() for _ in range(50)}
    assert len(made) == 50
    for line in made:
        user, _, password = line.partition(":")
        assert user == "sivo"
        assert len(password) >= 40
        assert password.replace("-", "").replace("_", "").isalnum()
        assert clean_credential(Credential.BASIC, line) == line
        header = "Basic " + base64.b64encode(line.encode()).decode()
        assert has_basic(header, [line])
        assert not has_basic(header, [line + "x"])


def test_a_public_key_is_one_line_however_it_was_copied() -> None:
    public = generate_private_key(65537, 2048).public_key()
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    bare = base64.b64encode(der).decode()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    for text in (bare, pem, f"v=DKIM1; t=s; h=sha256; p={bare};", f"  {bare}\n"):
        assert clean_credential(Credential.PUBLIC_KEY, text) == bare


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Credential.BASIC, "no-colon-in-this-one"),
        (Credential.BASIC, ":a-password-without-a-user"),
        (Credential.BASIC, "user:short"),
        (Credential.BASIC, "user:with blanks in the password"),
        (Credential.BASIC, "user:first-line-0123456789\nuser:second-line-012345678"),
        (Credential.KEY, "short"),
        (Credential.KEY, "clave-con-eñe-0123456789"),
        (Credential.KEY, "x" * 501),
        (Credential.PUBLIC_KEY, "not base64 at all"),
        (Credential.PUBLIC_KEY, ""),
    ],
)
def test_what_cannot_prove_anything_is_refused_and_not_repeated(
    kind: Credential, text: str
) -> None:
    with pytest.raises(BadCredential) as caught:
        clean_credential(kind, text)
    assert not text or text not in str(caught.value)


def test_a_public_key_of_another_kind_is_refused() -> None:
    other = Ed25519PrivateKey.generate().public_key()
    der = other.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(BadCredential):
        clean_credential(Credential.PUBLIC_KEY, base64.b64encode(der).decode())
