"""Webhooks that are lost, doubled, late and out of order: asking the tool makes good for them."""

import heapq
import os
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from sla.operations.clocks.audit import Audited, audit_clocks
from tests.fakes.desk import ALICE, CARL, ZOE, FakeDesk, Hook
from tests.fakes.tools import FAKES
from tests.journeys.tool_stories import clocks, conversation_of, standing
from tests.sla.world import contract_clock, customer, person, sweep
from tests.tickets.hooks import utc
from tests.tickets.tool_looks import (
    KINDS,
    WORDS,
    access_to,
    bring,
    finish,
    id_of,
    look,
    look_later,
    source_of,
)
from tickets.models import Source, Ticket, ToolAccess

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]
every_tool = pytest.mark.parametrize("kind", KINDS)
LONG = bool(os.environ.get("SIVO_CHAOS"))
CONVERSATIONS, SEEDS = (40, 3) if LONG else (5, 1)
OPENED = utc("2026-11-23 08:00")
PEOPLE = {"to_alice": ALICE, "to_carl": CARL, "to_zoe": ZOE, "to_nobody": None}
TEXTS = ("No entran llamadas.", "Una pregunta sobre la factura.", "Va todo muy lento hoy.")


@pytest.fixture(autouse=True)
def house(terms: None, settings: Any) -> None:
    """Bob's company on Enterprise, and Alice; a tool on loopback may be asked."""
    settings.TOOL_PRIVATE_HOSTS = ["127.0.0.1"]
    customer("enterprise")
    person("Alice")


@pytest.fixture
def tool(kind: str) -> Iterator[FakeDesk]:
    """The tool, listening."""
    fake = FAKES[kind]()
    with fake.running():
        yield fake


def at(minutes: float) -> datetime:
    """So many minutes after the beginning."""
    return OPENED + timedelta(minutes=minutes)


@every_tool
def test_a_conversation_of_which_no_webhook_came_is_found_whole(kind: str, tool: FakeDesk) -> None:
    source = source_of(kind)
    access_to(tool, source)
    thread = tool.customer_opens(TEXTS[0], at=at(0)).thread
    tool.note(thread, "Miro los registros.", at=at(5))
    tool.agent_answers(thread, "Lo miramos ahora.", at=at(20))
    look_later(tool, at(40))
    ticket = Ticket.objects.get(source=source, thread=thread)
    assert [(each.author_kind, each.is_public) for each in ticket.messages.order_by("at")] == [
        ("customer", True),
        ("agent", False),
        ("agent", True),
    ]
    assert ticket.requester is not None
    assert ticket.requester.email == "bob@acme.example"
    clock = contract_clock(ticket)
    assert (clock.started_at, clock.stopped_at, clock.met) == (at(0), at(20), True)


@every_tool
def test_an_answer_whose_webhook_was_lost_corrects_the_miss(kind: str, tool: FakeDesk) -> None:
    source = source_of(kind)
    access_to(tool, source, looks_from=at(-60))
    opening = tool.customer_opens(TEXTS[0], at=at(0))
    bring(source, opening, at(0) + timedelta(seconds=2))
    tool.agent_answers(opening.thread, "Lo miramos ahora.", at=at(10))
    sweep()
    ticket = Ticket.objects.get(source=source)
    assert contract_clock(ticket).breached_at is not None, "nobody knows of the answer"
    look_later(tool, at(601))
    clock = contract_clock(ticket)
    assert (clock.stopped_at, clock.breached_at, clock.met) == (at(10), None, True)
    reasons = set(source.differences.values_list("what", "because"))
    assert ("message", "never_came") in reasons


@every_tool
def test_an_answer_that_came_hours_late_counts_from_its_true_time(
    kind: str, tool: FakeDesk
) -> None:
    source = source_of(kind)
    access_to(tool, source, looks_from=at(-60))
    opening = tool.customer_opens(TEXTS[0], at=at(0))
    bring(source, opening, at(0) + timedelta(seconds=2))
    answer = tool.agent_answers(opening.thread, "Lo miramos ahora.", at=at(10))
    bring(source, answer, at(600))
    ticket = Ticket.objects.get(source=source)
    assert contract_clock(ticket).met is False, "a webhook alone undoes no miss"
    look_later(tool, at(601))
    clock = contract_clock(ticket)
    assert (clock.stopped_at, clock.breached_at, clock.met) == (at(10), None, True)
    assert ticket.events.filter(kind="time_confirmed").exists(), "and the log says so"
    assert ticket.messages.get(author_kind="agent").at == at(10)
    late = source.differences.get(what="time", because="came_late")
    assert (late.ours, late.theirs) == ("2026-11-23T18:00:00Z", "2026-11-23T08:10:00Z")
    assert list(audit_clocks(Audited(), now=at(700))) == []


