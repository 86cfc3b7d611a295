"""A lost assignment or tag is found again at the tool, and never undoes what our desk decided."""

from datetime import timedelta

import pytest

from tests.fakes.desk import ALICE, CARL, ZOE, FakeDesk
from tests.sla.world import customer, person
from tests.tickets.tool_looks import (
    NOW,
    access_to,
    ago,
    bring,
    every_tool,
    id_of,
    look,
    look_later,
    source_of,
)
from tickets.domain.words import EventKind
from tickets.models import Delivery, Source, Ticket, TicketEvent, ToolDifference
from tickets.operations.desk.actions import assign_ticket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]


@pytest.fixture
def source(kind: str, tool: FakeDesk) -> Source:
    """A source that knows Alice and Carl, looked at; its tags bind."""
    customer("enterprise")
    person("Alice")
    person("Carl")
    made = source_of(
        kind,
        agent_ids=[f"{id_of(kind, ALICE)} = alice", f"{id_of(kind, CARL)} = carl"],
        priority_map={"tag:outage": "S1", "tag:vip": "S2"},
        priority_binding=True,
    )
    access_to(tool, made, looks_from=ago(days=1))
    return made


@pytest.fixture
def thread(tool: FakeDesk, source: Source) -> str:
    """A conversation that is here since an hour."""
    hook = tool.customer_opens("Una pregunta sobre la factura.", at=ago(minutes=60))
    bring(source, hook, hook.at + timedelta(seconds=2))
    return hook.thread


def whose() -> str:
    ticket = Ticket.objects.get()
    return ticket.assignee.username if ticket.assignee else ""


def give_to_erin(minutes: int) -> None:
    """At our own desk, so many minutes ago."""
    erin = person("Erin")
    assign_ticket(
        ticket_id=Ticket.objects.get().pk, assignee=erin, user=erin, now=ago(minutes=minutes)
    )


def reasons() -> list[tuple[str, str]]:
    rows = ToolDifference.objects.order_by("pk").values_list("what", "because")
    return [(what, because) for what, because in rows]


def stored() -> tuple[int, int, int]:
    return (
        Delivery.objects.count(),
        TicketEvent.objects.count(),
        ToolDifference.objects.count(),
    )


@every_tool
def test_a_lost_assignment_is_taken_in_and_listed_with_its_reason(
    kind: str, tool: FakeDesk, source: Source, thread: str
) -> None:
    tool.assigns(thread, ALICE, at=ago(minutes=40))
    tool.assigns(thread, CARL, at=ago(minutes=20))
    look_later(tool, NOW)
    assert whose() == "carl"
    row = ToolDifference.objects.filter(what="assignee").latest("pk")
    assert (row.because, row.ours, row.theirs) == (
        "never_came",
        "",
        f"carl {ago(minutes=20):%Y-%m-%dT%H:%M:%SZ}",
    )
    assert set(reasons()) == {("assignee", "never_came")}
    before = stored()
    look_later(tool, NOW + timedelta(minutes=20))
    tool.note(thread, "Miro.", at=NOW + timedelta(minutes=30))
    look_later(tool, NOW + timedelta(minutes=40))
    assert stored() == (before[0] + 1, before[1] + 1, before[2] + 1), "nothing but the note"
    assert ToolDifference.objects.filter(settled_at=None, what="assignee").count() == 0


@every_tool
def test_a_lost_return_to_nobody_is_taken_in(
    kind: str, tool: FakeDesk, source: Source, thread: str
) -> None:
    hook = tool.assigns(thread, ALICE, at=ago(minutes=40))
    bring(source, hook, hook.at + timedelta(seconds=2))
    assert whose() == "alice"
    tool.assigns(thread, None, at=ago(minutes=20))
    look_later(tool, NOW)
    assert whose() == ""


@every_tool
def test_what_webhooks_told_is_not_taken_in_again(
    kind: str, tool: FakeDesk, source: Source, thread: str
) -> None:
    for hook in (
        tool.assigns(thread, ALICE, at=ago(minutes=40)),
        tool.assigns(thread, CARL, at=ago(minutes=30)),
        *([] if kind == "zammad" else [tool.tags(thread, "outage", at=ago(minutes=20))]),
        tool.agent_answers(thread, "Lo miramos", at=ago(minutes=10)),
    ):
        bring(source, hook, hook.at + timedelta(seconds=2))
    before = stored()
    look_later(tool, NOW)
    assert stored() == before


@every_tool
def test_a_look_does_not_undo_what_the_desk_decided_later(
    kind: str, tool: FakeDesk, source: Source, thread: str
) -> None:
    tool.assigns(thread, ALICE, at=ago(minutes=40))
    give_to_erin(20)
    look_later(tool, NOW)
    assert whose() == "erin"
    row = ToolDifference.objects.get(because="own_assignee")
    assert (row.ours, row.settled_at) == ("erin", None)
    before = stored()
    look_later(tool, NOW + timedelta(minutes=10))
    assert stored() == before
    # Now somebody decides there.
    hook = tool.assigns(thread, CARL, at=NOW + timedelta(minutes=15))
    bring(source, hook, hook.at + timedelta(seconds=2))
    look_later(tool, NOW + timedelta(minutes=20))
    assert whose() == "carl"
    row.refresh_from_db()
    assert row.settled_how == "same_again"


