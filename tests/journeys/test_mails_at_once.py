"""Mails that two workers hold at the same moment: nothing is doubled, nothing passed over."""

import threading
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tests.journeys.shapes import world
from tests.journeys.threads import at_once
from tests.sla.world import customer, deliver, madrid, person, raw_mail, ticket_by_mail
from tickets.domain.words import MailRole
from tickets.models import Delivery, DeliveryState, Message, Ticket
from tickets.operations.incoming.ingest_mail import mailbox
from tickets.operations.incoming.process import process_deliveries, process_delivery
from tickets.operations.incoming.receive import receive_delivery

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("terms")]


def test_one_mail_in_two_mailboxes_at_once_is_one_ticket() -> None:
    world.people()
    sources = world.mailboxes()
    now = timezone.now()
    for number in range(10):
        raw = raw_mail(f"No funciona nada ({number}).", message_id=f"<both{number}@mail.example>")
        kept = [
            receive_delivery(
                source=source,
                external_id=f"{number}",
                body=raw + name.encode(),
                headers={},
                received_at=now,
                now=now,
            ).delivery.pk
            for name, source in (("", sources["support"]), ("\r\n", sources["ventas"]))
        ]
        apply = [partial(process_delivery, delivery_id=pk, now=now) for pk in kept]
        assert at_once(*apply) == [None, None]
    outcomes = list(Delivery.objects.values_list("outcome", flat=True).order_by("pk"))
    assert (Ticket.objects.count(), Message.objects.count()) == (10, 10), outcomes


def test_a_delivery_that_a_claim_holds_for_a_moment_is_processed_with_the_others() -> None:
    now, source = timezone.now(), mailbox()
    kept = [
        receive_delivery(
            source=source,
            external_id=str(number),
            body=raw_mail(f"No funciona nada ({number})."),
            headers={},
            received_at=now,
            now=now,
        ).delivery.pk
        for number in range(3)
    ]
    held, go_on = threading.Event(), threading.Event()

    def claim() -> None:
        with transaction.atomic():
            list(Delivery.objects.select_for_update().filter(pk=kept[1]))
            held.set()
            go_on.wait(0.5)
        connection.close()

    other = threading.Thread(target=claim)
    other.start()
    assert held.wait(10)
    process_deliveries(delivery_ids=kept, now=now)
    other.join(10)
    assert not Delivery.objects.filter(state=DeliveryState.WAITING).exists()


def test_a_stranger_with_a_borrowed_message_id_gets_none_of_our_answers() -> None:
    at = madrid("2026-11-18 10:00")
    customer("pro")
    person("Alice")
    bobs = ticket_by_mail(at, message_id="<bobs@acme.example>")
    eves = ticket_by_mail(
        at + timedelta(minutes=1), message_id="<bobs@acme.example>", sender="Eve <eve@evil.example>"
    )
    assert eves != bobs
    raw = raw_mail(
        "Ya está.", sender="Alice <alice@sivocenter.example>", In_Reply_To="<bobs@acme.example>"
    ).replace(b"To: support@sivocenter.com", b"To: bob@acme.example")
    sent = deliver(raw, at + timedelta(hours=1), role=MailRole.SENT)
    assert sent.ticket == bobs
