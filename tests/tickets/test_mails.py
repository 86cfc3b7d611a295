"""The mails that leave: readable anywhere, in their thread, and nothing is slipped into them."""

import email
import re
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from typing import Any

import pytest

from tests.sla.world import answer, customer, deliver, madrid, person, raw_mail, ticket_by_mail
from tests.tickets.smtp_sink import Sink, mail_server, text_of
from tickets.domain.reply import trim_reply
from tickets.domain.reply_address import ticket_of
from tickets.inbound.email import parse_mail
from tickets.models import Message, Source, Ticket
from tickets.operations.outgoing.answer import FilesTooLarge, NewFile, answer_ticket
from tickets.operations.outgoing.outbox import send_waiting
from tickets.outbound.keys import signing_keys

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]

START = madrid("2026-11-18 10:00")
LATER = START + timedelta(hours=1)


def asked(**mail: str) -> Ticket:
    customer("pro")
    return ticket_by_mail(START, **mail)


def sent(smtp: Sink) -> EmailMessage:
    """The last mail, read as strictly as Python can."""
    mail = email.message_from_bytes(smtp.raw[-1], policy=policy.default)
    assert isinstance(mail, EmailMessage)
    assert all(not part.defects for part in mail.walk())
    return mail


def test_an_answer_quotes_what_was_asked_in_the_customers_language(smtp: Sink) -> None:
    ticket = asked(body="No podemos recibir llamadas.\n\n¿Qué hacemos?")
    answer(ticket, person("Alice"), LATER, "Hola Bob:\n\nlo miramos.\n\nAlice")
    assert text_of(smtp.mails[-1]).replace("\r\n", "\n") == (
        "Hola Bob:\n\nlo miramos.\n\nAlice\n\n"
        "El 18 de noviembre de 2026 a las 10:00 (UTC+1), Bob escribió:\n"
        "> No podemos recibir llamadas.\n>\n> ¿Qué hacemos?\n"
    )
    assert sent(smtp)["Content-Language"] == "es"


def test_an_english_customer_gets_english_words(smtp: Sink) -> None:
    ticket = asked()
    assert ticket.customer is not None
    ticket.customer.language = "en"
    ticket.customer.save(update_fields=["language"])
    answer(ticket, person("Alice"), LATER)
    assert "On 18 November 2026 at 10:00 (UTC+1), Bob wrote:" in text_of(smtp.mails[-1])


@pytest.mark.parametrize(("body", "language"), [("Nothing works!", "en"), ("No va nada.", "es")])
def test_an_unknown_sender_gets_the_language_that_they_wrote_in(
    smtp: Sink, body: str, language: str
) -> None:
    ticket = ticket_by_mail(START, body=body, sender="Eve <eve@elsewhere.example>")
    answer(ticket, person("Alice"), LATER)
    assert sent(smtp)["Content-Language"] == language


@pytest.mark.parametrize("language", ["es", "en"])
def test_our_own_reader_takes_the_quote_off_again(smtp: Sink, language: str) -> None:
    ticket = asked()
    assert ticket.customer is not None
    ticket.customer.language = language
    ticket.customer.save(update_fields=["language"])
    answer(ticket, person("Alice"), LATER, "Lo miramos.")
    assert trim_reply(text_of(smtp.mails[-1])).strip() == "Lo miramos."


def test_a_second_answer_quotes_the_last_message_and_names_the_whole_thread(smtp: Sink) -> None:
    ticket, alice = asked(message_id="<first@acme.example>"), person("Alice")
    one = answer(ticket, alice, LATER, "¿Qué planta?")
    deliver(
        raw_mail("La 2.", message_id="<second@acme.example>", In_Reply_To=f"<{one.message_id}>"),
        LATER + timedelta(minutes=5),
    )
    answer(ticket, alice, LATER + timedelta(minutes=9), "Gracias.")
    mail = sent(smtp)
    assert mail["In-Reply-To"] == "<second@acme.example>"
    assert mail["References"].split() == [
        "<first@acme.example>", f"<{one.message_id}>", "<second@acme.example>",
    ]  # fmt: skip
    text = text_of(smtp.mails[-1])
    assert "> La 2." in text
    assert "No podemos recibir" not in text


