"""One conversation per tool through its real door: shuffled, doubled and late, with one result."""

import random
from datetime import timedelta

import pytest

from sla.models import Clock
from sla.operations.clocks.audit import Audited, audit_clocks
from tests.chaos import share_of
from tests.journeys.tool_stories import (
    OPENED,
    STORIES,
    UNTIMED,
    bring,
    clocks,
    conversation,
    conversation_of,
    settle,
    standing,
    story,
    undisturbed,
)
from tests.sla.world import contract_clock, customer, person, sweep
from tickets.domain.words import AuthorKind, EventKind
from tickets.inbound.tools.table import TOOLS
from tickets.models import Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]
every_tool = pytest.mark.parametrize("kind", sorted(TOOLS))


@pytest.fixture(autouse=True)
def house(terms: None) -> None:
    """Bob's company on Enterprise, and Alice."""
    customer("enterprise")
    person("Alice")


def test_every_tool_has_a_story() -> None:
    assert set(STORIES) == set(TOOLS)


@every_tool
def test_the_first_webhook_opens_a_ticket_with_its_clocks(kind: str) -> None:
    source = conversation(kind, kind)
    first = story(source)[0]
    late = timedelta(0) if kind in UNTIMED else timedelta(minutes=7)
    for told in story(source)[:3]:
        bring(source, told, max(told.at, first.at) + late)
    ticket = Ticket.objects.get(source=source)
    assert "No entran llamadas" in f"{ticket.subject} {ticket.messages.earliest('at').body}"
    clock = contract_clock(ticket)
    assert abs(clock.started_at - OPENED) < timedelta(seconds=2), "its own time, not its arrival"
    assert clock.due_at is not None
    assert clock.due_at > clock.started_at
    assert Clock.objects.filter(ticket=ticket, metric="first_response").exists()


@every_tool
def test_only_a_public_answer_of_a_person_stops_the_first_clock(kind: str) -> None:
    source = conversation(kind, kind)
    ticket = undisturbed(source, story(source))
    answers = ticket.messages.filter(author_kind=AuthorKind.AGENT, is_public=True)
    first = answers.earliest("at")
    assert "Lo miramos" in first.body
    assert contract_clock(ticket).stopped_at == first.at
    kinds = set(ticket.events.values_list("kind", flat=True))
    assert {EventKind.OPENED, EventKind.AGENT_REPLIED} <= kinds
    assert list(audit_clocks(Audited(), now=OPENED + timedelta(days=1))) == []


@every_tool
@pytest.mark.parametrize("seed", range(share_of(3, parts=3)))
def test_shuffled_doubled_and_late_it_ends_with_the_same_clocks(kind: str, seed: int) -> None:
    straight, shuffled = conversation(kind, "straight"), conversation(kind, "shuffled")
    calls = story(straight)
    expected = undisturbed(straight, calls)
    chance = random.Random(f"{kind} {seed}")
    order = [*calls, *chance.sample(calls, len(calls) // 2)]
    chance.shuffle(order)
    late = calls[-1].at + timedelta(hours=3)
    if kind in UNTIMED:
        # What tells no time must come at its time; only its repeats are late and out of order.
        for told in calls:
            bring(shuffled, told, told.at + timedelta(seconds=2))
    for number, told in enumerate(order):
        bring(shuffled, told, late + timedelta(minutes=number))
    settle(shuffled, late + timedelta(hours=2))
    found = Ticket.objects.get(source=shuffled)
    # Running clocks are read at one instant.
    sweep()
    assert conversation_of(found) == conversation_of(expected)
    assert standing(found) == standing(expected)
    assert clocks(found) == clocks(expected)
    assert list(audit_clocks(Audited(), now=late + timedelta(days=1))) == []
