"""Many deliveries in one transaction: the same result as one by one, in a few statements."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sla.models import Basis, Clock
from sla.operations.clocks.audit import Audited, audit_clocks
from tests.journeys.threads import at_once
from tests.sla.world import customer, madrid, person, raw_mail
from tests.tickets.hooks import arrive, created, helpdesk, said, status
from tickets.domain.words import EventKind
from tickets.models import Contact, Delivery, DeliveryState, Message, Outcome, Ticket, TicketEvent
from tickets.operations.incoming import process
from tickets.operations.incoming.ingest_mail import keep_mail, mailbox
from tickets.operations.incoming.process import process_deliveries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]

AT = madrid("2026-11-18 10:00")


def keep(raw: bytes, *, minute: int = 0) -> int:
    """The mail is kept and not understood yet."""
    now = AT + timedelta(minutes=minute)
    return keep_mail(raw=raw, source=mailbox(), now=now).delivery.pk


def outcomes() -> list[str]:
    """What became of each delivery, in the order of arrival."""
    return list(Delivery.objects.order_by("pk").values_list("outcome", flat=True))


def test_a_batch_gives_what_one_by_one_gives() -> None:
    customer("pro")
    customer("enterprise", domain="big.example")
    ids = [
        keep(raw_mail(f"No funciona nada, van {n}.", sender=f"Bob <bob@{domain}>"), minute=n)
        for n, domain in enumerate(["acme.example", "big.example", "nobody.example"])
    ]
    assert process_deliveries(delivery_ids=ids, now=AT + timedelta(minutes=5)) == 3
    assert outcomes() == ["opened"] * 3
    assert [
        ticket.customer and ticket.customer.name for ticket in Ticket.objects.order_by("pk")
    ] == [
        "Acme",
        "Big",
        None,
    ]
    bases = Clock.objects.order_by("ticket", "basis", "metric").values_list("ticket", "basis")
    first = Ticket.objects.order_by("pk").values_list("pk", flat=True)[0]
    assert list(bases) == [
        (first, Basis.CONTRACT),
        (first, Basis.OBJECTIVE),
        (first + 1, Basis.CONTRACT),
        (first + 1, Basis.OBJECTIVE),
        (first + 2, Basis.CONTRACT),
        (first + 2, Basis.OBJECTIVE),
        (first + 2, Basis.WATCH),
    ]
    assert list(audit_clocks(Audited(), now=AT + timedelta(minutes=6))) == []


def test_an_answer_finds_the_ticket_that_the_same_batch_opens() -> None:
    customer("pro")
    ids = [
        keep(raw_mail("Primero.", message_id="<one@acme.example>"), minute=1),
        keep(
            raw_mail(
                "Yo también.",
                sender="Berta <berta@acme.example>",
                In_Reply_To="<one@acme.example>",
            ),
            minute=2,
        ),
    ]
    process_deliveries(delivery_ids=ids, now=AT + timedelta(minutes=3))
    assert outcomes() == ["opened", "appended"]
    ticket = Ticket.objects.get()
    assert [event.kind for event in ticket.events.all()] == ["opened", "customer_wrote"]
    assert ticket.last_customer_message_at == AT + timedelta(minutes=2)


def test_one_mail_to_two_addresses_in_one_batch_is_one_ticket() -> None:
    customer("pro")
    twice = {"message_id": "<same@acme.example>", "subject": "Dos buzones"}
    ids = [keep(raw_mail(**twice)), keep(raw_mail(**twice, X_Way="another"))]
    process_deliveries(delivery_ids=ids, now=AT)
    assert outcomes() == ["opened", "duplicate"]
    assert Ticket.objects.count() == 1


def test_a_person_who_writes_five_times_in_one_batch_is_made_once() -> None:
    ids = [keep(raw_mail(f"Hola {n}", sender="Nadia <nadia@new.example>")) for n in range(5)]
    process_deliveries(delivery_ids=ids, now=AT)
    assert Contact.objects.get().name == "Nadia"
    assert Ticket.objects.count() == 5


def test_one_that_fails_costs_the_others_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    customer("pro")
    ids = [keep(raw_mail(f"Texto {n}", subject=f"Asunto {n}")) for n in range(6)]
    judge = process.apply_message

    def fails(arrival: Any, batch: Any) -> Any:
        applied = judge(arrival, batch)
        if arrival.delivery.pk == ids[2] and not batch.alone:
            raise RuntimeError("after it was staged")
        return applied

    monkeypatch.setattr(process, "apply_message", fails)
    process_deliveries(delivery_ids=ids, now=AT)
    # The one that failed together was tried alone, where it does not.
    assert outcomes() == ["opened"] * 6
    assert Message.objects.count() == Ticket.objects.count() == 6


def test_one_whose_clocks_cannot_be_read_costs_the_others_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    customer("pro")
    from sla.operations.clocks import read_clocks as reading

    commitments_of = reading.commitments_of

    def fails(ticket: Ticket, *rest: Any) -> Any:
        if ticket.subject == "Asunto 1":
            raise RuntimeError("a bug of ours")
        return commitments_of(ticket, *rest)

    monkeypatch.setattr(reading, "commitments_of", fails)
    ids = [keep(raw_mail(subject=f"Asunto {n}")) for n in range(3)]
    process_deliveries(delivery_ids=ids, now=AT)
    stale = Ticket.objects.filter(clocks_stale_since__isnull=False)
    assert [ticket.subject for ticket in stale] == ["Asunto 1"]
    assert Clock.objects.values("ticket").distinct().count() == 2


def test_a_batch_costs_a_fixed_number_of_statements() -> None:
    for number in range(5):
        customer("pro", domain=f"c{number}.example")

    def cost(first: int, count: int) -> int:
        ids = [
            keep(raw_mail(f"Texto {n}", sender=f"Bob <bob@c{n % 5}.example>"))
            for n in range(first, first + count)
        ]
        with CaptureQueriesContext(connection) as queries:
            process_deliveries(delivery_ids=ids, now=AT)
        return len(queries)

    cost(0, 10)
    assert cost(100, 10) == cost(200, 50) <= 26


def test_a_hook_of_each_kind_in_one_batch_ends_as_it_would_alone() -> None:
    customer("enterprise")
    person("Alice")
    source = helpdesk()
    ids = [
        arrive(source, body, AT + timedelta(minutes=minute), process=False).pk
        for minute, body in enumerate(
            [
                created("T-1", AT),
                said("T-1", AT + timedelta(minutes=1), "m-1", "agent"),
                status("T-1", AT + timedelta(minutes=2), "solved"),
                created("T-2", AT + timedelta(minutes=3)),
                b"not json",
            ]
        )
    ]
    process_deliveries(delivery_ids=ids, now=AT + timedelta(minutes=5))
    assert outcomes() == ["opened", "appended", "appended", "opened", "quarantined"]
    first = Ticket.objects.get(thread="T-1")
    assert [event.kind for event in first.events.all()] == [
        EventKind.OPENED,
        EventKind.AGENT_REPLIED,
        EventKind.SOLVED,
    ]


def test_an_answer_waits_for_a_mail_that_another_worker_holds() -> None:
    customer("pro")
    first = keep(raw_mail(message_id="<one@acme.example>"))
    answer = keep(
        raw_mail("Sigue igual.", sender="Eva <eva@acme.example>", References="<one@acme.example>")
    )
    process_deliveries(delivery_ids=[answer], now=AT)
    waiting = Delivery.objects.get(pk=answer)
    assert (waiting.state, waiting.attempts) == (DeliveryState.WAITING, 0)
    assert waiting.next_attempt_at == AT + timedelta(seconds=1)
    assert "being processed" in waiting.reason
    process_deliveries(delivery_ids=[first], now=AT)
    process_deliveries(delivery_ids=[answer], now=AT + timedelta(seconds=1))
    assert outcomes() == ["opened", "appended"]


def test_a_mail_that_cannot_be_understood_does_not_hold_its_answers_back() -> None:
    customer("pro")
    stuck = keep(raw_mail(message_id="<one@acme.example>"))
    Delivery.objects.filter(pk=stuck).update(attempts=2)
    answer = keep(raw_mail("Sigue igual.", References="<one@acme.example>"))
    process_deliveries(delivery_ids=[answer], now=AT)
    assert Delivery.objects.get(pk=answer).outcome == Outcome.OPENED


@pytest.mark.django_db(transaction=True)
def test_two_batches_at_once_with_the_same_people_and_threads_lose_and_double_nothing() -> None:
    customer("pro")
    source = helpdesk()
    mails, hooks = [], []
    for number in range(12):
        mails.append(keep(raw_mail(f"Hola {number}", sender=f"P <p{number % 3}@acme.example>")))
        for key in ("a", "b"):
            body = said(f"T-{number}", AT, key, "customer")
            hooks.append(arrive(source, body, AT, process=False).pk)

    def work(ids: list[int]) -> Any:
        return lambda: process_deliveries(delivery_ids=ids, now=AT)

    halves = [mails[::2] + hooks[::2], mails[1::2] + hooks[1::2]]
    assert at_once(*(work(ids) for ids in halves)) == [None, None]
    assert Delivery.objects.filter(state=DeliveryState.WAITING).count() == 0
    assert Ticket.objects.filter(source=source).count() == 12
    assert Message.objects.count() == 12 + 24
    assert (
        TicketEvent.objects.filter(kind=EventKind.OPENED).values("ticket").distinct().count() == 24
    )
    assert list(audit_clocks(Audited(), now=AT)) == []
