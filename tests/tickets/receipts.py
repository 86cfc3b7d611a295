"""Mails that arrive where new tickets are acknowledged, and floods are looked for."""

from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from tickets.models import Delivery, Message, Outcome, Source, Ticket
from tickets.operations.incoming.ingest_mail import mailbox
from tickets.operations.incoming.process import process_delivery
from tickets.operations.incoming.read_delivery import read_delivery
from tickets.operations.incoming.receive import receive_delivery
from tickets.operations.outgoing.acknowledge import KEY, wanted
from tickets.operations.outgoing.breakers import flood_reason
from tickets.operations.outgoing.outbox import send_waiting

_numbers = count(1)


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
    delivery = receive_delivery(
        source=mailbox(),
        external_id=f"received:{next(_numbers)}",
        body=raw,
        headers={},
        received_at=at,
        now=at,
    ).delivery
    Delivery.objects.filter(pk=delivery.pk).update(**changed)
    process_delivery(delivery_id=delivery.pk, now=at)
    delivery = Delivery.objects.select_related("source", "ticket").get(pk=delivery.pk)
    assert delivery.ticket is not None, delivery.reason
    return Received(delivery, delivery.ticket, _reason(delivery, delivery.ticket, at))


def _reason(delivery: Delivery, ticket: Ticket, at: datetime) -> str:
    (incoming,) = read_delivery(delivery)
    if delivery.outcome == Outcome.OPENED:
        unwanted = wanted(source=delivery.source, incoming=incoming, delivery=delivery, now=at)
        if unwanted or ticket.messages.filter(key=KEY).exists():
            return unwanted
        return "this sender had an acknowledgement within 24 hours"
    contact = Message.objects.get(delivery=delivery).contact
    if ticket.parked_at != at or contact is None:
        return ""
    return flood_reason(ticket=ticket, contact=contact, now=at)


def send(at: datetime) -> int:
    """What our mail server takes at `at`."""
    return send_waiting(clock=lambda: at)
