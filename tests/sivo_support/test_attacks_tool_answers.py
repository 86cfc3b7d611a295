"""Attacks on answers that leave through tools: by customers, and by a tool that plays foul."""

from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.tool_server import Reply
from tests.sla.world import contract_clock
from tests.tickets.answer_tools import KINDS, WRITTEN, Place, place, send
from tickets.models import Message, SendState, Ticket
from tickets.operations.outgoing.tool_outbox import send_through_tools

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]
TAKEN = WRITTEN + timedelta(seconds=3)
MINUTE = timedelta(minutes=1)


def stands(message: Message) -> str:
    return Message.objects.get(pk=message.pk).send_state


def attention(tool: Place) -> str:
    return Ticket.objects.get(pk=tool.ticket.pk).attention


@pytest.mark.parametrize("kind", ["zendesk", "chatwoot"])
def test_an_answer_that_the_tool_made_a_note_of_stops_no_clock(kind: str, settings: Any) -> None:
    with place(kind, settings) as tool:
        answer = tool.write()
        taken = tool.server.answer

        def as_a_note(asked: Any) -> Any:
            if asked.writes and kind == "zendesk":
                asked.json["ticket"]["comment"]["public"] = False
            elif asked.writes:
                asked.json["private"] = True
            return taken(asked)

        tool.server.answer = as_a_note
        assert send(TAKEN) == 0
        assert (stands(answer), attention(tool)) == (SendState.FAILED, "unsent")
        assert tool.replies() == []
        assert contract_clock(tool.ticket).stopped_at is None
        Message.objects.filter(pk=answer.pk).update(
            send_state=SendState.WAITING, send_after=TAKEN, send_attempts=1
        )
        tool.server.answer = taken
        assert send(TAKEN + MINUTE) == 1, "sent again, it is not taken for the note"
    assert len(tool.server.kept) == 2
    assert contract_clock(tool.ticket).stopped_at == TAKEN + MINUTE


def test_a_customer_who_writes_a_lot_meanwhile_gets_no_answer_twice(settings: Any) -> None:
    with place("chatwoot", settings) as tool:
        tool.write()
        tool.server.loses = 1
        assert send(TAKEN) == 0
        messages = tool.server.conversations[tool.ticket.thread]
        for number in range(60):
            messages.append({"id": 9200 + number, "content": "¿Hola?", "message_type": 0})
        assert send(TAKEN + MINUTE) == 1
    assert len(tool.server.kept) == 1
    assert len(tool.replies()) == 1


ODD_BODIES = [
    *(None, [], "ok", 7, {}, {"id": None}, {"id": True}, {"id": "../1"}, {"id": -1}),
    *({"id": 10**400}, {"ok": True}, {"ok": True, "ts": "1e9"}, {"ok": True, "ts": ["1"]}),
    *({"audit": {"events": [{"type": "Comment", "id": {}}]}}, {"audit": []}, {"ok": "true"}),
    {"ok": False, "error": "<script>"},
    {"ok": False, "error": ["invalid_auth"]},
    {"audit": {"events": [["Comment"], {"type": "Comment"}]}},
]


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_else_a_tool_says_the_answer_waits_and_counts_for_nothing(
    kind: str, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with place(kind, settings) as tool:
        for body in ODD_BODIES:
            answer = tool.write(f"{body!r}"[:50])
            # The second try looks first, and is told the same.
            Message.objects.filter(pk=answer.pk).update(send_attempts=1)
            tool.server.failures = [Reply(json=body)] * 2
            assert send(TAKEN) == 0
            assert stands(answer) == SendState.WAITING, body
            assert "<script>" not in Message.objects.get(pk=answer.pk).send_error
            Message.objects.filter(pk=answer.pk).update(send_state=SendState.FAILED)
            type(tool.access).objects.update(open_until=None, failures=0)
        assert tool.replies() == []
    assert tool.server.token not in caplog.text
    assert tool.access.token not in tool.access.trouble


@pytest.mark.parametrize(
    "odd", ["..", "71/../72", "71?x=1", "C0:1.000000\r\nX: y", "C0ACME", "%2e"]
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_conversation_with_an_id_of_somebody_s_own_is_never_asked_for(
    kind: str, odd: str, settings: Any
) -> None:
    with place(kind, settings) as tool:
        answer = tool.write()
        Ticket.objects.update(thread=odd)
        assert send(TAKEN) == 0
        assert tool.server.asked == []
        assert (stands(answer), attention(tool)) == (SendState.FAILED, "unsent")


@pytest.mark.parametrize(
    ("kind", "stamp"),
    [
        ("zendesk", "0001-01-01T00:00:00+23:59"),
        ("zendesk", "9999-12-31T23:59:59-23:59"),
        ("zendesk", {"at": 1}),
        ("chatwoot", (1 << 33) - 1),
        ("chatwoot", -1),
        ("chatwoot", 10**30),
        ("slack", "99999999999.999999"),
    ],
)
def test_a_tool_whose_clock_is_mad_moves_no_answer_before_its_writing_nor_into_the_future(
    kind: str, stamp: Any, settings: Any
) -> None:
    with place(kind, settings) as tool:
        tool.write()
        tool.server.loses = 1
        send(TAKEN)
        if kind == "zendesk":
            tool.server.audits[tool.ticket.thread][0]["created_at"] = stamp
        elif kind == "chatwoot":
            tool.server.conversations[tool.ticket.thread][0]["created_at"] = stamp
        else:
            (messages,) = tool.server.channels.values()
            messages[-1]["ts"] = stamp
        assert send(TAKEN + MINUTE) == 1
        (event,) = tool.replies()
        assert WRITTEN <= event.at <= TAKEN + MINUTE
    assert len(tool.server.kept) == 1


def test_one_worker_serves_a_quick_tool_beside_a_slow_one_with_a_long_queue(settings: Any) -> None:
    with place("zendesk", settings) as slow, place("chatwoot", settings) as quick:
        for number in range(8):
            slow.write(f"Número {number}.")
        answer = quick.write(at=WRITTEN + MINUTE)
        now = [WRITTEN + 2 * MINUTE]

        def later(_: Any) -> None:
            now[0] += timedelta(seconds=14)

        slow.server.on_taken = later
        began = now[0]
        while stands(answer) == SendState.WAITING:
            send_through_tools(clock=lambda: now[0])
            assert now[0] - began < MINUTE, "it waits for all that the slow one has to take"
        while len(slow.server.kept) < 8:
            assert send_through_tools(clock=lambda: now[0])
        assert len(slow.replies()) == 8
