"""Zendesk tells a first message twice: an event names nobody, a trigger names who wrote it."""

from datetime import timedelta

import pytest

from sla.operations.clocks.audit import Audited, audit_clocks
from tests.journeys.tool_stories import OPENED, bring, conversation, settle, story
from tests.sla.world import contract_clock, customer, person
from tickets.domain.words import EventKind
from tickets.models import Delivery, Ticket
from tickets.operations.desk.actions import set_customer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]
SOON = timedelta(seconds=3)


def test_whoever_tells_first_the_ticket_is_the_customer_s_who_wrote_it() -> None:
    acme = customer("enterprise")
    source = conversation("zendesk", "Zendesk")
    told = {each.name: each for each in story(source)}
    bring(source, told["first_comment"], OPENED + SOON)
    ticket = Ticket.objects.get()
    assert (ticket.customer, ticket.requester) == (None, None)
    for _ in "ab":
        bring(source, told["trigger"], OPENED + 2 * SOON)
    ticket.refresh_from_db()
    assert ticket.customer == acme
    assert ticket.requester is not None
    assert ticket.requester.email == "bob@acme.example"
    message = ticket.messages.get()
    assert message.contact == ticket.requester
    clock = contract_clock(ticket)
    assert (clock.plan_code, clock.started_at) == ("enterprise", OPENED)
    assert clock.due_at == OPENED + timedelta(minutes=30)
    settle(source, OPENED + timedelta(minutes=1))
    outcomes = Delivery.objects.order_by("pk").values_list("outcome", flat=True)
    assert list(outcomes) == ["opened", "appended"]
    assert list(audit_clocks(Audited(), now=OPENED + timedelta(hours=1))) == []


def test_what_a_person_said_of_the_customer_stands() -> None:
    customer("enterprise")
    other = customer("starter", domain="beta.example")
    source = conversation("zendesk", "Zendesk")
    told = {each.name: each for each in story(source)}
    bring(source, told["first_comment"], OPENED + SOON)
    ticket = Ticket.objects.get()
    now = OPENED + timedelta(minutes=1)
    set_customer(ticket_id=ticket.pk, customer=other, user=person("Alice"), now=now)
    bring(source, told["trigger"], OPENED + timedelta(minutes=2))
    ticket.refresh_from_db()
    assert ticket.customer == other
    assert ticket.events.filter(kind=EventKind.CUSTOMER_SET).count() == 1
