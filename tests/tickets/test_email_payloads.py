"""Whole mails as mail programs write them, and what is understood of each."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tickets.domain.incoming import Unreadable
from tickets.domain.words import MailKind
from tickets.inbound.email import ParsedMail, parse_mail

PAYLOADS = Path(__file__).parent.parent / "payloads" / "email"
MX = ["mx1.sivocenter.com"]


def read(name: str) -> ParsedMail:
    return parse_mail((PAYLOADS / f"{name}.eml").read_bytes(), own_mx_hosts=MX)


def files(mail: ParsedMail) -> list[tuple[str, str, int]]:
    return [(each.name, each.media_type, len(each.content)) for each in mail.attachments]


EXPECTED: dict[str, dict[str, Any]] = {
    "gmail_es_reply": {
        "subject": "Re: [SIVO-1042] No suenan las extensiones de la planta única",
        "sender": "bob@acme.es",
        "sender_name": "Bob Muñoz",
        "recipients": ("soporte@sivocenter.com",),
        "return_path": "bob@acme.es",
        "message_id": "CAF2=x7@mail.gmail.com",
        "references": ("reply-81@tickets.sivocenter.com", "CAF1@mail.gmail.com"),
        "sent_at": datetime(2026, 11, 23, 8, 31, 2, tzinfo=UTC),
        "received_by_us_at": datetime(2026, 11, 23, 8, 31, 8, tzinfo=UTC),
        "dmarc": True,
        "kind": MailKind.HUMAN,
        "suppress_answer": False,
        "reply": (
            "Hola Alice,\n\nsigue igual: la 204 y la 205 no suenan. ¿Podéis mirarlo hoy?\n\n"
            "Un saludo,\nBob"
        ),
        "notes": (),
    },
    "outlook_es_html_only": {
        "subject": "RE: Grabaciones no aparecen",
        "sender": "carmen.garcia@clinica-norte.es",
        "sender_name": "García, Carmen",
        "recipients": ("soporte@sivocenter.com", "direccion@clinica-norte.es"),
        "reply": "Buenos días:\n\nAdjunto captura. Cuesta 10 € al mes.",
        "kind": MailKind.HUMAN,
        "suppress_answer": True,
        "return_path": None,
    },
    "apple_mail_mixed": {
        "body": (
            "Please see the contract below and the picture.\n\nBest\nBob\n\nSent from my iPhone\n\n"
            "> On 24 Nov 2026, at 17:30, Support <support@sivocenter.com> wrote:\n> \n"
            "> Could you send us the contract?"
        ),
        "reply": "Please see the contract below and the picture.\n\nBest\nBob",
    },
    "exchange_out_of_office": {
        "kind": MailKind.AUTO,
        "auto_reason": "Auto-Submitted: auto-generated",
        "return_path": "",
        "suppress_answer": True,
        "references": ("reply-81@tickets.sivocenter.com",),
    },
    "vacation_es_subject_only": {
        "kind": MailKind.AUTO,
        "subject": "Respuesta automática: Factura de noviembre",
        "body": "Estaré fuera hasta el lunes.",
    },
    "postfix_bounce": {
        "kind": MailKind.BOUNCE,
        "bounce_hardness": "hard",
        "bounced_ids": ("reply-81@tickets.sivocenter.com",),
        "sender": "MAILER-DAEMON@mx1.sivocenter.com",
        "sender_name": "Mail Delivery System",
        "return_path": "",
    },
    "exchange_ndr": {
        "kind": MailKind.BOUNCE,
        "bounce_hardness": "soft",
        "bounced_ids": ("reply-82@tickets.sivocenter.com",),
        "subject": "No se puede entregar: Re: [SIVO-1042]",
        "body": "El buzón del destinatario está lleno.",
    },
    "qmail_bounce": {
        "kind": MailKind.BOUNCE,
        "bounce_hardness": "hard",
        "bounced_ids": ("reply-83@tickets.sivocenter.com",),
        "sent_at": datetime(2026, 11, 23, 9, 0, 2, tzinfo=UTC),
    },
    "delivery_receipt": {"kind": MailKind.AUTO, "bounced_ids": (), "bounce_hardness": None},
    "read_receipt": {"kind": MailKind.AUTO, "auto_reason": "a receipt or an abuse report"},
    "mailing_list": {
        "kind": MailKind.HUMAN,
        "suppress_answer": True,
        "reply": "All calls drop after ten minutes.",
    },
    "newsletter": {"kind": MailKind.AUTO, "auto_reason": "List-Id", "body": "50 % de descuento"},
    "calendar_invitation": {
        "subject": "Invitación: revisión mensual",
        "body": "Has recibido una invitación.",
        "kind": MailKind.HUMAN,
    },
    "winmail_dat": {"body": "Precio: 10 € – “rápido”", "sender_name": ""},
    "forwarded_as_attachment": {"body": "See attached.", "reply": "See attached."},
    "broken_multipart_no_boundary": {"body": "Only the boundary parameter is lost."},
    "broken_multipart_truncated": {
        "body": "The line went dead in the mid",
        "notes": ("the mail ends before its closing boundary",),
    },
    "raw_8bit_headers": {
        "subject": "Avería en Móstoles",
        "sender": "jose@example.es",
        "sender_name": "José Núñez",
        "body": "No hay línea, ¿qué pasa?",
    },
    "wrong_charset_declared": {
        "body": "La conexión se cae mañana y tarde.",
        "notes": ("text declared as utf-8 was read as windows-1252",),
    },
    "unknown_charset": {"subject": "árbol", "body": "El árbol."},
    "gb2312_that_is_gb18030": {"sender_name": "镕基", "body": "朱镕基", "notes": ()},
    "nul_bytes": {"subject": "ab", "body": "One two", "notes": ("NUL bytes were left out",)},
    "address_group": {
        "sender": "bob@example.com",
        "sender_name": "Baker, Bob",
        "recipients": ("alice@example.com", "carla@example.com", "soporte@sivocenter.com"),
        "subject": "folded and spaced",
        "references": ("a@x", "b@x", "c@x", "d@x"),
    },
    "outlook_reply_plain_de": {
        "reply": "Hallo,\n\ngeht immer noch nicht.\n\nMit freundlichen Grüßen\nBernd"
    },
    "no_headers_at_all": {
        "sender": "",
        "subject": "",
        "message_id": "",
        "body": "hello there\n\nthis is only text",
        "notes": ("the mail names no sender",),
    },
}

FILES: dict[str, list[tuple[str, str, int]]] = {
    "gmail_es_reply": [],
    "outlook_es_html_only": [("image001.png", "image/png", 68)],
    "apple_mail_mixed": [("Contrato año 2026.pdf", "application/pdf", 72)],
    "postfix_bounce": [
        ("attachment.txt", "message/delivery-status", 211),
        ("Re: [SIVO-1042] No suenan las extensiones.eml", "message/rfc822", 158),
    ],
    "calendar_invitation": [
        ("attachment.ics", "text/calendar", 46),
        ("invite.ics", "application/ics", 32),
    ],
    "winmail_dat": [("winmail.dat", "application/ms-tnef", 44)],
    "forwarded_as_attachment": [("No funciona-aún.eml", "message/rfc822", 171)],
    "broken_multipart_no_boundary": [("log.txt", "application/octet-stream", 6)],
    "newsletter": [],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_real_mail_is_understood(name: str) -> None:
    mail = read(name)
    assert {field: getattr(mail, field) for field in EXPECTED[name]} == EXPECTED[name]


@pytest.mark.parametrize("name", FILES)
def test_the_files_of_a_mail_are_found(name: str) -> None:
    assert files(read(name)) == FILES[name]


def test_a_forwarded_mail_stays_in_the_reply() -> None:
    mail = read("forwarded_inline_gmail")
    assert mail.reply == mail.body
    assert mail.reply.endswith("No me llega la factura de octubre.\n\n-- \nBob")


def test_a_mail_that_nests_for_ever_is_put_aside_with_a_reason() -> None:
    with pytest.raises(Unreadable, match="more than 100 deep"):
        read("endless_nested")


def test_the_html_is_kept_raw() -> None:
    html = read("outlook_es_html_only").html
    assert html.startswith("<html><head><style>")
    assert "10&nbsp;€" in html
