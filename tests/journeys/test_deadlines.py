"""From a customer's mail to a deadline that holds out: the promises of clause 7, end to end."""

from datetime import timedelta

import pytest

from sla.domain.clocks.clock import ClockState
from sla.domain.clocks.ledger import EntryKind
from sla.domain.clocks.receipt import receipt_lines
from sla.models import Clock, ClockCause, ClockEntry
from sla.operations.clocks.sweep import sweep
from sla.queries.terms.calendars import calendar_of
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
from tests.tickets.hooks import arrive, created, helpdesk, said
from tickets.domain.instants import to_microseconds
from tickets.domain.words import Severity
from tickets.operations.severity.change import change_severity

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]


def test_an_enterprise_s1_at_night_on_a_sunday_is_due_half_an_hour_later() -> None:
    customer("enterprise")
    ticket = ticket_by_mail(madrid("2026-11-22 03:10"))
    assert ticket.severity == "S1"
    assert contract_clock(ticket).due_at == madrid("2026-11-22 03:40")


def test_a_pro_mail_on_friday_before_a_monday_holiday_is_due_on_tuesday() -> None:
    customer("pro")
    # Monday 12 October 2026 is the national holiday.
    ticket = ticket_by_mail(madrid("2026-10-09 16:40"))
    assert contract_clock(ticket).due_at == madrid("2026-10-13 11:40")


def test_a_starter_question_is_due_five_and_a_third_working_days_later() -> None:
    customer("starter")
    ticket = ticket_by_mail(madrid("2026-11-16 09:00"), body="¿Cómo exporto un informe?")
    assert contract_clock(ticket).due_at == madrid("2026-11-23 12:00")


def test_an_answer_in_time_meets_the_target() -> None:
    customer("pro")
    ticket = ticket_by_mail(madrid("2026-11-18 10:00"))
    due = contract_clock(ticket).due_at
    assert due == madrid("2026-11-18 14:00")
    assert due is not None
    answer(ticket, person("Alice"), due)
    clock = contract_clock(ticket)
    assert (clock.state, clock.met, clock.breached_at) == (ClockState.STOPPED, True, None)


def test_a_late_answer_is_dated_at_the_due_instant_not_at_the_answer() -> None:
    customer("pro")
    ticket = ticket_by_mail(madrid("2026-11-18 10:00"))
    due = contract_clock(ticket).due_at
    assert due is not None
    late = due + timedelta(minutes=47)
    answer(ticket, person("Alice"), late, "Perdón.")
    clock = contract_clock(ticket)
    assert (clock.met, clock.breached_at, clock.stopped_at) == (False, due, late)


def test_an_s1_found_late_is_late_from_its_true_due_instant_and_gets_a_catch_up_clock() -> None:
    customer("enterprise")
    start = madrid("2026-11-18 10:00")
    ticket = ticket_by_mail(start, body="¿Cómo exporto un informe?")
    found = start + timedelta(hours=3)
    change_severity(
        ticket_id=ticket.pk,
        severity=Severity.S1,
        got_worse=False,
        reason="",
        user=person("Alice"),
        now=found,
    )
    clock = contract_clock(ticket)
    assert clock.breached_at == start + timedelta(minutes=30)
    assert clock.cause == ClockCause.LATE_TRIAGE
    catch_up = Clock.objects.get(ticket=ticket, basis="catch_up")
    assert catch_up.due_at == found + timedelta(minutes=30)


def test_the_sweep_dates_a_breach_at_its_due_instant_however_late_it_runs() -> None:
    customer("enterprise")
    ticket = ticket_by_mail(madrid("2026-11-18 10:00"))
    assert contract_clock(ticket).breached_at is None
    sweep()
    clock = contract_clock(ticket)
    assert clock.breached_at == clock.due_at == madrid("2026-11-18 10:30")
    entry = ClockEntry.objects.get(clock=clock, kind=EntryKind.BREACHED)
    assert entry.at == clock.due_at
    assert entry.lag_ms is not None
    assert entry.lag_ms > 0


def test_a_mail_from_an_unknown_sender_is_watched_under_the_strictest_plan() -> None:
    deliver(raw_mail(sender="Bob <bob@elsewhere.example>"), madrid("2026-11-22 03:10"))
    bases = {clock.basis: clock for clock in Clock.objects.filter(metric="first_response")}
    assert bases["watch"].due_at == madrid("2026-11-22 03:40")
    assert bases["contract"].plan_code == "starter"


def test_the_receipt_of_the_pro_mail_says_why_it_is_due_on_tuesday() -> None:
    customer("pro")
    ticket = ticket_by_mail(madrid("2026-10-09 16:40"))
    clock = contract_clock(ticket)
    calendar = calendar_of(clock.calendar_version_id)
    lines = receipt_lines(
        calendar.hours,
        calendar.holiday_names("en"),
        to_microseconds(clock.started_at),
        clock.allowance_us,
    )
    assert [line.counted_us // 60_000_000 for line in lines] == [80, 0, 160]
    assert "Hispanic" in lines[1].text or "National Day" in lines[1].text
    assert "weekend" in lines[1].text


def test_an_answer_that_arrives_late_but_was_in_time_corrects_the_breach_visibly() -> None:
    customer("enterprise")
    source = helpdesk()
    start = madrid("2026-11-18 10:00")
    ticket = arrive(source, created("T-1", start), start).ticket
    assert ticket is not None
    due = contract_clock(ticket).due_at
    assert due is not None
    sweep()
    assert contract_clock(ticket).breached_at == due
    # Answered a minute before the deadline; the webhook comes ten minutes later.
    answered = due - timedelta(minutes=1)
    arrive(source, said("T-1", answered, "m-2", "agent"), due + timedelta(minutes=9))
    clock = contract_clock(ticket)
    assert (clock.met, clock.breached_at, clock.stopped_at) == (True, None, answered)
    kinds = [entry.kind for entry in clock.entries.order_by("pk")]
    assert kinds.index(EntryKind.BREACHED) < kinds.index(EntryKind.CORRECTED)


def test_nobody_unbreaches_with_a_webhook_secret() -> None:
    customer("enterprise")
    source = helpdesk()
    start = madrid("2026-11-18 10:00")
    ticket = arrive(source, created("T-1", start), start).ticket
    assert ticket is not None
    arrives = start + timedelta(hours=5)
    arrive(source, said("T-1", start + timedelta(minutes=5), "m-2", "agent"), arrives)
    clock = contract_clock(ticket)
    assert (clock.met, clock.stopped_at) == (False, arrives)
