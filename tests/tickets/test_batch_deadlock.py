"""A batch that meets a deadlock is done again at once: nobody waits for a lease."""

import time

import pytest
from django.db import connection, transaction

from tests.journeys.threads import at_once
from tests.sla.world import customer, deliver, madrid, raw_mail
from tickets.models import Contact, Delivery, Ticket
from tickets.operations.incoming.ingest_mail import keep_mail, mailbox
from tickets.operations.incoming.process import process_deliveries

AT = madrid("2026-11-18 10:00")
ASKED = "<asked@acme.example>"


def wait_for_a_waiter() -> None:
    """Returns when somebody waits for a lock of the present transaction."""
    for _ in range(1000):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits")


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_meets_a_deadlock_is_done_again_at_once(terms: None) -> None:
    # Nobody knew the company when Bob asked: the next mail of his makes him one of its people.
    ticket = deliver(raw_mail(message_id=ASKED), AT).ticket
    assert ticket is not None
    customer("pro")
    # Whom of the two the database sends home is its own choice; nearly always the batch.
    assert any(_is_batch_sent_home(ticket, number) for number in range(4))


def _is_batch_sent_home(ticket: Ticket, number: int) -> bool:
    """One deadlock; whether the rival got through, so that the batch had to do it again."""
    asked = f"<again-{number}@acme.example>" if number else ASKED
    if number:
        assert deliver(raw_mail(message_id=asked, References=ASKED), AT).ticket == ticket
        Contact.objects.update(customer=None, name="")
    reply = keep_mail(raw=raw_mail(f"Sigue {number}.", References=asked), source=mailbox(), now=AT)

    def rival() -> None:
        with transaction.atomic():
            Ticket.objects.select_for_update().get(pk=ticket.pk)
            wait_for_a_waiter()
            Contact.objects.update(name="Bob B.")

    def batch() -> None:
        process_deliveries(delivery_ids=[reply.delivery.pk], now=AT)

    lost, failed = at_once(rival, batch)
    # The batch is done in any case, and without a lease to wait for.
    assert failed is None
    assert Delivery.objects.get(pk=reply.delivery.pk).outcome == "appended"
    return lost is None
