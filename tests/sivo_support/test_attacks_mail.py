"""Attacks by e-mail: forged senders, references and bounces, and mails that are no answers."""

import json
import time
from typing import Any

import pytest
from django.contrib.auth.models import User

from tests.sla.world import answer, contract_clock, customer, deliver, madrid, person, raw_mail
from tests.tickets.hooks import minutes
from tickets.domain.severity import classify
from tickets.models import Delivery, Message, Outcome, Ticket

AT = madrid("2026-11-18 10:00")
PASSED = "mx.sivo.example; dmarc=pass header.from="
ACME, HOUSE = f"{PASSED}acme.example", f"{PASSED}sivocenter.example"
ALICE = "Alice <alice@sivocenter.example>"


@pytest.fixture
def alice(terms: None, settings: Any) -> User:
    """Alice, Acme on Enterprise, and mail servers of ours that check DMARC."""
    settings.OWN_MX_HOSTS = ["mx.sivo.example"]
    settings.SUPPORT_ADDRESSES = ["support@sivocenter.com"]
    customer("enterprise")
    return person("Alice")


def bobs_ticket() -> Ticket:
    ticket = deliver(raw_mail(Authentication_Results=ACME), AT).ticket
    assert ticket is not None
    return ticket


def later(raw: bytes, after: float = 5) -> Delivery:
    return deliver(raw, AT + minutes(after))


def test_a_forged_sender_who_guesses_the_reference_joins_nothing(alice: User) -> None:
    ticket = bobs_ticket()
    before = ticket.events.count()
    forged = later(raw_mail("Cierren el caso.", subject=f"Re: x [{ticket.reference}]"))
    assert forged.ticket is not None
    assert forged.ticket != ticket
    assert forged.ticket.needs_triage
    assert forged.ticket.customer is None
    assert ticket.events.count() == before


def test_a_sender_without_a_verdict_joins_by_the_message_id_that_only_he_knows(
    alice: User,
) -> None:
    ticket = bobs_ticket()
    sent = answer(ticket, alice, AT + minutes(1))
    reply = later(raw_mail("Gracias.", In_Reply_To=f"<{sent.message_id}>"))
    assert reply.ticket == ticket


def test_a_proven_sender_joins_by_the_reference(alice: User) -> None:
    ticket = bobs_ticket()
    reply = raw_mail("Más.", subject=f"Re: {ticket.reference}", Authentication_Results=ACME)
    assert later(reply).ticket == ticket


def test_another_customer_who_is_proven_does_not_join_by_reference_or_message_id(
    alice: User,
) -> None:
    customer("pro", domain="beta.example")
    ticket = bobs_ticket()
    sent = answer(ticket, alice, AT + minutes(1))
    spy = later(
        raw_mail(
            "¿Qué tal?",
            sender="eve@beta.example",
            subject=f"Re: {ticket.reference}",
            In_Reply_To=f"<{sent.message_id}>",
            References=" ".join(f"<{each.message_id}>" for each in Message.objects.all()),
            Authentication_Results=f"{PASSED}beta.example",
        )
    )
    assert spy.ticket is not None
    assert spy.ticket != ticket
    assert spy.ticket.customer is not None
    assert spy.ticket.customer.name == "Beta"


@pytest.mark.parametrize(
    "claim",
    [
        {},
        {"Authentication_Results": "mx.sivo.example; dmarc=fail header.from=sivocenter.example"},
        {"Authentication_Results": "mx.evil.example; dmarc=pass header.from=sivocenter.example"},
        {"Authentication_Results": f"{PASSED}evil.example"},
        {"Authentication_Results": "mx.sivo.example; spf=pass (dmarc=pass)"},
        {"Sender": ALICE, "Reply_To": ALICE},
    ],
)
def test_a_forged_agent_stops_no_clock(alice: User, claim: dict[str, str]) -> None:
    ticket = bobs_ticket()
    forged = raw_mail(
        "Resuelto.", sender=ALICE, subject=f"Re: {ticket.reference}", Cc="bob@acme.example", **claim
    )
    later(forged)
    assert contract_clock(ticket).state == "running"


def test_a_proven_agent_who_writes_to_the_customer_stops_it(alice: User) -> None:
    ticket = bobs_ticket()
    reply = raw_mail(
        "Lo miramos.",
        sender=ALICE,
        subject=f"Re: {ticket.reference}",
        Cc="Bob <bob@acme.example>",
        Authentication_Results=HOUSE,
    )
    assert later(reply).ticket == ticket
    assert contract_clock(ticket).state == "stopped"


