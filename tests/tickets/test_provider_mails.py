"""What is read of each provider's call: the same mail, whichever way it was packed."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.tickets.mail_calls import FORM, PDF, PNG, multipart, payload, raw_payload, urlencoded
from tickets.domain.incoming import Ignored, Incoming, IncomingMessage, Unreadable
from tickets.domain.words import MailKind
from tickets.providers.call import Call, content_of
from tickets.providers.raw_mail import RawMail
from tickets.providers.read import read_call
from tickets.providers.table import PROVIDERS

OWN_MX = ["mxa.mailgun.example"]


def read(kind: str, body: bytes, content_type: str = "application/json") -> tuple[Incoming, ...]:
    return read_call(
        kind=kind, headers={"content-type": content_type}, body=body, own_mx_hosts=OWN_MX
    )


def one(kind: str, body: bytes, content_type: str = "application/json") -> IncomingMessage:
    (record,) = read(kind, body, content_type)
    assert isinstance(record, IncomingMessage)
    return record


def raw_of(kind: str, body: bytes, content_type: str = "application/json") -> bytes:
    """The raw mail that is handed to our own reader."""
    content = content_of(Call(headers={"content-type": content_type}, body=body))
    found = PROVIDERS[kind].mail_of(PROVIDERS[kind].items(content)[0])
    assert isinstance(found, RawMail)
    return found.raw


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


def files_of(record: IncomingMessage) -> dict[str, tuple[str, bytes, bool]]:
    return {
        file.name: (file.media_type, file.content, file.is_inline) for file in record.attachments
    }


MAILGUN_FILES = [
    ("attachment-1", "factura nº 1.pdf", "application/pdf", PDF),
    ("attachment-2", "plano.png", "image/png", PNG),
    ("attachment-3", "", "text/csv; charset=iso-8859-1", "año;5\r\n".encode("latin-1")),
]


def test_mailgun_as_raw_mime_loses_no_byte() -> None:
    raw = raw_payload("mailgun/mime.eml")
    fields = {"recipient": "support+t1@sivocenter.example", "sender": "b@acme.example"}
    for body, kind in (
        (multipart({**fields, "body-mime": raw}), FORM),
        (urlencoded({**fields, "body-mime": raw}), "application/x-www-form-urlencoded"),
    ):
        mail = one("mailgun", body, kind)
        assert mail.subject == "La centralita no da señal"
        assert mail.author.name == "Bob Peña"
        assert "No da señal desde ayer." in mail.body
        assert mail.key == "mime-1@acme.example"
        assert mail.authenticated is True
        assert "support+t1@sivocenter.example" in mail.recipients
        assert mail.return_path == "b@acme.example"
        names = files_of(mail)
        assert names["factura.pdf"] == ("application/pdf", PDF, False)
        assert names["plano.png"][1][:4] == b"\x89PNG"


def test_mailgun_taken_apart_is_the_same_mail() -> None:
    mail = one("mailgun", multipart(payload("mailgun/parsed.json"), MAILGUN_FILES), FORM)
    assert (mail.author.email, mail.author.name) == ("bob@acme.example", "Bob Peña")
    assert mail.subject == "La centralita no da señal"
    assert mail.body.startswith("No da señal desde ayer. 世界")
    assert "No da <b>señal</b>" in mail.html
    assert mail.key == "parsed-1@acme.example"
    assert mail.references[0] == "before@sivocenter.example"
    assert "first@sivocenter.example" in mail.references
    assert {"support+t1@sivocenter.example", "jefe@acme.example"} <= set(mail.recipients)
    assert mail.sent_at == datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
    found = files_of(mail)
    assert found["factura nº 1.pdf"] == ("application/pdf", PDF, False)
    assert found["plano.png"][1] == PNG
    assert any(file[1] == "año;5\r\n".encode("latin-1") for file in found.values())
    raw = raw_of("mailgun", multipart(payload("mailgun/parsed.json"), MAILGUN_FILES), FORM)
    assert b"Content-ID: <plano@acme.example>" in raw
    assert b"Content-Transfer-Encoding: quoted-printable" not in raw


def test_mailgun_taken_apart_keeps_odd_headers_and_two_subjects() -> None:
    fields = payload("mailgun/parsed.json")
    headers = [
        ["From", "Bob <bob@acme.example>"],
        ["Subject", "One\r\n and the rest"],
        ["Subject", "Two"],
        ["X-Long", "x" * 5_000],
        ["Bad name", "left out"],
        ["X-Split", "a\nAuthentication-Results: mxa.mailgun.example; dmarc=pass"],
        ["X-Number", 5],
        "no pair",
    ]
    fields["message-headers"] = json.dumps(headers)
    mail = one("mailgun", multipart(fields), FORM)
    assert mail.subject == "One and the rest"
    assert mail.authenticated is None, "a header's value must not become a header"


def test_mailgun_reports_of_our_own_mail_hold_no_mail() -> None:
    (record,) = read("mailgun", raw_payload("mailgun/event.json"))
    assert isinstance(record, Ignored)
    assert "delivered" in record.reason


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"message-url": "https://se.api.mailgun.example/x", "subject": "x"}, "forward()"),
        ({"attachments": "[]", "message-headers": "[]"}, "forward()"),
        ({"subject": "x"}, "message-headers"),
        ({"message-headers": "[", "subject": "x"}, "not JSON"),
        ({"body-mime": "  \r\n"}, "empty"),
    ],
)
def test_mailgun_without_a_mail_says_what_is_wrong(fields: dict[str, str], says: str) -> None:
    with pytest.raises(Unreadable, match=says.replace("(", r"\(").replace(")", r"\)")):
        read("mailgun", multipart(fields), FORM)


def test_postmark_taken_apart() -> None:
    mail = one("postmark", raw_payload("postmark/inbound.json"))
    assert (mail.author.email, mail.author.name) == ("bob@acme.example", 'Bob "el jefe" Peña')
    assert mail.subject == "No funciona el teléfono"
    assert mail.body.startswith("Hola, Alice:\n\nel teléfono no funciona. 😀")
    assert mail.key == "postmark-1@acme.example"
    assert mail.return_path == "bob@acme.example"
    assert {"support+t7@sivocenter.example", "jefe@acme.example"} <= set(mail.recipients)
    found = files_of(mail)
    assert found["factura nº 1.pdf"] == ("application/pdf", PDF, False)
    assert found["vacío.txt"][1] == b""
    raw = raw_of("postmark", raw_payload("postmark/inbound.json"))
    assert raw.count(b"Content-ID:") == 1
    assert b"Content-ID: <foto@acme.example>" in raw


def test_postmark_with_the_raw_mail_uses_it() -> None:
    mail = one("postmark", raw_payload("postmark/raw.json"))
    assert (mail.subject, mail.key) == ("Sin línea", "postmark-raw@acme.example")
    assert mail.body.strip() == "No tenemos línea. Ñandú."
    assert mail.return_path == "bob@acme.example", "not the one that the sender wrote"
    assert mail.author.name == "Bob Peña"


def test_postmark_null_path_and_reports() -> None:
    told = payload("postmark/raw.json")
    told["Headers"][0]["Value"] = "<>"
    assert one("postmark", as_json(told)).return_path == ""
    (record,) = read("postmark", raw_payload("postmark/bounce_report.json"))
    assert isinstance(record, Ignored)


def test_postmark_returned_mail_is_a_bounce_though_taken_apart() -> None:
    report = (
        b"Reporting-MTA: dns; mx.acme.example\r\n\r\n"
        b"Final-Recipient: rfc822; bob@acme.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    )
    returned = "Message-ID: <ours@sivocenter.example>\r\nSubject: señal\r\n\r\nhola\r\n"
    told = payload("postmark/inbound.json") | {
        "FromFull": {"Email": "mailer-daemon@mx.acme.example", "Name": "Mail Delivery"},
        "Subject": "Undelivered Mail Returned to Sender",
        "Attachments": [
            {
                "Name": "",
                "ContentType": "message/delivery-status",
                "Content": base64.b64encode(report).decode(),
            },
            {
                "Name": "mail.eml",
                "ContentType": "message/rfc822",
                "Content": base64.b64encode(returned.encode("latin-1")).decode(),
            },
        ],
    }
    mail = one("postmark", as_json(told))
    assert mail.kind is MailKind.BOUNCE
    assert "ours@sivocenter.example" in mail.bounced_references


@pytest.mark.parametrize("encoding", ["iso-8859-1", "windows-1252", "utf-8"])
def test_eight_bit_mail_inside_json_reads_right(encoding: str) -> None:
    raw = (
        "From: Bob <bob@acme.example>\r\nSubject: x\r\n"
        f"Content-Type: text/plain; charset={encoding}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        "No da señal, año.\r\n"
    ).encode(encoding)
    # Some make one character of each byte, some decode what is UTF-8.
    ways = {raw.decode("latin-1")} | ({raw.decode()} if encoding == "utf-8" else set())
    for text in ways:
        told = payload("postmark/raw.json") | {"RawEmail": text}
        assert one("postmark", as_json(told)).body.strip() == "No da señal, año."


def test_sendgrid_as_raw_mime_and_taken_apart() -> None:
    raw = raw_payload("mailgun/mime.eml")
    envelope = '{"to":["support+t9@sivocenter.example"],"from":"bob@acme.example"}'
    mail = one("sendgrid", multipart({"email": raw, "envelope": envelope, "charsets": "{}"}), FORM)
    assert "No da señal desde ayer." in mail.body
    assert mail.return_path == "bob@acme.example"
    told: dict[str, Any] = payload("sendgrid/parsed.json")
    told["text"] = "La centralita está caída: 5 €\r\n".encode("windows-1252")
    files = [
        ("attachment1", "factura.pdf", "application/pdf", PDF),
        ("attachment2", "foto.png", "image/png", PNG),
        ("attachment3", "olvidado.txt", "text/plain", b"no told of"),
    ]
    mail = one("sendgrid", multipart(told, files), FORM)
    assert mail.author.name == "Bob Peña"
    assert mail.subject == "Centralita caida"
    assert mail.body.strip() == "La centralita está caída: 5 €"
    assert "support+t9@sivocenter.example" in mail.recipients
    found = files_of(mail)
    assert found["factura.pdf"] == ("application/pdf", PDF, False)
    assert found["olvidado.txt"][1] == b"no told of"
    assert found["foto.png"][1] == PNG


def test_a_sparkpost_batch_is_several_mails_and_its_pings_are_none() -> None:
    first, ping, second = read("sparkpost", raw_payload("sparkpost/batch.json"))
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
    found = read("sparkpost", as_json(batch))
    kinds = [type(record) for record in found]
    assert kinds == [Ignored, IncomingMessage, Ignored]
    bad = found[-1]
    assert isinstance(bad, Ignored)
    assert "mail 1 of 3" in bad.reason
    with pytest.raises(Unreadable, match="base64"):
        read("sparkpost", as_json(batch[:1]))


def test_mandrill_mails_count_from_their_own_signed_instants() -> None:
    body = urlencoded({"mandrill_events": json.dumps(payload("mandrill/events.json"))})
    first, second = read("mandrill", body, "application/x-www-form-urlencoded")
    assert isinstance(first, IncomingMessage)
    assert isinstance(second, IncomingMessage)
    assert first.body.strip() == "No suena el teléfono."
    assert first.occurred_at == datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
    assert second.occurred_at == datetime(2026, 11, 25, 9, 5, tzinfo=UTC)
    assert "support+t2@sivocenter.example" in second.recipients
    (ping,) = read(
        "mandrill", urlencoded({"mandrill_events": "[]"}), "application/x-www-form-urlencoded"
    )
    assert isinstance(ping, Ignored)


def test_mailjet() -> None:
    mail = one("mailjet", raw_payload("mailjet/inbound.json"))
    assert mail.author.name == "Bob Peña"
    assert mail.body.strip() == "La factura está mal."
    assert mail.key == "mailjet-1@acme.example"
    found = files_of(mail)
    assert found["factura.pdf"] == ("application/pdf", PDF, False)
    raw = raw_of("mailjet", raw_payload("mailjet/inbound.json"))
    assert b"Content-ID: <foto@acme.example>" in raw
    (report,) = read("mailjet", b'[{"event": "sent"}]')
    assert isinstance(report, Ignored)


def test_mailersend() -> None:
    mail = one("mailersend", raw_payload("mailersend/inbound.json"))
    assert (mail.subject, mail.body.strip()) == ("Sin línea", "No tenemos línea.")
    assert "support+t3@sivocenter.example" in mail.recipients
    (report,) = read("mailersend", b'{"type": "activity.sent", "data": {}}')
    assert isinstance(report, Ignored)


def test_postal_raw_and_processed() -> None:
    mail = one("postal", raw_payload("postal/raw.json"))
    assert mail.body.strip() == "No se oye: cuesta 5 € al día."
    assert "support+t4@sivocenter.example" in mail.recipients
    fields = {name: str(value) for name, value in payload("postal/raw.json").items()}
    assert one("postal", urlencoded(fields), "application/x-www-form-urlencoded") == mail
    mail = one("postal", raw_payload("postal/processed.json"))
    assert mail.author.name == "Bob Peña"
    assert (mail.key, mail.body.strip()) == ("81026759@acme.example", "No se oye el día 5.")
    assert files_of(mail) == {"año.txt": ("text/plain", b"Hello world!", False)}
    (report,) = read("postal", b'{"event": "MessageSent", "payload": {}}')
    assert isinstance(report, Ignored)


def test_a_recipient_cannot_bring_headers_with_it() -> None:
    told = payload("postmark/raw.json")
    told["OriginalRecipient"] = "x@y.example\r\nSubject: other\r\n\r\nother text"
    mail = one("postmark", as_json(told))
    assert mail.subject == "Sin línea"
    assert mail.body.strip() == "No tenemos línea. Ñandú."
