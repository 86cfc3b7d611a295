"""The pages of severity quality: who sees them, what they say, and the way back."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.sla.desk_world import make_person
from tests.sla.world import customer, ticket_by_mail
from tests.tickets.learning_world import QUESTION, correct
from tests.tickets.test_retrain import stored
from tickets.domain.severity.weights import shipped
from tickets.domain.severity_score import LOWER_SCORE
from tickets.domain.words import Severity
from tickets.models import ModelState, SeverityAuditAnswer, SeverityModelChange, Ticket
from tickets.operations.severity.audit import draw_audit
from tickets.operations.severity.models import version_in_use

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]
QUALITY = "/admin/tickets/severitymodel/"
ACTIVATE = f"{QUALITY}activate/"
AUDIT = "/admin/tickets/severityaudit/"
LEARNT = "wording-00000abc"


def as_(name: str, group: str) -> Client:
    client = Client()
    client.force_login(make_person(name, group))
    return client


def drawn_ticket(body: str = QUESTION) -> Ticket:
    """A ticket of last week, drawn."""
    customer("pro")
    ticket = ticket_by_mail(timezone.now() - timedelta(days=7), body=body, subject="Una duda")
    draw_audit(now=timezone.now(), seed=1)
    return ticket


def test_the_pages_are_for_those_whose_work_they_are() -> None:
    seen = {
        name: (
            as_(name, group).get(QUALITY).status_code,
            as_(f"{name}2", group).get(AUDIT).status_code,
        )
        for name, group in [("Alice", "agents"), ("Carla", "csms"), ("Olga", "operators")]
    }
    assert seen == {"Alice": (403, 200), "Carla": (200, 403), "Olga": (200, 403)}


def test_empty_pages_say_what_will_appear_when() -> None:
    page = as_("Olga", "operators").get(QUALITY).content.decode()
    assert "Each Monday 50 tickets that nobody took for S1 are drawn at random" in page
    assert "Each week appears here with its first ticket" in page
    assert "Nothing has been learnt yet" in page
    assert shipped().version in page
    assert "No audit has been drawn yet" in as_("Alice", "agents").get(AUDIT).content.decode()


def test_the_weeks_show_what_was_right_and_what_was_missed() -> None:
    customer("pro")
    alice = make_person("Alice", "agents")
    now = timezone.now()
    correct(ticket_by_mail(now - timedelta(hours=2), body=QUESTION), Severity.S1, alice, at=now)
    page = as_("Olga", "operators").get(QUALITY)
    total = page.context["total"].week
    assert (total.judged, total.corrected, total.missed_s1) == (1, 1, 1)
    assert b"tile-missed" in page.content
    assert b"style=" not in page.content.split(b'id="content"')[1]


def test_only_an_operator_changes_the_model_and_only_after_a_question() -> None:
    stored(LEARNT, state=ModelState.ACTIVE)
    for name, group in [("Alice", "agents"), ("Carla", "csms")]:
        client = as_(name, group)
        assert client.get(ACTIVATE, {"version": shipped().version}).status_code == 403
        assert client.post(ACTIVATE, {"version": shipped().version}).status_code == 403
    assert "activate" not in as_("Carla2", "csms").get(QUALITY).content.decode()
    olga = as_("Olga", "operators")
    assert f"{ACTIVATE}?version={shipped().version}" in olga.get(QUALITY).content.decode()
    question = olga.get(ACTIVATE, {"version": shipped().version}).content.decode()
    assert LEARNT in question
    assert version_in_use() == LEARNT
    answer = olga.post(ACTIVATE, {"version": shipped().version}, follow=True).content.decode()
    assert "judges from now on" in answer
    assert version_in_use() == ""
    change = SeverityModelChange.objects.get()
    assert (change.from_version, change.by and change.by.username) == (LEARNT, "olga")
    assert "Olga" in answer
    olga.post(ACTIVATE, {"version": LEARNT})
    assert version_in_use() == LEARNT


def test_a_refused_model_says_why_and_has_no_button() -> None:
    stored(LEARNT, state=ModelState.REFUSED, refusal=LOWER_SCORE)
    olga = as_("Olga", "operators")
    page = olga.get(QUALITY).content.decode()
    assert LOWER_SCORE in page
    assert ACTIVATE not in page
    assert b"cannot judge" in olga.post(ACTIVATE, {"version": LEARNT}, follow=True).content
    assert version_in_use() == ""


@pytest.mark.parametrize("version", ["", "x", "\x00", "9" * 999, "wording-ffffffff"])
def test_an_unknown_model_is_not_found(version: str) -> None:
    olga = as_("Olga", "operators")
    # A NUL is a bad request before any page is asked.
    assert olga.get(ACTIVATE, {"version": version}).status_code in {400, 404}
    assert olga.post(ACTIVATE, {"version": version}).status_code in {400, 404}


def test_an_agent_answers_by_the_message_alone() -> None:
    ticket = drawn_ticket()
    alice = as_("Alice", "agents")
    page = alice.get(AUDIT)
    text = page.content.decode()
    assert QUESTION in text
    assert "0 of 1 answered" in text
    # Neither the ticket nor its severity: the answer must not lean on them.
    assert ticket.reference not in text
    assert text.count(">S4<") == 1
    question = page.context["question"]
    after = alice.post(AUDIT, {"drawn": question.pk, "severity": "S4"}, follow=True)
    assert b"Answer kept." in after.content
    assert b"1 of 1 answered" in after.content
    assert SeverityAuditAnswer.objects.get().severity == "S4"


def test_an_s1_in_the_audit_leads_to_the_open_ticket_and_changes_nothing() -> None:
    ticket = drawn_ticket()
    alice = as_("Alice", "agents")
    question = alice.get(AUDIT).context["question"]
    after = alice.post(AUDIT, {"drawn": question.pk, "severity": "S1"}, follow=True)
    assert f"/admin/tickets/ticket/{ticket.pk}/change/#fold-severity" in after.content.decode()
    ticket.refresh_from_db()
    assert (ticket.severity, ticket.severity_origin) == ("S4", "rules")


def test_two_agents_with_the_same_question_give_one_answer() -> None:
    drawn_ticket()
    alice, dave = as_("Alice", "agents"), as_("Dave", "agents")
    question = alice.get(AUDIT).context["question"]
    alice.post(AUDIT, {"drawn": question.pk, "severity": "S3"})
    after = dave.post(AUDIT, {"drawn": question.pk, "severity": "S2"}, follow=True)
    assert b"the first answer stays" in after.content
    assert SeverityAuditAnswer.objects.get().severity == "S3"


@pytest.mark.parametrize("data", [{}, {"drawn": "x"}, {"drawn": "9" * 30}, {"severity": "S9"}])
def test_an_answer_to_nothing_is_not_found(data: dict[str, str]) -> None:
    drawn_ticket()
    alice = as_("Alice", "agents")
    question = alice.get(AUDIT).context["question"]
    form = {"drawn": str(question.pk), "severity": "S1"} | data if data else {}
    assert alice.post(AUDIT, form).status_code == 404
    assert not SeverityAuditAnswer.objects.exists()


def test_what_a_customer_wrote_is_no_markup() -> None:
    drawn_ticket(body="<script>alert(1)</script> ¿Cómo exporto un informe?")
    assert b"<script>alert" not in as_("Alice", "agents").get(AUDIT).content
