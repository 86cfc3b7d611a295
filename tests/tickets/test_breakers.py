"""Loops and floods are stopped where they happen, a person is told, and nobody is silenced."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

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
from tests.tickets.receipts import Received, acknowledging, receive, send
from tests.tickets.smtp_sink import Sink
from tickets.domain.words import Attention
from tickets.models import Message, SendState, Ticket
from tickets.operations.incoming.read_delivery import read_delivery
from tickets.operations.outgoing.breakers import check_flood
from tickets.operations.ticket.attention import raise_attention

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]

START = madrid("2026-11-18 10:00")
SECOND = timedelta(seconds=1)
AUTO = {"Auto_Submitted": "auto-replied"}


@pytest.fixture
def ticket() -> Ticket:
    customer("pro")
    return ticket_by_mail(START, message_id="<first@acme.example>")


def more(at: datetime, **headers: str) -> Received:
    return receive(raw_mail("Más.", In_Reply_To="<first@acme.example>", **headers), at)


def many(count: int, every: timedelta, **headers: str) -> Iterator[str]:
    for number in range(count):
        yield more(START + (number + 1) * every, **headers).reason


def test_ten_mails_in_ten_minutes_are_a_conversation_the_eleventh_is_a_flood(
    ticket: Ticket,
) -> None:
    reasons = list(many(10, 20 * SECOND))
    assert reasons[:9] == [""] * 9
    assert "ten minutes" in reasons[9], "the opening one counts too"
    ticket.refresh_from_db()
    assert ticket.parked_at == ticket.attention_at == START + 200 * SECOND
    assert ticket.attention == "loop"


def test_slow_mails_park_nothing(ticket: Ticket) -> None:
    assert set(many(30, timedelta(minutes=1, seconds=1))) == {""}


def test_twenty_one_automatic_mails_in_an_hour_are_a_loop_in_whatever_tickets(
    ticket: Ticket,
) -> None:
    other = ticket_by_mail(START, message_id="<other@acme.example>")
    for number in range(20):
        name = "other" if number % 2 else "first"
        raw = raw_mail("Fuera.", In_Reply_To=f"<{name}@acme.example>", **AUTO)
        assert receive(raw, START + (number + 1) * 90 * SECOND).reason == ""
    assert "automatic mails" in more(START + timedelta(minutes=40), **AUTO).reason
    other.refresh_from_db()
    ticket.refresh_from_db()
    assert (other.parked_at, ticket.attention) == (None, "loop")


def test_in_a_parked_ticket_a_persons_mail_still_counts_and_answers_still_leave(
    smtp: Sink, ticket: Ticket
) -> None:
    list(many(10, 20 * SECOND))
    alice = person("Alice")
    at = START + timedelta(hours=1)
    answer(ticket, alice, at)
    assert contract_clock(ticket).met is True
    assert len(smtp.mails) == 1
    wrote = deliver(raw_mail("Sigo aquí.", In_Reply_To="<first@acme.example>"), at + 60 * SECOND)
    assert wrote.outcome == "appended"
    ticket.refresh_from_db()
    assert ticket.last_customer_message_at == at + 60 * SECOND


def test_in_a_parked_ticket_automatic_mail_is_kept_and_quiet(ticket: Ticket) -> None:
    list(many(10, 20 * SECOND))
    ticket.refresh_from_db()
    since = ticket.attention_at
    before = ticket.messages.count()
    assert list(many(15, 30 * SECOND, **AUTO)) == [""] * 15
    ticket.refresh_from_db()
    assert ticket.attention_at == since
    assert ticket.messages.count() == before + 15


def test_a_strangers_flood_touches_nobody_elses_ticket(ticket: Ticket) -> None:
    for number in range(30):
        flood = raw_mail(
            "spam", sender="Eve <eve@evil.example>", In_Reply_To="<first@acme.example>"
        )
        receive(flood, START + number * SECOND)
    ticket.refresh_from_db()
    assert (ticket.parked_at, ticket.attention) == (None, "")
    assert more(START + timedelta(minutes=2)).ticket == ticket


def test_it_costs_one_query_and_none_in_a_parked_ticket(ticket: Ticket) -> None:
    delivery = deliver(raw_mail("Más.", In_Reply_To="<first@acme.example>"), START + SECOND)
    (incoming,) = read_delivery(delivery)
    message = Message.objects.select_related("contact", "ticket").get(delivery=delivery)
    arguments: dict[str, Any] = {
        "ticket": message.ticket,
        "contact": message.contact,
        "incoming": incoming,
        "now": START + SECOND,
    }
    for parked_at, count in ((None, 1), (START, 0)):
        message.ticket.parked_at = parked_at
        with CaptureQueriesContext(connection) as queries:
            assert check_flood(**arguments) == ""
        assert len(queries) == count


def ours(ticket: Ticket, at: datetime) -> None:
    """An automatic mail of ours, as some later part of the service might send them."""
    Message.objects.create(
        ticket=ticket,
        author_kind="bot",
        channel="email",
        mail_kind="auto",
        body="Recibido.",
        body_sha256="x",
        at=at,
        send_state=SendState.SENT,
    )


@pytest.mark.parametrize(("gap", "stops"), [(59, True), (60, False)])
def test_two_machines_that_answer_each_other_at_once_are_stopped(
    ticket: Ticket, gap: int, *, stops: bool
) -> None:
    at, reasons = START, []
    for _ in range(2):
        at += gap * SECOND
        ours(ticket, at)
        at += gap * SECOND
        reasons.append(more(at).reason)
    assert reasons[0] == ""
    assert ("two machines" in reasons[1]) == stops


def test_a_ping_pong_between_two_autoresponders_ends(smtp: Sink) -> None:
    """Theirs answers everything in new threads and says nowhere that it is a machine."""
    customer("pro")
    acknowledging()
    inbox = [raw_mail("Hola.", message_id="<0@acme.example>")]
    at, rounds = START, 0
    while inbox and rounds < 50:
        rounds += 1
        received = receive(inbox.pop(), at)
        before = len(smtp.mails)
        send(at)
        inbox += [
            raw_mail("Gracias por su correo.", message_id=f"<{rounds}@acme.example>")
            for _ in smtp.mails[before:]
        ]
        at += 5 * SECOND
    assert rounds == 2
    assert "within 24 hours" in received.reason
    assert len(smtp.mails) == 1


@pytest.mark.parametrize(
    ("before", "kind", "after"),
    [
        ("", "loop", "loop"),
        ("loop", "unsent", "unsent"),
        ("loop", "bounced", "bounced"),
        ("bounced", "loop", "bounced"),
        ("unsent", "loop", "unsent"),
        ("unsent", "bounced", "bounced"),
        ("bounced", "unsent", "unsent"),
    ],
)
def test_the_graver_mark_stays(ticket: Ticket, before: str, kind: str, after: str) -> None:
    if before:
        raise_attention(ticket=ticket, kind=Attention(before), now=START)
    raise_attention(ticket=ticket, kind=Attention(kind), now=START + SECOND)
    ticket.refresh_from_db()
    assert ticket.attention == after
    assert ticket.attention_at == (START if before == after else START + SECOND)
    raise_attention(ticket=ticket, kind=Attention(after), now=START + 2 * SECOND)
    assert ticket.attention_at == (START if before == after else START + SECOND)
