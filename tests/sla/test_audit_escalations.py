"""The auditor: what fired is what should have, and every way in which it is not is found."""

import io
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from sla.models import Acknowledgement, Clock, Escalation, NoticeItem
from sla.operations.clocks.sweep import sweep
from sla.operations.escalation.audit_escalations import AuditedSteps, audit_all
from sla.operations.escalation.watchdog import watch
from tests.sla.escalation_watch import (
    DUE,
    HALF,
    MINUTE,
    OPENED,
    STEPS,
    differences,
    found,
    policy,
    watched,
)
from tests.sla.world import answer, contract_clock, customer, person, ticket_by_mail
from tests.tickets.hooks import arrive, created, helpdesk, said, utc
from tickets.domain.words import Severity
from tickets.models import Ticket
from tickets.operations.severity.change import change_severity

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]

ALL = [
    ("missing", "half", 0, False),
    ("missing", "due", 0, False),
    *(("missing", "due", repeat, False) for repeat in (1, 2, 3)),
]


def record(clock: Clock, step: str, due_at: datetime, **more: Any) -> Escalation:
    """A row as the sweep would write it, told to nobody."""
    given = {"repeat": 0, "fired_at": due_at, "outcome": "empty"} | more
    latest = Escalation.objects.filter(clock=clock).order_by("pk").first()
    policy_id = latest.policy_id if latest else None
    return Escalation.objects.create(
        clock=clock, policy_id=policy_id, step_code=f"urgent/{step}", due_at=due_at, **given
    )


def test_what_the_sweep_fired_is_what_the_log_says() -> None:
    watched(3)
    sweep()
    audited = AuditedSteps()
    assert list(audit_all(audited, now=timezone.now())) == []
    # Three contract clocks; resolution is watched by no policy.
    assert (audited.planned, audited.recorded) == (18, 18)


def test_a_step_that_nobody_fired_is_missing_after_a_short_grace() -> None:
    watched()
    assert found(HALF + timedelta(seconds=29)) == []
    assert found(HALF + timedelta(seconds=30)) == ALL[:1]
    assert found(DUE + timedelta(minutes=40)) == ALL
    [first, *_] = differences(DUE + timedelta(minutes=40))
    assert (first.at, first.planned, first.recorded) == (HALF, HALF, None)
    sweep()
    assert found(timezone.now()) == []


def test_a_step_that_should_not_have_fired_is_found() -> None:
    [ticket] = watched()
    sweep()
    row = record(contract_clock(ticket), "ghost", HALF, fired_at=DUE)
    [difference] = differences(timezone.now())
    assert (difference.what, difference.step, difference.at) == ("unexpected", "urgent/ghost", DUE)
    assert (difference.planned, difference.recorded) == (None, row.due_at)
    assert difference.explanation == ""


@pytest.mark.parametrize(
    ("what", "wrong"),
    [
        ("due_at", {"due_at": HALF - timedelta(seconds=1)}),
        ("outcome", {"due_at": HALF, "outcome": "not_applicable"}),
        ("notice", {"due_at": HALF, "outcome": "fired"}),
    ],
)
def test_a_row_that_says_something_else_than_the_log_is_found(
    what: str, wrong: dict[str, Any]
) -> None:
    [ticket] = watched()
    given = {"fired_at": HALF, **wrong}
    record(contract_clock(ticket), "half", given.pop("due_at"), **given)
    assert found(HALF + timedelta(minutes=1)) == [(what, "half", 0, False)]


def test_an_answer_that_comes_late_but_was_in_time_explains_what_had_fired() -> None:
    policy(person("Olga", "operators"))
    customer("enterprise")
    person("Alice")
    source = helpdesk(stop_tolerance_seconds=86_400 * 3_650)
    arrive(source, created("T-1", OPENED), OPENED)
    sweep()
    arrive(source, said("T-1", HALF - timedelta(minutes=1), "m1", "agent"), timezone.now())
    assert Escalation.objects.count() == 6
    assert sorted(found(timezone.now())) == [
        *(("unexpected", "due", repeat, True) for repeat in (0, 1, 2, 3)),
        ("unexpected", "half", 0, True),
    ]


def test_a_run_that_vanished_explains_its_steps() -> None:
    # A later message came first and opened the ticket; then its true opening came.
    policy(person("Olga", "operators"), plan="", severity="")
    customer("enterprise")
    source, at = helpdesk(), utc("2026-11-18 09:00")
    late = at + timedelta(minutes=5)
    arrive(source, said("T-1", late, "m1", author={"kind": "customer", "email": ""}), late)
    sweep()
    arrive(source, created("T-1", at), timezone.now())
    sweep()
    of_void = Escalation.objects.filter(clock__void=True)
    assert of_void.exists()
    explained = found(timezone.now())
    assert len(explained) >= of_void.count()
    assert {each[3] for each in explained} == {True}


