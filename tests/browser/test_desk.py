"""The desk in a real browser: the policy holds, the keys work, the list refreshes itself."""

import pytest

from tests.browser.chromium import MARKS, Browser
from tests.sla import world
from tests.sla.desk_world import NOW, Desk
from tickets.models import Message

pytestmark = MARKS
LIST = "/admin/tickets/ticket/"


def test_an_agent_goes_from_the_list_to_an_answer_to_the_next_ticket(
    browser: Browser, desk: Desk
) -> None:
    page = browser.page
    browser.go(LIST)
    page.click("text=Centralita caída")
    assert page.locator("h1").inner_text().startswith(desk.tickets["missed"].reference)
    page.fill("#answer-text", "We are on it.")
    page.press("#answer-text", "Control+Enter")
    page.wait_for_selector("text=Answered. It is on its way to the customer.")
    assert Message.objects.filter(body="We are on it.").count() == 1
    page.click("text=Next due ticket")
    assert page.locator("h1").inner_text().startswith(desk.tickets["at_risk"].reference)


def test_why_this_deadline_opens_its_receipt(browser: Browser, desk: Desk) -> None:
    browser.go(f"{LIST}{desk.tickets['starter'].pk}/change/")
    receipt = browser.page.locator("details.receipt").first
    assert not receipt.evaluate("element => element.open")
    browser.page.locator("text=Why this deadline?").first.click()
    assert receipt.evaluate("element => element.open")
    assert "Sum = the allowance" in receipt.inner_text()


def test_a_refresh_brings_new_messages_and_keeps_what_is_typed(
    browser: Browser, desk: Desk
) -> None:
    ticket = desk.tickets["pro"]
    page = browser.page
    browser.go(f"{LIST}{ticket.pk}/change/")
    page.fill("#answer-text", "Half an answ")
    page.locator("details.receipt").first.evaluate("element => { element.open = true }")
    world.deliver(
        world.raw_mail(
            "It is urgent now.",
            subject=f"Re: [{ticket.reference}] Invoice",
            sender="Bob <bob@beta.example>",
        ),
        NOW,
    )
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_selector("#conversation .text:has-text('It is urgent now.')")
    assert page.input_value("#answer-text") == "Half an answ"
    assert page.locator("details.receipt").first.evaluate("element => element.open")


def test_the_customer_field_searches(browser: Browser, desk: Desk) -> None:
    page = browser.page
    browser.go(f"{LIST}{desk.tickets['unknown'].pk}/change/")
    page.click("text=Set customer")
    page.click("#fold-customer .select2-selection")
    page.fill(".select2-search__field", "acm")
    page.click(".select2-results__option:has-text('Acme')")
    page.click("#fold-customer button[type=submit]")
    page.wait_for_selector("text=Customer set")
    desk.tickets["unknown"].refresh_from_db()
    assert str(desk.tickets["unknown"].customer) == "Acme"


@pytest.mark.parametrize("width", [1280, 420])
def test_nothing_sticks_out_of_the_page(browser: Browser, desk: Desk, width: int) -> None:
    browser.page.set_viewport_size({"width": width, "height": 900})
    for path in (LIST, f"{LIST}{desk.tickets['late'].pk}/change/", "/admin/"):
        browser.go(path)
        browser.page.evaluate(
            "document.querySelectorAll('details').forEach(part => { part.open = true })"
        )
        assert browser.page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_the_language_is_one_click(browser: Browser) -> None:
    browser.go(LIST)
    browser.page.click("button[lang=es]")
    assert browser.page.locator("h1").inner_text() == "Mesa de trabajo"
    assert browser.page.locator("html").get_attribute("lang") == "es"
