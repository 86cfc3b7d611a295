"""The sweep: late is dated at its due instant, poison stops nobody, two at once change nothing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from sla.domain.clocks.clock import ClockState
from sla.domain.clocks.ledger import EntryKind
from sla.models import Clock, ClockEntry, Escalation, Heartbeat
from sla.operations.clocks import read_clocks as reading
from sla.operations.clocks import sweep as sweeping
from sla.operations.clocks.audit import Audited, audit_clocks
from sla.operations.clocks.sweep import sweep
from tests.journeys.threads import at_once
from tests.sla.escalation_watch import policy
from tests.sla.world import answer, contract_clock, customer, madrid, person, ticket_by_mail
from tests.tickets.hooks import arrive, created, helpdesk, said, utc
from tickets.models import Ticket
from tickets.operations.ticket.notes import add_note
from tickets.queries import database_now

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]

OPENED = madrid("2026-11-18 10:00")
DUE = madrid("2026-11-18 10:30")


def tickets(count: int) -> list[Ticket]:
    """Enterprise S1 tickets of the past, unanswered: all of them late long ago."""
    customer("enterprise")
    return [ticket_by_mail(OPENED) for _ in range(count)]


def breaches() -> int:
    """How many breaches the ledger knows."""
    return ClockEntry.objects.filter(
        kind=EntryKind.BREACHED, clock__metric="first_response"
    ).count()


def the_clocks_are_true() -> None:
    """Stored equals replayed."""
    assert list(audit_clocks(Audited(), now=timezone.now())) == []


def test_a_worker_that_was_down_over_the_due_instant_changes_no_date() -> None:
    [late, in_time] = tickets(2)
    answer(in_time, person("Alice"), DUE)
    sweep()  # five days later, or years
    assert contract_clock(late).breached_at == contract_clock(late).due_at == DUE
    assert contract_clock(in_time).breached_at is None
    entry = ClockEntry.objects.get(kind=EntryKind.BREACHED, clock=contract_clock(late))
    assert (entry.at, entry.clock.due_at) == (DUE, DUE)
    the_clocks_are_true()


def test_the_lag_of_detection_is_written_beside_the_breach() -> None:
    [ticket] = tickets(1)
    before = database_now()
    sweep()
    after = database_now()
    entry = ClockEntry.objects.get(kind=EntryKind.BREACHED, clock=contract_clock(ticket))
    assert entry.lag_ms is not None
    lag = timedelta(milliseconds=entry.lag_ms)
    assert before - DUE - timedelta(seconds=1) <= lag <= after - DUE + timedelta(seconds=1)
    assert before <= entry.recorded_at <= after


def test_a_second_sweep_has_nothing_to_do() -> None:
    tickets(3)
    assert sweep().read == 3
    entries = ClockEntry.objects.count()
    assert sweep().read == 0
    assert ClockEntry.objects.count() == entries


def test_a_breach_that_starts_and_ends_between_two_sweeps_is_found_all_the_same() -> None:
    customer("enterprise")
    start = timezone.now() - timedelta(hours=2)
    ticket = ticket_by_mail(start)
    sweep_before = contract_clock(ticket).breached_at
    answered = start + timedelta(minutes=31)
    answer(ticket, person("Alice"), answered)
    sweep()
    clock = contract_clock(ticket)
    assert sweep_before is None
    assert (clock.state, clock.met) == (ClockState.STOPPED, False)
    assert clock.breached_at == start + timedelta(minutes=30)
    assert breaches() == 1
    the_clocks_are_true()


def test_an_answer_that_arrives_after_the_sweep_but_was_in_time_corrects_the_breach() -> None:
    customer("enterprise")
    person("Alice")
    source = helpdesk(stop_tolerance_seconds=86_400 * 30)
    arrive(source, created("T-1", OPENED), OPENED)
    sweep()
    assert contract_clock(Ticket.objects.get()).breached_at == DUE
    arrive(source, said("T-1", DUE, "m1", "agent"), timezone.now())
    clock = contract_clock(Ticket.objects.get())
    assert (clock.met, clock.breached_at, clock.stopped_at) == (True, None, DUE)
    kinds = list(clock.entries.values_list("kind", flat=True))
    assert EntryKind.BREACHED in kinds, "nothing is deleted"
    assert EntryKind.CORRECTED in kinds
    the_clocks_are_true()


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> Callable[[Ticket], None]:
    """Makes one ticket unreadable, as a bug of ours would."""

    def spoil(ticket: Ticket) -> None:
        stage = reading.stage_reading

        def stage_or_raise(**given: Any) -> None:
            if given["ticket"].pk == ticket.pk:
                raise ZeroDivisionError
            stage(**given)

        monkeypatch.setattr(reading, "stage_reading", stage_or_raise)
        monkeypatch.setattr(sweeping, "stage_reading", stage_or_raise)

    return spoil


def test_one_poisoned_ticket_never_stops_the_others(poison: Callable[[Ticket], None]) -> None:
    made = tickets(5)
    poison(made[2])
    swept = sweep()
    # Once in its batch and once as a stale one: put aside both times.
    assert (swept.read, swept.failed) == (4, 1)
    assert breaches() == 4
    assert contract_clock(made[2]).breached_at is None
    made[2].refresh_from_db()
    assert made[2].clocks_stale_since is not None
    assert made[2].clocks_retry_at is not None
    assert sweep().failed == 0, "it is out of the way for a while"


def test_a_poisoned_ticket_is_read_again_when_the_bug_is_mended(
    poison: Callable[[Ticket], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tickets(2)
    poison(made[0])
    sweep()
    monkeypatch.undo()
    Ticket.objects.update(clocks_retry_at=OPENED)
    assert sweep().failed == 0
    made[0].refresh_from_db()
    assert made[0].clocks_stale_since is None
    assert contract_clock(made[0]).breached_at == DUE
    the_clocks_are_true()


def test_when_a_batch_cannot_be_written_its_tickets_are_written_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = tickets(5)
    bad = contract_clock(made[1]).pk
    save = reading.Writes.save

    def save_or_raise(self: reading.Writes) -> None:
        if any(clock.pk == bad for clock in self.changed):
            raise ZeroDivisionError
        save(self)

    monkeypatch.setattr(reading.Writes, "save", save_or_raise)
    swept = sweep()
    assert (swept.read, swept.failed) == (4, 1)
    assert breaches() == 4
    made[1].refresh_from_db()
    assert made[1].clocks_stale_since is not None


def test_a_ticket_is_stored_though_its_clocks_cannot_be_read_and_the_sweep_mends_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    customer("enterprise")
    with monkeypatch.context() as bug:
        bug.setattr("sla.receivers.read_clocks_of", _raise)
        ticket = ticket_by_mail(OPENED)
    assert ticket.clocks_stale_since == OPENED
    assert not Clock.objects.exists()
    found = list(audit_clocks(Audited(), now=timezone.now()))
    assert [difference.what for difference in found] == ["clocks"]
    assert all(difference.explanation for difference in found)
    assert sweep().read == 1
    ticket.refresh_from_db()
    assert (ticket.clocks_stale_since, ticket.clocks_retry_at) == (None, None)
    assert contract_clock(ticket).breached_at == DUE
    the_clocks_are_true()


def _raise(**_: object) -> None:
    raise ZeroDivisionError


def test_each_sweep_leaves_its_heartbeat() -> None:
    before = database_now()
    tickets(2)
    sweep()
    row = Heartbeat.objects.get(name="sweep")
    assert before <= row.at <= database_now()
    assert row.detail == {"read": 2, "failed": 0}


def test_a_void_clock_stays_void_through_a_sweep() -> None:
    # A later message came first and opened the ticket; then its true opening came.
    customer("enterprise")
    source, at = helpdesk(), utc("2026-11-18 09:00")
    late = at + timedelta(minutes=5)
    arrive(source, said("T-1", late, "m1", author={"kind": "customer", "email": ""}), late)
    assert Clock.objects.filter(basis="watch", void=False).exists()
    arrive(source, created("T-1", at), late)
    assert not Clock.objects.filter(basis="watch", void=False).exists()
    sweep()
    assert not Clock.objects.filter(basis="watch", void=False).exists()
    assert contract_clock_of_now().due_at == at + timedelta(minutes=30)
    the_clocks_are_true()


def contract_clock_of_now() -> Clock:
    """The contractual clock that is not void."""
    return Clock.objects.get(basis="contract", void=False)


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_write_each_breach_once() -> None:
    made = tickets(60)
    assert at_once(sweep, sweep, sweep) == [None, None, None]
    sweep()  # a ticket that another sweep held was left to the next one
    assert breaches() == len(made)
    assert set(Clock.objects.filter(basis="contract").values_list("breached_at", flat=True)) == {
        DUE
    }
    the_clocks_are_true()


@pytest.mark.django_db(transaction=True)
def test_an_answer_and_a_sweep_at_once_agree() -> None:
    alice = person("Alice")
    for ticket in tickets(20):
        in_time = DUE - timedelta(minutes=1)
        answer = _answering(ticket, alice, in_time)
        assert at_once(answer, sweep) == [None, None]
    assert not Clock.objects.filter(metric="first_response", void=False).exclude(met=True).exists()
    the_clocks_are_true()


def _answering(ticket: Ticket, user: Any, now: Any) -> Callable[[], object]:
    return lambda: answer(ticket, user, now)


def test_an_operation_that_waited_for_the_sweep_does_not_turn_the_clock_back() -> None:
    [ticket] = tickets(1)
    sweep()
    before_due = DUE - timedelta(seconds=1)
    add_note(ticket_id=ticket.pk, text="Lo miro.", user=person("Alice"), now=before_due)
    assert contract_clock(ticket).breached_at == DUE
    assert not ClockEntry.objects.filter(kind=EntryKind.CORRECTED).exists()
    the_clocks_are_true()


def test_a_fault_of_an_escalation_costs_neither_the_deadline_nor_the_breach(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    policy(person("Olga", "operators"))

    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr("sla.operations.clocks.writes.escalate", fails)
        made = tickets(2)
        assert Clock.objects.count() == 0
        sweep()
        for ticket in made:
            ticket.refresh_from_db()
            assert contract_clock(ticket).breached_at == DUE
            assert ticket.clocks_stale_since is not None
        assert not Escalation.objects.exists()
    # Once the fault is mended, nothing that should have fired is missing.
    Ticket.objects.update(clocks_retry_at=OPENED)
    sweep()
    assert not Ticket.objects.filter(clocks_stale_since__isnull=False).exists()
    for ticket in made:
        clock = contract_clock(ticket)
        assert Escalation.objects.filter(clock=clock, outcome="fired").count() >= 3
