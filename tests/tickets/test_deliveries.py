"""Deliveries wait as rows: claimed, tried again, given up with a reason, and never in the way."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError

from sla.models import Clock
from sla.operations.clocks.audit import Audited, audit_clocks
from tests.sla.world import customer, deliver, person, raw_mail
from tests.tickets.hooks import arrive, created, helpdesk, priority, said, status, utc
from tickets import tasks
from tickets.domain.words import EventKind, Status
from tickets.models import Delivery, DeliveryState, Message, Outcome, Source, Ticket
from tickets.operations.incoming import process
from tickets.operations.incoming.applied import MAX_ATTEMPTS
from tickets.operations.incoming.claim import claim_deliveries, claim_one_again
from tickets.operations.incoming.process import process_delivery, replay_delivery
from tickets.tasks import drain_deliveries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]

AT = utc("2026-11-18 09:00")


@pytest.fixture
def source() -> Source:
    """Bob's company on Enterprise, and its helpdesk."""
    customer("enterprise")
    person("Alice")
    return helpdesk()


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Exception]]:
    """Processing raises what stands here under the thread's name."""
    raises: dict[str, Exception] = {}

    def breaking(apply: Callable[..., Any], incoming_of: Callable[..., Any]) -> Callable[..., Any]:
        def apply_or_raise(*args: Any, **more: Any) -> Any:
            trouble = raises.get(getattr(incoming_of(*args, **more), "thread", ""))
            if trouble is not None:
                raise trouble
            return apply(*args, **more)

        return apply_or_raise

    alone = breaking(process.apply_incoming, lambda **more: more["incoming"])
    together = breaking(process.apply_message, lambda arrival, _batch: arrival.incoming)
    monkeypatch.setattr(process, "apply_incoming", alone)
    monkeypatch.setattr(process, "apply_message", together)
    return raises


def again(pk: int) -> Delivery:
    """The row as it is now."""
    return Delivery.objects.get(pk=pk)


def test_a_claimed_delivery_is_nobody_elses_until_its_lease_ends(source: Source) -> None:
    kept = arrive(source, created("T-1", AT), AT, process=False)
    assert claim_deliveries(now=AT, limit=5) == [kept.pk]
    assert claim_deliveries(now=AT, limit=5) == claim_one_again(now=AT) == []
    assert claim_one_again(now=AT + timedelta(seconds=9)) == []
    assert claim_one_again(now=AT + timedelta(seconds=10)) == [kept.pk]
    assert claim_one_again(now=AT + timedelta(seconds=29)) == []
    assert claim_one_again(now=AT + timedelta(seconds=30)) == [kept.pk]
    assert again(kept.pk).attempts == 3


def test_a_claim_takes_the_oldest_first_and_no_more_than_asked_for(source: Source) -> None:
    kept = [
        arrive(source, created(f"T-{n}", AT), AT + timedelta(seconds=n), process=False).pk
        for n in range(5)
    ]
    assert claim_deliveries(now=AT + timedelta(minutes=1), limit=2) == kept[:2]
    assert claim_deliveries(now=AT + timedelta(seconds=2), limit=9) == kept[2:3]


def test_one_that_was_tried_before_is_claimed_alone(source: Source) -> None:
    # It may be the one that killed the worker: the others must not share its fate again.
    kept = [arrive(source, created(f"T-{n}", AT), AT, process=False).pk for n in range(3)]
    assert claim_deliveries(now=AT, limit=9) == kept
    later = AT + timedelta(seconds=11)
    assert claim_deliveries(now=later, limit=9) == []
    assert [claim_one_again(now=later) for _ in range(4)] == [*([pk] for pk in kept), []]


