"""What a person must look at whatever the clocks say: raised by machines, cleared by people."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from tickets.domain.words import Attention
from tickets.models import Ticket
from tickets.operations.ticket.log import lock_ticket

# A customer who was not answered is worse than two machines that talk.
_WEIGHTS = {
    "": 0,
    Attention.RECOVERED: 1,
    Attention.LOOP: 2,
    Attention.UNSENT: 3,
    Attention.BOUNCED: 3,
}


def raise_attention(*, ticket: Ticket, kind: Attention, now: datetime) -> None:
    """Marks the ticket since `now` (UTC), unless the same or something worse is marked already.

    The caller holds the ticket's lock.
    """
    raise_attentions(tickets=[ticket], kind=kind, now=now)


def raise_attentions(*, tickets: Sequence[Ticket], kind: Attention, now: datetime) -> None:
    """As `raise_attention`, for many locked tickets in one statement."""
    marked = [
        ticket
        for ticket in tickets
        if ticket.attention != kind and _WEIGHTS[kind] >= _WEIGHTS.get(ticket.attention, 0)
    ]
    for ticket in marked:
        ticket.attention, ticket.attention_at = kind, now
    if marked:
        Ticket.objects.filter(pk__in=[ticket.pk for ticket in marked]).update(
            attention=kind, attention_at=now
        )


@transaction.atomic
def clear_attention(*, ticket_id: int, user: User, now: datetime) -> Ticket:
    """A person has seen it; automatic mail that was stopped stays stopped.

    Who saw what stands in the admin's history and not in the ticket's log: the log holds what the
    clocks are read from, and this moves none. The bounce or the loop itself is a fact of the log.
    """
    ticket = lock_ticket(ticket_id)
    if not ticket.attention:
        return ticket
    _write_down(ticket, user, now, f"seen: {ticket.attention}")
    ticket.attention, ticket.attention_at = "", None
    ticket.save(update_fields=["attention", "attention_at"])
    return ticket


@transaction.atomic
def allow_automatic_mail(*, ticket_id: int, user: User, now: datetime) -> Ticket:
    """Automatic mail may be sent in this conversation again; a loop that was marked is seen."""
    ticket = lock_ticket(ticket_id)
    if ticket.parked_at is None:
        return ticket
    _write_down(ticket, user, now, "automatic mail allowed again")
    ticket.parked_at = None
    if ticket.attention == Attention.LOOP:
        ticket.attention, ticket.attention_at = "", None
    ticket.save(update_fields=["parked_at", "attention", "attention_at"])
    return ticket


def _write_down(ticket: Ticket, user: User, now: datetime, what: str) -> None:
    LogEntry.objects.create(
        action_time=now,
        user=user,
        content_type=ContentType.objects.get_for_model(Ticket),
        object_id=str(ticket.pk),
        # Not the subject: a person may ask us to forget it.
        object_repr=ticket.reference,
        action_flag=CHANGE,
        change_message=what,
    )
