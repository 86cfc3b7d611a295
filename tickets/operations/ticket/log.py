"""Adding facts to the logs of tickets: the one way in which a ticket changes."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from tickets.domain.facts import Fact, in_order, settled
from tickets.domain.lifecycle import Standing, read_standing
from tickets.domain.severity_log import Raise, read_severity
from tickets.domain.words import EventKind, SeverityBy
from tickets.models import Delivery, Message, Ticket, TicketEvent
from tickets.queries import logs_of
from tickets.signals import Grown, events_recorded

logger = logging.getLogger(__name__)

_STANDING = (
    "status",
    "wait_cause",
    "severity",
    "severity_origin",
    "needs_triage",
    "opened_at",
    "last_customer_message_at",
    "answered_at",
    "solved_at",
)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """New facts of a locked ticket: `facts` is what its log holds, None when not read yet.

    `is_new`: the row was inserted in this transaction, as the facts to add say it stands.
    """

    ticket: Ticket
    entries: Sequence[Entry]
    facts: Sequence[Fact] | None = None
    is_new: bool = False


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
    fresh = [entry for entry in entries if entry.key not in known]
    return record_all([Growth(ticket=ticket, entries=fresh)], now=now) if fresh else []


def record_all(growths: Sequence[Growth], *, now: datetime) -> list[TicketEvent]:
    """As `record`, for many locked tickets in a fixed number of statements.

    No key may be in its ticket's log already.
    """
    logs = _logs(growths)
    rows = TicketEvent.objects.bulk_create(
        _row(growth.ticket, entry, now) for growth in growths for entry in growth.entries
    )
    added: dict[int, list[TicketEvent]] = defaultdict(list)
    for row in rows:
        added[row.ticket_id].append(row)
    logs = {pk: settled((*log, *map(_fact, added[pk]))) for pk, log in logs.items()}
    for row in _write_what_follows(logs, now):
        added[row.ticket_id].append(row)
        logs[row.ticket_id] = (*logs[row.ticket_id], _fact(row))
        rows.append(row)
    _store_standings(growths, logs)
    _tell(
        [
            Grown(
                ticket=growth.ticket,
                facts=logs[growth.ticket.pk],
                since=min(row.at for row in added[growth.ticket.pk]),
                is_new=growth.is_new,
                added=tuple(map(_fact, added[growth.ticket.pk])),
            )
            for growth in growths
        ],
        now,
    )
    return rows


def set_standing(ticket: Ticket, standing: Standing) -> bool:
    """Writes what the log says into the ticket's columns, not yet stored; False if they did."""
    before = [getattr(ticket, column) for column in _STANDING]
    ticket.status = standing.status
    ticket.wait_cause = standing.wait_cause
    ticket.severity = standing.severity
    ticket.severity_origin = standing.severity_by
    if standing.severity_by is SeverityBy.PERSON:
        ticket.needs_triage = standing.doubted
    elif standing.doubted:
        ticket.needs_triage = True
    ticket.opened_at = standing.opened_at or ticket.opened_at
    ticket.last_customer_message_at = standing.last_customer_message_at
    ticket.answered_at = standing.answered_at
    ticket.solved_at = standing.solved_at
    return before != [getattr(ticket, column) for column in _STANDING]


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


def _logs(growths: Sequence[Growth]) -> dict[int, tuple[Fact, ...]]:
    unread = [growth.ticket.pk for growth in growths if growth.facts is None]
    stored = logs_of(unread) if unread else {}
    return {
        growth.ticket.pk: stored.get(growth.ticket.pk, ())
        if growth.facts is None
        else tuple(growth.facts)
        for growth in growths
    }


def _row(ticket: Ticket, entry: Entry, now: datetime) -> TicketEvent:
    return TicketEvent(
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


def _fact(row: TicketEvent) -> Fact:
    return Fact(key=str(row.pk), kind=EventKind(row.kind), at=row.at, details=row.details)


def _write_what_follows(logs: Mapping[int, Sequence[Fact]], now: datetime) -> Sequence[TicketEvent]:
    """A customer's message may reopen or raise, whatever was heard of first."""
    reopening = {int(fact.key) for log in logs.values() for fact in written_while_solved(log)}
    raising = {
        int(found.wrote.key): found
        for log in logs.values()
        for found in read_severity(log).unwritten
    }
    if not reopening and not raising:
        return []
    rows = []
    for wrote in TicketEvent.objects.filter(pk__in={*reopening, *raising}):
        if wrote.pk in raising:
            rows.append(_raise(wrote, raising[wrote.pk], now))
        if wrote.pk in reopening:
            rows.append(
                _following(
                    wrote,
                    now,
                    kind=EventKind.REOPENED,
                    details={"by": "message"},
                    key=f"{EventKind.REOPENED}:{wrote.pk}",
                )
            )
    return TicketEvent.objects.bulk_create(rows)


def _raise(wrote: TicketEvent, found: Raise, now: datetime) -> TicketEvent:
    return _following(
        wrote,
        now,
        kind=EventKind.SEVERITY_CHANGED,
        details={
            "from": found.before.value,
            "to": found.to.value,
            "mode": "got_worse",
            "by": SeverityBy.RULES.value,
            "message": wrote.message_id,
            "version": str(wrote.details.get("version", "")),
        },
        key=f"{EventKind.SEVERITY_CHANGED}:of:{wrote.pk}",
    )


def _following(wrote: TicketEvent, now: datetime, **fields: Any) -> TicketEvent:
    return TicketEvent(
        ticket_id=wrote.ticket_id,
        at=wrote.at,
        recorded_at=now,
        message_id=wrote.message_id,
        delivery_id=wrote.delivery_id,
        **fields,
    )


def _store_standings(growths: Sequence[Growth], logs: Mapping[int, Sequence[Fact]]) -> None:
    changed = [
        growth.ticket
        for growth in growths
        if set_standing(growth.ticket, read_standing(logs[growth.ticket.pk]))
    ]
    if len(changed) == 1:
        changed[0].save(update_fields=_STANDING)
    elif changed:
        # An upsert by id: bulk_update's CASE expressions cost ten times as much.
        Ticket.objects.bulk_create(
            changed, update_conflicts=True, unique_fields=["id"], update_fields=list(_STANDING)
        )


def _tell(grown: Sequence[Grown], now: datetime) -> None:
    try:
        with transaction.atomic():
            events_recorded.send(sender=Ticket, grown=grown, now=now)
    except Exception:
        if len(grown) > 1:
            # One poisoned ticket must not take the others' clocks with it.
            for each in grown:
                _tell([each], now)
            return
        # A bug of ours never costs a customer's mail: the sweep reads this ticket again.
        ticket = grown[0].ticket
        logger.exception("the clocks of %s could not be read", ticket.reference)
        ticket.clocks_stale_since = ticket.clocks_stale_since or now
        ticket.clocks_retry_at = now
        ticket.save(update_fields=["clocks_stale_since", "clocks_retry_at"])
