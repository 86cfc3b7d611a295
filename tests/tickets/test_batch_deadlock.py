"""A batch that meets a deadlock is done again at once: nobody waits for a lease."""

import time

import pytest
from django.db import connection, transaction

from tests.journeys.threads import at_once
from tests.sla.world import customer, deliver, madrid, raw_mail
from tickets.models import Contact, Delivery, Ticket
from tickets.operations.ingest_mail import keep_mail, mailbox
from tickets.operations.process import process_deliveries

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
    reply = keep_mail(raw=raw_mail("Sigue.", References=ASKED), source=mailbox(), now=AT)

    def rival() -> None:
        with transaction.atomic():
            Ticket.objects.select_for_update().get(pk=ticket.pk)
            wait_for_a_waiter()
            Contact.objects.update(name="Bob B.")

    def batch() -> None:
        process_deliveries(delivery_ids=[reply.delivery.pk], now=AT)

    # Whom of the two the database sends home is its own choice; the batch is done in any case.
    assert at_once(rival, batch)[1] is None
    assert Delivery.objects.get(pk=reply.delivery.pk).outcome == "appended"
