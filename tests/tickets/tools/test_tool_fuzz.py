"""Whatever a proved call holds, it ends as records that can be stored, or as unreadable."""

import copy
import json
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.chaos import share_of
from tests.tickets.linear_time import check_linear
from tests.tickets.tools.calls import PLAIN, call, names, payload
from tickets.domain.incoming import (
    Ignored,
    Incoming,
    IncomingAssignee,
    IncomingMessage,
    Unreadable,
)
from tickets.domain.words import Severity, Status
from tickets.inbound.tools.placing import placing
from tickets.inbound.tools.table import TOOLS, ToolMap

ROUNDS = share_of(1500, parts=3)
ODD: list[Any] = [
    None, True, False, 0, -1, 1.5, 1e308, 10**25, 10**400, "", " ", "x", "0", "\ud83d", "a\x00b",
    "9" * 500, "ü" * 300, "<p>x", "&lt;", "2026-11-23T08:00:00Z", "2026-02-30T25:00:00Z", [], {},
    [None], [1], [[]], [{}], {"x": []}, {"type": "doc", "content": [{"content": {}}]}, "-1",
    {"id": {}}, {"name": 1}, "false", [{"id": "1", "type": "admin"}],
]  # fmt: skip
WORDS = [
    PLAIN,
    ToolMap(agents=frozenset({"7001", "U0ALICE", "alice@sivocenter.example", "", " "})),
    ToolMap(
        statuses={"open": (Status.OPEN, ""), "white_check_mark": (Status.SOLVED, "")},
        severities={"high": Severity.S1},
        bots=frozenset({"1", "x", "U0BOT"}),
    ),
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    inner: list[tuple[Any, ...]] = []
    if isinstance(value, dict):
        for key, each in value.items():
            inner += places(each, (*path, key))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            inner += places(each, (*path, number))
    return [path, *inner] if path else inner


def mutate(body: Any, chance: random.Random) -> Any:
    """The body with a few values replaced, left out, nested, or moved elsewhere."""
    body = copy.deepcopy(body)
    for _ in range(chance.choice([1, 1, 1, 2, 5])):
        found = places(body)
        if not found:
            break
        path = chance.choice(found)
        place = body
        for key in path[:-1]:
            place = place[key]
        match chance.randrange(5):
            case 0:
                del place[path[-1]]
            case 1:
                place[path[-1]] = [place[path[-1]]]
            case 2:
                place[path[-1]] = {"x": place[path[-1]]}
            case 3:
                place[path[-1]] = copy.deepcopy(payload_value(body, chance.choice(found)))
            case _:
                place[path[-1]] = copy.deepcopy(chance.choice(ODD))
    return body


def payload_value(body: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        try:
            body = body[key]
        except (KeyError, IndexError, TypeError):
            return None
    return body


def check(record: Incoming) -> None:
    """A record that the store can take."""
    if isinstance(record, Ignored):
        assert record.reason
    if isinstance(record, IncomingMessage):
        for text in (record.body, record.reply, record.html, record.subject, record.author.name):
            assert "\x00" not in text
            text.encode()
        assert len(record.subject) <= 500
    if isinstance(record, IncomingAssignee):
        assert all(0 < len(name) <= 255 and "\x00" not in name for name in record.names)
    if not isinstance(record, Ignored):
        assert 0 < len(record.thread) <= 255
        assert 0 < len(record.key) <= 300
        at: datetime | None = record.occurred_at
        assert at is None or at.utcoffset() == timedelta(0)
        assert "\x00" not in record.key + record.thread
        (record.key + record.thread).encode()


def read(tool: str, body: bytes, name: str, words: ToolMap) -> None:
    # Never a complaint: what matters more of the same call has its own.
    for record in placing(tool, call(tool, body, name), words):
        check(record)
    with suppress(Unreadable):
        records = TOOLS[tool].parse(call(tool, body, name), words)
        assert records
        for record in records:
            check(record)


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_a_webhook_with_anything_in_any_place(tool: str) -> None:
    chance = random.Random(f"{tool} places")
    for _ in range(ROUNDS):
        name = chance.choice(names(tool))
        body = json.dumps(mutate(payload(tool, name), chance)).encode()
        read(tool, body, name, chance.choice(WORDS))


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_each_value_of_each_webhook_replaced_by_each_odd_one(tool: str) -> None:
    for name in names(tool)[:6]:
        body = payload(tool, name)
        for path in places(body):
            for odd in ODD[:: max(1, len(places(body)) // 25)]:
                changed = copy.deepcopy(body)
                place = changed
                for key in path[:-1]:
                    place = place[key]
                place[path[-1]] = odd
                read(tool, json.dumps(changed).encode(), name, PLAIN)


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_bytes_that_were_changed_anywhere(tool: str) -> None:
    chance = random.Random(f"{tool} bytes")
    for name in names(tool):
        body = call(tool, payload(tool, name)).body
        for _ in range(40):
            changed = bytearray(body)
            for _ in range(chance.randrange(1, 6)):
                changed[chance.randrange(len(changed))] = chance.randrange(256)
            read(tool, bytes(changed[: chance.randrange(1, len(changed) + 1)]), name, PLAIN)


@pytest.mark.parametrize("tool", sorted(TOOLS))
@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b"1", b'"x"', b"{}", b"\xff\xfe", b"\xef\xbb\xbf{}",
        b'{"a":NaN}', b"[" * 100_000, b'{"a":' * 100_000, b'{"a":' + b"9" * 5000 + b"}",
        b'{"type":"\\ud800"}',
    ],
)  # fmt: skip
def test_what_is_no_webhook_at_all(tool: str, body: bytes) -> None:
    read(tool, body, "created", PLAIN)


LARGE = {
    "zendesk": ("agent_reply", ("event", "comment", "body")),
    "jira": ("customer_comment", ("comment", "body")),
    "chatwoot": ("customer", ("content",)),
    "zammad": ("created", ("article", "body")),
    "slack": ("customer", ("event", "text")),
    "freshdesk": ("agent_replied", ("freshdesk_webhook", "text")),
    "intercom": ("ticket_contact_replied", ("data", "item", "ticket_part", "body")),
    "helpscout": ("with_threads", ("_embedded", "threads", 0, "body")),
    "front": ("inbound", ("payload", "target", "data", "text")),
}
PATTERNS = ["<", "<@", "<p>", "&lt;", "> ", "\n", "a@", "{status:", "x ", "<a href='", "[", "|<"]


@pytest.mark.parametrize("tool", sorted(LARGE))
@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_large_text_takes_linear_time(tool: str, pattern: str) -> None:
    name, path = LARGE[tool]

    def task(size: int) -> Callable[[], object]:
        body = payload(tool, name)
        place = body
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = pattern * (size // len(pattern))
        given = call(tool, body, name)
        return lambda: TOOLS[tool].parse(given, PLAIN)

    check_linear(task, 50_000)


@pytest.mark.parametrize("depth", [100, 900, 20_000])
def test_a_document_may_nest_as_deep_as_it_likes(depth: int) -> None:
    nested = '{"type":"panel","content":[' * depth + '{"type":"text","text":"x"}' + "]}" * depth
    body = json.dumps(payload("jira", "customer_comment"), ensure_ascii=False)
    given = call("jira", body.replace('"¿Hay novedades?"', nested, 1).encode())
    assert len(given.body) > len(nested)
    try:
        (said,) = TOOLS["jira"].parse(given, PLAIN)
    except Unreadable:
        assert depth > 100
    else:
        assert isinstance(said, IncomingMessage)
        assert said.body == "x"


def test_a_long_document_takes_linear_time() -> None:
    def task(size: int) -> Callable[[], object]:
        body = payload("jira", "customer_comment")
        body["comment"]["body"] = {
            "type": "doc",
            "content": [{"type": "paragraph", "content": [{"type": "text", "text": "x"}]}] * size,
        }
        given = call("jira", body)
        return lambda: TOOLS["jira"].parse(given, PLAIN)

    check_linear(task, 2000)
