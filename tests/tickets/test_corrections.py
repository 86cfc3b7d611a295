"""What people say of the verdicts is kept, once, without a word of the customer's."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from tests.sla.world import answer, customer, deliver, person, raw_mail
from tests.tickets.learning_world import ODD, QUESTION, START, correct, opened
from tickets.domain.guards import ChangeRefused
from tickets.domain.words import Severity
from tickets.models import Message, SeverityCorrection
from tickets.operations.desk.actions import confirm_triage, solve_ticket
from tickets.operations.severity.retrain import Outcome, evidence_rows, retrain_severity

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]


def test_a_misjudged_severity_is_kept_with_what_had_judged_it() -> None:
    customer("pro")
    ticket, alice = opened(), person("Alice")
    verdict = ticket.triages.get()
    correct(ticket, Severity.S1, alice)
    kept = SeverityCorrection.objects.get()
    assert (kept.verdict, kept.from_severity, kept.to_severity) == ("S2", "S2", "S1")
    assert (kept.mode, kept.by, kept.model_version) == ("misjudged", alice, verdict.version)
    assert kept.message is not None
    assert kept.message.body.strip() == ODD
    assert kept.reason is not None
    assert kept.reason.body == "Lo he leído otra vez"


def test_what_got_worse_is_kept_apart_from_what_was_wrong() -> None:
    customer("pro")
    correct(opened(), Severity.S1, person("Alice"), got_worse=True)
    assert SeverityCorrection.objects.get().mode == "got_worse"
    assert not evidence_rows().exists()


def test_the_second_correction_keeps_the_first_verdict_beside_it() -> None:
    customer("pro")
    ticket, alice = opened(), person("Alice")
    correct(ticket, Severity.S1, alice)
    correct(ticket, Severity.S3, alice, at=START + timedelta(hours=4))
    last = SeverityCorrection.objects.last()
    assert last is not None
    assert (last.verdict, last.from_severity, last.to_severity) == ("S2", "S1", "S3")


def test_a_confirmed_triage_is_a_confirmation_once() -> None:
    customer("pro")
    ticket, alice = opened(), person("Alice")
    for minute in (1, 2):
        confirm_triage(ticket_id=ticket.pk, user=alice, now=START + timedelta(minutes=30 + minute))
    kept = SeverityCorrection.objects.get()
    assert (kept.mode, kept.to_severity, kept.reason) == ("confirmed", "S2", None)


def test_solving_without_a_change_is_a_confirmation() -> None:
    customer("pro")
    ticket, alice = opened(), person("Alice")
    answer(ticket, alice, START + timedelta(hours=1))
    solve_ticket(ticket_id=ticket.pk, user=alice, now=START + timedelta(hours=2))
    assert SeverityCorrection.objects.get().mode == "confirmed"


def test_a_refused_solve_confirms_nothing() -> None:
    customer("pro")
    ticket = opened()
    with pytest.raises(ChangeRefused):
        solve_ticket(ticket_id=ticket.pk, user=person("Alice"), now=START + timedelta(hours=1))
    assert not SeverityCorrection.objects.exists()


def test_solving_what_a_person_has_set_confirms_nothing() -> None:
    customer("pro")
    ticket, alice = opened(), person("Alice")
    correct(ticket, Severity.S1, alice, got_worse=True)
    answer(ticket, alice, START + timedelta(hours=4))
    solve_ticket(ticket_id=ticket.pk, user=alice, now=START + timedelta(hours=5))
    assert SeverityCorrection.objects.count() == 1


def test_setting_the_same_severity_says_that_it_is_right() -> None:
    customer("pro")
    correct(opened(), Severity.S2, person("Alice"))
    assert SeverityCorrection.objects.get().mode == "confirmed"


def test_an_erased_text_teaches_nothing_any_more() -> None:
    customer("pro")
    correct(opened(), Severity.S1, person("Alice"))
    assert evidence_rows().exists()
    call_command("erase_contact", "bob@acme.example", "--yes")
    assert not any(Message.objects.values_list("body", flat=True))
    assert not evidence_rows().exists()
    assert retrain_severity(now=timezone.now()).outcome is Outcome.NOTHING_NEW
    kept = SeverityCorrection.objects.values().get()
    assert "desvanece" not in str(kept)
    assert "otra vez" not in str(kept)


def test_an_outage_that_is_over_teaches_nothing_against_the_message_that_told_of_it() -> None:
    customer("pro")
    deliver(raw_mail(QUESTION, message_id="<first@acme.example>"), START)
    for minute, body in (
        (10, "Ahora no entra ninguna llamada."),
        (60, "Ya funciona todo otra vez."),
    ):
        mail = raw_mail(body, References="<first@acme.example>", subject="Re: x")
        ticket = deliver(mail, START + timedelta(minutes=minute)).ticket
        assert ticket is not None
    assert ticket.severity == "S1"
    correct(ticket, Severity.S4, person("Alice"))
    assert SeverityCorrection.objects.get().mode == "is_over"
    assert not evidence_rows().exists()


def test_lowering_what_a_person_had_raised_later_teaches_nothing() -> None:
    customer("pro")
    ticket, alice = opened(QUESTION), person("Alice")
    correct(ticket, Severity.S1, alice, got_worse=True)
    correct(ticket, Severity.S3, alice, at=START + timedelta(hours=5))
    assert [kept.mode for kept in SeverityCorrection.objects.order_by("pk")] == [
        "got_worse",
        "is_over",
    ]
    assert not evidence_rows().exists()


def test_a_false_alarm_is_misjudged_all_the_same() -> None:
    customer("pro")
    ticket = opened("No funciona nada: no entra ninguna llamada.")
    correct(ticket, Severity.S4, person("Alice"))
    assert SeverityCorrection.objects.get().mode == "misjudged"
