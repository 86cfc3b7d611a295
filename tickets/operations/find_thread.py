"""Which ticket a message belongs to: by the source's own id, by references, by the subject."""

from collections.abc import Sequence

from tickets.domain.incoming import IncomingMessage
from tickets.models import REFERENCE, Message, Source, Ticket
from tickets.operations.identify import Identity, is_trusted
from tickets.operations.log import lock_ticket
from tickets.operations.write_message import clean, hash_of, stored_key


def find_ticket(incoming: IncomingMessage, source: Source, identity: Identity) -> Ticket | None:
    """The ticket, locked, or None for a new conversation."""
    if incoming.thread:
        found = Ticket.objects.filter(source=source, thread=incoming.thread).values_list("pk")
        row = found.first()
        return lock_ticket(row[0]) if row else None
    candidates = _by_references(incoming.references)
    if is_trusted(incoming, source):
        # Anybody can count up to a reference and forge a sender; only those who took part in a
        # conversation know its Message-IDs.
        candidates += _by_subject(incoming.subject)
    for pk in candidates:
        ticket = lock_ticket(pk)
        if _may_join(ticket, identity):
            return ticket
    return None


def find_repeated(incoming: IncomingMessage, identity: Identity) -> Ticket | None:
    """The ticket that holds this very mail of this very person: it came to two of our addresses.

    A Message-ID alone is the sender's to choose and must silence nothing.
    """
    if incoming.thread or not incoming.key or identity.contact is None:
        return None
    held = Message.objects.filter(
        message_id=stored_key(incoming),
        body_sha256=hash_of(clean(incoming.body)),
        contact=identity.contact,
    ).select_related("ticket")
    message = held.first()
    return message.ticket if message else None


def _by_references(references: Sequence[str]) -> list[int]:
    if not references:
        return []
    rows = Message.objects.filter(message_id__in=references[:50]).order_by("-at")
    return list(dict.fromkeys(rows.values_list("ticket_id", flat=True)))[:5]


def _by_subject(subject: str) -> list[int]:
    numbers = [int(number) for number in REFERENCE.findall(subject)[:3]]
    return list(Ticket.objects.filter(pk__in=numbers).values_list("pk", flat=True))


def _may_join(ticket: Ticket, identity: Identity) -> bool:
    # Message-IDs and subjects are the sender's to forge: only people of the same
    # conversation or company may join it.
    if identity.agent is not None:
        return True
    if identity.contact is None:
        return False
    if identity.customer is not None and ticket.customer_id == identity.customer.pk:
        return True
    return (
        ticket.requester_id == identity.contact.pk
        or ticket.messages.filter(contact=identity.contact).exists()
    )
