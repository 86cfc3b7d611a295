"""The doors for e-mail providers: who is believed, what is answered, and when a mail counts."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from cryptography.fernet import Fernet
from django.conf import LazySettings
from django.test import Client

from tests.tickets.mail_calls import (
    FORM,
    KEY,
    basic,
    mailgun_signature,
    mandrill_signature,
    multipart,
    new_token,
    payload,
    post,
    raw_payload,
    source,
    urlencoded,
)
from tickets.domain.instants import parse_instant
from tickets.models import MAIL_KINDS, Delivery, DeliveryState, Message, SourceKind, Ticket
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


def mailgun_body(at: datetime = NOW, *, token: str = "", key: str = KEY, text: str = "x") -> bytes:
    mail = f"From: bob@acme.example\r\nSubject: {text}\r\n\r\nNo funciona nada.\r\n"
    return multipart({**mailgun_signature(at, token, key), "body-mime": mail})


def understood(delivery_id: int) -> Delivery:
    process_delivery(delivery_id=delivery_id, now=NOW)
    return Delivery.objects.get(pk=delivery_id)


def test_every_kind_of_mail_but_the_mailbox_has_its_row() -> None:
    assert set(PROVIDERS) == {kind.value for kind in MAIL_KINDS - {SourceKind.EMAIL}}


def test_a_call_is_kept_as_it_came_and_read_by_the_worker(client: Client) -> None:
    to, body = source("mailgun"), mailgun_body()
    answer = post(client, to, body, content_type=FORM, end="/mime")
    assert answer.status_code == 200, "Mailgun takes 202 for a failure"
    kept = Delivery.objects.get(pk=answer.json()["delivery"])
    assert (bytes(kept.body), kept.state) == (body, "waiting")
    assert kept.headers == {"content-type": FORM}
    assert not Ticket.objects.exists()
    done = understood(kept.pk)
    assert (done.state, done.outcome) == ("processed", "opened")
    assert Message.objects.get().body.strip() == "No funciona nada."


def test_a_token_of_mailgun_is_used_once(client: Client) -> None:
    to, token = source("mailgun"), new_token()
    body = mailgun_body(token=token)
    first = post(client, to, body, content_type=FORM).json()["delivery"]
    again = post(client, to, body, content_type=FORM)
    assert (again.status_code, again.json()["delivery"]) == (200, first)
    other = post(client, to, mailgun_body(token=token, text="forged"), content_type=FORM)
    assert other.status_code == 200
    first_kept, forged = Delivery.objects.order_by("pk")
    assert (first_kept.state, first_kept.external_id) == ("waiting", token)
    assert (forged.state, forged.conflict) == (DeliveryState.QUARANTINED, True)


def test_a_used_token_does_not_hide_behind_another_field(client: Client) -> None:
    to = source("mailgun")
    signed = mailgun_signature(NOW)
    post(
        client,
        to,
        multipart({**signed, "body-mime": "From: b@a.example\r\n\r\nx"}),
        content_type=FORM,
    )
    pairs = [*signed.items(), ("token", new_token()), ("body-mime", "From: b@a.example\r\n\r\ny")]
    assert post(client, to, multipart(pairs), content_type=FORM).status_code == 200
    assert Delivery.objects.filter(conflict=True).count() == 1


def test_no_digit_moves_between_timestamp_and_token(client: Client) -> None:
    signed = mailgun_signature(NOW, "1234567890abcdef1234567890abcdef1234567890abcdef12")
    for moved in (1, -1):
        both = signed["timestamp"] + signed["token"]
        cut = 10 + moved
        forged = {**signed, "timestamp": both[:cut], "token": both[cut:]}
        answer = post(client, source("mailgun"), multipart(forged), content_type=FORM)
        assert answer.status_code == 401


def test_a_mail_s_own_headers_may_be_called_like_the_signature(client: Client) -> None:
    signed = mailgun_signature(NOW)
    pairs = [("Token", "x"), ("token", "mine"), ("signature", "0"), *signed.items()]
    pairs += [("timestamp", "yesterday"), ("body-mime", "From: b@a.example\r\n\r\nx")]
    to = source("mailgun")
    assert post(client, to, multipart(pairs), content_type=FORM).status_code == 200
    assert Delivery.objects.get().external_id == signed["token"]


@pytest.mark.parametrize(
    ("age", "status"),
    [
        (timedelta(hours=8, minutes=30), 200),
        (timedelta(hours=9), 200),
        (timedelta(hours=9, seconds=1), 401),
        (timedelta(minutes=-5), 200),
        (timedelta(minutes=-5, seconds=-1), 401),
        (timedelta(days=400), 401),
    ],
    ids=str,
)
def test_mailgun_s_last_try_after_eight_hours_still_counts_and_no_later_one(
    client: Client, age: timedelta, status: int
) -> None:
    answer = post(client, source("mailgun"), mailgun_body(NOW - age), content_type=FORM)
    assert answer.status_code == status


def test_a_signed_instant_starts_the_clock_and_stands_beside_the_arrival(client: Client) -> None:
    at = NOW - timedelta(hours=2)
    post(client, source("mailgun"), mailgun_body(at), content_type=FORM)
    kept = Delivery.objects.get()
    assert (kept.received_at, kept.arrived_by) == (at, "provider_signed")
    assert {name: parse_instant(text) for name, text in kept.times.items()} == {
        "arrival": NOW,
        "provider_signed": at,
    }
    understood(kept.pk)
    assert Ticket.objects.get().opened_at == at


def test_an_instant_in_the_future_is_cut_to_the_arrival(client: Client) -> None:
    post(client, source("mailgun"), mailgun_body(NOW + timedelta(minutes=2)), content_type=FORM)
    kept = Delivery.objects.get()
    assert (kept.received_at, kept.arrived_by) == (NOW, "future")


def test_what_nobody_signed_counts_from_its_arrival(client: Client) -> None:
    post(client, source("postmark"), raw_payload("postmark/inbound.json"), basic())
    kept = Delivery.objects.get()
    assert (kept.received_at, kept.arrived_by) == (NOW, "arrival")
    assert kept.external_id == "22c74902-a0c1-4511-804f-341342852c90"
    assert set(kept.times) == {"arrival"}


def test_mandrill_s_mails_count_each_from_its_own_instant(client: Client) -> None:
    to = source("mandrill")
    events = json.dumps(payload("mandrill/events.json"))
    body = urlencoded({"mandrill_events": events})
    answer = post(client, to, body, mandrill_signature(to, events), content_type=PLAIN_FORM)
    assert answer.status_code == 200
    kept = Delivery.objects.get()
    assert kept.received_at == datetime(2026, 11, 25, 9, 5, tzinfo=UTC)
    assert kept.arrived_by == "provider_signed"
    understood(kept.pk)
    assert sorted(ticket.opened_at for ticket in Ticket.objects.all()) == [
        datetime(2026, 11, 25, 9, 0, tzinfo=UTC),
        datetime(2026, 11, 25, 9, 5, tzinfo=UTC),
    ]


@pytest.mark.parametrize("kind", sorted(PROVIDERS))
def test_whoever_would_throw_a_mail_away_is_asked_to_try_later(client: Client, kind: str) -> None:
    to = source(kind)
    drops = kind in {"sendgrid", "postal"}
    missing = client.post(
        f"/hooks/{kind}/00000000-0000-4000-8000-000000000000/", b"", content_type="text/plain"
    )
    assert missing.status_code == (503 if drops else 404)
    to.is_active = False
    to.save()
    off = post(client, to, b"{}", basic())
    assert off.status_code == (503 if drops else 410)
    assert ("Retry-After" in off) == drops


def test_doors_do_not_lead_into_each_other(client: Client) -> None:
    to = source("postmark")
    for kind in ("mailgun", "standard", "email", "amazon_ses", "x"):
        answer = client.post(
            f"/hooks/{kind}/{to.pk}/", b"{}", content_type="text/plain", headers=basic()
        )
        assert answer.status_code == 404
    for method in ("get", "put", "patch", "delete"):
        assert getattr(client, method)(f"/hooks/postmark/{to.pk}/").status_code == 405
    assert client.head(f"/hooks/postmark/{to.pk}/").status_code == 200


def test_a_body_over_its_own_limit_is_refused(client: Client, settings: LazySettings) -> None:
    settings.MAIL_HOOK_MAX_BYTES = 1_000
    to = source("postmark")
    assert post(client, to, b"x" * 1_001, basic()).status_code == 413
    assert post(client, to, b" " * 1_000, basic()).status_code == 200


def test_a_mail_of_25_megabytes_fits(client: Client) -> None:
    line = b"A" * 76 + b"\r\n"
    head = (
        b"From: b@acme.example\r\nSubject: big\r\nContent-Type: application/pdf\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n"
    )
    raw = head + line * (24 * 1024 * 1024 // len(line))
    to = source("postmark")
    body = json.dumps({"MessageID": "big", "RawEmail": raw.decode()}).encode()
    answer = post(client, to, body, basic())
    assert answer.status_code == 200
    assert understood(answer.json()["delivery"]).outcome == "opened"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 100_000])
def test_a_broken_body_is_kept_and_put_aside_with_its_reason(client: Client, body: bytes) -> None:
    answer = post(client, source("postmark"), body, basic())
    assert answer.status_code == 200
    done = understood(answer.json()["delivery"])
    assert done.state == DeliveryState.QUARANTINED
    assert done.reason
    assert bytes(done.body) == body


def test_a_report_of_our_own_mail_is_ignored_with_a_reason(client: Client) -> None:
    event: dict[str, Any] = payload("mailgun/event.json")
    event["signature"] = mailgun_signature(NOW)
    answer = post(client, source("mailgun"), json.dumps(event).encode())
    assert answer.status_code == 200
    done = understood(answer.json()["delivery"])
    assert (done.state, done.outcome) == ("ignored", "ignored")
    assert "delivered" in done.reason


def test_secrets_that_no_key_opens_ask_for_a_later_try(
    client: Client, settings: LazySettings
) -> None:
    to = source("postmark")
    settings.SECRETS_KEYS = [Fernet.generate_key().decode()]
    answer = post(client, to, b"{}", basic())
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
