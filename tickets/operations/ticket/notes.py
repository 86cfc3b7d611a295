"""Internal notes: text for us, which starts and stops nothing."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from tickets.domain.words import AuthorKind, Channel, EventKind
from tickets.models import Message, Ticket
from tickets.operations.ticket.log import Entry, lock_ticket, record
from tickets.operations.ticket.write_message import clean, hash_of
from tickets.queries import person_name


class EmptyText(ValueError):
    """There is no text: write something first."""


@transaction.atomic
def add_note(*, ticket_id: int, text: str, user: User, now: datetime) -> Message:
    """Adds an internal note. Raises EmptyText."""
    ticket = lock_ticket(ticket_id)
    note = store_note(ticket=ticket, text=text, user=user, channel=Channel.HELPDESK, now=now)
    record(
        ticket,
        [
            Entry(
                kind=EventKind.NOTE_ADDED,
                at=now,
                key=f"{EventKind.NOTE_ADDED}:{note.pk}",
                actor=user,
                message=note,
            )
        ],
        now=now,
    )
    return note


def store_note(
    *, ticket: Ticket, text: str, user: User, channel: Channel, now: datetime
) -> Message:
    """The stored note, without a fact in the log; the caller holds the lock."""
    body = clean(text).strip()
    if not body:
        raise EmptyText(str(EmptyText.__doc__))
    return Message.objects.create(
        ticket=ticket,
        is_public=False,
        author_kind=AuthorKind.AGENT,
        user=user,
        author_name=person_name(user),
        channel=channel,
        body=body,
        reply=body,
        body_sha256=hash_of(body),
        at=now,
    )
