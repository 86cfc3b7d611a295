"""Who hears when: the stories of a page, a weekend, a holiday, a night and a late triage."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from sla.models import Basis, Clock, Escalation, Notice, NoticeItem
from sla.operations.sweep import sweep
from tests.journeys.threads import at_once
from tests.sla.escalation_world import acknowledge, fired, sweep_at, sweep_each, the_house, told
from tests.sla.world import answer, contract_clock, customer, madrid, ticket_by_mail
from tickets.domain.words import Severity
from tickets.models import Customer, Ticket
from tickets.operations.severity import change_severity

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


def test_after_downtime_each_step_has_its_own_instant_and_each_person_one_digest(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    clocks = [contract_clock(ticket_by_mail(OPENED)) for _ in range(3)]
    Notice.objects.all().delete()
    sweep_at(monkeypatch, OPENED + 100 * MINUTE)
    for clock in clocks:
        assert [(step, repeat, at) for step, repeat, at, _ in fired(clock)] == [
            ("page", 0, "18. 10:00"),
            ("half", 0, "18. 10:15"),
            ("late-warning", 0, "18. 10:24"),
            ("missed", 0, "18. 10:30"),
            ("missed", 1, "18. 11:00"),
            ("missed", 2, "18. 11:30"),
        ]
    row = Escalation.objects.get(clock=clocks[0], step_code="enterprise-s1/half")
    assert (row.fired_at, row.lag_ms) == (OPENED + 100 * MINUTE, 85 * 60_000)
    notices = Notice.objects.values_list("kind", "recipient__first_name", "state")
    assert sorted(notices) == [
        ("digest", "Carla", "waiting"),
        ("digest", "Dora", "waiting"),
        ("digest", "Hanna", "waiting"),
        ("digest", "Tom", "waiting"),
    ]
    hanna = Notice.objects.get(recipient=people["Hanna"])
    assert hanna.items.count() == 3 * 4


def test_the_sweep_that_catches_up_in_batches_still_sends_one_digest(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        ticket_by_mail(OPENED)
    Notice.objects.all().delete()
    monkeypatch.setattr("sla.operations.sweep.BATCH", 2)
    sweep_at(monkeypatch, OPENED + 20 * MINUTE)
    notice = Notice.objects.get()
    assert (notice.kind, notice.recipient) == ("digest", people["Tom"])
    assert notice.items.count() == 5


def test_a_ticket_that_was_missed_and_answered_between_two_sweeps_is_told_of(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = ticket_by_mail(OPENED)
    answer(ticket, people["Alice"], OPENED + 31 * MINUTE)
    assert [step for step, *_ in fired(contract_clock(ticket))] == [
        "page",
        "half",
        "late-warning",
        "missed",
    ]


def test_more_than_five_in_a_minute_to_one_person_are_joined(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(8):
        ticket_by_mail(OPENED + timedelta(seconds=number))
    mine = Notice.objects.filter(recipient=people["Dora"])
    # Nobody had tried to send the first five yet: the digest takes them in.
    assert sorted(mine.values_list("kind", "state")) == [
        ("digest", "waiting"),
        *[("escalation", "joined")] * 5,
    ]
    assert NoticeItem.objects.filter(notice__state="waiting").count() == 8
    told_of = NoticeItem.objects.filter(notice__state="waiting").values("escalation")
    assert told_of.distinct().count() == 8


def test_what_was_sent_already_is_not_sent_again_in_a_digest(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        ticket_by_mail(OPENED + timedelta(seconds=number))
    Notice.objects.update(state="sent", sent_at=OPENED, next_attempt_at=None)
    ticket_by_mail(OPENED + timedelta(seconds=6))
    digest = Notice.objects.get(kind="digest")
    assert digest.items.count() == 1


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_once_fire_each_step_once(people: dict[str, User]) -> None:
    for _ in range(6):
        ticket_by_mail(OPENED)
    Notice.objects.all().delete()
    # Days later; all repeats up to their limit have passed or are passing.
    assert at_once(sweep, sweep, sweep, sweep) == [None] * 4
    keys = list(Escalation.objects.values_list("clock", "step_code", "repeat"))
    assert len(set(keys)) == len(keys)
    assert Escalation.objects.filter(step_code="enterprise-s1/late-warning").count() == 6
    assert Escalation.objects.filter(step_code="enterprise-s1/missed", repeat=0).count() == 6
    for step in Escalation.objects.filter(step_code="enterprise-s1/missed"):
        people_told = step.notices.values_list("recipient", flat=True)
        assert len(set(people_told)) == len(people_told) > 0


def test_the_database_refuses_a_step_that_fires_twice(people: dict[str, User]) -> None:
    ticket_by_mail(OPENED)
    row = Escalation.objects.get()
    row.pk = None
    row._state.adding = True
    with pytest.raises(IntegrityError, match="one_escalation_per_clock"), transaction.atomic():
        row.save()


def test_the_statements_of_a_sweep_do_not_grow_with_the_steps(
    people: dict[str, User],
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: object,
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for number, at in ((1, OPENED), (12, OPENED + 24 * 60 * MINUTE)):
        for _ in range(number):
            ticket_by_mail(at)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            sweep_at(monkeypatch, at + 26 * MINUTE)
        counts.append(len(queries))
    assert counts[1] <= counts[0] + 2


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
