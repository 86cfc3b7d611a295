"""The situations of the `audit_clocks` examples: each leaves the database as its title says."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from sla.models import Clock
from sla.operations.terms.load_terms import load_terms
from tests.sla.world import (
    answer,
    contract_clock,
    customer,
    deliver,
    madrid,
    person,
    raw_mail,
    ticket_by_mail,
)
from tickets.domain.words import EventKind, WaitCause
from tickets.models import Contact, Ticket, TicketEvent
from tickets.operations.desk import actions as desk
from tickets.operations.retention import erase_contact

# A Wednesday morning of a Pro customer: the first response is due at 14:00.
MORNING = madrid("2026-11-18 10:00")
HOUR = timedelta(hours=1)


def nothing() -> None:
    """An empty database."""


def asked() -> Ticket:
    """One mail of a Pro customer."""
    customer("pro")
    return ticket_by_mail(MORNING)


def asked_by_a_stranger() -> None:
    """A mail from an address that belongs to no customer."""
    customer("pro")
    ticket_by_mail(MORNING, sender="Eve <eve@elsewhere.example>")


def answered_late() -> Ticket:
    """The first answer came an hour after the deadline."""
    ticket = asked()
    late = MORNING + 5 * HOUR
    answer(ticket, person("Alice"), late)
    return ticket


def waited_solved_and_reopened() -> None:
    """A whole life: answered, waited, written again, solved, reopened."""
    ticket = asked()
    common: dict[str, Any] = {"ticket_id": ticket.pk, "user": person("Alice")}
    answer(ticket, common["user"], MORNING + HOUR, "¿Qué planta?")
    desk.start_waiting(cause=WaitCause.CUSTOMER, now=MORNING + HOUR, **common)
    again = raw_mail("La planta 2.", subject=f"Re: {ticket.reference}")
    deliver(again, MORNING + 24 * HOUR)
    answer(ticket, common["user"], MORNING + 25 * HOUR, "Arreglado.")
    desk.solve_ticket(now=MORNING + 25 * HOUR, **common)
    desk.reopen_ticket(now=MORNING + 28 * HOUR, **common)


def marked_as_spam_and_back() -> None:
    """Spam cancels the clocks; taken back, they are replayed from the start."""
    ticket, alice = asked(), person("Alice")
    desk.mark_spam(ticket_id=ticket.pk, user=alice, now=MORNING + HOUR)
    desk.unmark_spam(ticket_id=ticket.pk, user=alice, now=MORNING + 2 * HOUR)


def region_chosen_afterwards() -> None:
    """The office calendar was changed after the ticket had come."""
    asked()
    load_terms(now=MORNING + HOUR, region="MD")


def writer_erased() -> None:
    """The person who wrote was erased on request."""
    answered_late()
    erase_contact(contact=Contact.objects.get(email="bob@acme.example"), now=MORNING + 6 * HOUR)


def deadline_moved_by_hand() -> None:
    """Somebody gave the desk an hour more in the database itself."""
    clock = contract_clock(asked())
    assert clock.due_at is not None
    Clock.objects.filter(pk=clock.pk).update(due_at=clock.due_at + HOUR)


def breach_hidden_by_hand() -> None:
    """Somebody made a missed target a met one."""
    clock = contract_clock(answered_late())
    Clock.objects.filter(pk=clock.pk).update(breached_at=None, met=True)


def answer_slipped_into_the_log() -> None:
    """A fact was added to the log without any operation: no clock was read."""
    customer("pro")
    ticket = deliver(raw_mail(), MORNING, now=MORNING + HOUR).ticket
    assert ticket is not None
    TicketEvent.objects.create(
        ticket=ticket,
        kind=EventKind.AGENT_REPLIED,
        at=MORNING + HOUR / 2,
        recorded_at=MORNING + HOUR / 2,
        key="slipped in",
    )


def clocks_could_not_be_read() -> Ticket:
    """The mail was kept although our own code failed; the sweep will read the clocks."""
    with patch("sla.receivers.read_clocks_of", side_effect=RuntimeError("a bug of ours")):
        return asked()


def clocks_are_missing() -> None:
    """... and somebody took the mark away."""
    ticket = clocks_could_not_be_read()
    Ticket.objects.filter(pk=ticket.pk).update(clocks_stale_since=None, clocks_retry_at=None)


SITUATIONS: dict[str, Callable[[], object]] = {
    made.__name__: made
    for made in (
        nothing,
        asked,
        asked_by_a_stranger,
        answered_late,
        waited_solved_and_reopened,
        marked_as_spam_and_back,
        region_chosen_afterwards,
        writer_erased,
        deadline_moved_by_hand,
        breach_hidden_by_hand,
        answer_slipped_into_the_log,
        clocks_could_not_be_read,
        clocks_are_missing,
    )
}