@pytest.mark.parametrize("kind", ["zendesk", "jira"])
def test_a_lowering_that_came_hours_late_is_judged_by_when_it_was(
    kind: str, tool: FakeDesk
) -> None:
    source = source_of(kind)
    access_to(tool, source, looks_from=at(-60))
    opening = tool.customer_opens(TEXTS[0], at=at(0))
    bring(source, opening, at(0) + timedelta(seconds=2))
    low = {"zendesk": "low", "jira": "Lowest"}[kind]
    lowered = tool.sets_priority(opening.thread, low, at=at(2))
    bring(source, lowered, at(600))
    ticket = Ticket.objects.get(source=source)
    assert contract_clock(ticket).breached_at is not None, "a webhook alone lowers no missed ticket"
    look_later(tool, at(601))
    clock = contract_clock(ticket)
    assert (clock.severity, clock.due_at) == ("S4", at(8 * 60))
    assert list(audit_clocks(Audited(), now=at(700))) == []


def test_a_raise_after_the_first_message_came_late_is_still_replayed() -> None:
    tool, source = FAKES["jira"](), source_of("jira")
    opening = tool.customer_opens(TEXTS[1], at=at(0))
    later = tool.customer_writes(opening.thread, TEXTS[1], at=at(22))
    bring(source, later, at(23))
    bring(source, opening, at(60))
    bring(source, tool.sets_priority(opening.thread, "Highest", at=at(150)), at(151))
    assert list(audit_clocks(Audited(), now=at(700))) == []


_TALKS = ("answers", "answers", "writes", "writes", "notes", "waits", "open", "solved")
_GIVES = ("to_alice", "to_carl", "to_zoe", "to_nobody")
_TAGS = {"outage": ("billing", "outage"), "vip": ("vip",), "untagged": ()}
# Beside what is said: priorities only where somebody's choice of them counts, or they bind.
_MORE = {
    "zendesk": (*_GIVES, *_TAGS, "high"),
    "jira": (*_GIVES, *_TAGS, "high"),
    "chatwoot": (*_GIVES, "outage", "high"),
    "zammad": (*_GIVES, *_TAGS, "high", "normal"),
}
# Of these it only tells how they stand: what was so in between, nobody can know afterwards.
_ONCE = {"chatwoot": frozenset({"outage", "high"})}
_PRIORITIES = {"zammad": {"3_high": "S1", "2_normal": "S3"}}
Happening = tuple[datetime, int, str]


def binding_source(kind: str, name: str) -> Source:
    """One that knows Alice and Carl, and whose tags and priorities bind."""
    return source_of(
        kind,
        name,
        agent_ids=[f"{id_of(kind, ALICE)} = alice", f"{id_of(kind, CARL)} = carl"],
        priority_map={"tag:outage": "S1", "tag:vip": "S2", **_PRIORITIES.get(kind, {})},
        priority_binding=True,
    )


def script_of(kind: str, chance: random.Random) -> list[Happening]:
    """What happens in some conversations side by side: when, in which, and what."""
    found: list[Happening] = []
    once = _ONCE.get(kind, frozenset())
    for number in range(CONVERSATIONS):
        when = OPENED + timedelta(seconds=chance.randrange(3_600 * 4))
        actions = chance.choices((*_TALKS, *_MORE[kind]), k=chance.randint(4, 12))
        for place, action in enumerate(("opens", *actions)):
            if action in once and action in actions[: place - 1]:
                continue
            found.append((when, number, action))
            when += timedelta(seconds=chance.randrange(20, 5_400))
    return sorted(found)


