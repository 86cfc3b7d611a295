"""Attacks on what counts as an answer: bounces, copies, forwards, borrowed ids and numbers."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from tests.sla.world import answer, contract_clock, customer, deliver, madrid, person, raw_mail
from tests.tickets.hooks import minutes
from tests.tickets.smtp_sink import Sink
from tickets.domain.words import EventKind, MailRole
from tickets.models import Delivery, Mailbox, MailFolder, Message, SendState, Ticket
from tickets.operations.incoming.ingest_mail import mailbox
from tickets.operations.incoming.look_up import look_up
from tickets.operations.incoming.process import process_delivery
from tickets.operations.incoming.read_delivery import read_delivery
from tickets.operations.outgoing.answer import resend_answer
from tickets.operations.outgoing.outbox import send_waiting

AT = madrid("2026-11-18 10:00")
ASKED = "<asked@acme.example>"
ALICE = "Alice <alice@sivocenter.example>"


@pytest.fixture
def alice(terms: None, settings: Any) -> User:
    """Alice, and Acme on Pro."""
    settings.SUPPORT_ADDRESSES = ["support@sivocenter.com"]
    customer("pro")
    return person("Alice")


@pytest.fixture
def ticket(alice: User) -> Ticket:
    """Bob asked: an answer is due at 14:00."""
    found = deliver(raw_mail(message_id=ASKED), AT).ticket
    assert found is not None
    return found


def sent(to: str, *, after: float = 60, sender: str = ALICE, **headers: str) -> Delivery:
    """What lies in the folder of sent mail."""
    raw = raw_mail("Lo miramos.", sender=sender, **headers)
    raw = raw.replace(b"To: support@sivocenter.com", f"To: {to}".encode())
    return deliver(raw, AT + minutes(after), role=MailRole.SENT)


def bounce(of: str, *others: str) -> bytes:
    """The report of a mail server that gives a mail back, in the thread of that mail."""
    return (
        "From: MAILER-DAEMON@mx.acme.example\r\nTo: support@sivocenter.com\r\n"
        f"References: {' '.join(f'<{each}>' for each in (*others, of))}\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nThe user is unknown.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
        "Final-Recipient: rfc822; bob@acme.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{of}>\r\n\r\n--b--\r\n"
    ).encode()


def folder_of_sent_mail() -> None:
    """What agents send from their mail program is read, too."""
    box = Mailbox.objects.create(source=mailbox(), host="imap.sivo.example", starts_at=AT)
    MailFolder.objects.create(mailbox=box, name="Sent", role=MailRole.SENT)


def test_a_bounce_undoes_the_answer_that_came_back_and_no_earlier_one_of_its_thread(
    smtp: Sink, alice: User, ticket: Ticket
) -> None:
    first = answer(ticket, alice, AT + minutes(10))
    second = answer(ticket, alice, AT + minutes(20))
    assert first.message_id
    deliver(bounce(second.message_id, first.message_id), AT + minutes(21))
    undone = ticket.events.get(kind=EventKind.REPLY_BOUNCED)
    assert undone.details["of"] == (AT + minutes(20)).isoformat()
    assert contract_clock(ticket).stopped_at == AT + minutes(10)


def test_an_answer_that_was_sent_again_is_undone_again(
    smtp: Sink, alice: User, ticket: Ticket
) -> None:
    made = answer(ticket, alice, AT + minutes(10))
    deliver(bounce(made.message_id), AT + minutes(11))
    Message.objects.filter(pk=made.pk).update(send_state=SendState.FAILED)
    resend_answer(message_id=made.pk, user=alice, now=AT + minutes(20))
    send_waiting(clock=lambda: AT + minutes(20))
    assert contract_clock(ticket).stopped_at == AT + minutes(20)
    deliver(bounce(made.message_id), AT + minutes(21))
    assert ticket.events.filter(kind=EventKind.REPLY_BOUNCED).count() == 2
    assert contract_clock(ticket).met is None


def test_a_bounce_that_is_faster_than_the_folder_of_sent_mail_waits_for_it(
    ticket: Ticket,
) -> None:
    folder_of_sent_mail()
    early = deliver(bounce("gone@sivocenter.example"), AT + minutes(30))
    assert early.state == "waiting"
    sent("bob@acme.example", In_Reply_To=ASKED, message_id="<gone@sivocenter.example>", after=31)
    assert contract_clock(ticket).met is True
    process_delivery(delivery_id=early.pk, now=AT + minutes(32))
    ticket.refresh_from_db()
    assert (ticket.attention, contract_clock(ticket).met) == ("bounced", None)


def test_a_bounce_of_nothing_of_ours_is_ignored_in_the_end(ticket: Ticket) -> None:
    folder_of_sent_mail()
    lost = deliver(bounce("spam@elsewhere.example"), AT + minutes(1))
    for _ in range(6):
        Delivery.objects.filter(pk=lost.pk).update(attempts=lost.attempts + 1)
        process_delivery(delivery_id=lost.pk, now=AT + minutes(2))
        lost.refresh_from_db()
    assert (lost.state, lost.outcome) == ("ignored", "ignored")


@pytest.mark.parametrize("sender", [ALICE, "SIVO <support@sivocenter.com>"])
@pytest.mark.parametrize("to", ["alice@sivocenter.example", "tech@vendor.example"])
def test_a_sent_mail_that_no_one_of_the_customers_got_is_a_note(
    ticket: Ticket, sender: str, to: str
) -> None:
    forwarded = sent(to, sender=sender, References=ASKED)
    assert forwarded.ticket == ticket
    assert not Message.objects.get(delivery=forwarded).is_public
    assert contract_clock(ticket).met is None


@pytest.mark.parametrize("to", ["bob@acme.example", "Berta <BERTA@Acme.example>"])
def test_a_sent_mail_to_anybody_of_the_customer_is_an_answer(ticket: Ticket, to: str) -> None:
    sent(to, References=ASKED)
    assert contract_clock(ticket).met is True


def test_who_writes_under_our_message_id_does_not_silence_our_answer(ticket: Ticket) -> None:
    name = "<answer@sivocenter.example>"
    deliver(raw_mail("¿Y bien?", message_id=name, In_Reply_To=ASKED), AT + minutes(59))
    assert sent("bob@acme.example", In_Reply_To=ASKED, message_id=name).outcome == "appended"
    assert contract_clock(ticket).met is True


def test_a_strangers_mail_under_bobs_message_id_does_not_draw_the_answer(ticket: Ticket) -> None:
    for number in range(12):
        stranger = raw_mail(f"Hola {number}", sender="eve@evil.example", message_id=ASKED)
        assert deliver(stranger, AT + minutes(number + 1)).outcome == "opened"
    assert sent("bob@acme.example", In_Reply_To=ASKED).ticket == ticket
    assert contract_clock(ticket).met is True


def test_a_strangers_subject_does_not_lead_our_answer_to_another_ticket(ticket: Ticket) -> None:
    subject = f"[{ticket.reference}] Hola"
    stranger = raw_mail("Hola", subject=subject, sender="eve@evil.example").replace(
        b"Message-ID", b"X-No-Message-ID"
    )
    deliver(stranger, AT + minutes(1))
    sent("eve@evil.example", subject=f"Re: {subject}")
    assert contract_clock(ticket).met is None


def test_a_message_id_that_hundreds_share_locks_a_few_tickets(ticket: Ticket) -> None:
    for number in range(30):
        stranger = raw_mail(f"Hola {number}", sender="eve@evil.example", message_id=ASKED)
        deliver(stranger, AT + minutes(1))
    again = deliver(raw_mail("Hola 29", sender="eve@evil.example", message_id=ASKED), AT)
    assert again.outcome == "duplicate"
    known, _ = look_up([(again, record) for record in read_delivery(again)])  # type: ignore[misc]
    assert len(known.tickets) <= 8


def test_the_newest_of_a_thousand_references_leads_to_the_ticket(ticket: Ticket) -> None:
    old = " ".join(f"<{number}@old.example>" for number in range(1000))
    reply = raw_mail("Sigue igual.").replace(
        b"Subject:", f"References: {old} {ASKED}\nSubject:".encode(), 1
    )
    assert deliver(reply, AT + minutes(5)).ticket == ticket
    assert mailbox().deliveries.count() == 2
