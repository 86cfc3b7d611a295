"""Two operations on one ticket at the same moment: both are in the log, and the clocks know it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from sla.models import Clock, ClockEntry
from sla.operations.clocks.audit import Audited, audit_clocks
from sla.operations.clocks.sweep import sweep
from tests.chaos import CHAOS
from tests.journeys.threads import at_once
from tests.sla.world import answer, customer, madrid, person, raw_mail, ticket_by_mail
from tests.tickets.hooks import arrive, created, helpdesk, new_id, said, status
from tickets.domain.words import EventKind, Severity, Status, WaitCause
from tickets.models import Delivery, Outcome, Source, Ticket, TicketEvent
from tickets.operations.desk.actions import NotPossible, solve_ticket, start_waiting
from tickets.operations.incoming.ingest_mail import mailbox
from tickets.operations.incoming.process import process_delivery
from tickets.operations.incoming.receive import receive_delivery
from tickets.operations.outgoing.outbox import send_waiting
from tickets.operations.severity.change import change_severity

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("terms")]

# Ten of each pair.
ROUNDS = 200 if CHAOS else 50
SOLVES = 40 if CHAOS else 20
OPENED = madrid("2026-11-18 10:00")


@dataclass
class Round:
    """One ticket, opened by Bob's mail, and the people who meet over it."""

    ticket: Ticket
    alice: User
    carla: User
    now: datetime

    def answers(self) -> object:
        """Alice answers, and the answer leaves."""
        return answer(self.ticket, self.alice, self.now)

    def sends(self) -> object:
        """What waits leaves; where another process was sending, it may have left it."""
        return send_waiting(clock=lambda: self.now)

    def writes(self) -> object:
        """Bob's next mail is processed: nothing works now, which raises his question."""
        subject = f"Re: {self.ticket.reference}"
        return process_delivery(delivery_id=self._mail(subject).pk, now=self.now)

    def raises(self) -> object:
        """Alice sees that it is an S1."""
        return self._change(Severity.S1)

    def lowers(self) -> object:
        """Carla thinks that it is an S4."""
        return self._change(Severity.S4)

    def waits(self) -> object:
        """Carla waits for the customer."""
        return start_waiting(
            ticket_id=self.ticket.pk, cause=WaitCause.CUSTOMER, user=self.carla, now=self.now
        )

    def solves(self) -> object:
        """Alice solves it."""
        return solve_ticket(ticket_id=self.ticket.pk, user=self.alice, now=self.now)

    def _change(self, severity: Severity) -> object:
        return change_severity(
            ticket_id=self.ticket.pk,
            severity=severity,
            got_worse=False,
            reason="una prueba",
            user=self.alice if severity is Severity.S1 else self.carla,
            now=self.now,
        )

    def _mail(self, subject: str) -> Delivery:
        return receive_delivery(
            source=mailbox(),
            external_id=new_id(),
            body=raw_mail(subject=subject),
            headers={},
            received_at=self.now,
            now=self.now,
        ).delivery


Deed = Callable[[Round], object]
Pair = tuple[Deed, Deed, dict[EventKind, int]]
PAIRS: list[Pair] = [
    (
        Round.answers,
        Round.writes,
        {EventKind.AGENT_REPLIED: 1, EventKind.CUSTOMER_WROTE: 1, EventKind.SEVERITY_CHANGED: 1},
    ),
    (Round.raises, lambda _: sweep(), {EventKind.SEVERITY_CHANGED: 1}),
    (Round.answers, lambda _: sweep(), {EventKind.AGENT_REPLIED: 1}),
    (
        Round.waits,
        Round.writes,
        {EventKind.WAITING_STARTED: 1, EventKind.CUSTOMER_WROTE: 1, EventKind.SEVERITY_CHANGED: 1},
    ),
    (Round.raises, Round.lowers, {EventKind.SEVERITY_CHANGED: 2}),
    (Round.answers, Round.answers, {EventKind.AGENT_REPLIED: 2}),
    # Both say that all is down: it is raised once.
    (
        Round.writes,
        Round.writes,
        {EventKind.CUSTOMER_WROTE: 2, EventKind.SEVERITY_CHANGED: 1},
    ),
]


