"""What is asked of each tool for an answer, and what its answers mean; no network."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tickets.admin.ticket.answer_words import _SENTENCES
from tickets.domain.tool_request import ToolAccount, ToolAnswer, ToolAway, ToolRefused
from tickets.operations.outgoing.answer import SWITCH_ON, TooLong
from tickets.operations.outgoing.tool_outbox import SWITCHED_OFF
from tickets.outbound.marks import bears_mark, marks_of
from tickets.outbound.tools.chatwoot import NO_ACCOUNT
from tickets.outbound.tools.slack_files import _ELSEWHERE, FILE_REFUSALS
from tickets.outbound.tools.slack_refusals import REFUSED
from tickets.outbound.tools.table import ANSWER_WAYS
from tickets.outbound.tools.way import NO_PLACE, Answer

AT = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
PLACES = {"zendesk": "5158", "chatwoot": "71", "slack": "C0ACME:1795420800.000200"}
KINDS = sorted(ANSWER_WAYS)
NAMES = (
    *("ok", "ts", "error", "messages", "metadata", "event_payload", "id", "payload", "audit"),
    *("audits", "events", "custom", "type", "created_at", "content_attributes"),
)
JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=20),
    lambda inner: (
        some.lists(inner, max_size=3)
        | some.dictionaries(
            some.sampled_from(NAMES),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


def account(kind: str, number: str = "1") -> ToolAccount:
    return ToolAccount(kind=kind, base_url="https://tool.example", token="t", account=number)


def answer(thread: str) -> Answer:
    return Answer(thread=thread, text="Hola", marks=("sivo.new", "sivo.old"), written_at=AT)


def came(told: Any) -> ToolAnswer:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return ToolAnswer(status=200, body=body)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "thread", ["", "../users/1", "71?x=1", "C0ACME", "C0/..:1.000001", "7" * 200, "٣"]
)
def test_no_id_leads_anywhere_else(kind: str, thread: str) -> None:
    for ask in (ANSWER_WAYS[kind].write, ANSWER_WAYS[kind].look):
        with pytest.raises(ToolRefused, match="answer it there"):
            ask(account(kind), answer(thread))


@pytest.mark.parametrize("number", ["", "1/../2", "x"])
def test_chatwoot_needs_the_number_of_the_account(number: str) -> None:
    with pytest.raises(ToolRefused, match="number of the Chatwoot account"):
        ANSWER_WAYS["chatwoot"].write(account("chatwoot", number), answer("71"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b"{}", b"\xff", b"[" * 100_000])
def test_what_is_no_answer_of_the_tool_took_nothing(kind: str, body: bytes) -> None:
    with pytest.raises(ToolAway):
        ANSWER_WAYS[kind].read(answer(PLACES[kind]), came(body))


@pytest.mark.parametrize("kind", KINDS)
@given(told=JSON)
def test_no_answer_is_too_strange(kind: str, told: Any) -> None:
    way, ours = ANSWER_WAYS[kind], answer(PLACES[kind])
    for read in (way.read, way.find):
        try:
            found = read(ours, came(told))
        except (ToolAway, ToolRefused):
            continue
        assert found is None or found.key


def test_an_answer_is_found_among_others_by_an_older_mark_too() -> None:
    slack = [
        {"ts": "1795420800.000200"},
        {"ts": "1795420900.000100", "metadata": {"event_type": "other", "event_payload": {}}},
        {
            "ts": "1795421000.000300",
            "metadata": {"event_type": "sivo_answer", "event_payload": {"id": "sivo.old"}},
        },
    ]
    chatwoot = [{"id": 1}, {"id": 2, "content_attributes": {"sivo_answer": "sivo.new"}}]
    zendesk = [
        {"metadata": {"custom": {}}, "events": [{"id": 1, "type": "Comment"}]},
        {
            "metadata": {"custom": {"sivo_answer": "sivo.old"}},
            "events": [{"id": 8, "type": "Notification"}, {"id": 9, "type": "Comment"}],
            "created_at": "2026-11-23T08:31:00Z",
        },
    ]
    for kind, told, key in (
        ("slack", {"ok": True, "messages": slack}, "C0ACME:1795421000.000300"),
        ("chatwoot", {"payload": chatwoot}, "2"),
        ("zendesk", {"audits": zendesk}, "9"),
    ):
        found = ANSWER_WAYS[kind].find(answer(PLACES[kind]), came(told))
        assert found is not None
        assert found.key == key


def test_a_mark_is_known_after_the_secret_key_was_changed(settings: Any) -> None:
    (mark,) = marks_of(17)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-key", [settings.SECRET_KEY]
    assert marks_of(17)[1] == mark
    assert bears_mark(mark, 17)
    assert not bears_mark(mark, 18)
    assert not bears_mark("é", 17)


def test_translators_see_every_refusal() -> None:
    told = {
        *(words for way in ANSWER_WAYS.values() for words in way.refusals.values()),
        *(words for way in ANSWER_WAYS.values() for words in way.files.refusals.values()),
        *(words for table in (REFUSED, FILE_REFUSALS) for _, words in table.values()),
        *(NO_ACCOUNT, NO_PLACE, SWITCH_ON, SWITCHED_OFF, _ELSEWHERE, str(TooLong.__doc__)),
    }
    assert {str(each) for each in _SENTENCES} == told