def test_one_that_kills_its_worker_each_time_is_given_up(source: Source) -> None:
    kept = arrive(source, created("T-1", AT), AT, process=False)
    now = AT
    claim_deliveries(now=now, limit=1)
    for _ in range(MAX_ATTEMPTS):
        now += timedelta(hours=1)
        assert claim_one_again(now=now) == [kept.pk]
    process_delivery(delivery_id=kept.pk, now=now)
    given_up = again(kept.pk)
    assert (given_up.state, given_up.ticket) == (DeliveryState.QUARANTINED, None)
    assert given_up.reason == "6 attempts did not come to an end; replay it when mended"
    replay_delivery(delivery_id=kept.pk, now=now)
    process_delivery(delivery_id=kept.pk, now=now)
    assert again(kept.pk).outcome == Outcome.OPENED


def test_a_bug_of_ours_is_tried_again_and_then_quarantined(
    source: Source, broken: dict[str, Exception]
) -> None:
    broken["T-1"] = KeyError("a bug")
    kept = arrive(source, created("T-1", AT), AT, process=False)
    now, tries = AT, 0
    while again(kept.pk).state == DeliveryState.WAITING:
        for pk in claim_deliveries(now=now, limit=1) or claim_one_again(now=now):
            tries += 1
            process_delivery(delivery_id=pk, now=now)
            assert again(pk).reason.startswith("our own trouble: KeyError: 'a bug'")
        now += timedelta(seconds=10)
    assert tries == MAX_ATTEMPTS
    given_up = again(kept.pk)
    assert (given_up.outcome, bytes(given_up.body)) == (Outcome.QUARANTINED, bytes(kept.body))
    assert "given up after 6 attempts" in given_up.reason
    broken.clear()
    replay_delivery(delivery_id=kept.pk, now=now)
    process_delivery(delivery_id=kept.pk, now=now)
    mended = again(kept.pk)
    assert (mended.outcome, mended.reason) == (Outcome.OPENED, "")
    assert Ticket.objects.get().opened_at == AT, "the wait for us costs the customer nothing"


def test_a_poisoned_delivery_never_stops_the_others(
    source: Source, broken: dict[str, Exception]
) -> None:
    broken["T-3"] = RuntimeError("poison")
    # A row that the database can never take is no trouble of the database.
    too_much = OperationalError("index row too large")
    too_much.__cause__ = type("Cause", (Exception,), {"sqlstate": "54000"})()
    broken["T-5"] = too_much
    now = utc("2026-11-18 10:00")
    kept = [arrive(source, created(f"T-{n}", AT), now, process=False).pk for n in range(8)]
    assert drain_deliveries() == 8
    states = dict(Delivery.objects.values_list("pk", "state"))
    assert {pk for pk, state in states.items() if state == "waiting"} == {kept[3], kept[5]}
    assert Ticket.objects.count() == 6
    assert all(again(kept[n]).reason.startswith("our own trouble") for n in (3, 5))


@pytest.mark.django_db(transaction=True)
def test_a_deadlock_costs_one_delivery_its_turn_and_the_others_nothing(
    source: Source, broken: dict[str, Exception]
) -> None:
    deadlock = OperationalError("deadlock detected")
    deadlock.__cause__ = type("Cause", (Exception,), {"sqlstate": "40P01"})()
    broken["T-1"] = deadlock
    now = utc("2026-11-18 10:00")
    kept = [arrive(source, created(f"T-{n}", AT), now, process=False).pk for n in range(3)]
    assert drain_deliveries() == 3
    assert again(kept[1]).state == DeliveryState.WAITING
    assert again(kept[1]).reason == ""
    assert Ticket.objects.count() == 2


def test_trouble_of_the_database_itself_is_nobodys_fault(
    source: Source, broken: dict[str, Exception]
) -> None:
    broken["T-1"] = OperationalError("the connection is lost")
    kept = arrive(source, created("T-1", AT), AT, process=False)
    with pytest.raises(OperationalError):
        process_delivery(delivery_id=kept.pk, now=AT)
    assert (again(kept.pk).state, again(kept.pk).reason) == (DeliveryState.WAITING, "")


def test_the_customers_text_never_stands_in_a_reason(
    source: Source, broken: dict[str, Exception]
) -> None:
    broken["T-1"] = OperationalError("Key (email)=(bob@acme.example) is too large")
    broken["T-1"].__cause__ = type("Cause", (Exception,), {"sqlstate": "54000"})()
    assert arrive(source, created("T-1", AT), AT).reason == "our own trouble: OperationalError"


