"""From each tool's first webhook to the deadline in its side bar, and to the answer there."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from sla.models import Basis, Clock
from tests.api.world import machine
from tests.journeys.tool_stories import OPENED, STORIES, bring, conversation, settle, story
from tests.sla.world import customer, person
from tickets.api.limits import forget_counts
from tickets.models import Source, Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]


@pytest.fixture(autouse=True)
def _world(terms: None, settings: Any) -> None:
    settings.REDIS_URL = "unix:///nowhere/redis.sock"
    forget_counts()
    customer("enterprise")
    person("Alice")


def side_bar(source: Source, thread: str, at: datetime) -> str:
    """What the tool's side bar shows, which knows the tool's own id of the conversation alone."""
    with time_machine.travel(at, tick=False):
        key = machine("agents", ["read:clocks"])
        asked = {"source": str(source.pk), "thread": thread, "language": "en"}
        link = key.post("panel-links/", asked)
        assert link.status_code == 200, link.content
        path = link.json()["url"].partition("/panel/")[2]
        return Client().get(f"/panel/{path}").content.decode()


def promise(ticket: Ticket) -> Clock:
    """The first response that decides: the contract's, or of an unknown sender the watched one."""
    kept = Clock.objects.filter(ticket=ticket, metric="first_response", void=False)
    return kept.exclude(basis=Basis.OBJECTIVE).order_by("due_at")[0]


@pytest.mark.parametrize("kind", sorted(STORIES))
def test_the_side_bar_shows_the_deadline_and_then_the_answer(kind: str) -> None:
    source = conversation(kind, kind)
    left = story(source)
    while not Ticket.objects.filter(source=source).exists():
        told = left.pop(0)
        bring(source, told, told.at + timedelta(seconds=2))
    ticket = Ticket.objects.get(source=source)
    due_at = promise(ticket).due_at
    assert due_at is not None
    shown = side_bar(source, ticket.thread, OPENED + timedelta(minutes=3))
    assert ticket.reference in shown
    assert f'<time datetime="{timezone.localtime(due_at).isoformat()}">' in shown
    assert "countdown" in shown
    for told in left:
        bring(source, told, told.at + timedelta(seconds=2))
    settle(source, left[-1].at + timedelta(minutes=1))
    clock = promise(ticket)
    assert clock.stopped_at is not None, "somebody answers in each of the stories"
    shown = side_bar(source, ticket.thread, left[-1].at + timedelta(minutes=2))
    assert f'<time datetime="{timezone.localtime(clock.stopped_at).isoformat()}">' in shown
