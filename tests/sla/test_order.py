"""Events count in the order in which they happened: arrival, retries and repeats change nothing."""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from sla.models import Clock
from sla.operations.clocks.audit import Audited, audit_clocks
from tests.chaos import share_of
from tests.sla.world import customer, person
from tests.tickets.hooks import arrive, created, helpdesk, minutes, priority, said, status, utc
from tickets.models import Delivery, DeliveryState, Source, Ticket
from tickets.operations.incoming.process import process_delivery

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]

OPENED = utc("2026-11-18 09:00")
RECEIVED = utc("2026-11-18 15:00")
_threads = count(1)

# What can happen to a ticket, by name; each takes the thread, the instant and a key of its own.
_Happening = Callable[[str, datetime, str], bytes]
HAPPENINGS: dict[str, _Happening] = {
    "customer writes": said,
    "agent answers": lambda thread, at, key: said(thread, at, key, "agent"),
    "bot answers": lambda thread, at, key: said(thread, at, key, "bot"),
    "agent notes": lambda thread, at, key: said(thread, at, key, "agent", public=False),
    "waits for the customer": lambda thread, at, _: status(thread, at, "pending"),
    "waits for a carrier": lambda thread, at, _: status(thread, at, "on_hold"),
    "is open": lambda thread, at, _: status(thread, at, "open"),
    "is solved": lambda thread, at, _: status(thread, at, "solved"),
    "is urgent": lambda thread, at, _: priority(thread, at, "urgent"),
    "is low": lambda thread, at, _: priority(thread, at, "low"),
}
Story = Sequence[tuple[int, str]]


def _bodies(thread: str, story: Story, opening: str) -> list[bytes]:
    first = created(thread, OPENED, opening)
    later = [
        HAPPENINGS[name](thread, OPENED + minutes(minute), f"m{minute}") for minute, name in story
    ]
    return [first, *later]


def _tell(source: Source, bodies: Sequence[bytes]) -> None:
    """Deliveries in this order; those that come before their ticket are tried again at the end."""
    for body in bodies:
        arrive(source, body, RECEIVED)
    for _ in range(len(bodies)):
        waiting = Delivery.objects.filter(source=source, state=DeliveryState.WAITING)
        for pk in list(waiting.values_list("pk", flat=True)):
            process_delivery(delivery_id=pk, now=RECEIVED)
    assert not Delivery.objects.filter(source=source, state=DeliveryState.WAITING).exists()


def _clocks(ticket: Ticket) -> list[tuple[Any, ...]]:
    """Everything that a clock says, without the ids that depend on arrival."""
    columns = (
        *("basis", "metric", "started_at", "plan_code", "severity", "state", "due_at"),
        *("at_risk_at", "stopped_at", "ended_at", "breached_at", "met", "elapsed_us", "cause"),
    )
    return sorted(Clock.objects.filter(ticket=ticket, void=False).values_list(*columns), key=repr)


def _standing(ticket: Ticket) -> dict[str, Any]:
    names = (
        *("subject", "status", "wait_cause", "severity", "customer_id", "requester_id"),
        *("opened_at", "answered_at", "solved_at", "last_customer_message_at"),
    )
    return {name: getattr(ticket, name) for name in names}


def _ticket(source: Source, thread: str) -> Ticket:
    return Ticket.objects.get(source=source, thread=thread)


def _unexplained() -> list[Any]:
    return list(audit_clocks(Audited(), now=RECEIVED))


def _compare(story: Story, order: Sequence[int], opening: str = "No funciona nada.") -> None:
    """The story in its own order, and in the order of the given indexes (0 is the opening)."""
    source = Source.objects.get(name="Helpdesk")
    straight, shuffled = f"T-{next(_threads)}", f"T-{next(_threads)}"
    _tell(source, _bodies(straight, story, opening))
    bodies = _bodies(shuffled, story, opening)
    _tell(source, [bodies[index] for index in order])
    expected, found = _ticket(source, straight), _ticket(source, shuffled)
    assert _standing(found) == _standing(expected)
    assert _clocks(found) == _clocks(expected)
    assert _unexplained() == []


