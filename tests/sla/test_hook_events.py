"""What programs hear of by webhook: each type by a story, once, with ids and instants alone."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.sla import world
from tests.sla.escalation_world import sweep_at
from tests.sla.hook_server import Hooks, hook_server
from tests.sla.hook_world import START, heard, hook, send
from tests.tickets.hooks import arrive, created, helpdesk, said
from tickets.domain.words import Severity
from tickets.models import Customer, Ticket
from tickets.operations.severity.change import change_severity

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]

# An Enterprise S1 has 30 minutes; at risk from 75 % on.
RISK = world.madrid("2026-11-18 10:22:30")
DUE = world.madrid("2026-11-18 10:30")


@pytest.fixture
def hooks(settings: Any) -> Iterator[Hooks]:
    settings.NOTICE_PRIVATE_HOSTS = ["127.0.0.1"]
    settings.PUBLIC_URL = "https://sla.example"
    with hook_server() as server:
        yield server


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def outage() -> Ticket:
    world.customer("enterprise")
    return world.ticket_by_mail(START)


def only(events: list[dict[str, Any]], kind: str, metric: str = "") -> dict[str, Any]:
    """The promised one of a type."""
    found = [event for event in events if event["type"] == kind]
    if metric:
        found = [e for e in found if e["data"]["target"]["metric"] == metric]
        found = [e for e in found if e["data"]["target"]["promised"]]
    assert len(found) == 1, found
    return found[0]


def test_an_opened_ticket_is_told_with_its_targets(hooks: Hooks) -> None:
    hook(hooks.url)
    ticket = outage()
    assert send(START) == 1
    (event,) = heard(hooks, START)
    assert event["type"] == "ticket.opened"
    assert event["timestamp"] == "2026-11-18T09:00:00Z"
    data = event["data"]
    customer = Customer.objects.get()
    assert data["ticket"] == {
        "reference": ticket.reference,
        "link": f"https://sla.example/admin/tickets/ticket/{ticket.pk}/change/",
        "source": {"id": str(ticket.source_id), "name": ticket.source.name, "kind": "email"},
        "thread": "",
        "customer": {"id": customer.pk, "code": "acme-example", "name": "Acme"},
        "severity": "S1",
        "status": "open",
        "opened_at": "2026-11-18T09:00:00Z",
    }
    (promise,) = [each for each in data["targets"] if each["promised"]]
    assert promise["metric"] == "first_response"
    assert promise["plan"] == "enterprise"
    assert promise["allowance_seconds"] == 1800
    assert promise["due_at"] == "2026-11-18T09:30:00Z"
    assert (promise["missed_at"], promise["met"]) == (None, None)


def test_a_warning_and_a_miss_are_dated_at_their_instants_however_late_we_look(
    hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook(hooks.url, types=["clock.warned", "target.missed"])
    outage()
    late = DUE + minutes(90)
    sweep_at(monkeypatch, late)
    sweep_at(monkeypatch, late + minutes(1))
    send(late)
    events = heard(hooks, late)
    warned = only(events, "clock.warned", "first_response")
    missed = only(events, "target.missed", "first_response")
    assert warned["timestamp"] == "2026-11-18T09:22:30Z"
    assert missed["timestamp"] == missed["data"]["target"]["due_at"] == "2026-11-18T09:30:00Z"
    assert missed["data"]["recorded_at"] == "2026-11-18T11:00:00Z"
    assert missed["data"]["target"]["missed_at"] == "2026-11-18T09:30:00Z"
    assert missed["data"]["target"]["state"] == "running"


def test_the_first_answer_and_the_next_one_are_told_with_what_they_decided(
    hooks: Hooks, smtp: Any
) -> None:
    hook(hooks.url, types=["ticket.answered"])
    ticket = outage()
    alice = world.person("Alice")
    world.answer(ticket, alice, START + minutes(10))
    world.deliver(
        world.raw_mail("¿Y ahora?", in_reply_to=_last_message_id(ticket)), START + minutes(20)
    )
    world.answer(ticket, alice, START + minutes(30))
    at = START + minutes(31)
    send(at)
    first, second = heard(hooks, at)
    assert (first["data"]["answer"], second["data"]["answer"]) == ("first", "next")
    (target,) = [each for each in first["data"]["targets"] if each["promised"]]
    assert target["stopped_at"] == first["timestamp"] == "2026-11-18T09:10:00Z"
    assert (target["met"], target["elapsed_seconds"], target["late_seconds"]) == (True, 600, 0)
    assert [each["metric"] for each in second["data"]["targets"]] == ["next_response"]


def _last_message_id(ticket: Ticket) -> str:
    message = ticket.messages.exclude(message_id="").order_by("-pk").first()
    assert message is not None
    return f"<{message.message_id}>"


def test_an_answer_that_comes_late_but_was_in_time_takes_the_miss_back(
    hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook(hooks.url, types=["target.missed", "ticket.answered", "target.corrected"])
    world.customer("enterprise")
    source = helpdesk()
    arrive(source, created("T-1", START), START)
    sweep_at(monkeypatch, DUE + minutes(5))
    answered = said("T-1", START + minutes(25), "m1", "agent")
    arrive(source, answered, START + minutes(39))
    at = START + minutes(40)
    send(at)
    events = heard(hooks, at)
    missed = only(events, "target.missed", "first_response")
    corrected = only(events, "target.corrected", "first_response")
    assert corrected["data"]["reason"] == "miss_withdrawn"
    assert corrected["data"]["before"]["missed_at"] == missed["timestamp"]
    assert corrected["data"]["target"]["missed_at"] is None
    assert corrected["data"]["target"]["met"] is True
    assert corrected["data"]["ticket"]["thread"] == "T-1"
    assert only(events, "ticket.answered")["timestamp"] == "2026-11-18T09:25:00Z"


def test_a_bounce_takes_the_answer_back(hooks: Hooks, smtp: Any) -> None:
    hook(hooks.url, types=["ticket.answered", "target.corrected"])
    ticket = outage()
    message = world.answer(ticket, world.person("Alice"), START + minutes(10))
    _bounce(message, START + minutes(15))
    at = START + minutes(16)
    send(at)
    events = heard(hooks, at)
    corrected = only(events, "target.corrected", "first_response")
    assert corrected["data"]["reason"] == "answer_withdrawn"
    assert corrected["data"]["before"]["stopped_at"] == "2026-11-18T09:10:00Z"
    assert corrected["data"]["target"]["state"] == "running"
    assert corrected["data"]["target"]["stopped_at"] is None


def _bounce(message: Any, at: datetime) -> None:
    from tickets.domain.words import EventKind
    from tickets.operations.ticket.log import Entry, lock_ticket, record

    reply = message.events.get(kind=EventKind.AGENT_REPLIED)
    record(
        lock_ticket(message.ticket_id),
        [
            Entry(
                kind=EventKind.REPLY_BOUNCED,
                at=at,
                key=f"bounce:{reply.pk}",
                details={"of_event": str(reply.pk), "of": reply.at.isoformat()},
            )
        ],
        now=at,
    )


def test_a_changed_severity_is_told_with_who_decided(hooks: Hooks) -> None:
    hook(hooks.url, types=["ticket.severity_changed"])
    ticket = outage()
    at = START + minutes(5)
    change_severity(
        ticket_id=ticket.pk,
        severity=Severity.S2,
        got_worse=False,
        reason="Bob's own words: only a part of it",
        user=world.person("Alice"),
        now=at,
    )
    send(at)
    (event,) = heard(hooks, at)
    data = event["data"]
    assert (data["from"], data["to"], data["by"], data["mode"]) == (
        "S1",
        "S2",
        "person",
        "misjudged",
    )
    assert data["waits_for_second_person"] is False
    assert data["ticket"]["severity"] == "S2"
    (promise,) = [each for each in data["targets"] if each["promised"]]
    assert promise["severity"] == "S2"


def test_nothing_that_a_customer_wrote_is_in_an_event(
    hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook(hooks.url)
    world.customer("enterprise")
    world.ticket_by_mail(
        START,
        subject="Zanahoria",
        body="No funciona nada. Pimiento.",
        sender="Bob <b@acme.example>",
    )
    sweep_at(monkeypatch, DUE + minutes(1))
    send(DUE + minutes(1))
    assert len(hooks.calls) >= 3
    for call in hooks.calls:
        for word in (b"Zanahoria", b"Pimiento", b"Bob", b"b@acme", b"acme.example"):
            assert word not in call.body, word
