"""The generic door: signatures over the raw bytes of a delivery."""

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from tickets.domain.incoming import BadSignature
from tickets.inbound.signing import from_base64
from tickets.inbound.standard import SecretError, check_secret, sign, verify

PAYLOADS = Path(__file__).resolve().parent.parent / "payloads" / "standard"
SECRET = "whsec_c2xhLXRyYWNrZXItZ2VuZXJpYy10ZXN0LWtleS0wMDE="
OTHER = "whsec_" + base64.b64encode(b"another secret of 24 byte").decode()
BODY = (PAYLOADS / "customer_replied.json").read_bytes()
HEADERS = {
    "webhook-id": "msg_2mZ8sLaTrackerVector0001",
    "webhook-timestamp": "1795252530",
    "webhook-signature": "v1,tAUvmH99poJUij0aCVqmdSqCIniRE6z1krKCpSqnPm4=",
}
SIGNED_AT = datetime.fromtimestamp(1_795_252_530, UTC)
SEED = bytes(range(32))
PRIVATE = "whsk_" + base64.b64encode(SEED).decode()
PUBLIC = (
    "whpk_"
    + base64.b64encode(
        Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes_raw()
    ).decode()
)


def check(headers=HEADERS, *, secrets=(SECRET,), body=BODY, now=SIGNED_AT):
    """Verifies the worked delivery with some of it changed."""
    return verify(secrets=secrets, headers=headers, body=body, now=now)


def test_the_published_vector_is_accepted():
    verified = verify(
        secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        headers={
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp": "1614265330",
            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        },
        body=b'{"test": 2432232314}',
        now=datetime.fromtimestamp(1_614_265_330, UTC),
    )
    assert verified.delivery_id == "msg_p5jXN8AQM9LWM0D4loKWxJek"
    assert verified.signed_at == datetime.fromtimestamp(1_614_265_330, UTC)


def test_a_body_with_umlauts_is_verified_over_its_raw_bytes():
    assert check().delivery_id == "msg_2mZ8sLaTrackerVector0001"
    with pytest.raises(BadSignature):
        check(body=json.dumps(json.loads(BODY)).encode())


@pytest.mark.parametrize(
    "secrets",
    [
        (SECRET.removeprefix("whsec_"),),
        (SECRET.rstrip("="),),
        (f" {SECRET}\n",),
        (OTHER, SECRET),
        (PUBLIC, SECRET),
        ("not base64!", "", "whsec_", SECRET),
    ],
)
def test_any_of_several_secrets_may_fit(secrets):
    assert check(secrets=secrets)


@pytest.mark.parametrize(
    "secrets",
    [(), ("",), ("whsec_",), ("not base64!",), (OTHER,), (PUBLIC,), (PRIVATE,), ("schlüssel",)],
)
def test_secrets_that_do_not_fit_are_refused_and_never_shown(secrets):
    with pytest.raises(BadSignature) as refused:
        check(secrets=secrets)
    assert all(len(secret) < 8 or secret[6:] not in str(refused.value) for secret in secrets)


@pytest.mark.parametrize(
    "signature",
    [
        "v1,AAAA {good}",
        "garbage v9,x {good} v1",
        "v1a,AAAA   {good}",
        "{good} v1,é".replace("é", "%C3"),
        "{good_without_padding}",
    ],
)
def test_one_good_signature_among_several_is_enough(signature):
    good = HEADERS["webhook-signature"]
    value = signature.format(good=good, good_without_padding=good.rstrip("="))
    assert check({**HEADERS, "webhook-signature": value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("webhook-id", ""),
        ("webhook-id", "   "),
        ("webhook-id", "x" * 256),
        ("webhook-id", "a\x00b"),
        ("webhook-id", "a\nb"),
        ("webhook-id", "msg_é"),
        ("webhook-id", "another"),
        ("webhook-timestamp", "now"),
        ("webhook-timestamp", "1795252530.5"),
        ("webhook-timestamp", "-1795252530"),
        ("webhook-timestamp", "1_795_252_530"),
        ("webhook-timestamp", "١٧٩٥٢٥٢٥٣٠"),
        ("webhook-timestamp", "9" * 400),
        ("webhook-timestamp", "1795252531"),
        ("webhook-signature", "garbage"),
        ("webhook-signature", "v1,"),
        ("webhook-signature", "v1,%%%"),
        ("webhook-signature", "v1,é"),
        ("webhook-signature", "v1,=tAUvmH99poJUij0aCVqmdSqCIniRE6z1krKCpSqnPm4"),
        ("webhook-signature", "v1,tAUvmH99poJUij0aCVqmdSqCIniRE6z1krKCpSqnPm4===="),
        ("webhook-signature", "v2,tAUvmH99poJUij0aCVqmdSqCIniRE6z1krKCpSqnPm4="),
        ("webhook-signature", "v1a,tAUvmH99poJUij0aCVqmdSqCIniRE6z1krKCpSqnPm4="),
        ("webhook-signature", "tAUvmH99poJUij0aCVqmdSqCIniRE6z1krKCpSqnPm4="),
    ],
)
def test_a_header_that_is_wrong_is_a_bad_signature(name, value):
    with pytest.raises(BadSignature):
        check({**HEADERS, name: value})


