"""What the APIs of tools answer, read as their webhooks are: the same threads, keys and words."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.fakes.desk import ALICE, FakeDesk
from tests.fakes.tool_server import Asked
from tests.fakes.tools import FAKES
from tests.tickets.tool_looks import ACCOUNTS, WORDS
from tests.tickets.tools.calls import call, gist
from tickets.domain.incoming import Incoming, IncomingMessage, IncomingStatus, Unreadable
from tickets.domain.tool_request import NotThere, ToolAccount, ToolAnswer, ToolRequest
from tickets.inbound.polls.poll import Conversation, Listed, Page, Window, parse_body
from tickets.inbound.polls.table import POLLS
from tickets.inbound.tools.call import ToolMap
from tickets.inbound.tools.table import TOOLS
from tickets.operations.looks.asking import run_steps

every_tool = pytest.mark.parametrize("kind", sorted(POLLS))
AT = datetime(2026, 11, 23, 8, tzinfo=UTC)
JIRA = ToolMap(agents=frozenset({ALICE.account}))
FAR = float("inf")


def words(kind: str) -> ToolMap:
    return JIRA if kind == "jira" else ToolMap()


def account(kind: str) -> ToolAccount:
    return ToolAccount(
        kind=kind, base_url="https://t.example", token="t", account=ACCOUNTS.get(kind, "")
    )


def asker(tool: FakeDesk) -> Any:
    """Questions answered by the fake, without a network."""
    tool.is_known = lambda _: True  # type: ignore[method-assign]

    def ask(question: ToolRequest) -> ToolAnswer:
        asked = Asked(
            method=question.method,
            path=question.path,
            query=dict(question.query),
            headers={},
            json=question.json,
        )
        reply = tool.answer(asked)
        assert reply is not None
        if reply.status == 404:
            raise NotThere("not there", status=404)
        assert reply.status == 200, reply
        return ToolAnswer(status=200, body=json.dumps(reply.json).encode())

    return ask


def pages_of(tool: FakeDesk, kind: str, since: datetime) -> list[Page]:
    cursor, found = "", list[Page]()
    while not found or not found[-1].is_last:
        window = Window(since=since, now=tool.now(), cursor=cursor)
        steps = POLLS[kind].list_changed(account(kind), window)
        found.append(run_steps(steps, asker(tool), ends_at=FAR))
        cursor = found[-1].cursor
    return found


def whole(tool: FakeDesk, kind: str) -> Conversation:
    (listed,) = [each for page in pages_of(tool, kind, AT) for each in page.listed]
    return run_steps(POLLS[kind].read_whole(account(kind), listed), asker(tool), ends_at=FAR)


def told(kind: str, found: Conversation) -> Sequence[Incoming]:
    return parse_body(POLLS[kind], found.body(found.parts), words(kind))


@every_tool
def test_the_api_tells_what_the_webhooks_told_under_the_same_keys(kind: str) -> None:
    tool = FAKES[kind](clock=AT + timedelta(hours=4), per_page=2)
    opening = tool.customer_opens("No entran llamadas.", at=AT)
    thread = opening.thread
    hooks = [
        opening,
        tool.note(thread, "Miro.", at=AT + timedelta(minutes=5)),
        tool.agent_answers(thread, "Lo miramos.", at=AT + timedelta(minutes=10)),
        tool.customer_writes(thread, "¿Y?", at=AT + timedelta(minutes=20)),
        tool.sets_status(thread, WORDS[kind]["solved"], at=AT + timedelta(minutes=30)),
    ]
    webhooks = [
        record for hook in hooks for record in TOOLS[kind].parse(call(kind, hook.body), words(kind))
    ]
    records = told(kind, whole(tool, kind))
    for expected in webhooks:
        if isinstance(expected, IncomingMessage):
            (found,) = [
                each
                for each in records
                if isinstance(each, IncomingMessage) and each.key == expected.key
            ]
            same = ("thread", "opens", "public", "body", "occurred_at", "channel")
            assert [getattr(found, name) for name in same] == [
                getattr(expected, name) for name in same
            ]
            assert found.author.kind is expected.author.kind
    solved = [
        each
        for each in records
        if isinstance(each, IncomingStatus) and each.status == "solved" and not each.only_confirms
    ]
    assert solved
    assert all(each.occurred_at == AT + timedelta(minutes=30) for each in solved)
    assert sum(isinstance(each, IncomingMessage) for each in records) == 4


@every_tool
def test_only_what_changed_since_is_listed(kind: str) -> None:
    tool = FAKES[kind](clock=AT + timedelta(hours=4), per_page=2)
    for minutes in range(0, 100, 20):
        tool.customer_opens("Hola", at=AT + timedelta(minutes=minutes))
    since = AT + timedelta(minutes=50)
    found = [each for page in pages_of(tool, kind, since) for each in page.listed]
    assert [each.began_at for each in sorted(found, key=lambda each: int(each.thread))] == [
        AT + timedelta(minutes=60),
        AT + timedelta(minutes=80),
    ]


@every_tool
@pytest.mark.parametrize("body", [b"", b"null", b"<html>", b'{"data": 3}', b"[1]", b"\xff"])
def test_an_answer_that_is_none_is_unreadable_and_breaks_nothing(kind: str, body: bytes) -> None:
    steps = POLLS[kind].list_changed(account(kind), Window(since=AT, now=AT))
    answer = ToolAnswer(status=200, body=body)
    try:
        page = run_steps(steps, lambda _: answer, ends_at=FAR)
    except Unreadable:
        return
    assert page.listed == ()


def test_zendesk_goes_on_with_its_cursor_and_never_asks_for_the_last_minute() -> None:
    window = Window(since=AT, now=AT + timedelta(seconds=10))
    first = next(POLLS["zendesk"].list_changed(account("zendesk"), window))
    assert first.path == "/api/v2/incremental/tickets/cursor.json"
    assert int(first.query["start_time"]) == int((AT - timedelta(seconds=80)).timestamp())
    window = Window(since=AT, now=AT, cursor="MTU4")
    later = next(POLLS["zendesk"].list_changed(account("zendesk"), window))
    assert later.query == {"cursor": "MTU4", "per_page": "100"}


def test_zendesk_never_guesses_who_is_an_agent() -> None:
    tool = FAKES["zendesk"](clock=AT + timedelta(hours=1))
    tool.customer_opens("Hola", at=AT)
    tool.people = {}
    with pytest.raises(Unreadable, match="role of the user 9001"):
        told("zendesk", whole(tool, "zendesk"))


def test_jira_asks_by_minutes_that_have_passed_whatever_the_zone() -> None:
    window = Window(since=AT, now=AT + timedelta(minutes=7, seconds=30))
    asked = next(POLLS["jira"].list_changed(account("jira"), window))
    assert asked.query["jql"] == 'project = "SUP" AND updated >= "-9m" ORDER BY created ASC'


def test_jira_believes_the_portal_on_who_sees_a_comment() -> None:
    tool = FAKES["jira"](clock=AT + timedelta(hours=1))
    thread = tool.customer_opens("Hola", at=AT).thread
    tool.note(thread, "Intern", at=AT)
    tool.agent_answers(thread, "Antwort", at=AT)
    assert [gist(each) for each in told("jira", whole(tool, "jira"))] == [
        "customer public Hola",
        "customer Medium S3",
        "agent note Intern",
        "agent public Antwort",
    ]
    # Without a portal there is no promise that the customer sees anything.
    tool.is_service = False  # type: ignore[attr-defined]
    notes = [gist(each) for each in told("jira", whole(tool, "jira"))]
    assert "agent note Antwort" in notes


def test_an_old_chatwoot_tells_how_a_conversation_stands() -> None:
    tool = FAKES["chatwoot"](clock=AT + timedelta(hours=1))
    tool.has_reports = False  # type: ignore[attr-defined]
    thread = tool.customer_opens("Hola", at=AT).thread
    tool.sets_status(thread, "resolved", at=AT + timedelta(minutes=9))
    tool.note(thread, "Danach", at=AT + timedelta(minutes=20))
    (stands,) = [
        each
        for each in told("chatwoot", whole(tool, "chatwoot"))
        if isinstance(each, IncomingStatus) and not each.only_confirms
    ]
    assert (stands.status, stands.occurred_at) == ("solved", AT + timedelta(minutes=9))


def test_zammad_asks_its_database_page_by_page_in_the_order_of_their_beginning() -> None:
    asked = next(POLLS["zammad"].list_changed(account("zammad"), Window(since=AT, now=AT)))
    assert asked.path == "/api/v1/tickets/search"
    assert dict(asked.query) == {
        "condition[ticket.updated_at][operator]": "after (absolute)",
        "condition[ticket.updated_at][value]": "2026-11-23T08:00:00.000Z",
        "sort_by": "created_at",
        "order_by": "asc",
        "expand": "true",
        "per_page": "100",
        "page": "1",
    }


@every_tool
def test_what_is_kept_of_a_later_part_does_not_repeat_the_first_message(kind: str) -> None:
    tool = FAKES[kind](clock=AT + timedelta(hours=1))
    thread = tool.customer_opens("Mein Geheimnis", at=AT).thread
    tool.customer_writes(thread, "Danke", at=AT + timedelta(minutes=9))
    found = whole(tool, kind)
    later = tuple(part for part in found.parts if "Danke" in json.dumps(part))
    assert later
    assert b"Geheimnis" not in found.body(later)


def test_a_deleted_ticket_is_listed_as_such() -> None:
    tool = FAKES["zendesk"](clock=AT + timedelta(hours=1))
    thread = tool.customer_opens("Hola", at=AT).thread
    tool.deletes(thread, at=AT)  # type: ignore[attr-defined]
    (page,) = pages_of(tool, "zendesk", AT)
    assert [(each.thread, each.is_deleted) for each in page.listed] == [(thread, True)]
    assert isinstance(page.listed[0], Listed)