def test_a_status_that_comes_before_its_ticket_waits_for_it(source: Source) -> None:
    early = arrive(source, status("T-1", AT, "pending"), AT)
    assert early.state == DeliveryState.WAITING
    assert early.reason == "no ticket with the id 'T-1' has come from this source"
    arrive(source, created("T-1", AT - timedelta(minutes=1)), AT)
    process_delivery(delivery_id=early.pk, now=AT)
    assert again(early.pk).outcome == Outcome.APPENDED
    assert again(early.pk).reason == ""
    assert Ticket.objects.get().status == Status.WAITING


def test_a_status_whose_ticket_never_comes_is_quarantined_with_the_reason(source: Source) -> None:
    kept = arrive(source, status("T-1", AT, "pending"), AT, process=False)
    now = AT
    for _ in range(MAX_ATTEMPTS):
        for pk in claim_deliveries(now=now, limit=1) or claim_one_again(now=now):
            process_delivery(delivery_id=pk, now=now)
        now += timedelta(hours=1)
    assert again(kept.pk).state == DeliveryState.QUARANTINED
    assert again(kept.pk).reason.startswith("no ticket with the id 'T-1'")


def test_an_answer_whose_ticket_never_comes_opens_one_at_last(source: Source) -> None:
    # The conversation is older than its source here.
    kept = arrive(source, said("T-1", AT, "m1", "agent"), AT, process=False)
    now = AT
    for _ in range(MAX_ATTEMPTS):
        assert again(kept.pk).state == DeliveryState.WAITING
        for pk in claim_deliveries(now=now, limit=1) or claim_one_again(now=now):
            process_delivery(delivery_id=pk, now=now)
        now += timedelta(hours=1)
    assert again(kept.pk).outcome == Outcome.OPENED
    assert not Clock.objects.filter(metric="first_response", void=False).exists()


def test_one_message_under_two_delivery_ids_is_one_message(source: Source) -> None:
    arrive(source, created("T-1", AT), AT)
    body = said("T-1", AT + timedelta(minutes=1), "m1\x01\x7f")
    first, second = (arrive(source, body, AT + timedelta(minutes=2)) for _ in range(2))
    assert (first.outcome, second.outcome) == (Outcome.APPENDED, Outcome.DUPLICATE)
    assert second.reason == "this message is already here"
    assert Message.objects.count() == 2


def test_a_message_id_longer_than_an_index_row_is_no_trouble(source: Source) -> None:
    # 998 characters are allowed; in UTF-8 these have three times as many bytes.
    unlike = "".join(chr(0x4E00 + (n * 7919) % 20_000) for n in range(990))
    raw = raw_mail().replace(b"Message-ID: <", b"Message-ID: <" + unlike.encode())
    assert deliver(raw, AT).outcome == Outcome.OPENED
    assert deliver(raw, AT).outcome == Outcome.DUPLICATE


def test_a_lowering_that_waits_for_its_second_person_is_not_smuggled_past_it(
    source: Source,
) -> None:
    arrive(source, created("T-1", AT), AT)
    for minute, word in ((25, "low"), (26, "low"), (27, "normal")):
        at = AT + timedelta(minutes=minute)
        arrive(source, priority("T-1", at, word), at)
    ticket = Ticket.objects.get()
    assert ticket.severity == "S3"
    changes = ticket.events.filter(kind=EventKind.SEVERITY_CHANGED)
    assert {change.details.get("contract") for change in changes} == {"pending"}
    clock = Clock.objects.get(ticket=ticket, basis="contract")
    assert (clock.severity, clock.due_at) == ("S1", AT + timedelta(minutes=30))
    assert list(audit_clocks(Audited(), now=AT + timedelta(hours=1))) == []


def test_the_drain_ends_with_its_budget(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_BUDGET_SECONDS", 0.0)
    arrive(source, created("T-1", AT), AT, process=False)
    assert drain_deliveries() == 0
    assert Delivery.objects.get().state == DeliveryState.WAITING