def test_a_long_thread_names_its_last_mails_and_a_long_id_stays_whole(smtp: Sink) -> None:
    long_id = f"PAXPR05MB7890{'AB' * 30}@PAXPR05MB7890.eurprd05.prod.outlook.example"
    ticket, alice = asked(message_id="<first@acme.example>"), person("Alice")
    for number in range(25):
        name = long_id if number == 24 else f"{number}@acme.example"
        deliver(
            raw_mail("Más.", message_id=f"<{name}>", In_Reply_To="<first@acme.example>"),
            START + timedelta(minutes=number + 1),
        )
    answer(ticket, alice, LATER)
    head = smtp.raw[-1].partition(b"\r\n\r\n")[0].decode()
    assert f"In-Reply-To: <{long_id}>\r\n" in head
    assert 10 < len(sent(smtp)["References"].split()) <= 20
    assert max(len(line) for line in head.split("\r\n")) < 500


def test_a_note_is_in_no_thread_that_a_customer_sees(smtp: Sink) -> None:
    ticket = asked()
    Message.objects.create(
        ticket=ticket,
        is_public=False,
        author_kind="agent",
        channel="email",
        body="Entre nosotros.",
        body_sha256="x",
        at=START,
        message_id="secret@sivocenter.com",
    )
    answer(ticket, person("Alice"), LATER)
    assert b"secret@" not in smtp.raw[-1]
    assert "Entre nosotros" not in text_of(smtp.mails[-1])


EVIL = "Caída\r\nBcc: eve@evil.example\r\n\r\n<h1>x</h1>\u2028X: y\x00\x85Z: z"


def test_no_subject_name_or_file_slips_a_header_in(smtp: Sink, settings: Any) -> None:
    settings.SENDER_NAME = f"SIVO {EVIL}"
    ticket = asked(message_id="<first@acme.example>")
    Ticket.objects.filter(pk=ticket.pk).update(subject=EVIL.replace("\x00", ""))
    Message.objects.update(author_name=EVIL.replace("\x00", ""))
    answer_ticket(
        ticket_id=ticket.pk,
        text=f"Hola {EVIL}",
        user=person("Alice"),
        now=LATER,
        files=[NewFile(name=f"a/{EVIL}.txt", media_type=f"text/plain\r\n{EVIL}", content=b"x")],
    )
    send_waiting(clock=lambda: LATER)
    mail = sent(smtp)
    assert smtp.envelopes == [("support@sivocenter.com", ["bob@acme.example"])]
    names = {name.lower() for name in mail.keys()}  # noqa: SIM118 - a mail is not a dict
    assert names.isdisjoint({"bcc", "x", "z"})
    assert names >= {"from", "to", "subject", "date", "message-id", "content-type"}
    head = smtp.raw[-1].partition(b"\r\n\r\n")[0]
    assert head.isascii()
    assert "Caída Bcc: eve@evil.example" in mail["Subject"]


def test_every_byte_on_the_wire_is_ascii_and_no_line_is_long(smtp: Sink) -> None:
    ticket = asked(subject="Centralita caída ñ €", body="¿Qué pasa? 😀")
    text = "Ya está: €, ñ, 漢字, 😀\n" + "x" * 3000 + "\n.\n..\nFrom Madrid\n=20"
    answer(ticket, person("Alice"), LATER, text)
    raw = smtp.raw[-1]
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    body = text_of(smtp.mails[-1]).replace("\r\n", "\n")
    assert body.startswith(text)
    assert "> ¿Qué pasa? 😀" in body
    assert sent(smtp)["Subject"] == f"Re: Centralita caída ñ € [{ticket.reference}]"


def test_files_go_along_as_they_are(smtp: Sink) -> None:
    ticket = asked()
    files = [
        NewFile(name="informe año.pdf", media_type="application/pdf", content=b"%PDF\x00\xff\r\n"),
        NewFile(name="notas.txt", media_type="text/plain", content="ñ".encode("latin-1")),
        NewFile(name="mail.eml", media_type="message/rfc822", content=b"From: x\r\n\r\nx"),
        NewFile(name="", media_type="rubbish", content=b""),
    ]
    answer_ticket(
        ticket_id=ticket.pk, text="Adjunto.", user=person("Alice"), now=LATER, files=files
    )
    send_waiting(clock=lambda: LATER)
    found = parse_mail(smtp.raw[-1]).attachments
    assert [(file.name, file.content) for file in found[:3]] == [
        (file.name, file.content) for file in files[:3]
    ]
    assert [part.get_content_type() for part in sent(smtp).iter_attachments()] == [
        "application/pdf", "text/plain", "application/octet-stream", "application/octet-stream",
    ]  # fmt: skip
    assert ticket.messages.get(author_kind="agent").attachments.count() == 4


