"""Attacks on what we write into tools: by whoever feeds us ids, and by a tool that plays foul."""

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from sla.models import ToolDisplay, ToolUpdate, UpdateState
from sla.notifiers.tools.driver import Say, Show
from sla.notifiers.tools.table import WRITERS
from sla.notifiers.tools.writer import Target, Wanted
from sla.operations.write_to_tools import write_to_tools
from tests.fakes.tool_server import Reply
from tests.journeys.shown_deadlines import FAKES, House, house, sweep_then
from tests.journeys.tool_stories import OPENED
from tests.sla.world import customer, person
from tickets.domain.tool_request import NotThere, ToolAnswer, ToolRefused, ToolRequest
from tickets.models import Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]
SOON = OPENED + timedelta(seconds=5)
ODD_IDS = [
    *("..", ".", "81/..", "../../users/1", "81?x=", "81#", "%2e%2e", "..%2f", "81;x", "８１", "-1"),
    *("search", "update_many", "81\r\nX-Evil: 1", "81 ", "٨١", "1" * 200, "SUP-1/../2"),
]


@pytest.fixture(autouse=True)
def _world(terms: None, settings: Any) -> None:
    settings.TOOL_PRIVATE_HOSTS = ["127.0.0.1"]
    customer("enterprise")
    person("Alice")


@pytest.fixture
def made() -> Iterator[House]:
    with house("zendesk") as one:
        one.open()
        yield one


@pytest.mark.parametrize("kind", sorted(FAKES))
@pytest.mark.parametrize("odd", ODD_IDS)
def test_an_id_that_no_ticket_of_the_tool_has_leads_our_token_nowhere(kind: str, odd: str) -> None:
    asked: list[ToolRequest] = []

    def ask(question: ToolRequest) -> ToolAnswer:
        asked.append(question)
        return ToolAnswer(status=200, body=b"{}")

    target = Target(thread=odd, account="1")
    wanted = Wanted(tags=frozenset({"sivo_missed"}))
    for task in (
        Show(writer=WRITERS[kind], target=target, wanted=wanted),
        Say(writer=WRITERS[kind], target=target, text="■"),
    ):
        with pytest.raises(NotThere):
            task.write(ask)
    assert asked == []


@pytest.mark.parametrize("odd", ["..", "", "1/../2", "1?", "%2e%2e"])
def test_nor_does_the_number_of_an_account_that_is_none(odd: str) -> None:
    target = Target(thread="71", account=odd)
    with pytest.raises(ToolRefused, match="account is missing"):
        Say(writer=WRITERS["chatwoot"], target=target, text="■").write(lambda _: pytest.fail())


@pytest.mark.parametrize("kind", sorted(FAKES))
def test_a_ticket_with_such_an_id_is_given_up_and_holds_up_no_other(kind: str) -> None:
    with house(kind) as made:
        made.open()
        Ticket.objects.update(thread="..")
        sweep_then(OPENED + timedelta(minutes=31))
        made.tool.asked.clear()
        made.write(OPENED + timedelta(minutes=32))
        assert made.tool.asked == []
        assert set(ToolUpdate.objects.values_list("state", flat=True)) == {UpdateState.GONE}
        assert made.display.held_until is None


def another(made: House, thread: str) -> Ticket:
    """A second ticket of the same source, whose update stands behind that of the first."""
    first = ToolUpdate.objects.get(kind="state")
    row = Ticket.objects.get(pk=first.ticket_id)
    row.pk, row.thread = None, thread
    row.save()
    assert first.next_attempt_at is not None
    first.pk, first.ticket = None, row
    first.next_attempt_at += timedelta(seconds=1)
    first.save()
    return row


@pytest.mark.parametrize("body", [[], "no", [[]] * 3, {"ticket": None}, {"ticket": []}])
def test_one_ticket_that_a_tool_answers_with_nonsense_does_not_hold_up_the_others(
    made: House, body: Any
) -> None:
    second = another(made, "99")
    show = next(route for method, _path, route in made.tool.routes if method == "GET")
    made.tool.routes = [
        ("GET", re.compile(r"/api/v2/tickets/5158\.json"), lambda *_: Reply(json=body)),
        ("GET", re.compile(r"/api/v2/tickets/(99)\.json"), show),
        ("PUT", re.compile(r"/api/v2/tickets/99(/tags)?\.json"), lambda *_: Reply(json={})),
    ]
    now = SOON
    while ToolUpdate.objects.get(ticket=second).state == UpdateState.WAITING:
        now += timedelta(seconds=30)
        assert now < SOON + timedelta(hours=2), "it is never its turn"
        made.write(now)
    assert ToolUpdate.objects.get(ticket=second).state == UpdateState.WRITTEN


@pytest.mark.django_db(transaction=True)
def test_a_tool_that_is_merely_slow_holds_one_worker_and_not_all(made: House) -> None:
    another(made, "99")
    asked, goes_on = threading.Event(), threading.Event()
    answer = made.tool.answer

    def slowly(question: Any) -> Any:
        asked.set()
        assert goes_on.wait(20)
        return answer(question)

    made.tool.answer = slowly  # type: ignore[method-assign]

    def work() -> None:
        write_to_tools(clock=lambda: SOON, seconds=3.0)
        connection.close()

    first = threading.Thread(target=work)
    first.start()
    assert asked.wait(10)
    # Due again, so that there is something to do for the second one.
    ToolUpdate.objects.filter(ticket__thread="99").update(next_attempt_at=SOON)
    second = threading.Thread(target=work)
    second.start()
    second.join(5)
    is_free = not second.is_alive()
    goes_on.set()
    first.join(30)
    second.join(30)
    assert is_free, "the second worker waits for the same tool"


@pytest.mark.django_db(transaction=True)
def test_a_ticket_that_somebody_holds_does_not_hold_up_every_tool(made: House) -> None:
    ToolDisplay.objects.update(note_missed=False)
    held, goes_on = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Ticket.objects.select_for_update().get(pk=made.ticket.pk)
            held.set()
            goes_on.wait(20)
        connection.close()

    def work() -> None:
        write_to_tools(clock=lambda: SOON)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(10)
    worker = threading.Thread(target=work)
    worker.start()
    worker.join(8)
    is_free = not worker.is_alive()
    goes_on.set()
    holder.join(30)
    worker.join(30)
    assert is_free, "it waits for one ticket, and every tool waits with it"
    assert made.display.catch_up_at is not None
    assert made.display.catch_up_at <= SOON + timedelta(minutes=1), "and looks at it again soon"
