"""The weekly audit: drawn once, at random among what nobody took for S1, and answered once."""

from datetime import timedelta
from random import Random

import pytest

from tests.journeys.threads import at_once
from tests.sla.world import customer, deliver, madrid, person, raw_mail, ticket_by_mail
from tests.tickets.learning_world import QUESTION, correct
from tickets.domain.words import Severity
from tickets.models import Contact, SeverityAudit, SeverityAuditAnswer, SeverityAuditTicket, Ticket
from tickets.operations.desk.actions import mark_spam
from tickets.operations.retention import erase_contact
from tickets.operations.severity import audit as severity_audit
from tickets.operations.severity.audit import (
    AnsweredAlready,
    answer_audit,
    draw_audit,
    open_questions,
)
from tickets.operations.severity.quality import severity_quality

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]
# A Monday; the week before begins on the 16th.
MONDAY = madrid("2026-11-23 03:15")


def mail(at: str, body: str = QUESTION, sender: str = "Bob <bob@acme.example>") -> Ticket:
    return ticket_by_mail(madrid(at), body=body, subject=f"Asunto {at}", sender=sender)


def drawn() -> list[int]:
    return list(SeverityAuditTicket.objects.values_list("ticket_id", flat=True))


def test_all_are_drawn_when_there_are_few_and_of_the_week_before_alone() -> None:
    customer("pro")
    mail("2026-11-15 23:59")
    first, last = mail("2026-11-16 00:00"), mail("2026-11-22 23:59")
    mail("2026-11-23 00:00")
    audit = draw_audit(now=MONDAY, seed=7)
    assert audit is not None
    assert (str(audit), audit.seed, audit.unseen) == ("2026-W47", 7, 2)
    assert set(drawn()) == {first.pk, last.pk}


def test_a_week_is_drawn_once_whoever_asks_and_whenever() -> None:
    customer("pro")
    mail("2026-11-18 10:00")
    assert draw_audit(now=MONDAY, seed=1) is not None
    assert draw_audit(now=MONDAY + timedelta(days=6), seed=2) is None
    assert draw_audit(now=MONDAY + timedelta(days=7), seed=3) is not None
    assert list(SeverityAudit.objects.values_list("unseen", flat=True)) == [0, 1]


@pytest.mark.django_db(transaction=True)
def test_two_draws_at_once_are_one() -> None:
    customer("pro")
    mail("2026-11-18 10:00")
    assert at_once(
        lambda: draw_audit(now=MONDAY, seed=1), lambda: draw_audit(now=MONDAY, seed=2)
    ) == [None, None]
    assert SeverityAuditTicket.objects.count() == 1


def test_the_same_seed_draws_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    customer("pro")
    monkeypatch.setattr(severity_audit, "SAMPLE", 5)
    tickets = [mail(f"2026-11-18 10:{minute:02}").pk for minute in range(12)]
    draw_audit(now=MONDAY, seed=20261123)
    assert drawn() == Random(20261123).sample(tickets, 5)


def test_what_is_s1_or_spam_or_ours_or_erased_is_not_drawn_but_s1_are_counted() -> None:
    customer("pro")
    customer("pro", domain="other.example")
    alice = person("Alice")
    kept = mail("2026-11-17 09:00")
    mail("2026-11-17 10:00", body="No podemos recibir llamadas. No funciona nada.")
    missed = mail("2026-11-17 11:00")
    correct(missed, Severity.S1, alice, at=madrid("2026-11-17 12:00"))
    spam = mail("2026-11-17 13:00")
    mark_spam(ticket_id=spam.pk, user=alice, now=madrid("2026-11-17 14:00"))
    mail("2026-11-17 15:00", sender="Eva <eva@other.example>")
    erase_contact(contact=Contact.objects.get(email="eva@other.example"), now=MONDAY)
    worse = mail("2026-11-17 16:00")
    correct(worse, Severity.S1, alice, got_worse=True, at=madrid("2026-11-17 17:00"))
    audit = draw_audit(now=MONDAY, seed=1)
    assert audit is not None
    # What got worse was no S1 when it was judged.
    assert set(drawn()) == {kept.pk, worse.pk}
    assert (audit.unseen, audit.found, audit.missed) == (2, 1, 1)


