"""A priority that is told again and again, late, or only as it stands."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from sla.operations.clocks.audit import Audited, audit_clocks
from tests.fakes.chatwoot import ACTIVITY, FakeChatwoot
from tests.fakes.desk import FakeDesk
from tests.sla.world import contract_clock, customer, person
from tests.tickets.tool_looks import NOW, access_to, ago, bring, look_later, source_of
from tickets.domain.words import EventKind, Severity
from tickets.models import Source, Ticket, ToolDifference
from tickets.operations.severity.change import change_severity

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]
MAP = {"3_high": "S1", "2_normal": "S3", "1_low": "S4"}
zammad = pytest.mark.parametrize("kind", ["zammad"])
chatwoot = pytest.mark.parametrize("kind", ["chatwoot"])
SECONDS = timedelta(seconds=2)


@pytest.fixture
def source(kind: str, tool: FakeDesk) -> Iterator[Source]:
    """Its priorities bind; in the end, stored and replayed clocks agree."""
    customer("enterprise")
    made = source_of(kind)
    if kind == "zammad":
        made.priority_map, made.priority_binding = MAP, True
        made.save(update_fields=["priority_map", "priority_binding"])
    access_to(tool, made, looks_from=ago(days=1))
    yield made
    assert list(audit_clocks(Audited(), now=NOW + timedelta(days=1))) == []


@pytest.fixture
def thread(tool: FakeDesk, source: Source) -> str:
    """A conversation that is here since an hour."""
    hook = tool.customer_opens("Una pregunta sobre la factura.", at=ago(minutes=60))
    bring(source, hook, hook.at + SECONDS)
    return hook.thread


@zammad
def test_a_raise_counts_from_when_it_was_however_often_it_is_told(
    tool: FakeDesk, source: Source, thread: str
) -> None:
    for hook in (
        tool.sets_priority(thread, "3 high", at=ago(minutes=50)),
        tool.note(thread, "Miro.", at=ago(minutes=45)),
        tool.note(thread, "Miro otra vez.", at=ago(minutes=44)),
    ):
        bring(source, hook, hook.at + SECONDS)
    clock = contract_clock(Ticket.objects.get())
    assert (clock.severity, clock.due_at) == ("S1", ago(minutes=20)), "not from the opening"


@zammad
def test_what_is_only_repeated_asks_nobody_to_look_again(
    tool: FakeDesk, source: Source, thread: str
) -> None:
    high = tool.sets_priority(thread, "3 high", at=ago(minutes=50))
    bring(source, high, high.at + SECONDS)
    change_severity(
        ticket_id=Ticket.objects.get().pk,
        severity=Severity.S3,
        got_worse=False,
        reason="Only a question.",
        user=person("Alice"),
        now=ago(minutes=40),
    )
    again = tool.note(thread, "Miro.", at=ago(minutes=30))
    bring(source, again, again.at + SECONDS)
    ticket = Ticket.objects.get()
    assert (ticket.severity, ticket.needs_triage) == ("S3", False)
    for word, minutes in (("2 normal", 20), ("3 high", 10)):
        bring(source, tool.sets_priority(thread, word, at=ago(minutes=minutes)), ago(minutes=9))
    ticket.refresh_from_db()
    assert (ticket.severity, ticket.needs_triage) == ("S3", True), "chosen there anew"


@zammad
def test_a_lowering_that_came_late_by_a_repetition_overrules_no_lost_raise(
    tool: FakeDesk, source: Source, thread: str
) -> None:
    tool.sets_priority(thread, "1 low", at=ago(minutes=55))
    repeated = tool.note(thread, "Miro.", at=ago(minutes=50))
    tool.sets_priority(thread, "3 high", at=ago(minutes=40))
    bring(source, repeated, ago(minutes=10))
    ticket = Ticket.objects.get()
    assert ticket.severity == "S4", "of the raise nobody knows yet"
    look_later(tool, NOW)
    ticket.refresh_from_db()
    assert ticket.severity == "S1"
    clock = contract_clock(ticket)
    assert (clock.severity, clock.due_at) == ("S1", ago(minutes=10))
    late = ToolDifference.objects.get(because="came_late", key__contains=":line:")
    assert late.ours == f"{ago(minutes=10):%Y-%m-%dT%H:%M:%SZ}"
    before = ticket.events.count()
    look_later(tool, NOW + timedelta(minutes=10))
    assert ticket.events.count() == before


@zammad
def test_a_tag_outlives_a_priority_that_is_only_repeated(
    tool: FakeDesk, source: Source, thread: str
) -> None:
    Source.objects.filter(pk=source.pk).update(priority_map={**MAP, "tag:outage": "S1"})
    tool.tags(thread, "outage", at=ago(minutes=30))
    look_later(tool, ago(minutes=20))
    again = tool.note(thread, "Miro.", at=ago(minutes=10))
    bring(source, again, again.at + SECONDS)
    assert Ticket.objects.get().severity == "S1"


def changes() -> list[tuple[str, object]]:
    rows = Ticket.objects.get().events.filter(kind=EventKind.SEVERITY_CHANGED).order_by("at")
    return [(row.details["to"], row.at) for row in rows]


@chatwoot
def test_of_lost_priorities_the_last_one_counts_and_none_is_made_up(
    tool: FakeDesk, source: Source, thread: str
) -> None:
    tool.sets_priority(thread, "low", at=ago(minutes=50))
    tool.sets_priority(thread, "urgent", at=ago(minutes=30))
    # What else is said afterwards dates nothing anew.
    assert isinstance(tool, FakeChatwoot)
    tool._says(int(thread), None, "Follow-up is slow", ago(minutes=20), ACTIVITY)
    tool.customer_writes(thread, "¿Y?", at=ago(minutes=10))
    look_later(tool, NOW)
    assert changes() == [("S1", ago(minutes=30))]
    row = ToolDifference.objects.get(what="priority")
    assert (row.because, row.settled_how or "taken_in") == ("never_came", "taken_in")
    assert row.theirs.startswith("urgent ")


@chatwoot
def test_a_priority_that_no_line_dates_is_taken_in_once(
    tool: FakeDesk, source: Source, thread: str
) -> None:
    hook = tool.sets_priority(thread, "urgent", at=ago(minutes=50))
    bring(source, hook, hook.at + SECONDS)
    assert isinstance(tool, FakeChatwoot)
    tool.messages[int(thread)] = [
        each for each in tool.messages[int(thread)] if each["message_type"] != ACTIVITY
    ]
    for minutes in (40, 30):
        tool.customer_writes(thread, "¿Y?", at=ago(minutes=minutes))
        look_later(tool, ago(minutes=minutes - 3))
    assert changes() == [("S1", ago(minutes=50))]
