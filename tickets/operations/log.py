"""Adding facts to a ticket's log: the one way in which a ticket changes."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from tickets.domain.facts import Fact, in_order
from tickets.domain.lifecycle import read_standing
from tickets.domain.words import EventKind
from tickets.models import Delivery, Message, SeverityOrigin, Ticket, TicketEvent
from tickets.queries import log_of
from tickets.signals import events_recorded

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A fact to add; `key` makes adding it twice the same as once."""

    kind: EventKind
    at: datetime
    key: str
    actor: User | None = None
    message: Message | None = None
    delivery: Delivery | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def lock_ticket(ticket_id: int) -> Ticket:
    """The ticket, locked until the transaction ends: how every operation begins (D4)."""
    # of=("self",): joined rows, such as the customer, stay free for others.
    return Ticket.objects.select_for_update(of=("self",)).get(pk=ticket_id)


def record(ticket: Ticket, entries: Sequence[Entry], *, now: datetime) -> list[TicketEvent]:
    """Adds the facts that are new, re-derives the ticket, and tells who keeps promises about it.

    The caller holds the ticket's lock. Returns the rows that were added.
    """
    known = set(
        ticket.events.filter(key__in=[entry.key for entry in entries]).values_list("key", flat=True)
    )
    rows = TicketEvent.objects.bulk_create(
        TicketEvent(
            ticket=ticket,
            kind=entry.kind,
            at=entry.at,
            recorded_at=now,
            actor=entry.actor,
            message=entry.message,
            delivery=entry.delivery,
            details=dict(entry.details),
            key=entry.key,
        )
        for entry in entries
        if entry.key not in known
    )
    if rows:
        rows += _reopen_where_written(ticket, now)
        _store_standing(ticket)
        _tell(ticket, now, min(row.at for row in rows))
    return rows


def _reopen_where_written(ticket: Ticket, now: datetime) -> list[TicketEvent]:
    """A customer who writes after the solve reopens, whichever of the two was heard of first."""
    written = [int(fact.key) for fact in written_while_solved(log_of(ticket))]
    if not written:
        return []
    return TicketEvent.objects.bulk_create(
        TicketEvent(
            ticket=ticket,
            kind=EventKind.REOPENED,
            at=wrote.at,
            recorded_at=now,
            message_id=wrote.message_id,
            delivery_id=wrote.delivery_id,
            details={"by": "message"},
            key=f"{EventKind.REOPENED}:{wrote.key}"[:100],
        )
        for wrote in ticket.events.filter(pk__in=written)
    )


def written_while_solved(facts: Iterable[Fact]) -> list[Fact]:
    """The customer's messages that reopen a ticket and have no such fact beside them yet."""
    solved, found = False, []
    for fact in in_order(facts):
        if fact.kind is EventKind.SOLVED:
            solved = True
        elif fact.kind is EventKind.REOPENED:
            solved = False
        elif fact.kind is EventKind.CUSTOMER_WROTE and solved:
            found.append(fact)
            solved = False
    return found


def _store_standing(ticket: Ticket) -> None:
    standing = read_standing(log_of(ticket))
    ticket.status = standing.status
    ticket.wait_cause = standing.wait_cause
    ticket.severity = standing.severity
    if standing.severity_by_person:
        ticket.severity_origin, ticket.needs_triage = SeverityOrigin.PERSON, False
    ticket.opened_at = standing.opened_at or ticket.opened_at
    ticket.last_customer_message_at = standing.last_customer_message_at
    ticket.answered_at = standing.answered_at
    ticket.solved_at = standing.solved_at
    ticket.save(
        update_fields=[
            "status",
            "wait_cause",
            "severity",
            "severity_origin",
            "needs_triage",
            "opened_at",
            "last_customer_message_at",
            "answered_at",
            "solved_at",
        ]
    )


def _tell(ticket: Ticket, now: datetime, since: datetime) -> None:
    try:
        with transaction.atomic():
            events_recorded.send(sender=Ticket, ticket=ticket, now=now, since=since)
    except Exception:
        # A bug of ours never costs a customer's mail: the sweep reads this ticket again.
        logger.exception("the clocks of %s could not be read", ticket.reference)
        ticket.clocks_stale_since = ticket.clocks_stale_since or now
        ticket.clocks_retry_at = now
        ticket.save(update_fields=["clocks_stale_since", "clocks_retry_at"])
