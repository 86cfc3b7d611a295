"""Mails from both sides of the counter: who is heard, what stops a clock, what comes back."""

from datetime import timedelta
from email.message import EmailMessage

import pytest

from sla.operations.clocks.audit import Audited, audit_clocks
from tests.sla.world import (
    answer,
    contract_clock,
    customer,
    deliver,
    madrid,
    person,
    raw_mail,
    ticket_by_mail,
)
from tests.tickets.smtp_sink import Sink
from tickets.domain.words import EventKind, MailRole
from tickets.models import Message, Ticket
from tickets.operations.incoming.ingest_mail import mailbox
from tickets.operations.outgoing.answer import new_message_id

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]

START = madrid("2026-11-18 10:00")
HOUR = timedelta(hours=1)


@pytest.fixture
def ticket() -> Ticket:
    """Bob asked, on Pro: an answer is due at 14:00."""
    customer("pro")
    return ticket_by_mail(START, message_id="<asked@acme.example>", subject="Centralita")


def from_alice(body: str = "Ya está.") -> bytes:
    """What Alice's own mail program sent and put into the folder of sent mail."""
    return to_bob(
        raw_mail(
            body,
            sender="Alice <alice@sivocenter.example>",
            In_Reply_To="<asked@acme.example>",
        )
    )


def to_bob(raw: bytes) -> bytes:
    """The same mail, to the customer."""
    return raw.replace(b"To: support@sivocenter.com", b"To: bob@acme.example")


def test_an_answer_from_an_agents_mail_program_stops_the_clock(ticket: Ticket) -> None:
    alice = person("Alice")
    at = START + 2 * HOUR
    sent = deliver(from_alice(), at, role=MailRole.SENT)
    assert (sent.outcome, sent.ticket) == ("appended", ticket)
    message = Message.objects.get(delivery=sent)
    assert (message.user, message.is_public) == (alice, True)
    clock = contract_clock(ticket)
    assert (clock.stopped_at, clock.met) == (at, True)


def test_what_an_agent_sent_counts_from_our_first_sight_whatever_the_folder_says(
    ticket: Ticket,
) -> None:
    person("Alice")
    seen = START + 6 * HOUR
    # Whoever puts a mail into the folder also says since when it lies there.
    deliver(from_alice(), START + HOUR, now=seen, role=MailRole.SENT)
    clock = contract_clock(ticket)
    assert (clock.stopped_at, clock.met) == (seen, False)
    assert clock.breached_at == START + 4 * HOUR


def test_a_shared_mailbox_answers_for_nobody_by_name(ticket: Ticket) -> None:
    shared = raw_mail(
        "Ya está.", sender="SIVO <support@sivocenter.com>", In_Reply_To="<asked@acme.example>"
    )
    sent = deliver(to_bob(shared), START + HOUR, role=MailRole.SENT)
    assert sent.outcome == "appended"
    assert contract_clock(ticket).met is True


def test_the_same_mail_among_what_came_in_stops_nothing(ticket: Ticket) -> None:
    person("Alice")
    assert deliver(from_alice(), START + HOUR).outcome == "opened"
    assert contract_clock(ticket).met is None


def test_a_sent_mail_to_a_colleague_is_a_note(ticket: Ticket) -> None:
    person("Alice")
    person("Carla")
    raw = from_alice("¿Lo miras tú?")
    inside = raw.replace(b"To: bob@acme.example", b"To: carla@sivocenter.example")
    deliver(inside, START + HOUR, role=MailRole.SENT)
    assert not Message.objects.get(body__contains="miras").is_public
    assert contract_clock(ticket).met is None


def test_a_copy_of_the_desks_own_answer_counts_once(smtp: Sink, ticket: Ticket) -> None:
    answer(ticket, person("Alice"), START + HOUR)
    (raw,) = smtp.raw
    for role in (MailRole.SENT, MailRole.RECEIVED):
        copy = deliver(bytes(raw), START + 2 * HOUR, role=role)
        assert (copy.outcome, copy.reason) == ("ignored", "our own mail came back")
    assert ticket.events.filter(kind=EventKind.AGENT_REPLIED).count() == 1


def test_our_mark_on_somebody_elses_mail_silences_nothing(smtp: Sink, ticket: Ticket) -> None:
    answer(ticket, person("Alice"), START + HOUR)
    mark = str(smtp.mails[-1]["X-SIVO-Loop"])
    forged = raw_mail("¡Sigue caído!", X_SIVO_Loop=mark, In_Reply_To="<asked@acme.example>")
    assert deliver(forged, START + 2 * HOUR).outcome == "appended"


def test_a_reply_to_the_signed_address_finds_its_ticket_from_anywhere(
    smtp: Sink, ticket: Ticket
) -> None:
    answer(ticket, person("Alice"), START + HOUR)
    to = str(smtp.mails[-1]["Reply-To"])
    reply = EmailMessage()
    reply["From"], reply["To"] = "bob.private@gmail.com", to
    reply["Subject"], reply["Message-ID"] = "Sin referencias", "<new@gmail.com>"
    reply.set_content("Os escribo desde casa: sigue igual.")
    joined = deliver(reply.as_bytes(), START + 2 * HOUR)
    assert (joined.outcome, joined.ticket) == ("appended", ticket)

    number = f"+t{ticket.pk}."
    local, _, rest = to.partition(number)
    del reply["To"], reply["Message-ID"]
    reply["To"] = f"{local}{number}{'a' * 16}@{rest.rpartition('@')[2].rstrip('>')}"
    reply["Message-ID"] = "<forged@gmail.com>"
    assert deliver(reply.as_bytes(), START + 3 * HOUR).outcome == "opened"


def test_a_bounce_undoes_the_answer_and_asks_for_attention(smtp: Sink, ticket: Ticket) -> None:
    made = answer(ticket, person("Alice"), START + HOUR)
    assert contract_clock(ticket).met is True
    bounce = (
        "From: MAILER-DAEMON@mx.acme.example\r\nTo: support@sivocenter.com\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nThe user is unknown.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
        "Final-Recipient: rfc822; bob@acme.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        "--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"Message-ID: <{made.message_id}>\r\n\r\n--b--\r\n"
    ).encode()
    came = START + 2 * HOUR
    assert deliver(bounce, came).outcome == "appended"
    ticket.refresh_from_db()
    assert (ticket.attention, ticket.attention_at) == ("bounced", came)
    clock = contract_clock(ticket)
    assert (clock.state, clock.stopped_at, clock.met) == ("running", None, None)
    assert list(audit_clocks(Audited(), now=START + 5 * HOUR)) == []


def test_a_message_id_of_ours_cannot_be_guessed(ticket: Ticket) -> None:
    ids = {new_message_id(mailbox()) for _ in range(100)}
    assert len(ids) == 100
    assert all(len(each.partition("@")[0]) >= 20 for each in ids)