def test_two_operations_on_one_ticket_never_lose_an_update() -> None:
    customer("enterprise")
    alice, carla = person("Alice"), person("Carla", "csms")
    expected: dict[int, dict[EventKind, int]] = {}
    for number in range(ROUNDS):
        first, second, added = PAIRS[number % len(PAIRS)]
        meeting = Round(
            ticket_by_mail(OPENED, body="¿Cómo exporto un informe?"),
            alice,
            carla,
            OPENED + timedelta(minutes=7, seconds=number),
        )
        assert at_once(partial(first, meeting), partial(second, meeting)) == [None, None]
        meeting.sends()
        expected[meeting.ticket.pk] = {EventKind.OPENED: 1, **added}
    found: dict[int, Counter[str]] = {pk: Counter() for pk in expected}
    for pk, kind in TicketEvent.objects.values_list("ticket_id", "kind"):
        found[pk][kind] += 1
    assert found == expected
    _clocks_are_true(ROUNDS)


def test_a_solve_and_a_customers_message_at_once_leave_the_ticket_open_or_refuse() -> None:
    customer("enterprise")
    alice = person("Alice")
    for number in range(SOLVES):
        meeting = Round(ticket_by_mail(OPENED), alice, alice, OPENED + timedelta(minutes=5))
        meeting.answers()
        meeting.now += timedelta(seconds=number)
        assert at_once(meeting.solves, meeting.writes) == [None, None]
        meeting.ticket.refresh_from_db()
        # At one instant the solve comes first and the message opens the ticket again.
        assert meeting.ticket.status == Status.OPEN
        running = Clock.objects.filter(ticket=meeting.ticket, state="running", void=False)
        assert set(running.values_list("metric", flat=True)) == {"next_response", "resolution"}
    _clocks_are_true(SOLVES)


def test_two_solves_at_once_are_one_solve_and_one_refusal() -> None:
    customer("enterprise")
    alice, carla = person("Alice"), person("Carla", "csms")
    meeting = Round(ticket_by_mail(OPENED), alice, carla, OPENED + timedelta(minutes=5))
    meeting.answers()
    other = Round(meeting.ticket, carla, carla, meeting.now)
    raised = at_once(meeting.solves, other.solves)
    assert {type(error) for error in raised} == {type(None), NotPossible}
    assert TicketEvent.objects.filter(kind=EventKind.SOLVED).count() == 1
    _clocks_are_true(1)


def test_one_webhook_that_comes_twice_at_once_is_kept_once() -> None:
    customer("enterprise")
    source = helpdesk()
    for number in range(20):
        body, external_id = created(f"T-{number}", OPENED), new_id()
        twice = [_arrival(source, body, external_id)] * 2
        assert at_once(*twice) == [None, None]
    assert Delivery.objects.count() == Ticket.objects.count() == TicketEvent.objects.count() == 20


def test_the_first_two_messages_of_a_ticket_at_once_open_one_ticket() -> None:
    customer("enterprise")
    source = helpdesk()
    for number in range(30):
        thread = f"T-{number}"
        opening = created(thread, OPENED)
        more = said(thread, OPENED + timedelta(minutes=1), f"{thread}-1")
        raised = at_once(_arrival(source, opening, new_id()), _arrival(source, more, new_id()))
        assert raised == [None, None]
    assert Ticket.objects.count() == 30
    assert set(Ticket.objects.values_list("opened_at", "severity", "subject")) == {
        (OPENED, "S1", "Centralita")
    }
    assert not Delivery.objects.exclude(outcome__in=[Outcome.OPENED, Outcome.APPENDED]).exists()
    _clocks_are_true(30)


def test_two_workers_never_process_one_delivery_twice() -> None:
    customer("enterprise")
    source = helpdesk()
    arrive(source, created("T-1", OPENED), OPENED)
    for number in range(20):
        at = OPENED + timedelta(minutes=number)
        body = status("T-1", at, "pending" if number % 2 else "open")
        kept = arrive(source, body, at, process=False)
        work = _work(kept.pk, at)
        assert at_once(work, work) == [None, None]
        assert kept.events.count() == (1 if number % 2 else 2)
    _clocks_are_true(1)


def _arrival(source: Source, body: bytes, external_id: str) -> Callable[[], object]:
    return lambda: arrive(source, body, OPENED + timedelta(minutes=2), external_id=external_id)


def _work(delivery_id: int, at: datetime) -> Callable[[], object]:
    return lambda: process_delivery(delivery_id=delivery_id, now=at)


def _clocks_are_true(tickets: int) -> None:
    """What is stored is what the log says, for every ticket."""
    audited = Audited()
    assert list(audit_clocks(audited, now=timezone.now())) == []
    assert audited.tickets == tickets
    started = ClockEntry.objects.filter(kind="started").count()
    assert started == Clock.objects.count() == audited.clocks