def test_an_answer_stays_and_changes_no_ticket() -> None:
    customer("pro")
    ticket = mail("2026-11-18 10:00")
    draw_audit(now=MONDAY, seed=1)
    question = open_questions().get()
    answer_audit(drawn=question, severity=Severity.S1, user=person("Alice"), now=MONDAY)
    with pytest.raises(AnsweredAlready):
        answer_audit(drawn=question, severity=Severity.S4, user=person("Dave"), now=MONDAY)
    assert SeverityAuditAnswer.objects.get().severity == "S1"
    ticket.refresh_from_db()
    assert ticket.severity == "S4"
    assert not open_questions().exists()


def test_a_drawn_ticket_whose_text_is_erased_is_asked_about_no_more() -> None:
    customer("pro")
    mail("2026-11-18 10:00")
    draw_audit(now=MONDAY, seed=1)
    erase_contact(contact=Contact.objects.get(email="bob@acme.example"), now=MONDAY)
    assert not open_questions().exists()


def test_the_quality_of_a_week_is_what_people_said_of_it() -> None:
    customer("pro")
    alice = person("Alice")
    outage = "No podemos recibir llamadas. No funciona nada."
    at = madrid("2026-11-18 12:00")
    correct(mail("2026-11-17 09:00"), Severity.S1, alice, at=at)
    correct(mail("2026-11-17 09:10"), Severity.S4, alice, at=at)
    correct(mail("2026-11-17 09:20", body=outage), Severity.S3, alice, at=at)
    mail("2026-11-17 09:30")
    correct(mail("2026-11-09 09:00"), Severity.S3, alice, at=at)
    quality = severity_quality(now=MONDAY)
    assert [str(week.week_from) for week in quality.weeks] == ["2026-11-16", "2026-11-09"]
    week = quality.weeks[0]
    assert (week.judged, week.confirmed, week.corrected) == (4, 1, 2)
    assert (week.missed_s1, week.false_s1) == (1, 1)
    assert week.right == pytest.approx(1 / 3)
    assert quality.false_s1_per_1000 == pytest.approx(1000 / 5)
    assert quality.audit.recall is None


def test_the_recall_comes_from_the_answers() -> None:
    customer("pro")
    alice = person("Alice")
    mail("2026-11-17 10:00", body="No podemos recibir llamadas. No funciona nada.")
    for minute in range(4):
        mail(f"2026-11-18 10:0{minute}")
    draw_audit(now=MONDAY, seed=1)
    first, second = open_questions()[:2]
    answer_audit(drawn=first, severity=Severity.S1, user=alice, now=MONDAY)
    answer_audit(drawn=second, severity=Severity.S4, user=alice, now=MONDAY)
    audit = severity_quality(now=MONDAY).audit
    assert (audit.drawn, audit.answered, audit.said_s1) == (4, 2, 1)
    assert audit.recall is not None
    # Half of the answers said S1: 2 of the 4, beside the one that was found.
    assert audit.recall.value == pytest.approx(1 / 3)


def test_the_verdict_of_a_ticket_is_that_of_its_first_message() -> None:
    customer("pro")
    at = madrid("2026-11-17 10:00")
    deliver(
        raw_mail("No funciona nada, no entra ninguna llamada.", message_id="<1@acme.example>"), at
    )
    thanks = raw_mail("Muchas gracias por todo.", References="<1@acme.example>", subject="Re: x")
    deliver(thanks, at + timedelta(hours=1))
    audit = draw_audit(now=MONDAY, seed=1)
    assert audit is not None
    assert (audit.found, audit.missed, audit.unseen) == (1, 0, 0)
