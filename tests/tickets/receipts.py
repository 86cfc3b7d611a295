"""Mails that arrive where new tickets are acknowledged, and floods are looked for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.sla.world import deliver
from tickets.models import Delivery, Message, Outcome, Source, Ticket
from tickets.operations.acknowledge import acknowledge
from tickets.operations.breakers import check_flood
from tickets.operations.ingest_mail import mailbox
from tickets.operations.log import lock_ticket
from tickets.operations.outbox import send_waiting
from tickets.operations.read_delivery import read_delivery


@dataclass(frozen=True, slots=True)
class Received:
    """One mail after it was processed; `reason` is why nothing automatic followed, or why not."""

    delivery: Delivery
    ticket: Ticket
    reason: str


def acknowledging() -> Source:
    """The mailbox, which acknowledges."""
    source = mailbox()
    source.acknowledges = True
    source.save(update_fields=["acknowledges"])
    return source


def receive(raw: bytes, at: datetime, **changed: Any) -> Received:
    """The mail comes in at `at`; `changed` are columns of its delivery."""
    delivery = deliver(raw, at)
    for name, value in changed.items():
        setattr(delivery, name, value)
    assert delivery.ticket is not None, delivery.reason
    ticket = lock_ticket(delivery.ticket.pk)
    (incoming,) = read_delivery(delivery)
    message = Message.objects.get(delivery=delivery)
    if delivery.outcome == Outcome.OPENED:
        reason = acknowledge(
            ticket=ticket, incoming=incoming, delivery=delivery, message=message, now=at
        )
    else:
        reason = check_flood(ticket=ticket, contact=message.contact, incoming=incoming, now=at)
    return Received(delivery, ticket, reason)


def send(at: datetime) -> int:
    """What our mail server takes at `at`."""
    return send_waiting(clock=lambda: at)