@pytest.fixture
def house(terms: None) -> None:
    """Bob's company on Enterprise, Alice, and a helpdesk whose times are trusted for a day."""
    customer("enterprise")
    person("Alice")
    helpdesk(stop_tolerance_seconds=86_400)


TABLE: dict[str, tuple[Story, Sequence[int]]] = {
    "the answer comes before the ticket": ([(5, "agent answers")], [1, 0]),
    "the customer's second message comes first": ([(5, "customer writes")], [1, 0]),
    "a message comes before the solve that preceded it": (
        [(5, "agent answers"), (10, "is solved"), (20, "customer writes")],
        [0, 1, 3, 2],
    ),
    "a wait ends before it began": (
        [(5, "waits for the customer"), (9, "customer writes")],
        [0, 2, 1],
    ),
    "an earlier wait comes after a later one": (
        [(5, "waits for the customer"), (9, "waits for the customer")],
        [0, 2, 1],
    ),
    "a lowering comes after the raise that followed it": (
        [(5, "is urgent"), (9, "is low"), (20, "is urgent")],
        [0, 1, 3, 2],
    ),
    "a late raise comes before the lowering that preceded it": (
        [(50, "is low"), (90, "is urgent")],
        [0, 2, 1],
    ),
    "everything twice": (
        [(5, "agent answers"), (9, "is solved"), (15, "customer writes")],
        [0, 0, 1, 1, 2, 2, 3, 3],
    ),
    "everything backwards": (
        [(5, "agent answers"), (9, "is solved"), (15, "customer writes"), (20, "is urgent")],
        [4, 3, 2, 1, 0],
    ),
}


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize(("story", "order"), TABLE.values(), ids=TABLE.keys())
@pytest.mark.parametrize("opening", ["No funciona nada.", "¿Cómo exporto un informe?"])
def test_the_order_of_arrival_changes_nothing(
    story: Story, order: Sequence[int], opening: str
) -> None:
    _compare(story, order, opening)


# A lowering is judged when it arrives (does it need a second person?), so what happened before
# it must have arrived: the table above has those that do not depend on it.
_STORIES = st.lists(
    st.tuples(st.integers(1, 350), st.sampled_from(sorted({*HAPPENINGS} - {"is low"}))),
    min_size=1,
    max_size=7,
    unique_by=lambda happening: happening[0],
).map(sorted)


@pytest.mark.usefixtures("house")
@settings(
    max_examples=share_of(30, parts=3),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=_STORIES, data=st.data())
def test_any_order_and_any_repetition_give_the_same_clocks(story: Story, data: Any) -> None:
    indexes = range(len(story) + 1)
    order = data.draw(st.permutations(list(indexes)))
    repeats = data.draw(st.lists(st.sampled_from(indexes), max_size=3))
    note(f"{story} in the order {order + repeats}")
    _compare(story, [*order, *repeats])


@pytest.mark.usefixtures("house")
def test_a_severity_dated_before_its_ticket_holds_from_the_opening() -> None:
    _compare([(-5, "is urgent"), (5, "agent answers")], [0, 1, 2], "¿Cómo exporto un informe?")
    ticket = Ticket.objects.latest("pk")
    assert ticket.severity == "S1"
    clock = Clock.objects.get(ticket=ticket, basis="contract")
    assert clock.due_at == OPENED + minutes(30)


@pytest.mark.usefixtures("terms")
def test_a_late_pause_that_cost_no_office_hours_is_known_to_the_audit() -> None:
    customer("starter")
    source, night = helpdesk(), utc("2026-11-18 22:00")
    for seconds, body in (
        (0, created("T-1", night - minutes(2))),
        (20, said("T-1", night + minutes(0.3), "m1")),
        (30, status("T-1", night - minutes(1), "pending")),
    ):
        arrive(source, body, night + minutes(seconds / 60))
        assert list(audit_clocks(Audited(), now=night + minutes(1))) == []
