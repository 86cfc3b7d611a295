"""Who hears of what by webhook, exactly once, and what that costs whoever does the work."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sla.models import ClockEntry, HookCall, HookEvent
from sla.operations.hooks.replay_hooks import save_subscription
from tests.sla import world
from tests.sla.desk_world import NOW, make_desk
from tests.sla.escalation_world import sweep_at
from tests.sla.hook_server import Hooks, hook_server
from tests.sla.hook_world import START, heard, hook, send, types
from tests.tickets.hooks import arrive, created, helpdesk, said
from tickets.models import Ticket, TicketEvent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]

MINUTE = timedelta(minutes=1)
# An Enterprise S1 has 30 minutes.
DUE = world.madrid("2026-11-18 10:30")


@pytest.fixture
def hooks(settings: Any) -> Iterator[Hooks]:
    settings.NOTICE_PRIVATE_HOSTS = ["127.0.0.1"]
    with hook_server() as server:
        yield server


def opened(at: datetime = START) -> None:
    """One event: a ticket is opened."""
    world.ticket_by_mail(at)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def outage() -> Ticket:
    world.customer("enterprise")
    return world.ticket_by_mail(START)


def test_a_new_webhook_hears_from_then_on(hooks: Hooks, monkeypatch: pytest.MonkeyPatch) -> None:
    outage()
    assert HookEvent.objects.count() == 0
    hook(hooks.url)
    sweep_at(monkeypatch, DUE + minutes(1))
    send(DUE + minutes(1))
    assert set(types(hooks, DUE + minutes(1))) == {"clock.warned", "target.missed"}


def test_a_webhook_hears_of_its_types_and_its_customers_alone(hooks: Hooks) -> None:
    acme = world.customer("enterprise")
    world.customer("pro", domain="beta.example")
    hook(hooks.url, name="Answers", types=["ticket.answered"])
    of_acme = hook(hooks.url, name="Acme", types=["ticket.opened"])
    of_acme.customers.set([acme])
    off = hook(hooks.url, name="Off", is_active=False)
    world.ticket_by_mail(START)
    world.ticket_by_mail(START, sender="Eve <eve@beta.example>")
    world.ticket_by_mail(START, sender="Ann <ann@unknown.example>")
    assert [call.hook for call in HookCall.objects.all()] == [of_acme]
    assert not HookCall.objects.filter(hook=off).exists()


def test_what_is_sent_twice_to_us_is_told_once(hooks: Hooks) -> None:
    hook(hooks.url, types=["ticket.opened", "ticket.answered"])
    world.customer("enterprise")
    source = helpdesk()
    for body in (created("T-1", START), said("T-1", START + minutes(3), "m1", "agent")):
        arrive(source, body, START + minutes(3))
        arrive(source, body, START + minutes(4))
    send(START + minutes(4))
    assert types(hooks, START + minutes(4)) == ["ticket.opened", "ticket.answered"]


def test_what_could_not_be_read_at_first_is_told_when_it_can(
    hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sla.operations.clocks import writes as clock_writes

    hook(hooks.url, types=["ticket.opened"])
    save = clock_writes.Writes.save

    def fail(_: Any) -> None:
        raise RuntimeError("no clocks today")

    monkeypatch.setattr(clock_writes.Writes, "save", fail)
    ticket = outage()
    assert ticket.clocks_stale_since is not None
    assert HookEvent.objects.count() == 0
    monkeypatch.setattr(clock_writes.Writes, "save", save)
    at = START + minutes(2)
    sweep_at(monkeypatch, at)
    send(at)
    (event,) = heard(hooks, at)
    assert event["type"] == "ticket.opened"
    assert [each["due_at"] for each in event["data"]["targets"] if each["promised"]]


def test_a_fault_of_ours_costs_an_event_and_no_deadline(
    hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sla.operations.hooks import announce

    def fail(*_: Any) -> None:
        raise RuntimeError

    hook(hooks.url)
    monkeypatch.setattr(announce, "ticket_data", fail)
    ticket = outage()
    assert ticket.clocks_stale_since is None
    assert world.contract_clock(ticket).due_at == DUE
    assert HookEvent.objects.count() == 0


def test_where_nobody_hears_a_reading_costs_what_it_did(hooks: Hooks) -> None:
    opened(START)
    with CaptureQueriesContext(connection) as without:
        opened(START + MINUTE)
    made = hook(hooks.url, types=["ticket.answered"])
    opened(START + 2 * MINUTE)
    with CaptureQueriesContext(connection) as not_wanted:
        opened(START + 3 * MINUTE)
    made.is_active = False
    save_subscription(hook=made, is_new=False, now=START)
    opened(START + 4 * MINUTE)
    with CaptureQueriesContext(connection) as switched_off:
        opened(START + 5 * MINUTE)
    assert len(without) == len(not_wanted) == len(switched_off)
    # One row of a set-up that is read anyway says whether anybody hears; no other table is asked.
    asked = [query["sql"] for query in without if "sla_hook" in query["sql"]]
    assert len(asked) == 1
    assert "sla_escalationpolicy" in asked[0]


def test_an_event_costs_the_same_for_many_as_for_one(hooks: Hooks) -> None:
    counts = []
    for number in range(3):
        hook(hooks.url, name=f"Board {number}", types=["ticket.opened"])
        opened(START)
        with CaptureQueriesContext(connection) as asked:
            opened(START + MINUTE)
        counts.append(len(asked))
    assert counts[0] == counts[1] == counts[2]


def test_every_entry_that_tells_is_told_once_and_nothing_else_is(
    hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A desk full of work, against a plain reading of the two logs."""
    hook(hooks.url, owner=world.person("Otto", "operators"))
    make_desk()
    sweep_at(monkeypatch, NOW + timedelta(days=2))
    told = dict(HookEvent.objects.values_list("key", "type"))
    entries = {
        f"ledger:{pk}": {"at_risk": "clock.warned", "breached": "target.missed"}[kind]
        for pk, kind in ClockEntry.objects.filter(kind__in=["at_risk", "breached"]).values_list(
            "pk", "kind"
        )
    }
    log = {
        "opened": "ticket.opened",
        "agent_replied": "ticket.answered",
        "severity_changed": "ticket.severity_changed",
    }
    facts = {
        f"log:{pk}": log[kind]
        for pk, kind in TicketEvent.objects.filter(kind__in=log).values_list("pk", "kind")
    }
    assert len(entries) > 10
    assert set(facts.values()) == set(log.values())
    assert {key: kind for key, kind in told.items() if kind != "target.corrected"} == {
        **entries,
        **facts,
    }
    assert HookCall.objects.count() == len(told)
    assert send(NOW + timedelta(days=2), seconds=60) == len(told)
    assert len({call.headers["webhook-id"] for call in hooks.calls}) == len(told)
    heard(hooks, NOW + timedelta(days=2))