@pytest.mark.parametrize("cc", ["alice@sivocenter.example", "l2@sivocenter.com", ""])
def test_an_agents_mail_that_no_customer_got_is_a_note(alice: User, cc: str) -> None:
    ticket = bobs_ticket()
    more = {"Cc": cc} if cc else {}
    note = later(
        raw_mail(
            "¿Alguien lo mira?",
            sender=ALICE,
            subject=f"Fwd: {ticket.reference}",
            Authentication_Results=HOUSE,
            **more,
        )
    )
    assert note.ticket == ticket
    assert not Message.objects.get(delivery=note).is_public
    assert contract_clock(ticket).state == "running"


def test_a_strangers_bounce_undoes_nothing(alice: User) -> None:
    ticket = bobs_ticket()
    answer(ticket, alice, AT + minutes(1))
    guesses = [f"{ticket.reference}@sivocenter.com", "1@sivocenter.com", ""]
    known = [each.message_id for each in ticket.messages.filter(author_kind="customer")]
    for named in [*guesses, *known]:
        report = (
            "From: MAILER-DAEMON@evil.example\r\nTo: support@sivocenter.com\r\n"
            f"Subject: Undelivered Mail {ticket.reference}\r\nMIME-Version: 1.0\r\n"
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
            "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
            "Final-Recipient: rfc822; bob@acme.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
            "--b\r\nContent-Type: message/rfc822\r\n\r\n"
            f"Message-ID: <{named}>\r\n\r\nx\r\n--b--\r\n"
        )
        assert later(report.encode()).outcome == Outcome.IGNORED
    assert contract_clock(ticket).met is True


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize(
    "date",
    [
        "Fri, 31 Dec 9999 23:59:59 +0000",
        "Fri, 31 Dec 9999 23:59:59 -1200",
        "Mon, 01 Jan 0001 00:00:00 +1400",
        "Mon, 01 Jan 99999 00:00:00 +0000",
    ],
)
def test_a_date_that_no_calendar_has_opens_a_ticket_like_any(date: str) -> None:
    delivery = deliver(raw_mail(Date=date), AT)
    assert delivery.ticket is not None
    assert delivery.ticket.opened_at == AT


@pytest.mark.parametrize(
    "name",
    [
        b"<a\x00b@x>",
        b"<a\r\n\tb@x>",
        b"<=?utf-8?q?=0D=0ABcc:_eve=40x?=@x>",
        b"<\xff\xfe@x>",
        b"weird>< id",
        b"<" + b"a" * 1900 + b"@x>",
    ],
)
def test_no_message_id_spoils_the_answer_or_adds_a_header(
    alice: User, mailoutbox: list[Any], name: bytes
) -> None:
    raw = raw_mail(message_id="<PLACE@x>").replace(b"<PLACE@x>", name)
    ticket = deliver(raw, AT).ticket
    assert ticket is not None
    assert answer(ticket, alice, AT).accepted_at == AT
    sent = mailoutbox[0].message()
    assert mailoutbox[0].recipients() == ["bob@acme.example"]
    assert sent["Bcc"] is None
    assert "Bcc:" not in [line[:4] for line in sent.as_string().splitlines()]


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize("number", ["9" * 18, "9" * 40, "0", "-1", "1e9", "٣"])
def test_a_reference_that_does_not_exist_opens_a_ticket(number: str) -> None:
    mail = raw_mail(subject=f"Re: SIVO-{number}", Authentication_Results=ACME)
    assert deliver(mail, AT).outcome == Outcome.OPENED


@pytest.mark.usefixtures("alice")
def test_a_huge_subject_and_a_hundred_thousand_recipients_cost_seconds_at_most() -> None:
    plain = raw_mail(Authentication_Results=ACME)
    many = b"To: " + b", ".join(b"u%d@x.example" % n for n in range(15_000)) + b"\n"
    began = time.perf_counter()
    assert deliver(many + plain, AT).state in {"processed", "quarantined"}
    wide = raw_mail().replace(b"Subject: ", b"Subject: " + b"=?utf-8?b?QQ==?= " * 14_000)
    assert deliver(wide, AT).state in {"processed", "quarantined"}
    beyond = deliver(b"Subject: " + b"x" * 10_000_000 + b"\n" + plain, AT)
    assert beyond.state == "quarantined"
    assert len(beyond.reason) < 500
    assert time.perf_counter() - began < 20


HOSTILE = ["a", " ", "> ", "no ", "is not ", "-", ".", "(", "<", "e\u0301", "http://", "a@", "On "]


@pytest.mark.parametrize("piece", HOSTILE, ids=[json.dumps(piece) for piece in HOSTILE])
def test_no_text_keeps_the_severity_rules_busy_for_long(piece: str) -> None:
    text = piece * (8192 // len(piece))
    began = time.perf_counter()
    classify(channel="email", subject=text[:500], body=text)
    classify(channel="email", subject=text[:500], body=text * 64)
    assert time.perf_counter() - began < 10
