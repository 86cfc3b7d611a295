"""Who hears when: the stories of a page, a weekend, a holiday, a night and a late triage."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from sla.models import Basis, Clock, Escalation
from tests.sla.escalation_world import acknowledge, fired, sweep_at, sweep_each, the_house, told
from tests.sla.world import answer, contract_clock, customer, madrid, ticket_by_mail
from tickets.domain.words import Severity
from tickets.models import Customer, Ticket
from tickets.operations.severity.change import change_severity

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]

OPENED = madrid("2026-11-18 10:00")
MINUTE = timedelta(minutes=1)
QUESTION = "¿Cómo exporto un informe?"


@pytest.fixture
def people(terms: None) -> dict[str, User]:
    """The house, and an Enterprise customer whose CSM is Carla."""
    made = the_house()
    customer("enterprise")
    Customer.objects.update(csm=made["Carla"])
    return made


def test_an_enterprise_s1_pages_at_once_and_goes_on_until_acknowledged(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = ticket_by_mail(OPENED)
    clock = contract_clock(ticket)
    assert fired(clock) == [("page", 0, "18. 10:00", "fired")], (
        "with the opening, not a sweep later"
    )
    assert told("enterprise-s1/page") == {"Dora"}
    sweep_each(monkeypatch, OPENED, OPENED + 65 * MINUTE, MINUTE)
    assert fired(clock) == [
        ("page", 0, "18. 10:00", "fired"),
        ("half", 0, "18. 10:15", "fired"),
        ("late-warning", 0, "18. 10:24", "fired"),
        ("missed", 0, "18. 10:30", "fired"),
        ("missed", 1, "18. 11:00", "fired"),
    ]
    assert told("enterprise-s1/half") == {"Tom"}
    assert told("enterprise-s1/late-warning") == {"Hanna", "Carla"}
    assert told("enterprise-s1/missed") == told("enterprise-s1/missed", 1)
    assert told("enterprise-s1/missed") == {"Hanna", "Carla", "Dora"}
    acknowledge(clock, people["Hanna"], OPENED + 70 * MINUTE)
    sweep_each(monkeypatch, OPENED + 66 * MINUTE, OPENED + 200 * MINUTE, 10 * MINUTE)
    assert len(fired(clock)) == 5, "an acknowledgement stops the repeats"


def test_a_page_that_was_acknowledged_and_not_followed_up_goes_on_with_the_next_steps(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = contract_clock(ticket_by_mail(OPENED))
    acknowledge(clock, people["Dora"], OPENED + 2 * MINUTE)
    sweep_each(monkeypatch, OPENED, OPENED + 61 * MINUTE, MINUTE)
    assert [(step, repeat) for step, repeat, _, _ in fired(clock)] == [
        ("page", 0),
        ("half", 0),
        ("late-warning", 0),
        ("missed", 0),
        ("missed", 1),
    ]


def test_an_answer_in_time_ends_the_steps(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = ticket_by_mail(OPENED)
    sweep_at(monkeypatch, OPENED + 16 * MINUTE)
    answer(ticket, people["Alice"], OPENED + 24 * MINUTE - timedelta(microseconds=1))
    sweep_each(monkeypatch, OPENED + 24 * MINUTE, OPENED + 70 * MINUTE, MINUTE)
    assert [step for step, *_ in fired(contract_clock(ticket))] == ["page", "half"]


def test_an_answer_exactly_at_the_deadline_is_no_miss_and_tells_nobody(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = ticket_by_mail(OPENED)
    sweep_at(monkeypatch, OPENED + 30 * MINUTE)
    answer(ticket, people["Alice"], OPENED + 30 * MINUTE)
    sweep_at(monkeypatch, OPENED + 40 * MINUTE)
    steps = [step for step, *_ in fired(contract_clock(ticket))]
    assert steps == ["page", "half", "late-warning"]


def test_over_a_weekend_the_steps_wait_for_the_office(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    customer("pro", domain="pro.example")
    ticket = ticket_by_mail(madrid("2026-11-20 16:30"), sender="Eve <eve@pro.example>")
    clock = contract_clock(ticket)
    sweep_each(
        monkeypatch,
        madrid("2026-11-20 16:00"),
        madrid("2026-11-23 12:00"),
        timedelta(minutes=10),
    )
    # Four business hours: 1.5 on Friday, 2.5 on Monday. Nobody is assigned: the next step hears.
    assert fired(clock) == [
        ("half", 0, "23. 09:30", "empty"),
        ("late-warning", 0, "23. 10:42", "fired"),
        ("missed", 0, "23. 11:30", "fired"),
    ]
    assert told("critical/half") == {"Tom"}
    assert Escalation.objects.get(outcome="empty").detail == {
        "passed_on_to": "critical/late-warning"
    }


def test_a_holiday_is_skipped(people: dict[str, User], monkeypatch: pytest.MonkeyPatch) -> None:
    customer("pro", domain="pro.example")
    # Monday the 7th is open, Tuesday the 8th of December is a holiday.
    ticket = ticket_by_mail(madrid("2026-12-07 15:00"), sender="Eve <eve@pro.example>")
    sweep_each(
        monkeypatch, madrid("2026-12-07 15:00"), madrid("2026-12-09 12:00"), timedelta(minutes=30)
    )
    assert [at for _, _, at, _ in fired(contract_clock(ticket))] == [
        "07. 17:00",
        "09. 09:12",
        "09. 10:00",
    ]


def test_a_night_of_summer_time_counts_real_hours(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    # 8 hours from 22:00; at 02:00 it becomes 03:00.
    ticket = ticket_by_mail(madrid("2027-03-27 22:00"), body=QUESTION)
    sweep_each(
        monkeypatch, madrid("2027-03-27 22:00"), madrid("2027-03-28 09:00"), timedelta(minutes=15)
    )
    assert fired(contract_clock(ticket)) == [
        ("late-warning", 0, "28. 05:24", "empty"),
        ("missed", 0, "28. 07:00", "fired"),
    ]


def test_a_severity_raised_in_the_last_minute_plans_anew_and_skips_nobody(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = ticket_by_mail(OPENED, body=QUESTION)
    change_at = OPENED + 8 * 60 * MINUTE - MINUTE
    sweep_each(monkeypatch, OPENED, change_at - MINUTE, 10 * MINUTE)
    change_severity(
        ticket_id=ticket.pk,
        severity=Severity.S1,
        got_worse=False,
        reason="",
        user=people["Alice"],
        now=change_at,
    )
    contract = contract_clock(ticket)
    assert contract.breached_at == OPENED + 30 * MINUTE
    # The miss lies in the past; it was told as soon as it was known, once, repeats left out.
    assert fired(contract) == [
        ("late-warning", 0, "18. 16:24", "empty"),
        ("half", 0, "18. 17:59", "fired"),
        ("late-warning", 0, "18. 17:59", "fired"),
        ("missed", 0, "18. 17:59", "fired"),
        ("page", 0, "18. 17:59", "fired"),
    ]
    catch_up = Clock.objects.get(ticket=ticket, basis=Basis.CATCH_UP)
    assert fired(catch_up) == [("page", 0, "18. 17:59", "fired")]
    sweep_each(monkeypatch, change_at, change_at + 31 * MINUTE, MINUTE)
    assert [step for step, *_ in fired(catch_up)] == ["page", "half", "late-warning", "missed"]
    assert fired(contract)[-1] == ("missed", 1, "18. 18:29", "fired")


def test_a_severity_that_got_worse_counts_its_steps_from_there(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = ticket_by_mail(OPENED, body=QUESTION)
    change_severity(
        ticket_id=ticket.pk,
        severity=Severity.S1,
        got_worse=True,
        reason="",
        user=people["Alice"],
        now=OPENED + 60 * MINUTE,
    )
    sweep_each(monkeypatch, OPENED, OPENED + 95 * MINUTE, MINUTE)
    assert fired(contract_clock(ticket)) == [
        ("page", 0, "18. 11:00", "fired"),
        ("half", 0, "18. 11:15", "fired"),
        ("late-warning", 0, "18. 11:24", "fired"),
        ("missed", 0, "18. 11:30", "fired"),
    ]


def test_a_severity_lowered_in_time_keeps_what_fired_and_drops_the_rest(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = ticket_by_mail(OPENED)
    sweep_each(monkeypatch, OPENED, OPENED + 16 * MINUTE, MINUTE)
    change_severity(
        ticket_id=ticket.pk,
        severity=Severity.S3,
        got_worse=False,
        reason="Only one phone.",
        user=people["Alice"],
        now=OPENED + 17 * MINUTE,
    )
    sweep_each(monkeypatch, OPENED + 18 * MINUTE, OPENED + 9 * 60 * MINUTE, 10 * MINUTE)
    assert fired(contract_clock(ticket)) == [
        ("page", 0, "18. 10:00", "fired"),
        ("half", 0, "18. 10:15", "fired"),
        ("late-warning", 0, "18. 16:24", "empty"),
        ("missed", 0, "18. 18:00", "fired"),
    ]


def test_every_running_clock_is_looked_at_when_its_next_step_comes(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = contract_clock(ticket_by_mail(OPENED))
    due = []
    for _ in range(7):
        clock.refresh_from_db()
        assert clock.next_check_at is not None
        due.append(clock.next_check_at - OPENED)
        sweep_at(monkeypatch, clock.next_check_at)
    tick = timedelta(microseconds=1)
    assert due == [
        15 * MINUTE,
        22.5 * MINUTE,  # at risk
        24 * MINUTE,
        30 * MINUTE + tick,
        60 * MINUTE + tick,
        90 * MINUTE + tick,
        120 * MINUTE + tick,
    ]
    assert Ticket.objects.filter(clocks_stale_since__isnull=False).count() == 0
