"""A tool's API says when something really happened: facts that were dated by arrival move there."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from tickets.domain.event_time import CONFIRMED
from tickets.domain.instants import format_instant
from tickets.domain.words import EventKind
from tickets.models import Delivery, Message, Ticket, TicketEvent
from tickets.operations.incoming.told_before import Told, told_of
from tickets.operations.ticket.log import Entry, record

IN_TIME = "it is here already; its true time, which the tool confirmed, counts now"


def confirm_message(
    *, ticket: Ticket, key: str, delivery: Delivery, at: datetime, now: datetime
) -> bool:
    """Moves a message, and what follows from it, to its true instant; False when it stands there.

    The caller holds the ticket's lock.
    """
    message = ticket.messages.filter(key=key).first()
    if message is None:
        return False
    facts = [fact for fact in told_of(ticket) if fact.message_id == message.pk]
    # What was derived from the message stands at its instant, and says no rule of its own.
    off = {fact.at for fact in facts if "time" in fact.details and fact.is_off(at)}
    if not off:
        return False
    moved = [fact for fact in facts if fact.at in off]
    _record(ticket, moved, delivery=delivery, at=at, now=now)
    Message.objects.filter(pk=message.pk).update(at=at)
    return True


def confirm_change(
    *,
    ticket: Ticket,
    fact: Told,
    delivery: Delivery,
    at: datetime,
    now: datetime,
    anew: Mapping[str, Any] | None = None,
) -> bool:
    """The same of a change of status or severity, with the facts that were written beside it.

    `anew`: what the fact says when it is judged by its true time.
    """
    if not fact.is_off(at):
        return False
    moved = [
        each
        for each in told_of(ticket)
        if each.delivery_id == fact.delivery_id and each.at == fact.at and each.message_id is None
    ]
    _record(ticket, moved, delivery=delivery, at=at, now=now, anew=anew)
    return True


def _record(
    ticket: Ticket,
    moved: Iterable[Told],
    *,
    delivery: Delivery,
    at: datetime,
    now: datetime,
    anew: Mapping[str, Any] | None = None,
) -> None:
    facts = list(moved)
    messages = TicketEvent.objects.in_bulk([fact.pk for fact in facts])
    record(
        ticket,
        [
            Entry(
                kind=EventKind.TIME_CONFIRMED,
                at=at,
                key=f"{EventKind.TIME_CONFIRMED}:{fact.pk}",
                message=messages[fact.pk].message,
                delivery=delivery,
                details={
                    "of_event": str(fact.pk),
                    "of_kind": fact.kind,
                    "was": format_instant(fact.at),
                    "time": CONFIRMED,
                    **({"anew": dict(anew)} if anew else {}),
                },
            )
            for fact in facts
        ],
        now=now,
    )
