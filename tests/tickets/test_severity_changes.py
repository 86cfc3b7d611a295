"""Raising and lowering a severity, by the rulings on clause 7."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User

from sla.models import Clock
from tests.sla.world import answer, contract_clock, customer, madrid, person, ticket_by_mail
from tickets.domain.guards import ChangeRefused
from tickets.domain.words import Severity
from tickets.models import Ticket
from tickets.operations.desk.actions import mark_spam, solve_ticket, unmark_spam
from tickets.operations.severity.change import (
    NothingToConfirm,
    ReasonNeeded,
    change_severity,
    confirm_severity,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]

START = madrid("2026-11-18 10:00")


def change(
    ticket: Ticket,
    to: Severity,
    at: datetime,
    user: User,
    *,
    got_worse: bool = False,
    reason: str = "",
) -> None:
    change_severity(
        ticket_id=ticket.pk, severity=to, got_worse=got_worse, reason=reason, user=user, now=at
    )


def s4_ticket() -> Ticket:
    customer("enterprise")
    ticket = ticket_by_mail(START, body="¿Cómo exporto un informe?", subject="Consulta")
    assert ticket.severity == "S4"
    return ticket


def s1_ticket() -> Ticket:
    customer("enterprise")
    ticket = ticket_by_mail(START)
    assert ticket.severity == "S1"
    return ticket


def test_misjudged_counts_the_new_allowance_from_the_start() -> None:
    ticket = s4_ticket()
    change(ticket, Severity.S2, START + timedelta(minutes=30), person("Alice"))
    assert contract_clock(ticket).due_at == START + timedelta(hours=2)


def test_got_worse_counts_it_from_the_change_and_keeps_the_earlier_deadline() -> None:
    ticket = s4_ticket()
    alice = person("Alice")
    change(ticket, Severity.S2, START + timedelta(hours=3), alice, got_worse=True)
    assert contract_clock(ticket).due_at == START + timedelta(hours=5)
    change(ticket, Severity.S1, START + timedelta(hours=4, minutes=50), alice, got_worse=True)
    assert contract_clock(ticket).due_at == START + timedelta(hours=5)


def test_lowered_before_due_gets_the_longer_allowance_from_the_start() -> None:
    ticket = s1_ticket()
    change(ticket, Severity.S3, START + timedelta(minutes=10), person("Alice"), reason="Un usuario")
    assert contract_clock(ticket).due_at == START + timedelta(hours=8)


def test_lowering_an_s1_needs_a_reason() -> None:
    ticket = s1_ticket()
    with pytest.raises(ReasonNeeded, match="say in one sentence what changed"):
        change(ticket, Severity.S3, START + timedelta(minutes=10), person("Alice"))


def test_lowered_close_to_the_deadline_counts_for_the_contract_only_when_confirmed() -> None:
    ticket = s1_ticket()
    alice, carla = person("Alice"), person("Carla", "csms")
    change(ticket, Severity.S3, START + timedelta(minutes=26), alice, reason="Un usuario")
    ticket.refresh_from_db()
    assert ticket.severity == "S3"
    assert contract_clock(ticket).due_at == START + timedelta(minutes=30)
    with pytest.raises(NothingToConfirm, match="Somebody else"):
        confirm_severity(ticket_id=ticket.pk, user=alice, now=START + timedelta(minutes=27))
    confirm_severity(ticket_id=ticket.pk, user=carla, now=START + timedelta(minutes=28))
    assert contract_clock(ticket).due_at == START + timedelta(hours=8)


def test_lowered_after_due_the_breach_stays() -> None:
    ticket = s1_ticket()
    alice, carla = person("Alice"), person("Carla", "csms")
    change(ticket, Severity.S3, START + timedelta(hours=1), alice, reason="Un usuario")
    confirm_severity(ticket_id=ticket.pk, user=carla, now=START + timedelta(hours=2))
    assert contract_clock(ticket).breached_at == START + timedelta(minutes=30)


def test_a_persons_choice_is_never_overwritten_by_the_rules() -> None:
    ticket = s4_ticket()
    change(ticket, Severity.S2, START + timedelta(minutes=5), person("Alice"))
    ticket.refresh_from_db()
    assert (ticket.severity, ticket.severity_origin, ticket.needs_triage) == ("S2", "person", False)


def test_our_desk_refuses_to_solve_what_nobody_answered() -> None:
    ticket = s4_ticket()
    alice = person("Alice")
    with pytest.raises(ChangeRefused, match="answer first"):
        solve_ticket(ticket_id=ticket.pk, user=alice, now=START + timedelta(minutes=5))
    answer(ticket, alice, START + timedelta(minutes=6))
    solve_ticket(ticket_id=ticket.pk, user=alice, now=START + timedelta(minutes=7))


def test_spam_cancels_but_never_a_breach_and_unspam_replays_from_the_start() -> None:
    ticket = s1_ticket()
    alice = person("Alice")
    mark_spam(ticket_id=ticket.pk, user=alice, now=START + timedelta(minutes=5))
    assert contract_clock(ticket).state == "cancelled"
    assert not Clock.objects.filter(ticket=ticket, next_check_at__isnull=False).exists()
    unmark_spam(ticket_id=ticket.pk, user=alice, now=START + timedelta(minutes=45))
    clock = contract_clock(ticket)
    assert (clock.state, clock.breached_at) == ("running", START + timedelta(minutes=30))
    mark_spam(ticket_id=ticket.pk, user=alice, now=START + timedelta(minutes=50))
    assert contract_clock(ticket).breached_at == START + timedelta(minutes=30)