def happen(tool: FakeDesk, threads: dict[int, str], happening: Happening) -> Hook:
    """It happens at the tool; the webhook that this sends."""
    when, number, action = happening
    text = f"{TEXTS[number % 3]} ({number}, {when:%H:%M:%S})"
    if action == "opens":
        hook = tool.customer_opens(text, at=when)
        threads[number] = hook.thread
        return hook
    thread = threads[number]
    match action:
        case "answers":
            return tool.agent_answers(thread, text, at=when)
        case "writes":
            return tool.customer_writes(thread, text, at=when)
        case "notes":
            return tool.note(thread, text, at=when)
        case "to_alice" | "to_carl" | "to_zoe" | "to_nobody":
            return tool.assigns(thread, PEOPLE[action], at=when)
        case "outage" | "vip" | "untagged":
            return tool.tags(thread, *_TAGS[action], at=when)
        case "high" | "normal":
            return tool.sets_priority(thread, WORDS[tool.kind][action], at=when)
        case _:
            return tool.sets_status(thread, WORDS[tool.kind][action], at=when)


class BadLine:
    """20 % of the webhooks never come, 10 % come twice, all late by chance, so in any order."""

    def __init__(self, source: Source, chance: random.Random) -> None:
        self._source, self._chance = source, chance
        self._due: list[tuple[datetime, int, int, Hook]] = []
        self._number = 0

    def send(self, hook: Hook) -> None:
        """The tool calls; who knows when that arrives."""
        if self._chance.random() < 0.2:
            return
        for again in range(2 if self._chance.random() < 0.1 else 1):
            most = self._chance.choice([2.0, 40.0, 1_200.0, 7_200.0, 20_000.0])
            when = hook.at + timedelta(seconds=self._chance.uniform(1.0, most))
            self._number += 1
            heapq.heappush(self._due, (when, self._number, again, hook))

    def arrive(self, until: datetime) -> None:
        """What arrives before an instant arrives, each at its own."""
        while self._due and self._due[0][0] <= until:
            when, _, again, hook = heapq.heappop(self._due)
            bring(self._source, hook, when, again=again)


def run(tool: FakeDesk, straight: Source, lossy: Source, chance: random.Random) -> datetime:
    """Everything happens; one source hears of it at once, the other over a bad line, with looks."""
    line, threads = BadLine(lossy, chance), dict[int, str]()
    script = script_of(tool.kind, chance)
    next_look = OPENED + timedelta(minutes=30)
    for happening in script:
        while next_look < happening[0]:
            line.arrive(next_look)
            ToolAccess.objects.update(next_look_at=None)
            look(tool, next_look)
            next_look += timedelta(seconds=chance.randrange(600, 9_000))
        line.arrive(happening[0])
        hook = happen(tool, threads, happening)
        line.send(hook)
        bring(straight, hook, hook.at + timedelta(seconds=2))
    end = script[-1][0] + timedelta(hours=12)
    line.arrive(end)
    return end


@every_tool
@pytest.mark.parametrize("seed", range(SEEDS))
def test_after_reconciliation_the_clocks_are_those_of_an_undisturbed_run(
    kind: str, tool: FakeDesk, seed: int
) -> None:
    chance = random.Random(f"lost {kind} {seed}")
    person("Carl")
    straight, lossy = binding_source(kind, "straight"), binding_source(kind, "lossy")
    access_to(tool, lossy, looks_from=OPENED - timedelta(hours=1))
    if kind == "zammad":
        # Its webhooks tell no tags: without looks nobody hears of them.
        access_to(tool, straight, looks_from=OPENED - timedelta(hours=1))
    end = run(tool, straight, lossy, chance)
    end = look_later(tool, end + timedelta(hours=1))
    finish(end + timedelta(hours=1))
    sweep()
    assert len(tool.tickets) == CONVERSATIONS
    for number in tool.tickets:
        expected = Ticket.objects.get(source=straight, thread=str(number))
        found = Ticket.objects.get(source=lossy, thread=str(number))
        assert clocks(found) == clocks(expected), number
        assert standing(found) == standing(expected)
        assert found.assignee == expected.assignee
        assert conversation_of(found) == conversation_of(expected)
    assert list(audit_clocks(Audited(), now=end + timedelta(days=1))) == []