def test_files_that_no_mail_server_takes_are_refused_before_anything_is_stored() -> None:
    ticket = asked()
    big = NewFile(name="a.bin", media_type="application/octet-stream", content=bytes(19_000_000))
    with pytest.raises(FilesTooLarge, match="too large"):
        answer_ticket(ticket_id=ticket.pk, text="x", user=person("Alice"), now=LATER, files=[big])
    assert not ticket.messages.filter(author_kind="agent").exists()


def test_a_source_with_an_address_of_its_own_answers_from_it(smtp: Sink) -> None:
    ticket = asked()
    Source.objects.filter(pk=ticket.source_id).update(address="soporte@sivo.example")
    made = answer(ticket, person("Alice"), LATER)
    mail = sent(smtp)
    assert mail["From"] == "SIVO Support <soporte@sivo.example>"
    back = mail["Reply-To"].addresses[0].addr_spec
    assert re.fullmatch(r"soporte\+t\d+\.[a-z2-7]{16}@sivo.example", back)
    assert ticket_of([back], signing_keys()) == ticket.pk
    assert made.message_id.endswith("@sivo.example")
    assert smtp.envelopes[-1][0] == "soporte@sivo.example"


def test_without_plus_addresses_replies_go_to_the_plain_one(smtp: Sink, settings: Any) -> None:
    settings.PLUS_ADDRESSING = False
    answer(asked(), person("Alice"), LATER)
    assert "Reply-To" not in sent(smtp)


@pytest.mark.parametrize("address", ["bob@bücher.example", "bob@xn--bcher-kva.example"])
def test_a_domain_with_letters_of_its_own_is_written_in_ascii(smtp: Sink, address: str) -> None:
    ticket = asked()
    made = answer_ticket(ticket_id=ticket.pk, text="Hola", user=person("Alice"), now=LATER)
    Message.objects.filter(pk=made.pk).update(send_to=address)
    assert send_waiting(clock=lambda: LATER) == 1
    assert smtp.envelopes[-1][1] == ["bob@xn--bcher-kva.example"]


@pytest.mark.parametrize(
    "address",
    [
        "bob",
        "bob@",
        "@acme.example",
        "a b@x",
        "a@b>\r\nRCPT TO:<eve@x",
        "a@x,b@y",
        "a@" + "x" * 70,
    ],
)
def test_what_is_no_address_gets_nothing_and_somebody_is_told(smtp: Sink, address: str) -> None:
    ticket = asked()
    made = answer_ticket(ticket_id=ticket.pk, text="Hola", user=person("Alice"), now=LATER)
    Message.objects.filter(pk=made.pk).update(send_to=address)
    assert send_waiting(clock=lambda: LATER) == 0
    made.refresh_from_db()
    ticket.refresh_from_db()
    assert (made.send_state, ticket.attention, smtp.mails) == ("failed", "unsent", [])


def test_an_address_with_letters_of_its_own_needs_a_server_that_carries_them(
    settings: Any,
) -> None:
    ticket, alice = asked(), person("Alice")
    for can, state in ((False, "failed"), (True, "sent")):
        made = answer_ticket(ticket_id=ticket.pk, text="Hola", user=alice, now=LATER)
        Message.objects.filter(pk=made.pk).update(send_to="bób@bücher.example")
        with mail_server(settings, smtputf8=can) as sink:
            send_waiting(clock=lambda: LATER)
        made.refresh_from_db()
        assert made.send_state == state, made.send_error
    assert sink.envelopes == [("support@sivocenter.com", ["bób@xn--bcher-kva.example"])]


def test_the_reference_is_not_repeated_and_not_mistaken_for_a_longer_one(smtp: Sink) -> None:
    ticket = asked()
    Ticket.objects.filter(pk=ticket.pk).update(subject=f"RE: Caída [{ticket.reference}]")
    answer(ticket, person("Alice"), LATER)
    assert sent(smtp)["Subject"] == f"RE: Caída [{ticket.reference}]"
    Ticket.objects.filter(pk=ticket.pk).update(subject=f"{ticket.reference}9")
    answer(ticket, ticket.messages.get(author_kind="agent").user, LATER)  # type: ignore[arg-type]
    assert sent(smtp)["Subject"] == f"Re: {ticket.reference}9 [{ticket.reference}]"
