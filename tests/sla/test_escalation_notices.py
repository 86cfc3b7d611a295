"""Each step once, each person told once: downtime, bursts, sweeps at once."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from sla.models import Escalation, Notice, NoticeItem
from sla.operations.clocks.sweep import sweep
from tests.journeys.threads import at_once
from tests.sla.escalation_world import fired, sweep_at, the_house
from tests.sla.world import answer, contract_clock, customer, madrid, ticket_by_mail
from tickets.models import Customer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]

OPENED = madrid("2026-11-18 10:00")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def people(terms: None) -> dict[str, User]:
    """The house, and an Enterprise customer whose CSM is Carla."""
    made = the_house()
    customer("enterprise")
    Customer.objects.update(csm=made["Carla"])
    return made


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
    monkeypatch.setattr("sla.operations.clocks.sweep.BATCH", 2)
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
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = []
    for number, at in ((1, OPENED), (12, OPENED + 24 * 60 * MINUTE)):
        for _ in range(number):
            ticket_by_mail(at)
        with CaptureQueriesContext(connection) as queries:
            sweep_at(monkeypatch, at + 26 * MINUTE)
        counts.append(len(queries))
    assert counts[1] <= counts[0] + 2
