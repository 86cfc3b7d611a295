"""A customer's later message may raise the severity, from its own moment; it never lowers it."""

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from sla.models import Clock
from sla.operations.clocks.audit import Audited, audit_clocks
from tests.sla.world import contract_clock, customer, deliver, madrid, person, raw_mail
from tests.tickets.hooks import arrive, created, helpdesk, said
from tickets.domain.severity_log import read_severity
from tickets.domain.words import Attention, EventKind, Severity
from tickets.models import Message, Ticket, Triage
from tickets.operations.desk.actions import confirm_triage
from tickets.operations.incoming.ingest_mail import keep_mail, mailbox
from tickets.operations.incoming.process import process_deliveries
from tickets.operations.severity.change import change_severity
from tickets.queries import log_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]

AT = madrid("2026-11-18 10:00")
QUESTION = "¿Cómo exporto un informe?"
WORSE = "Ahora no funciona nada: no entra ninguna llamada y nadie puede trabajar."
MENDED = "Ya funciona todo otra vez, gracias."
STILL = "Sigue igual, no entran llamadas desde las nueve."


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def opened(body: str = QUESTION) -> Ticket:
    customer("enterprise")
    ticket = deliver(raw_mail(body, message_id="<first@acme.example>"), AT).ticket
    assert ticket is not None
    return ticket


def reply(body: str, minute: float, *, now: datetime | None = None, **headers: str) -> Ticket:
    headers = {"References": "<first@acme.example>", "subject": "Re: Centralita", **headers}
    ticket = deliver(raw_mail(body, **headers), AT + minutes(minute), now=now).ticket
    assert ticket is not None
    return ticket


def raises(ticket: Ticket) -> list[Any]:
    return list(ticket.events.filter(kind=EventKind.SEVERITY_CHANGED))


def test_a_later_message_raises_from_its_own_moment() -> None:
    opened()
    ticket = reply(WORSE, 60)
    assert (ticket.severity, ticket.severity_origin, ticket.needs_triage) == ("S1", "rules", False)
    (event,) = raises(ticket)
    message = Message.objects.latest("pk")
    assert (event.at, event.actor, event.message) == (AT + minutes(60), None, message)
    assert event.details == {
        "from": "S4",
        "to": "S1",
        "mode": "got_worse",
        "by": "rules",
        "message": message.pk,
        "version": message.triages.get().version,
    }
    assert contract_clock(ticket).due_at == AT + minutes(90)
    assert list(audit_clocks(Audited(), now=AT + timedelta(hours=2))) == []


def test_every_verdict_is_kept_with_its_message() -> None:
    ticket = opened()
    reply(WORSE, 60)
    reply("Gracias.", 70)
    assert [each.message for each in Triage.objects.order_by("pk")] == list(
        ticket.messages.order_by("at")
    )


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ("Gracias.\n\nEl 18/11/2026 a las 9:00, Bob escribió:\n> " + WORSE, {}),
        ("Gracias.", {"subject": "Re: No funciona nada, no entra ninguna llamada"}),
        (WORSE, {"Auto_Submitted": "auto-replied"}),
        ("¿Qué pasaría si no funcionara nada?", {}),
        (MENDED, {}),
    ],
    ids=["quoted", "old subject", "automatic", "supposed", "mended"],
)
def test_quotes_thanks_and_machines_raise_nothing(body: str, headers: dict[str, str]) -> None:
    opened()
    ticket = reply(body, 60, **headers)
    assert ticket.messages.count() == 2
    assert (ticket.severity, raises(ticket), ticket.attention) == ("S4", [], "")


def test_what_our_own_people_quote_raises_nothing() -> None:
    ticket = opened()
    person("Alice")
    source = helpdesk()
    arrive(source, created("T-1", AT, QUESTION), AT)
    arrive(source, said("T-1", AT + minutes(5), "m1", "agent", body=WORSE), AT + minutes(5))
    arrive(source, said("T-1", AT + minutes(6), "m2", "bot", body=WORSE), AT + minutes(6))
    assert Ticket.objects.exclude(pk=ticket.pk).get().severity == "S4"


def test_a_later_message_never_lowers_and_a_recovery_asks_for_a_look() -> None:
    ticket = opened(WORSE)
    assert ticket.severity == "S1"
    assert reply("¿Y cómo exporto un informe?", 5).attention == ""
    ticket = reply(MENDED, 20)
    assert (ticket.severity, raises(ticket)) == ("S1", [])
    assert (ticket.attention, ticket.attention_at) == (Attention.RECOVERED, AT + minutes(20))


def test_a_recovery_that_is_old_news_asks_for_nothing() -> None:
    opened(WORSE)
    reply(STILL, 30)
    ticket = reply(MENDED, 20, now=AT + minutes(40))
    assert ticket.attention == ""


def test_a_bounce_is_not_hidden_by_a_recovery() -> None:
    ticket = opened(WORSE)
    Ticket.objects.filter(pk=ticket.pk).update(attention=Attention.BOUNCED, attention_at=AT)
    assert reply(MENDED, 20).attention == Attention.BOUNCED


