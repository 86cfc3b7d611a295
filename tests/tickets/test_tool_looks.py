"""Looking at a tool's API: pages, throttling, failures, clocks that are wrong, two at once."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from sivo_support.health import probe_tools
from tests.fakes.desk import FakeDesk
from tests.fakes.tool_server import Reply
from tests.tickets.tool_looks import NOW, WORDS, ago, bring, every_tool, look, look_later
from tickets.models import (
    Delivery,
    Message,
    Source,
    Ticket,
    TicketEvent,
    ToolAccess,
    ToolDifference,
)
from tickets.operations.looks.look_at_tools import look_at_tools
from tickets.operations.source_health import Light, Trouble, health_of

pytestmark = pytest.mark.django_db


def state_of_everything() -> tuple[int, ...]:
    models = (Delivery, Ticket, Message, TicketEvent, ToolDifference)
    return tuple(model.objects.count() for model in models)  # type: ignore[attr-defined]


@every_tool
def test_many_conversations_come_over_many_pages(
    kind: str, tool: FakeDesk, access: ToolAccess
) -> None:
    tool.per_page = 2
    for number in range(7):
        thread = tool.customer_opens(f"Frage {number}", at=ago(minutes=50 - number)).thread
        for more in range(3):
            tool.customer_writes(thread, f"Noch {more}", at=ago(minutes=30 - more))
    look(tool, NOW)
    assert Ticket.objects.count() == 7
    assert Message.objects.count() == 28


@every_tool
def test_looking_again_finds_nothing_and_writes_nothing(
    kind: str, tool: FakeDesk, access: ToolAccess
) -> None:
    thread = tool.customer_opens("Hola", at=ago(minutes=30)).thread
    tool.agent_answers(thread, "Lo miramos", at=ago(minutes=20))
    tool.sets_status(thread, WORDS[kind]["waits"], at=ago(minutes=10))
    tool.sets_priority(thread, WORDS[kind]["high"], at=ago(minutes=9))
    look(tool, NOW)
    before = state_of_everything()
    asked = len(tool.asked)
    look_later(tool, NOW + timedelta(minutes=2))
    assert state_of_everything() == before
    assert len(tool.asked) - asked <= 8, "what has not changed is not asked for whole"
    # Whatever is forgotten of earlier looks.
    ToolAccess.objects.update(looked_until=None, progress={}, next_look_at=None)
    look(tool, NOW + timedelta(minutes=8))
    assert state_of_everything() == before


@every_tool
def test_what_the_webhooks_told_is_not_taken_in_again(
    kind: str, tool: FakeDesk, source: Source, access: ToolAccess
) -> None:
    opening = tool.customer_opens("Hola", at=ago(minutes=30))
    thread = opening.thread
    for hook in (
        opening,
        tool.agent_answers(thread, "Lo miramos", at=ago(minutes=20)),
        tool.sets_status(thread, WORDS[kind]["waits"], at=ago(minutes=15)),
        tool.sets_status(thread, WORDS[kind]["solved"], at=ago(minutes=12)),
        tool.sets_priority(thread, WORDS[kind]["high"], at=ago(minutes=10)),
    ):
        bring(source, hook, hook.at + timedelta(seconds=3))
    before = state_of_everything()
    look_later(tool, NOW)
    assert state_of_everything() == before


@every_tool
def test_a_change_between_two_pages_hides_no_other(
    kind: str, tool: FakeDesk, access: ToolAccess
) -> None:
    tool.per_page = 2
    threads = [
        tool.customer_opens(f"Frage {number}", at=ago(minutes=50 - number)).thread
        for number in range(6)
    ]
    answer = tool.answer
    lists = ("/tickets/cursor", "/search", "/search/jql", "/conversations")

    def change_after_the_first_page(asked: Any) -> Reply | None:
        reply = answer(asked)
        if asked.path.removesuffix(".json").endswith(lists) and not tool.limit_every:
            tool.limit_every = 10**9
            # It moves to the end of what changed last.
            tool.customer_writes(threads[0], "Noch etwas", at=ago(minutes=2))
        return reply

    tool.answer = change_after_the_first_page  # type: ignore[method-assign]
    look(tool, NOW)
    look_later(tool, NOW + timedelta(minutes=1))
    assert Ticket.objects.count() == 6
    assert Message.objects.count() == 7


@every_tool
def test_a_tool_that_throttles_is_left_alone_as_long_as_it_asks(
    kind: str, tool: FakeDesk, access: ToolAccess
) -> None:
    for number in range(4):
        tool.customer_opens(f"Frage {number}", at=ago(minutes=50 - number))
    tool.limit_every, tool.retry_after = 5, "37"
    look(tool, NOW)
    access.refresh_from_db()
    assert access.open_until == NOW + timedelta(seconds=37)
    assert "429" in access.trouble
    asked = len(tool.asked)
    assert look(tool, NOW + timedelta(seconds=36)) == 0
    assert len(tool.asked) == asked
    for turn in range(1, 20):
        look(tool, NOW + timedelta(minutes=turn))
    assert Ticket.objects.count() == 4, "it goes on where it was stopped"


@every_tool
def test_a_line_that_breaks_in_the_middle_loses_nothing(
    kind: str, tool: FakeDesk, access: ToolAccess
) -> None:
    for number in range(3):
        tool.customer_opens(f"Frage {number}", at=ago(minutes=50 - number))
    answer, seen = tool.answer, iter([0, 0, 0, 1, 1, 0, 1])

    def sometimes(asked: Any) -> Reply | None:
        return None if next(seen, 0) else answer(asked)

    tool.answer = sometimes  # type: ignore[method-assign]
    for turn in range(8):
        look(tool, NOW + timedelta(minutes=turn))
        ToolAccess.objects.update(open_until=None, next_look_at=None)
    assert Ticket.objects.count() == 3
    access.refresh_from_db()
    assert (access.failures, access.trouble, access.trouble_since) == (0, "", None)


@every_tool
def test_a_refused_token_is_said_and_asked_again_later(
    kind: str, tool: FakeDesk, source: Source, access: ToolAccess
) -> None:
    tool.token = "another"
    look(tool, NOW)
    access.refresh_from_db()
    assert "enter a new one" in access.trouble
    assert access.trouble_since == NOW
    assert access.open_until is not None
    assert access.open_until > NOW + timedelta(minutes=4)
    assert health_of([source], now=NOW + timedelta(minutes=59))[source.pk].light is Light.NEW
    late = health_of([source], now=NOW + timedelta(minutes=61))[source.pk]
    assert [problem.kind for problem in late.problems] == [Trouble.TOOL]
    assert not probe_tools().is_well


def test_a_conversation_that_always_fails_stops_no_other(
    tool: FakeDesk, access: ToolAccess
) -> None:
    poisoned = tool.customer_opens("Hola", at=ago(minutes=50)).thread
    tool.customer_opens("Hola", at=ago(minutes=40))
    answer = tool.answer

    def fails(asked: Any) -> Reply | None:
        return Reply(status=500) if f"/{poisoned}/" in asked.path else answer(asked)

    tool.answer = fails  # type: ignore[method-assign]
    for turn in range(6):
        ToolAccess.objects.update(open_until=None, next_look_at=None)
        look(tool, NOW + timedelta(minutes=turn))
    assert Ticket.objects.count() == 1
    assert ToolDifference.objects.get(because="not_told").thread == poisoned


@every_tool
def test_a_tool_whose_clock_is_slow_is_understood(
    kind: str, tool: FakeDesk, access: ToolAccess
) -> None:
    look(tool, NOW)
    # Written after that look, and dated before it.
    tool.customer_opens("Hola", at=ago(minutes=3))
    look_later(tool, NOW + timedelta(minutes=1))
    assert Ticket.objects.count() == 1


def test_a_tool_whose_clock_is_fast_dates_nothing_into_the_future(
    tool: FakeDesk, access: ToolAccess
) -> None:
    tool.customer_opens("Hola", at=NOW + timedelta(minutes=3))
    tool.clock = NOW + timedelta(minutes=5)
    look_at_tools(clock=lambda: NOW, on_kept=lambda: None)
    look(tool, NOW + timedelta(minutes=5))
    assert Ticket.objects.get().opened_at <= NOW + timedelta(minutes=5)


def test_a_round_that_has_no_time_left_goes_on_in_the_next(
    tool: FakeDesk, access: ToolAccess
) -> None:
    tool.per_page = 1
    for number in range(3):
        tool.customer_opens(f"Frage {number}", at=ago(minutes=50 - number))
    assert look(tool, NOW, seconds=0.0) == 0
    for turn in range(30):
        look(tool, NOW + timedelta(seconds=turn), seconds=0.03)
    look_later(tool, NOW + timedelta(minutes=3))
    assert Ticket.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_looks_at_once_take_in_everything_once(
    tool: FakeDesk, source: Source, access: ToolAccess
) -> None:
    for number in range(4):
        tool.customer_opens(f"Frage {number}", at=ago(minutes=50 - number))
    looks: list[int] = []

    def look_now() -> None:
        try:
            looks.append(look_at_tools(clock=lambda: NOW, on_kept=lambda: None))
        finally:
            connection.close()

    threads = [threading.Thread(target=look_now) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(looks) == [0, 0, 1]
    assert Delivery.objects.count() == 4
