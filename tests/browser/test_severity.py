"""The pages of severity quality in a real browser: the policy holds, nothing sticks out."""

from datetime import timedelta

import pytest

from tests.browser.chromium import MARKS, Browser
from tests.sla.desk_world import NOW, Desk
from tests.sla.world import ticket_by_mail
from tests.tickets.learning_world import correct
from tests.tickets.test_retrain import stored
from tickets.domain.severity_score import LOWER_SCORE
from tickets.domain.words import Severity
from tickets.models import ModelState, SeverityAuditAnswer
from tickets.operations.severity.audit import answer_audit, draw_audit, open_questions
from tickets.operations.severity.models import activate_model

pytestmark = MARKS
QUALITY = "/admin/tickets/severitymodel/"
AUDIT = "/admin/tickets/severityaudit/"
SCORE = {"macro_f1": 0.951, "s1_recall": 1.0, "false_s1_per_1000": 4.5}
SCORES = {"before": SCORE, "after": SCORE | {"languages": {"es": SCORE, "en": SCORE}}}


@pytest.fixture
def weeks(desk: Desk) -> None:
    """Three weeks of verdicts and corrections, two models, and an audit with some answers."""
    bodies = ["¿Cómo exporto un informe?", "No funciona nada: no podemos recibir llamadas."]
    for number in range(9):
        at = NOW - timedelta(days=7 + number)
        ticket = ticket_by_mail(at, body=bodies[number % 2], sender="Bob <bob@beta.example>")
        to = Severity.S3 if number % 4 == 0 else Severity(ticket.severity)
        correct(ticket, to, desk.alice, at=at + timedelta(hours=1))
    stored("wording-5f3a90c1", scores=SCORES, corrections=12)
    stored("wording-0b77e2d4", scores=SCORES, state=ModelState.REFUSED, refusal=LOWER_SCORE)
    activate_model(version="wording-5f3a90c1", user=desk.olga, now=NOW)
    draw_audit(now=NOW, seed=1)
    for question in open_questions()[:2]:
        answer_audit(drawn=question, severity=Severity.S4, user=desk.alice, now=NOW)


@pytest.mark.usefixtures("weeks")
@pytest.mark.parametrize("width", [1280, 420])
def test_the_quality_page_fits_and_leads_back(browser: Browser, desk: Desk, width: int) -> None:
    page = browser.page
    browser.login(desk.olga)
    page.set_viewport_size({"width": width, "height": 900})
    browser.go(QUALITY)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.click("text=Use this one")
    page.click("text=Use this model")
    page.wait_for_selector("text=judges from now on")


@pytest.mark.usefixtures("weeks")
def test_an_agent_answers_one_ticket_after_another(browser: Browser) -> None:
    browser.go(AUDIT)
    before = SeverityAuditAnswer.objects.count()
    browser.page.click("button[value=S3]")
    browser.page.wait_for_selector("text=Answer kept.")
    assert SeverityAuditAnswer.objects.count() == before + 1
