"""Attacks on what we write into tools: by whoever feeds us ids, and by a tool that plays foul."""

import re
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from sla.domain.tools.shown import shown_of
from sla.models import ToolDisplay, ToolUpdate, UpdateState
from sla.notifiers.tools.driver import Say, Show
from sla.notifiers.tools.table import WRITERS
from sla.notifiers.tools.wording import NoteFacts, note_text
from sla.notifiers.tools.writer import Target, Wanted
from sla.operations.tools.follow_displays import write_again
from sla.operations.tools.replay_updates import replay_updates
from sla.operations.tools.write_to_tools import tool_reach, write_to_tools
from tests.fakes.tool_server import Reply
from tests.journeys.shown_deadlines import FAKES, House, house, sweep_then
from tests.journeys.tool_stories import OPENED
from tests.sla.world import customer, person
from tests.tickets.test_own_notes import message
from tickets.domain.tool_request import NotThere, ToolAnswer, ToolAway, ToolRefused, ToolRequest
from tickets.domain.words import AuthorKind
from tickets.models import Source, Ticket
from tickets.operations.outgoing.own_notes import without_own_notes
from tickets.outbound.own_note import NOTE_SIGNS, is_own_note, mark_of
from tickets.outbound.tool_api import ToolApi

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


def never(question: ToolRequest) -> ToolAnswer:
    raise AssertionError(question.path)


@pytest.mark.parametrize("odd", ["..", "", "1/../2", "1?", "%2e%2e"])
def test_nor_does_the_number_of_an_account_that_is_none(odd: str) -> None:
    target = Target(thread="71", account=odd)
    with pytest.raises(ToolRefused, match="account is missing"):
        Say(writer=WRITERS["chatwoot"], target=target, text="■").write(never)


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


@pytest.mark.parametrize("kind", [AuthorKind.CUSTOMER, AuthorKind.AGENT])
@pytest.mark.parametrize("above", ["It still does not work.\n\n", "Hola:\n", "> \n"])
def test_whoever_writes_above_a_note_of_ours_is_heard(kind: AuthorKind, above: str) -> None:
    source = Source(kind="zendesk", name="Zendesk")
    note = f"■ Missed: first response.\nSIVO-1\n{mark_of(source.pk, '5158', 'missed')}"
    assert is_own_note(source.pk, "5158", note)
    said = replace(message(note, kind=kind), body=above + note)
    assert without_own_notes(source, [said]) == (said,)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("kind", ["at_risk", "missed", "test"])
def test_every_note_of_ours_begins_with_a_sign(kind: str, language: str) -> None:
    facts = NoteFacts(
        kind=kind,
        shown=shown_of([], SOON),
        reference="SIVO-1",
        link="https://sivo.example/",
        language=language,
        zone="Europe/Madrid",
    )
    assert note_text(facts, "mark").startswith(NOTE_SIGNS)


ODD_BASES = [
    *("https://127.0.0.1:{port}?a=", "http://127.0.0.1:{port}/#", "http://127.0.0.1:{port}?"),
    *(
        "http://user@127.0.0.1:{port}",
        "http://:x@127.0.0.1:{port}",
        "http://127.0.0.1:{port}\r\nX: y",
    ),
    *("http://127.0.0.1:{port}/a b", "http://[::ffff:7f00:1]:{port}", "http://127.1:{port}"),
    *("http://2130706433:{port}", "ftp://127.0.0.1:{port}", "http://127.0.0.1:{port}\\@x.example"),
]


@pytest.mark.parametrize("base", ODD_BASES)
def test_an_address_with_more_than_a_host_and_a_path_is_not_called(made: House, base: str) -> None:
    port = made.tool.url.rpartition(":")[2]
    account = replace(made.access.credentials(), base_url=base.format(port=port))
    asked = len(made.tool.asked)
    with pytest.raises((ToolRefused, ToolAway)) as refused:
        ToolApi(account, reach=tool_reach()).ask(ToolRequest(method="GET", path="/api/v2/x.json"))
    assert len(made.tool.asked) == asked
    assert port not in str(refused.value)
    assert account.token not in str(refused.value)


@pytest.mark.django_db(transaction=True)
def test_writing_again_and_readings_of_clocks_do_not_wait_for_each_other(made: House) -> None:
    """The first row is the last one on the disk: a plain UPDATE would lock it last."""
    another(made, "99")
    ToolUpdate.objects.update(state=UpdateState.WRITTEN, next_attempt_at=None)
    first, second = ToolUpdate.objects.filter(kind="state").order_by("pk")
    ToolUpdate.objects.filter(pk=first.pk).update(trouble="moved")
    troubles: list[Exception] = []
    for again in (write_again_now, replay_now):
        ToolUpdate.objects.update(state=UpdateState.GIVEN_UP, next_attempt_at=None)
        held = threading.Event()

        def read(held: threading.Event = held) -> None:
            try:
                with transaction.atomic():
                    ToolUpdate.objects.select_for_update().get(pk=first.pk)
                    held.set()
                    time.sleep(1)
                    ToolUpdate.objects.select_for_update().get(pk=second.pk)
            except OperationalError as error:
                troubles.append(error)
            connection.close()

        reader = threading.Thread(target=read)
        reader.start()
        assert held.wait(10)
        assert again(made) == 2
        reader.join(20)
    assert troubles == []


def write_again_now(made: House) -> int:
    return write_again(source=made.source, now=SOON)


def replay_now(_made: House) -> int:
    ids = list(ToolUpdate.objects.values_list("pk", flat=True))
    return replay_updates(update_ids=ids, now=SOON)
