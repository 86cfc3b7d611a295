"""What an agent does with a ticket besides answering: wait, solve, reopen, assign, triage."""

from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from tickets.domain.guards import Change, ask_guards
from tickets.domain.words import EventKind, Status, WaitCause
from tickets.models import Customer, Ticket
from tickets.operations.severity.corrections import note_confirmation
from tickets.operations.ticket.log import Entry, lock_ticket, record


class NotPossible(ValueError):
    """The ticket's state does not allow this; the message says why."""


@transaction.atomic
def start_waiting(*, ticket_id: int, cause: WaitCause, user: User, now: datetime) -> Ticket:
    """The ticket waits; only a wait on the customer pauses a clock."""
    ticket = lock_ticket(ticket_id)
    if ticket.status not in {Status.OPEN, Status.WAITING}:
        raise NotPossible("Only an open ticket can wait.")
    return _one(ticket, EventKind.WAITING_STARTED, user, now, {"cause": cause.value})


@transaction.atomic
def stop_waiting(*, ticket_id: int, user: User, now: datetime) -> Ticket:
    """The wait is over and the ticket is ours again."""
    ticket = lock_ticket(ticket_id)
    if ticket.status != Status.WAITING:
        raise NotPossible("This ticket is not waiting.")
    return _one(ticket, EventKind.WAITING_ENDED, user, now)


@transaction.atomic
def solve_ticket(*, ticket_id: int, user: User, now: datetime) -> Ticket:
    """Solves an answered ticket. Raises NotPossible, or ChangeRefused by a guard."""
    ticket = lock_ticket(ticket_id)
    if ticket.status not in {Status.OPEN, Status.WAITING}:
        raise NotPossible("Only an open or waiting ticket can be solved.")
    details = ask_guards(ticket.pk, Change.SOLVE, now)
    note_confirmation(ticket=ticket, user=user, now=now)
    return _one(ticket, EventKind.SOLVED, user, now, details)


@transaction.atomic
def reopen_ticket(*, ticket_id: int, user: User, now: datetime) -> Ticket:
    """Opens a solved ticket again; the time between is not counted."""
    ticket = lock_ticket(ticket_id)
    if ticket.status != Status.SOLVED:
        raise NotPossible("Only a solved ticket can be reopened.")
    return _one(ticket, EventKind.REOPENED, user, now)


@transaction.atomic
def assign_ticket(*, ticket_id: int, assignee: User | None, user: User, now: datetime) -> Ticket:
    """Gives the ticket to an agent, or to nobody."""
    ticket = lock_ticket(ticket_id)
    if ticket.assignee_id == (assignee.pk if assignee else None):
        return ticket
    ticket.assignee = assignee
    ticket.save(update_fields=["assignee"])
    return _one(ticket, EventKind.ASSIGNED, user, now, {"to": assignee.pk if assignee else None})


@transaction.atomic
def set_customer(*, ticket_id: int, customer: Customer, user: User, now: datetime) -> Ticket:
    """Says whose ticket this is: its clocks are then read under that customer's agreement."""
    ticket = lock_ticket(ticket_id)
    if ticket.customer_id == customer.pk:
        return ticket
    before = ticket.customer_id
    ticket.customer = customer
    ticket.save(update_fields=["customer"])
    return _one(ticket, EventKind.CUSTOMER_SET, user, now, {"from": before, "to": customer.pk})


@transaction.atomic
def confirm_triage(*, ticket_id: int, user: User, now: datetime) -> Ticket:
    """A person looked: severity and customer stand as they are."""
    ticket = lock_ticket(ticket_id)
    ticket.needs_triage = False
    ticket.save(update_fields=["needs_triage"])
    note_confirmation(ticket=ticket, user=user, now=now)
    return _one(
        ticket,
        EventKind.CUSTOMER_SET,
        user,
        now,
        {"from": ticket.customer_id, "to": ticket.customer_id},
    )


@transaction.atomic
def mark_spam(*, ticket_id: int, user: User, now: datetime) -> Ticket:
    """Takes the ticket out of the queue; its clocks are cancelled, a breach stays."""
    ticket = lock_ticket(ticket_id)
    if ticket.status == Status.SPAM:
        return ticket
    details = ask_guards(ticket.pk, Change.MARK_SPAM, now)
    return _one(ticket, EventKind.MARKED_SPAM, user, now, details)


@transaction.atomic
def unmark_spam(*, ticket_id: int, user: User, now: datetime) -> Ticket:
    """Not spam after all: the clocks are replayed from the start."""
    ticket = lock_ticket(ticket_id)
    if ticket.status != Status.SPAM:
        raise NotPossible("This ticket is not marked as spam.")
    return _one(ticket, EventKind.UNMARKED_SPAM, user, now)


def _one(
    ticket: Ticket,
    kind: EventKind,
    user: User,
    now: datetime,
    details: Mapping[str, object] | None = None,
) -> Ticket:
    # Two clicks in the same microsecond by one person are one click.
    key = f"{kind}:{user.pk}:{now.isoformat()}"
    record(
        ticket,
        [Entry(kind=kind, at=now, key=key, actor=user, details=details or {})],
        now=now,
    )
    return ticket