@pytest.mark.parametrize("late", [timedelta(0), timedelta(minutes=50)])
def test_a_severity_that_is_raised_late_fires_at_the_change(late: timedelta) -> None:
    policy(person("Olga", "operators"))
    customer("enterprise")
    ticket = ticket_by_mail(OPENED, subject="Factura", body="Could you send me the invoice?")
    assert ticket.severity != "S1"
    change_severity(
        ticket_id=ticket.pk,
        severity=Severity.S1,
        got_worse=False,
        reason="Nobody can call.",
        user=person("Alice"),
        now=OPENED + timedelta(minutes=20) + late,
    )
    sweep()
    assert Escalation.objects.filter(step_code="urgent/half").exists()
    assert found(timezone.now()) == []


def test_what_was_acknowledged_as_it_fired_is_explained() -> None:
    now = timezone.now()
    [ticket] = watched(at=now - timedelta(minutes=40, seconds=20))
    sweep()
    repeat = Escalation.objects.get(step_code="urgent/due", repeat=1)
    # Said just before the sweep, written down just after it.
    said_at = repeat.due_at - timedelta(seconds=5)
    Acknowledgement.objects.create(clock=contract_clock(ticket), at=said_at, via="admin")
    assert found(timezone.now()) == [("unexpected", "due", 1, True)]


def test_repeats_long_after_an_acknowledgement_are_found() -> None:
    [ticket] = watched()
    sweep()
    clock = contract_clock(ticket)
    Acknowledgement.objects.create(clock=clock, at=DUE + timedelta(minutes=15), via="admin")
    assert found(timezone.now()) == [
        ("unexpected", "due", 2, False),
        ("unexpected", "due", 3, False),
    ]


def test_clocks_that_are_marked_stale_explain_what_is_missing() -> None:
    watched()
    now = timezone.now()
    Ticket.objects.update(clocks_stale_since=now, clocks_retry_at=now)
    assert {each[3] for each in found(now)} == {True}
    Ticket.objects.update(clocks_stale_since=None, clocks_retry_at=None)
    assert {each[3] for each in found(now)} == {False}


def test_clocks_that_stay_stale_explain_nothing_any_more() -> None:
    watched()
    now = timezone.now()
    for long, is_explained in (
        (timedelta(minutes=5), True),
        (timedelta(minutes=5, seconds=1), False),
    ):
        Ticket.objects.update(clocks_stale_since=now - long, clocks_retry_at=now)
        assert {each[3] for each in found(now)} == {is_explained}
        # The watchdog says so at the same moment, twice.
        troubles = set(watch(now=now).troubles)
        assert ("stale" in troubles, "escalations" in troubles) == (not is_explained,) * 2


def test_a_log_that_stays_unreadable_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    watched()
    now = timezone.now()

    def fails(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("sla.operations.escalation.audit_escalations.read_commitments", fails)
    for long, is_explained in ((timedelta(minutes=4), True), (timedelta(minutes=6), False)):
        Ticket.objects.update(clocks_stale_since=now - long, clocks_retry_at=now)
        assert found(now) == [("reading", "", 0, is_explained)]


def test_an_edited_policy_agrees_once_it_was_swept() -> None:
    watched(2)
    sweep()
    more = {"code": "later", "kind": "after_due", "offset_us": 5 * MINUTE}
    policy(
        person("Dave", "operators"),
        version=2,
        made_at=timezone.now() - timedelta(seconds=40),
        steps=[*STEPS, more],
    )
    assert {each[1:] for each in found(timezone.now())} <= {("later", 0, True)}
    sweep()
    assert found(timezone.now()) == []
    assert (
        Escalation.objects.filter(step_code="urgent/later", outcome="not_applicable").count() == 2
    )


def test_an_answered_ticket_has_no_missing_steps() -> None:
    [ticket] = watched()
    answer(ticket, person("Alice"), HALF - timedelta(minutes=1))
    sweep()
    assert found(timezone.now()) == []
    assert set(Escalation.objects.values_list("step_code", flat=True)) == {"urgent/at-once"}


def test_the_command_prints_each_difference_and_a_summary(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    watched()
    with pytest.raises(SystemExit) as ended:
        call_command("audit_escalations")
    assert ended.value.code == 1
    *lines, summary = [json.loads(line) for line in io.BytesIO(capfdbinary.readouterr().out)]
    assert [(line["what"], line["repeat"]) for line in lines] == [
        *(("missing", repeat) for repeat in (0, 0, 1, 2, 3)),
    ]
    assert (lines[0]["at"], lines[0]["step"]) == ("2026-11-18T09:15:00Z", "urgent/half")
    assert summary == {
        "clocks": Clock.objects.count(),
        "planned": 6,
        "recorded": 1,
        "differences": 5,
        "unexplained": 5,
    }
    sweep()
    call_command("audit_escalations")
    [summary] = [json.loads(line) for line in io.BytesIO(capfdbinary.readouterr().out)]
    assert (summary["differences"], summary["unexplained"], summary["recorded"]) == (0, 0, 6)


def test_every_escalation_has_its_notice() -> None:
    watched()
    sweep()
    told = set(NoticeItem.objects.values_list("escalation_id", flat=True))
    assert told == set(Escalation.objects.values_list("pk", flat=True))
