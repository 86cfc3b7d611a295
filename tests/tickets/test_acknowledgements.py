"""A new ticket's sender is told by when we answer, once, and no machine is ever answered."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.journeys.threads import at_once
from tests.sla.world import (
    answer,
    contract_clock,
    customer,
    deliver,
    madrid,
    person,
    raw_mail,
)
from tests.tickets.receipts import Received, acknowledging, receive, send
from tests.tickets.smtp_sink import Sink, text_of
from tickets.domain.own_mail import is_own_mail
from tickets.inbound.mail import parse
from tickets.models import Contact, Message, Source, Ticket
from tickets.operations.desk.actions import mark_spam
from tickets.operations.incoming.ingest_mail import mailbox
from tickets.operations.outgoing.acknowledge import claim_senders
from tickets.outbound.keys import signing_keys

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]

START = madrid("2026-11-18 10:00")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def source(terms: None) -> Source:
    customer("pro")
    return acknowledging()


def opened(at: datetime = START, **mail: str) -> Received:
    return receive(raw_mail(**mail), at)


@pytest.mark.usefixtures("source")
def test_the_receipt_names_the_reference_and_the_promise(smtp: Sink) -> None:
    ticket = opened(message_id="<first@acme.example>", Return_Path="<bob@acme.example>").ticket
    assert send(START + timedelta(seconds=3)) == 1
    (mail,) = smtp.mails
    assert text_of(mail).replace("\r\n", "\n") == (
        f"Hola:\n\nHemos recibido su mensaje. Su referencia es {ticket.reference}.\n\n"
        "Con su plan (Pro), le respondemos, a más tardar, el miércoles 18 de noviembre de 2026, "
        "a las 14:00 (hora de Madrid, UTC+1).\n\n"
        "Si quiere añadir algo, responda a este correo.\n\n"
        "SIVO Support\n"
        "Este acuse de recibo es automático; su mensaje lo lee una persona.\n"
    )
    assert smtp.envelopes == [("", ["bob@acme.example"])]
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["In-Reply-To"] == mail["References"] == "<first@acme.example>"
    assert mail["Subject"] == f"Re: Centralita [{ticket.reference}]"
    (back,) = parse(smtp.raw[0], own_mx_hosts=())
    assert is_own_mail(back, signing_keys())


@pytest.mark.usefixtures("source")
def test_a_receipt_is_in_the_log_and_stops_no_clock(smtp: Sink) -> None:
    ticket = opened().ticket
    send(START + MINUTE)
    kinds = list(ticket.events.values_list("kind", flat=True))
    assert kinds == ["opened", "auto_replied"]
    assert contract_clock(ticket).state == "running"
    ticket.refresh_from_db()
    assert (ticket.answered_at, ticket.status) == (None, "open")
    message = ticket.messages.get(author_kind="bot")
    assert (message.mail_kind, message.is_public, message.send_state) == ("auto", True, "sent")


def test_an_unknown_sender_is_promised_no_time(smtp: Sink, source: Source) -> None:
    opened(sender="Eve <eve@elsewhere.example>", body="Nothing works here, please help!")
    send(START + MINUTE)
    text = text_of(smtp.mails[0])
    assert "we have received your message" in text
    assert "answer by" not in text


def test_an_english_customer_reads_english(smtp: Sink, source: Source) -> None:
    acme = customer("enterprise", domain="beta.example")
    acme.language = "en"
    acme.save(update_fields=["language"])
    opened(sender="Bob <bob@beta.example>", body="Nothing works!")
    send(START + MINUTE)
    assert (
        "With your plan (Enterprise), we answer by Wednesday 18 November 2026, 10:30 "
        "(Madrid time, UTC+1)." in text_of(smtp.mails[0])
    )


@pytest.mark.usefixtures("source")
def test_the_promise_skips_a_holiday(smtp: Sink) -> None:
    # Monday 12 October 2026 is the national holiday; summer time holds.
    at = madrid("2026-10-09 16:40")
    opened(at)
    send(at + MINUTE)
    assert "el martes 13 de octubre de 2026, a las 11:40 (hora de Madrid, UTC+2)" in text_of(
        smtp.mails[0]
    )


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ("2026-10-25T00:15:00+00:00", "02:45 (hora de Madrid, UTC+2)"),
        ("2026-10-25T01:15:00+00:00", "02:45 (hora de Madrid, UTC+1)"),
        ("2026-03-29T00:45:00+00:00", "03:15 (hora de Madrid, UTC+2)"),
    ],
)
def test_the_night_on_which_clocks_change_is_told_apart(
    smtp: Sink, source: Source, at: str, due: str
) -> None:
    customer("enterprise", domain="beta.example")
    when = datetime.fromisoformat(at)
    opened(when, sender="Bob <bob@beta.example>")
    send(when + MINUTE)
    assert due in text_of(smtp.mails[0])


@pytest.mark.usefixtures("source")
def test_what_has_passed_is_promised_no_more(smtp: Sink) -> None:
    opened()
    send(START + timedelta(hours=5))
    assert "a más tardar" not in text_of(smtp.mails[0])


@pytest.mark.usefixtures("source")
def test_one_sender_gets_one_in_a_day(smtp: Sink) -> None:
    assert opened().reason == ""
    assert "within 24 hours" in opened(START + timedelta(hours=23)).reason
    assert opened(START + timedelta(hours=24, minutes=1)).reason == ""
    assert opened(START + MINUTE, sender="Ann <ann@acme.example>").reason == ""


@pytest.mark.usefixtures("source")
def test_one_ticket_gets_one(smtp: Sink) -> None:
    first = opened()
    again = receive(raw_mail("Más.", subject=first.ticket.reference), START + MINUTE)
    assert again.ticket == first.ticket
    send(START + 2 * MINUTE)
    assert Message.objects.filter(author_kind="bot").count() == len(smtp.mails) == 1


@pytest.mark.django_db(transaction=True)
def test_two_tickets_of_one_sender_at_once_are_acknowledged_once(source: Source) -> None:
    deliver(raw_mail(), START)
    contact = Contact.objects.get()
    Contact.objects.update(acknowledged_at=None)
    claimed: list[set[int]] = []

    def claim() -> None:
        claimed.append(claim_senders([contact.pk], START))

    assert at_once(claim, claim, claim) == [None, None, None]
    assert sorted(map(len, claimed)) == [0, 0, 1]


def test_a_source_that_does_not_acknowledge_costs_no_query() -> None:
    customer("pro")
    mailbox()
    from tickets.operations.incoming.read_delivery import read_delivery
    from tickets.operations.outgoing.acknowledge import wanted

    delivery = deliver(raw_mail(), START)
    (incoming,) = read_delivery(delivery)
    with CaptureQueriesContext(connection) as queries:
        reason = wanted(source=delivery.source, incoming=incoming, delivery=delivery, now=START)
    assert reason == "this source does not acknowledge"
    assert len(queries) == 0


def _park(ticket: Ticket) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(parked_at=START)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (lambda ticket: answer(ticket, person("Alice"), START), "a person was faster"),
        (
            lambda ticket: mark_spam(ticket_id=ticket.pk, user=person("Alice"), now=START),
            "marked as spam",
        ),
        (_park, "automatic mail is stopped"),
    ],
)
def test_what_happens_before_it_leaves_keeps_it_here(
    smtp: Sink, source: Source, what: Any, words: str
) -> None:
    ticket = opened().ticket
    what(ticket)
    send(START + MINUTE)
    message = ticket.messages.get(author_kind="bot")
    assert (message.send_state, words in message.send_error) == ("failed", True)
    assert not any(mail["Auto-Submitted"] for mail in smtp.mails)
    ticket.refresh_from_db()
    assert ticket.attention == ""


@pytest.mark.usefixtures("source")
def test_there_is_a_ceiling_for_all_of_them_together(smtp: Sink, settings: Any) -> None:
    settings.ACKNOWLEDGEMENTS_PER_HOUR = 3
    for number in range(5):
        opened(START + number * MINUTE, sender=f"u{number}@acme.example")
        send(START + number * MINUTE)
    assert len(smtp.mails) == 3
    opened(START + timedelta(hours=2), sender="late@acme.example")
    send(START + timedelta(hours=2))
    assert len(smtp.mails) == 4


@pytest.mark.usefixtures("source")
def test_a_persons_answer_leaves_before_any_receipt(smtp: Sink) -> None:
    first, other = opened(), opened(START, sender="ann@acme.example")
    alice = person("Alice")
    answer(other.ticket, alice, START + MINUTE)
    assert smtp.mails[0]["Auto-Submitted"] is None
    assert [mail["To"] for mail in smtp.mails] == ["ann@acme.example", "bob@acme.example"]
    assert first.ticket.messages.get(author_kind="bot").send_state == "sent"


@pytest.mark.usefixtures("source")
def test_a_receipt_that_is_refused_worries_nobody(smtp: Sink) -> None:
    ticket = opened().ticket
    smtp.faults = ["rcpt 550 no such user"]
    send(START + MINUTE)
    ticket.refresh_from_db()
    assert ticket.attention == ""
    assert ticket.messages.get(author_kind="bot").send_state == "failed"
