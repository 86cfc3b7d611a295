"""Who is believed at the doors for e-mail providers: signatures, passwords, and none."""

import base64
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client

from tests.tickets.mail_calls import (
    BASIC,
    FORM,
    OTHER_KEY,
    basic,
    body_signature,
    mailgun_signature,
    mandrill_signature,
    multipart,
    post,
    raw_payload,
    source,
    urlencoded,
)
from tickets.models import Delivery, Message, Source
from tickets.operations.incoming.process import process_delivery
from tickets.providers.table import PROVIDERS

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
PLAIN_FORM = "application/x-www-form-urlencoded"
BASIC_KINDS = ("postmark", "sendgrid", "sparkpost", "mailjet")


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def test_mandrill_signs_the_address_of_one_source_only(client: Client) -> None:
    to, other = source("mandrill"), source("mandrill")
    events = "[]"
    body = urlencoded({"mandrill_events": events})
    for headers in (
        mandrill_signature(other, events),
        mandrill_signature(to, events, OTHER_KEY),
        mandrill_signature(to, "[1]"),
        {"x-mandrill-signature": "ñ"},
        {},
    ):
        answer = post(client, to, body, headers, content_type=PLAIN_FORM)
        assert answer.status_code == 401
    assert not Delivery.objects.exists()
    assert client.head(f"/hooks/mandrill/{to.pk}/").status_code == 200


def test_mailersend_signs_the_body(client: Client) -> None:
    to, body = source("mailersend"), raw_payload("mailersend/inbound.json")
    for headers in ({}, body_signature(body, OTHER_KEY), body_signature(body + b" ")):
        assert post(client, to, body, headers).status_code == 401
    assert post(client, to, body, body_signature(body)).status_code == 200
    kept = Delivery.objects.get()
    assert kept.external_id == "656f1c2ab49f1c6d45b3a2f1"
    assert kept.received_at == datetime(2026, 11, 25, 9, 0, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def postal_key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


def public_line(key: RSAPrivateKey) -> str:
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def postal_signature(key: RSAPrivateKey, body: bytes, algorithm: HashAlgorithm) -> str:
    return base64.b64encode(key.sign(body, PKCS1v15(), algorithm)).decode()


def test_postal_signs_with_rsa(client: Client, postal_key: RSAPrivateKey) -> None:
    to, body = source("postal", public_line(postal_key)), raw_payload("postal/raw.json")
    old = {"x-postal-signature": postal_signature(postal_key, body, SHA1())}
    new = {"x-postal-signature-256": postal_signature(postal_key, body, SHA256())}
    assert post(client, to, body, old).status_code == 200
    assert post(client, to, body, {**old, **new}).status_code == 200
    forged = {**old, "x-postal-signature-256": new["x-postal-signature-256"][:-4] + "AAA="}
    assert post(client, to, body, forged).status_code == 503
    assert post(client, to, body + b" ", old).status_code == 503
    assert post(client, to, body).status_code == 401
    kept = Delivery.objects.get()
    assert kept.external_id == f"12345:{hashlib.sha256(body).hexdigest()}"


def test_sparkpost_may_send_its_token_in_a_header_of_its_own(client: Client) -> None:
    to, body = source("sparkpost"), raw_payload("sparkpost/batch.json")
    password = BASIC.partition(":")[2]
    name = "x-messagesystems-webhook-token"
    assert post(client, to, body, {name: "wrong"}).status_code == 401
    assert post(client, to, body, {name: password}).status_code == 200
    assert post(client, to, body, basic()).status_code == 200
    process_delivery(delivery_id=Delivery.objects.get().pk, now=NOW)
    assert Message.objects.count() == 2


@pytest.mark.parametrize("kind", BASIC_KINDS)
def test_who_signs_nothing_must_have_a_password(client: Client, kind: str) -> None:
    to = source(kind, f"sivo:another-live-password-1\n{BASIC}")
    assert post(client, to, b"{}", basic()).status_code == 200
    assert post(client, to, b"{} ", basic("sivo:another-live-password-1")).status_code == 200
    wrong = 503 if kind == "sendgrid" else 401
    for credential in ("sivo:wrong", "sivo:", ":", "sivo", BASIC + "x", BASIC[:-1], "ñ:ñ"):
        assert post(client, to, b"{}  ", basic(credential)).status_code == wrong
    for value in ("Basic", "Basic ñ", "Basic !!", "Bearer " + BASIC, "Basic " + BASIC):
        assert post(client, to, b"{}  ", {"authorization": value}).status_code == wrong
    missing = post(client, to, b"{}  ")
    assert missing.status_code == 401
    assert missing["WWW-Authenticate"].startswith("Basic")
    assert Delivery.objects.count() == 2


@pytest.mark.parametrize("kind", sorted(PROVIDERS))
def test_a_source_without_credentials_is_never_open(client: Client, kind: str) -> None:
    to = source(kind)
    Source.objects.update(secrets="\n \n")
    signed = mailgun_signature(NOW, key="")
    for headers in ({}, basic(":"), basic(""), body_signature(b"{}", "")):
        for body, form in ((b"{}", "application/json"), (multipart(signed), FORM)):
            answer = post(client, to, body, headers, content_type=form)
            assert answer.status_code in {401, 503}
    assert not Delivery.objects.exists()


def test_why_a_call_was_refused_is_told_to_its_operator(client: Client) -> None:
    to = source("postmark")
    post(client, to, b"{}", basic("sivo:not-the-password-of-it"))
    to.refresh_from_db()
    assert to.refused_at == NOW
    assert to.refused_reason == "user and password are not those of this source"
    post(client, to, b"{}")
    to.refresh_from_db()
    assert "not those" in to.refused_reason, "written no oftener than every 30 seconds"
