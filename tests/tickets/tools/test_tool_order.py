"""Doubled and in any order, the webhooks of a conversation tell the same records by their keys."""

import random

import pytest

from tests.tickets.tools.calls import EVENTS, PLAIN, call, names, payload
from tickets.domain.incoming import Ignored, Incoming
from tickets.inbound.tools.table import TOOLS

STORIES = {
    tool: [name for name in names(tool) if (tool, name) != ("front", "preview")] for tool in TOOLS
}
# One message that two different events tell, and the key under which it counts once.
TWICE = [
    ("zendesk", "created", "first_comment"),
    ("zendesk", "created", "trigger"),
    ("jira", "customer_comment", "customer_comment_update"),
    ("front", "inbound", "rule_inbound"),
]


def told(tool: str, order: list[str]) -> dict[tuple[str, ...], Incoming]:
    """The first record of each key, as the store keeps it."""
    found: dict[tuple[str, ...], Incoming] = {}
    for name in order:
        for record in TOOLS[tool].parse(call(tool, payload(tool, name), name), PLAIN):
            if not isinstance(record, Ignored):
                found.setdefault((type(record).__name__, record.thread, record.key), record)
    return found


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_any_order_and_doubling_tells_the_same(tool: str) -> None:
    chance = random.Random(tool)
    expected = told(tool, STORIES[tool])
    assert expected
    for _ in range(30):
        order = STORIES[tool] * 2
        chance.shuffle(order)
        found = told(tool, order)
        assert found.keys() == expected.keys()
        for key, record in found.items():
            # What the first telling leaves open another one may know; what counts is the same.
            same = expected[key]
            assert getattr(record, "occurred_at", None) == getattr(same, "occurred_at", None)
            assert getattr(record, "public", None) == getattr(same, "public", None)
            assert getattr(record, "author", same) is not None
            assert kind(record) == kind(same)


def kind(record: Incoming) -> str:
    author = getattr(record, "author", None)
    return str(author.kind) if author else ""


@pytest.mark.parametrize(("tool", "one", "other"), TWICE)
def test_a_message_that_two_events_tell_counts_once(tool: str, one: str, other: str) -> None:
    messages = [key for key in told(tool, [one, other]) if key[0] == "IncomingMessage"]
    assert len(messages) == 1


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_reading_again_tells_the_very_same(tool: str) -> None:
    for name in STORIES[tool]:
        given = call(tool, payload(tool, name), name)
        assert TOOLS[tool].parse(given, PLAIN) == TOOLS[tool].parse(given, PLAIN)


def test_only_headers_that_are_kept_are_read() -> None:
    for tool, names_ in STORIES.items():
        kept = set(TOOLS[tool].kept_headers)
        assert not {header for header in kept if "signature" in header or "secret" in header}
        for name in names_:
            given = call(tool, payload(tool, name), name)
            without = type(given)(
                headers={key: value for key, value in given.headers.items() if key in kept},
                body=given.body,
            )
            assert TOOLS[tool].parse(given, PLAIN) == TOOLS[tool].parse(without, PLAIN)
    assert set(EVENTS) == set(names("helpscout"))
