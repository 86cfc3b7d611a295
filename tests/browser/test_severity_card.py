"""The severity card in a real browser: marked words, one click to correct, no script needed."""

from datetime import timedelta

import pytest

from tests.browser.chromium import MARKS, Browser
from tests.sla.desk_world import NOW, Desk
from tests.tickets.hooks import arrive, created, helpdesk, said
from tickets.models import Ticket

pytestmark = MARKS
QUESTION = "¿Cómo exporto un informe?"
DOWN = "Ahora no funciona nada: no entra ninguna llamada y nadie puede trabajar."


@pytest.fixture
def ticket(desk: Desk) -> Ticket:
    """Bob asks how and chooses "urgent"; an hour later everything is down."""
    source = helpdesk(priority_map={"urgent": "S1"})
    at = NOW - timedelta(minutes=70)
    found = arrive(source, created("T-1", at, QUESTION, priority="Urgent"), at).ticket
    assert found is not None
    at = NOW - timedelta(minutes=10)
    arrive(source, said("T-1", at, "m1", body=DOWN), at)
    return found


def test_one_click_corrects_and_the_one_in_force_stays_disabled(
    browser: Browser, ticket: Ticket
) -> None:
    page = browser.page
    browser.go(f"/admin/tickets/ticket/{ticket.pk}/change/")
    assert page.locator("mark.heard").first.get_attribute("title")
    now = page.locator(".severity-row button[value=S1]")
    assert now.is_disabled()
    page.click(".severity-row button[value=S3]")
    page.wait_for_selector("#fold-severity .errorlist")
    page.fill("#fold-severity textarea", "Only one phone.")
    page.click("#fold-severity button[type=submit]")
    page.wait_for_selector("text=Severity set: S3.")
    ticket.refresh_from_db()
    assert (ticket.severity, ticket.severity_origin) == ("S3", "person")


@pytest.mark.parametrize("width", [1280, 420])
def test_the_card_stays_on_the_page(browser: Browser, ticket: Ticket, width: int) -> None:
    browser.page.set_viewport_size({"width": width, "height": 900})
    browser.go(f"/admin/tickets/ticket/{ticket.pk}/change/")
    assert browser.page.evaluate("document.documentElement.scrollWidth") <= width
