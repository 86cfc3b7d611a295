"""Answers leave by a real mail server, find their thread, and count only when they arrive."""

from datetime import timedelta

import pytest

from sla.models import Clock
from tests.sla.world import (
    contract_clock,
    customer,
    deliver,
    madrid,
    person,
    raw_mail,
    ticket_by_mail,
)
from tests.tickets.smtp_sink import Sink
from tickets.models import Message, SendState, Source, SourceKind, Ticket
from tickets.operations.desk.actions import solve_ticket
from tickets.operations.outgoing.answer import CannotAnswerHere, answer_ticket
from tickets.operations.outgoing.outbox import send_waiting
from tickets.operations.ticket.notes import EmptyText

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]

START = madrid("2026-11-18 10:00")


def written() -> tuple[Ticket, Message]:
    """An answer that has not left yet."""
    customer("pro")
    ticket = ticket_by_mail(START, message_id="<first@acme.example>")
    message = answer_ticket(
        ticket_id=ticket.pk,
        text="Lo miramos.",
        user=person("Alice"),
        now=START + timedelta(hours=1),
    )
    return ticket, message


def answered() -> tuple[Ticket, Message]:
    """An answer that our mail server has taken."""
    ticket, message = written()
    assert send_waiting(clock=lambda: START + timedelta(hours=1)) == 1
    message.refresh_from_db()
    return ticket, message


def test_an_answer_reaches_the_customer_in_the_thread(smtp: Sink) -> None:
    ticket, answer = answered()
    (mail,) = smtp.mails
    assert mail["To"] == "bob@acme.example"
    assert mail["In-Reply-To"] == "<first@acme.example>"
    assert mail["Message-ID"] == f"<{answer.message_id}>"
    assert ticket.reference in mail["Subject"]
    assert "Auto-Submitted" not in mail
    assert smtp.envelopes == [("support@sivocenter.com", ["bob@acme.example"])]
    assert (answer.send_state, answer.send_to) == (SendState.SENT, "bob@acme.example")
    assert send_waiting(clock=lambda: START + timedelta(hours=2)) == 0


def test_a_reply_to_our_answer_joins_the_ticket_by_reference_and_by_subject() -> None:
    ticket, answer = answered()
    by_id = deliver(
        raw_mail("Gracias.", subject="Re: otra cosa", In_Reply_To=f"<{answer.message_id}>"),
        START + timedelta(hours=2),
    )
    by_subject = deliver(
        raw_mail("Y otra.", subject=f"Re: Centralita [{ticket.reference}]"),
        START + timedelta(hours=3),
    )
    assert by_id.ticket == by_subject.ticket == ticket
    assert by_id.outcome == "appended"


def test_a_stranger_who_knows_the_reference_opens_a_ticket_of_his_own() -> None:
    ticket, answer = answered()
    forged = deliver(
        raw_mail(
            "Déjenme entrar.",
            sender="Eve <eve@evil.example>",
            subject=f"Re: {ticket.reference}",
            In_Reply_To=f"<{answer.message_id}>",
        ),
        START + timedelta(hours=2),
    )
    assert forged.ticket is not None
    assert forged.ticket != ticket


def test_a_bounce_of_our_answer_undoes_it() -> None:
    ticket, answer = answered()
    assert contract_clock(ticket).met is True
    report = (
        "From: MAILER-DAEMON@acme.example\r\nTo: support@sivocenter.com\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nCould not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.acme.example\r\n\r\n"
        "Final-Recipient: rfc822; bob@acme.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <{answer.message_id}>\r\n"
        "Subject: Re: Centralita\r\n\r\nLo miramos.\r\n--b--\r\n"
    ).encode()
    delivery = deliver(report, START + timedelta(hours=2))
    assert (delivery.outcome, delivery.ticket) == ("appended", ticket)
    clock = contract_clock(ticket)
    assert (clock.state, clock.met) == ("running", None)


def test_an_out_of_office_reply_joins_the_ticket_and_moves_no_clock() -> None:
    ticket, answer = answered()
    readings = Clock.objects.filter(ticket=ticket).values_list("metric", "state", "due_at")
    before = list(readings)
    delivery = deliver(
        raw_mail(
            "Estoy de vacaciones.",
            subject="Respuesta automática: Centralita",
            In_Reply_To=f"<{answer.message_id}>",
            Auto_Submitted="auto-replied",
        ),
        START + timedelta(hours=2),
    )
    assert delivery.outcome == "appended"
    assert (
        list(Clock.objects.filter(ticket=ticket).values_list("metric", "state", "due_at")) == before
    )


def test_an_automatic_mail_opens_no_ticket() -> None:
    delivery = deliver(raw_mail("Fuera.", Auto_Submitted="auto-replied"), START)
    assert (delivery.outcome, delivery.ticket) == ("ignored", None)
    assert "automatic" in delivery.reason


def test_a_customer_who_writes_after_the_solve_reopens_the_ticket() -> None:
    ticket, _ = answered()
    alice = ticket.messages.get(author_kind="agent").user
    assert alice is not None
    solve_ticket(ticket_id=ticket.pk, user=alice, now=START + timedelta(hours=2))
    deliver(raw_mail("Sigue sin ir.", subject=ticket.reference), START + timedelta(hours=3))
    ticket.refresh_from_db()
    assert ticket.status == "open"
    run = Clock.objects.get(ticket=ticket, metric="next_response")
    assert run.started_at == START + timedelta(hours=3)


def test_an_empty_answer_is_refused() -> None:
    customer("pro")
    ticket = ticket_by_mail(START)
    with pytest.raises(EmptyText, match="write something"):
        answer_ticket(ticket_id=ticket.pk, text=" \n", user=person("Alice"), now=START)


def test_a_ticket_of_a_helpdesk_tool_is_answered_there() -> None:
    source = Source.objects.create(kind=SourceKind.STANDARD, name="Zendesk Madrid")
    ticket = Ticket.objects.create(
        source=source, thread="T-1", channel="helpdesk", severity="S3", opened_at=START
    )
    with pytest.raises(CannotAnswerHere, match="Zendesk Madrid: answer it there"):
        answer_ticket(ticket_id=ticket.pk, text="Hola", user=person("Alice"), now=START)


def test_one_mail_that_came_to_two_of_our_addresses_opens_one_ticket() -> None:
    customer("pro")
    mail = raw_mail(message_id="<twice@acme.example>")
    first = deliver(mail, START)
    second = deliver(b"Delivered-To: soporte@sivocenter.com\r\n" + mail, START)
    assert (second.outcome, second.ticket) == ("duplicate", first.ticket)
    other = deliver(raw_mail("Otra cosa.", message_id="<twice@acme.example>"), START)
    assert other.outcome == "opened"
