"""What is read of the calls of the other providers, batches of mails among them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.tickets.mail_calls import (
    FORM,
    PDF,
    PNG,
    as_json,
    files_of,
    multipart,
    payload,
    raw_of,
    raw_payload,
    read_mails,
    read_one,
    urlencoded,
)
from tickets.domain.incoming import Ignored, IncomingMessage, Unreadable


def test_sendgrid_as_raw_mime_and_taken_apart() -> None:
    raw = raw_payload("mailgun/mime.eml")
    envelope = '{"to":["support+t9@sivocenter.example"],"from":"bob@acme.example"}'
    mail = read_one(
        "sendgrid", multipart({"email": raw, "envelope": envelope, "charsets": "{}"}), FORM
    )
    assert "No da señal desde ayer." in mail.body
    assert mail.return_path == "bob@acme.example"
    told: dict[str, Any] = payload("sendgrid/parsed.json")
    told["text"] = "La centralita está caída: 5 €\r\n".encode("windows-1252")
    files = [
        ("attachment1", "factura.pdf", "application/pdf", PDF),
        ("attachment2", "foto.png", "image/png", PNG),
        ("attachment3", "olvidado.txt", "text/plain", b"no told of"),
    ]
    mail = read_one("sendgrid", multipart(told, files), FORM)
    assert mail.author.name == "Bob Peña"
    assert mail.subject == "Centralita caida"
    assert mail.body.strip() == "La centralita está caída: 5 €"
    assert "support+t9@sivocenter.example" in mail.recipients
    found = files_of(mail)
    assert found["factura.pdf"] == ("application/pdf", PDF, False)
    assert found["olvidado.txt"][1] == b"no told of"
    assert found["foto.png"][1] == PNG


def test_a_sparkpost_batch_is_several_mails_and_its_pings_are_none() -> None:
    first, ping, second = read_mails("sparkpost", raw_payload("sparkpost/batch.json"))
    assert isinstance(first, IncomingMessage)
    assert isinstance(second, IncomingMessage)
    assert isinstance(ping, Ignored)
    assert (first.key, first.return_path) == ("spark-1@acme.example", "bob@acme.example")
    assert (second.key, second.body.strip()) == ("spark-2@beta.example", "Sin señal.")


def test_one_bad_mail_does_not_hold_up_the_others_of_a_batch() -> None:
    batch = payload("sparkpost/batch.json")
    batch[0]["msys"]["relay_message"]["content"] = {
        "email_rfc822": "!!!",
        "email_rfc822_is_base64": True,
    }
    found = read_mails("sparkpost", as_json(batch))
    kinds = [type(record) for record in found]
    assert kinds == [Ignored, IncomingMessage, Ignored]
    bad = found[-1]
    assert isinstance(bad, Ignored)
    assert "mail 1 of 3" in bad.reason
    with pytest.raises(Unreadable, match="base64"):
        read_mails("sparkpost", as_json(batch[:1]))


def test_mandrill_mails_count_from_their_own_signed_instants() -> None:
    body = urlencoded({"mandrill_events": json.dumps(payload("mandrill/events.json"))})
    first, second = read_mails("mandrill", body, "application/x-www-form-urlencoded")
    assert isinstance(first, IncomingMessage)
    assert isinstance(second, IncomingMessage)
    assert first.body.strip() == "No suena el teléfono."
    assert first.occurred_at == datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
    assert second.occurred_at == datetime(2026, 11, 25, 9, 5, tzinfo=UTC)
    assert "support+t2@sivocenter.example" in second.recipients
    (ping,) = read_mails(
        "mandrill", urlencoded({"mandrill_events": "[]"}), "application/x-www-form-urlencoded"
    )
    assert isinstance(ping, Ignored)


def test_mailjet() -> None:
    mail = read_one("mailjet", raw_payload("mailjet/inbound.json"))
    assert mail.author.name == "Bob Peña"
    assert mail.body.strip() == "La factura está mal."
    assert mail.key == "mailjet-1@acme.example"
    found = files_of(mail)
    assert found["factura.pdf"] == ("application/pdf", PDF, False)
    raw = raw_of("mailjet", raw_payload("mailjet/inbound.json"))
    assert b"Content-ID: <foto@acme.example>" in raw
    (report,) = read_mails("mailjet", b'[{"event": "sent"}]')
    assert isinstance(report, Ignored)


def test_mailersend() -> None:
    mail = read_one("mailersend", raw_payload("mailersend/inbound.json"))
    assert (mail.subject, mail.body.strip()) == ("Sin línea", "No tenemos línea.")
    assert "support+t3@sivocenter.example" in mail.recipients
    (report,) = read_mails("mailersend", b'{"type": "activity.sent", "data": {}}')
    assert isinstance(report, Ignored)


def test_postal_raw_and_processed() -> None:
    mail = read_one("postal", raw_payload("postal/raw.json"))
    assert mail.body.strip() == "No se oye: cuesta 5 € al día."
    assert "support+t4@sivocenter.example" in mail.recipients
    fields = {name: str(value) for name, value in payload("postal/raw.json").items()}
    assert read_one("postal", urlencoded(fields), "application/x-www-form-urlencoded") == mail
    mail = read_one("postal", raw_payload("postal/processed.json"))
    assert mail.author.name == "Bob Peña"
    assert (mail.key, mail.body.strip()) == ("81026759@acme.example", "No se oye el día 5.")
    assert files_of(mail) == {"año.txt": ("text/plain", b"Hello world!", False)}
    (report,) = read_mails("postal", b'{"event": "MessageSent", "payload": {}}')
    assert isinstance(report, Ignored)


def test_a_recipient_cannot_bring_headers_with_it() -> None:
    told = payload("postmark/raw.json")
    told["OriginalRecipient"] = "x@y.example\r\nSubject: other\r\n\r\nother text"
    mail = read_one("postmark", as_json(told))
    assert mail.subject == "Sin línea"
    assert mail.body.strip() == "No tenemos línea. Ñandú."
