"""Forgetting: raw deliveries after their time, and a person on request (decision D5)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import F, Func, JSONField, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Lower

from tickets.domain.erasures import forget_elsewhere
from tickets.models import (
    ApiCall,
    Attachment,
    Contact,
    Delivery,
    DeliveryState,
    Message,
    Ticket,
    Triage,
)

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


def _escaped(text: str) -> str:
    """A text as PostgreSQL's `encode(bytes, 'escape')` writes its UTF-8."""
    raw = text.replace("\\", "\\\\").encode()
    return "".join(chr(byte) if byte < 0x80 else f"\\{byte:03o}" for byte in raw)


def _deliveries_of(contact: Contact, message_ids: list[int]) -> QuerySet[Delivery]:
    """The raw bytes that hold a person: of their messages, their tickets, or with their address.

    Ignored and quarantined ones belong to no message, so the bytes themselves are searched.
    """
    of_messages = Message.objects.filter(pk__in=message_ids, delivery__isnull=False)
    of_person = Q(pk__in=of_messages.values("delivery_id")) | Q(ticket__requester=contact)
    if contact.email:
        named = Delivery.objects.annotate(
            text=Lower(
                Func(F("body"), Value("escape"), function="encode", output_field=TextField())
            )
        ).filter(text__contains=_escaped(contact.email))
        of_person |= Q(pk__in=named.values("pk"))
    return Delivery.objects.filter(of_person, erased_at__isnull=True)


def _take_from_recipients(contact: Contact) -> None:
    """Other people's messages went to this person too: the address goes, the message stays."""
    if contact.email:
        address = Cast(Value(contact.email), TextField())
        Message.objects.filter(recipients__contains=[contact.email]).update(
            recipients=Func(
                F("recipients"),
                address,
                template="(%(expressions)s)",
                arg_joiner=" - ",
                output_field=JSONField(),
            )
        )


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
    deliveries = _deliveries_of(contact, message_ids)
    count = Erased(
        tickets=requested.update(subject=""),
        attachments=attachments.update(content=b"", name="", erased_at=now),
        deliveries=deliveries.update(body=b"", headers={}, reason="", erased_at=now),
        messages=Message.objects.filter(pk__in=message_ids, erased_at__isnull=True).update(
            subject="",
            body="",
            reply="",
            html="",
            recipients=[],
            author_name="",
            message_id="",
            send_error="",
            send_to="",
            erased_at=now,
        ),
    )
    _take_from_recipients(contact)
    Triage.objects.filter(ticket_id__in=ticket_ids).update(reasons=[])
    # The hash of a short text tells the text to whoever guesses it.
    ApiCall.objects.filter(ticket_id__in=ticket_ids).update(request_sha256="")
    Ticket.objects.filter(pk__in=ticket_ids).update(stated_priorities={})
    # The admin's own history names what it changed.
    LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Contact), object_id=str(contact.pk)
    ).update(object_repr="")
    forget_elsewhere(contact.email)
    Contact.objects.filter(pk=contact.pk).update(email="", name="", erased_at=now)
    return count
