"""What is read of a call of Mailgun or Postmark: the same mail, whichever way it was packed."""

import base64
import json
from datetime import UTC, datetime

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
from tickets.domain.incoming import Ignored, Unreadable
from tickets.domain.words import MailKind

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
        mail = read_one("mailgun", body, kind)
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
    mail = read_one("mailgun", multipart(payload("mailgun/parsed.json"), MAILGUN_FILES), FORM)
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
    mail = read_one("mailgun", multipart(fields), FORM)
    assert mail.subject == "One and the rest"
    assert mail.authenticated is None, "a header's value must not become a header"


def test_mailgun_reports_of_our_own_mail_hold_no_mail() -> None:
    (record,) = read_mails("mailgun", raw_payload("mailgun/event.json"))
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
        read_mails("mailgun", multipart(fields), FORM)


def test_postmark_taken_apart() -> None:
    mail = read_one("postmark", raw_payload("postmark/inbound.json"))
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
    mail = read_one("postmark", raw_payload("postmark/raw.json"))
    assert (mail.subject, mail.key) == ("Sin línea", "postmark-raw@acme.example")
    assert mail.body.strip() == "No tenemos línea. Ñandú."
    assert mail.return_path == "bob@acme.example", "not the one that the sender wrote"
    assert mail.author.name == "Bob Peña"


def test_postmark_null_path_and_reports() -> None:
    told = payload("postmark/raw.json")
    told["Headers"][0]["Value"] = "<>"
    assert read_one("postmark", as_json(told)).return_path == ""
    (record,) = read_mails("postmark", raw_payload("postmark/bounce_report.json"))
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
    mail = read_one("postmark", as_json(told))
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
        assert read_one("postmark", as_json(told)).body.strip() == "No da señal, año."