@pytest.mark.parametrize("name", sorted(HEADERS))
def test_a_header_that_is_missing_is_named(name):
    with pytest.raises(BadSignature, match=f"{name} is missing"):
        check({key: value for key, value in HEADERS.items() if key != name})


@pytest.mark.parametrize(
    ("seconds", "accepted"), [(-301, False), (-300, True), (0, True), (300, True), (301, False)]
)
def test_the_timestamp_may_be_five_minutes_away(seconds, accepted):
    now = SIGNED_AT + timedelta(seconds=seconds)
    if accepted:
        assert check(now=now).signed_at == SIGNED_AT
    else:
        with pytest.raises(BadSignature, match="too old" if seconds > 0 else "in the future"):
            check(now=now)


def test_what_is_signed_here_is_accepted_here():
    headers = sign(secrets=[OTHER, SECRET, PRIVATE], delivery_id="d-1", body=BODY, at=SIGNED_AT)
    for secret in (OTHER, SECRET, PUBLIC):
        assert check(headers, secrets=[secret]).delivery_id == "d-1"
    assert [part[:3] for part in headers["webhook-signature"].split()] == ["v1,", "v1,", "v1a"]
    with pytest.raises(BadSignature):
        check(headers, body=BODY + b" ")


def test_a_private_key_that_carries_its_public_half_signs_too():
    public = Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes_raw()
    both = "whsk_" + base64.b64encode(SEED + public).decode()
    headers = sign(secrets=[both], delivery_id="d-1", body=BODY, at=SIGNED_AT)
    assert check(headers, secrets=[PUBLIC])


def test_a_public_key_never_serves_as_a_shared_secret():
    content = b"d-1.1795252530." + BODY
    for key in (from_base64(PUBLIC.removeprefix("whpk_")), PUBLIC.encode()):
        forged = base64.b64encode(hmac.digest(key, content, "sha256")).decode()
        for version in ("v1", "v1a"):
            headers = {
                **HEADERS,
                "webhook-id": "d-1",
                "webhook-signature": f"{version},{forged}",
            }
            with pytest.raises(BadSignature):
                check(headers, secrets=[PUBLIC])


@pytest.mark.parametrize(
    ("secret", "complaint"),
    [
        (PRIVATE, "private key of the sender"),
        ("whpk_AAAA", "32 bytes"),
        ("whsec_%%%", "base64"),
        ("whsec_", "base64"),
        ("whsec_AAAA", "24 to 64 bytes, not 3"),
    ],
)
def test_a_secret_is_checked_when_it_is_entered(secret, complaint):
    with pytest.raises(SecretError, match=complaint):
        check_secret(secret)


def test_good_secrets_pass_the_check():
    for secret in (SECRET, SECRET.removeprefix("whsec_"), PUBLIC):
        check_secret(secret)


@pytest.mark.parametrize("secret", [PUBLIC, "whsk_AAAA", "whsec_AAAA"])
def test_a_secret_that_cannot_sign_is_refused(secret):
    with pytest.raises(SecretError):
        sign(secrets=[secret], delivery_id="d-1", body=BODY, at=SIGNED_AT)


header_values = st.one_of(st.text(max_size=40), st.sampled_from([*HEADERS.values(), "v1,", "0"]))


@settings(max_examples=150, deadline=None)
@given(
    headers=st.dictionaries(st.sampled_from(sorted(HEADERS)), header_values),
    body=st.binary(max_size=60),
    secrets=st.lists(
        st.one_of(st.text(max_size=40), st.sampled_from([SECRET, PUBLIC])), max_size=3
    ),
)
def test_nothing_but_a_bad_signature_comes_out_of_garbage(headers, body, secrets):
    with pytest.raises(BadSignature):
        verify(secrets=secrets, headers=headers, body=body, now=SIGNED_AT)