@pytest.mark.parametrize("kind", ["zendesk", "jira", "zammad"])
def test_a_lost_assignment_after_the_desks_own_counts(
    kind: str, tool: FakeDesk, source: Source, thread: str
) -> None:
    give_to_erin(40)
    tool.assigns(thread, ALICE, at=ago(minutes=20))
    look_later(tool, NOW)
    assert whose() == "alice"


@every_tool
def test_who_is_nobody_here_is_listed_until_the_source_says_who_it_is(
    kind: str, tool: FakeDesk, source: Source, thread: str
) -> None:
    tool.assigns(thread, ZOE, at=ago(minutes=40))
    look_later(tool, NOW)
    row = ToolDifference.objects.get()
    assert (row.because, row.settled_at) == ("nobody_here", None)
    assert id_of(kind, ZOE) in row.theirs
    person("Zoe")
    source.agent_ids = [*source.agent_ids, f"{id_of(kind, ZOE)} = zoe"]
    source.save(update_fields=["agent_ids"])
    tool.note(thread, "Miro.", at=NOW + timedelta(minutes=10))
    look_later(tool, NOW + timedelta(minutes=15))
    assert whose() == "zoe"
    tool.note(thread, "Miro otra vez.", at=NOW + timedelta(minutes=30))
    look_later(tool, NOW + timedelta(minutes=35))
    row.refresh_from_db()
    assert row.settled_how == "same_again"


@every_tool
def test_a_lost_tag_that_says_a_severity_is_taken_in(
    kind: str, tool: FakeDesk, source: Source, thread: str
) -> None:
    assert Ticket.objects.get().severity != "S1"
    tool.tags(thread, "billing", "outage", "vip", at=ago(minutes=20))
    look_later(tool, NOW)
    ticket = Ticket.objects.get()
    assert (ticket.severity, ticket.severity_origin) == ("S1", "source")
    assert ticket.events.get(kind=EventKind.SEVERITY_CHANGED).at == ago(minutes=20)
    row = ToolDifference.objects.get(what="tag")
    assert row.because == "never_came"
    assert row.theirs.startswith("tag:outage ")


def test_a_conversation_that_is_new_comes_with_its_assignee_and_tags(
    tool: FakeDesk, source: Source
) -> None:
    thread = tool.customer_opens("Una pregunta sobre la factura.", at=ago(minutes=60)).thread
    tool.assigns(thread, ALICE, at=ago(minutes=50))
    tool.tags(thread, "outage", at=ago(minutes=40))
    look(tool, NOW)
    assert (whose(), Ticket.objects.get().severity) == ("alice", "S1")


@pytest.mark.parametrize("kind", ["zammad"])
def test_an_assignee_whom_nobody_knows_is_complained_of_once(
    kind: str, tool: FakeDesk, source: Source, thread: str
) -> None:
    def told() -> list[bool]:
        return [
            "is nobody here" in each
            for each in Delivery.objects.order_by("pk").values_list("reason", flat=True)
        ]

    hooks = [
        tool.assigns(thread, ZOE, at=ago(minutes=50)),
        tool.customer_writes(thread, "¿Y?", at=ago(minutes=40)),
        tool.note(thread, "Miro.", at=ago(minutes=30)),
    ]
    for hook in hooks:
        bring(source, hook, hook.at + timedelta(seconds=2))
    assert told() == [False, True, False, False]
    assert not any("again" in each.reason for each in Delivery.objects.all())
    for hook in (
        tool.assigns(thread, ALICE, at=ago(minutes=20)),
        tool.note(thread, "Otra vez.", at=ago(minutes=15)),
        tool.assigns(thread, ZOE, at=ago(minutes=10)),
    ):
        bring(source, hook, hook.at + timedelta(seconds=2))
    assert told()[4:] == [False, False, True], "and again when it changes"
    assert whose() == "alice"


@pytest.mark.parametrize("kind", ["zammad"])
def test_what_came_in_between_is_put_in_its_place(
    kind: str, tool: FakeDesk, source: Source, thread: str
) -> None:
    """The first word was lost, a call that repeated it came; the desk decided before that."""
    tool.assigns(thread, ALICE, at=ago(minutes=50))
    give_to_erin(40)
    repeated = tool.note(thread, "Miro.", at=ago(minutes=30))
    bring(source, repeated, repeated.at + timedelta(seconds=2))
    assert whose() == "alice", "so it seems"
    look_later(tool, NOW)
    assert whose() == "erin"
