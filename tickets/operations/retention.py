"""Forgetting: raw deliveries after their time, and a person on request (decision D5)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from tickets.models import Attachment, Contact, Delivery, DeliveryState, Message, Ticket, Triage

_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """How much was forgotten of one person."""

    tickets: int
    messages: int
    attachments: int
    deliveries: int


def erase_old_deliveries(*, now: datetime) -> int:
    """Forgets the raw bodies of finished deliveries older than the retention; hashes stay."""
    before = now - timedelta(days=settings.DELIVERY_RETENTION_DAYS)
    old = (
        Delivery.objects.filter(
            stored_at__lt=before,
            erased_at__isnull=True,
            state__in=[DeliveryState.PROCESSED, DeliveryState.IGNORED],
        )
        .order_by("stored_at")
        .values_list("pk", flat=True)
    )
    total = 0
    while chunk := list(old[:_BATCH]):
        total += Delivery.objects.filter(pk__in=chunk).update(body=b"", headers={}, erased_at=now)
    return total


@transaction.atomic
def erase_contact(*, contact: Contact, now: datetime) -> Erased:
    """Erases what a person wrote and who they are; ids, instants and hashes stay.

    The conversation's tickets are locked first, in order, as every operation does.
    """
    mine = Message.objects.filter(contact=contact)
    requested = Ticket.objects.filter(requester=contact)
    ticket_ids = sorted(
        {*mine.values_list("ticket_id", flat=True), *requested.values_list("pk", flat=True)}
    )
    list(Ticket.objects.select_for_update(of=("self",)).filter(pk__in=ticket_ids).order_by("pk"))
    # Our answers and notes quote the person: within their own tickets everything goes.
    messages = Message.objects.filter(ticket__requester=contact) | mine
    message_ids = list(messages.values_list("pk", flat=True))
    attachments = Attachment.objects.filter(message_id__in=message_ids, erased_at__isnull=True)
    deliveries = Delivery.objects.filter(erased_at__isnull=True).filter(
        pk__in=Message.objects.filter(pk__in=message_ids, delivery__isnull=False).values(
            "delivery_id"
        )
    )
    count = Erased(
        tickets=requested.update(subject=""),
        attachments=attachments.update(content=b"", name="", erased_at=now),
        deliveries=deliveries.update(body=b"", headers={}, reason="", erased_at=now),
        messages=Message.objects.filter(pk__in=message_ids, erased_at__isnull=True).update(
            subject="",
            body="",
            reply="",
            html="",
            author_name="",
            message_id="",
            send_error="",
            erased_at=now,
        ),
    )
    Triage.objects.filter(ticket_id__in=ticket_ids).update(reasons=[])
    Contact.objects.filter(pk=contact.pk).update(email="", name="", erased_at=now)
    return count