def test_a_persons_choice_is_not_overruled_but_somebody_is_asked() -> None:
    ticket = opened()
    alice = person("Alice")
    change_severity(
        ticket_id=ticket.pk,
        severity=Severity.S3,
        got_worse=False,
        reason="",
        user=alice,
        now=AT + minutes(5),
    )
    ticket = reply(WORSE, 60)
    assert (ticket.severity, ticket.severity_origin, ticket.needs_triage) == ("S3", "person", True)
    # Whatever comes next: the question stays until a person has answered it.
    assert reply("Gracias.", 61).needs_triage
    confirm_triage(ticket_id=ticket.pk, user=alice, now=AT + minutes(62))
    ticket = reply("Gracias otra vez.", 63)
    assert (ticket.severity, ticket.needs_triage) == ("S3", False)


def test_what_a_person_could_not_know_asks_for_a_look_even_when_it_is_older() -> None:
    ticket = opened()
    change_severity(
        ticket_id=ticket.pk,
        severity=Severity.S3,
        got_worse=False,
        reason="",
        user=person("Alice"),
        now=AT + minutes(30),
    )
    ticket = reply(WORSE, 20, now=AT + minutes(40))
    assert (ticket.severity, ticket.needs_triage) == ("S3", True)


def test_an_unsure_verdict_raises_nothing_and_asks_for_a_look() -> None:
    ticket = opened()
    assert not ticket.needs_triage
    ticket = reply("No funciona nada.", 10)
    verdict = Message.objects.latest("pk").triages.get()
    assert (verdict.severity, verdict.needs_triage) == ("S1", True)
    assert (ticket.severity, raises(ticket), ticket.needs_triage) == ("S4", [], True)


def test_the_same_message_twice_raises_once() -> None:
    opened()
    for way in ("one", "two"):
        ticket = reply(WORSE, 60, message_id="<worse@acme.example>", X_Way=way)
    assert len(raises(ticket)) == 1


def test_a_late_mail_that_begins_the_conversation_counts_as_severe_as_it_is() -> None:
    opened()
    ticket = reply(WORSE, -20, now=AT + minutes(5))
    assert (ticket.opened_at, ticket.severity) == (AT - minutes(20), "S1")


STORY = {
    "question": lambda: created("T-1", AT, QUESTION),
    "worse": lambda: said("T-1", AT + minutes(30), "m1", body=WORSE),
    "still": lambda: said("T-1", AT + minutes(50), "m2", body=STILL),
    "thanks": lambda: said("T-1", AT + minutes(55), "m3", body="Gracias."),
}


def outcome(order: tuple[str, ...], *, together: bool) -> Any:
    """What the ticket and its clocks say when it came in this order; the world is undone."""
    with transaction.atomic():
        source = helpdesk("In this order")
        ids = [
            arrive(source, STORY[name](), AT + minutes(60 + number), process=not together).pk
            for number, name in enumerate(order)
        ]
        if together:
            process_deliveries(delivery_ids=ids, now=AT + minutes(70))
        ticket = Ticket.objects.get(source=source)
        assert list(audit_clocks(Audited(), now=AT + minutes(80))) == []
        seen = (
            ticket.severity,
            # A later raise that was heard of first stays in the log and counts no more.
            [
                (fact.at, fact.details["from"], fact.details["to"])
                for fact in read_severity(log_of(ticket)).changes
            ],
            sorted(
                Clock.objects.filter(ticket=ticket, void=False).values_list(
                    "metric", "due_at", "severity"
                )
            ),
        )
        transaction.set_rollback(True)
    return seen


@pytest.mark.parametrize("together", [False, True])
def test_any_order_of_arrival_gives_the_same_raise(together: bool) -> None:
    customer("enterprise")
    expected = outcome(tuple(STORY), together=False)
    assert expected[:2] == ("S1", [(AT + minutes(30), "S4", "S1")])
    for order in permutations(STORY):
        assert outcome(order, together=together) == expected, order


def test_later_messages_of_a_batch_cost_a_fixed_number_of_statements() -> None:
    customer("enterprise")

    def cost(first: int, count: int) -> int:
        for n in range(first, first + count):
            deliver(raw_mail(QUESTION, message_id=f"<{n}@acme.example>", subject=f"A {n}"), AT)
        ids = [
            keep_mail(
                raw=raw_mail(
                    WORSE if n % 2 else MENDED,
                    References=f"<{n}@acme.example>",
                    subject=f"Re: A {n}",
                ),
                source=mailbox(),
                now=AT + minutes(30),
            ).delivery.pk
            for n in range(first, first + count)
        ]
        with CaptureQueriesContext(connection) as queries:
            process_deliveries(delivery_ids=ids, now=AT + minutes(31))
        return len(queries)

    cost(0, 4)
    assert cost(100, 4) == cost(200, 16) <= 32
    assert Ticket.objects.filter(severity="S1").count() == 12


def test_what_fails_again_is_no_recovery_any_more() -> None:
    opened("No funciona nada: no entra ninguna llamada.")
    assert reply(MENDED, 20).attention == Attention.RECOVERED
    assert reply(WORSE, 40).attention == ""
    assert reply(MENDED, 60).attention == Attention.RECOVERED
