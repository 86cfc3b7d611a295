"""A tool that is away or limits us is left alone, and holds up neither mails nor other tools."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from tests.fakes.tool_server import Reply
from tests.journeys.threads import at_once
from tests.sla.world import ticket_by_mail
from tests.tickets.answer_tools import OPENED, WRITTEN, Place, alice, place, send
from tests.tickets.smtp_sink import Sink
from tickets.models import Message, SendState, Ticket, ToolAccess
from tickets.operations.outgoing import tool_outbox
from tickets.operations.outgoing.answer import answer_ticket
from tickets.operations.outgoing.outbox import send_waiting

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]
DOWN = Reply(status=503)


def seconds(number: float) -> datetime:
    return WRITTEN + timedelta(seconds=number)


def state(message: Message) -> tuple[str, int]:
    row = Message.objects.get(pk=message.pk)
    return row.send_state, row.send_attempts


def rest(tool: Place) -> ToolAccess:
    return ToolAccess.objects.get(pk=tool.access.pk)


def test_a_tool_that_names_a_wait_is_left_alone_for_just_that_long(settings: Any) -> None:
    with place("zendesk", settings) as tool:
        first, second = tool.write(), tool.write("Y otra cosa.")
        tool.server.failures = [Reply(status=429, headers={"Retry-After": "93"})]
        assert send(WRITTEN) == 0
        assert rest(tool).open_until == seconds(93)
        assert "429" in rest(tool).trouble
        assert send(seconds(92)) == 0
        assert len(tool.server.asked) == 1, "the second answer did not ask it either"
        assert state(second) == (SendState.WAITING, 0), "nor did that cost it a try"
        assert send(seconds(93)) == 2
        assert rest(tool).open_until is None
        assert (rest(tool).failures, rest(tool).trouble) == (0, "")
    assert [state(each)[0] for each in (first, second)] == [SendState.SENT] * 2


def test_what_is_wrong_with_looking_at_a_tool_is_not_for_answers_to_say(settings: Any) -> None:
    with place("zendesk", settings, reads=True) as tool:
        ToolAccess.objects.update(trouble="it may not search", trouble_since=OPENED)
        tool.write()
        tool.server.failures = [DOWN]
        assert send(WRITTEN) == 0
        assert rest(tool).open_until is not None
        assert send(seconds(600)) == 1
        assert (rest(tool).failures, rest(tool).open_until) == (0, None)
        assert (rest(tool).trouble, rest(tool).trouble_since) == ("it may not search", OPENED)


def test_with_a_limit_that_is_met_again_and_again_each_answer_arrives_once(settings: Any) -> None:
    with place("slack", settings) as tool:
        answers = [tool.write(f"Número {number}.") for number in range(6)]
        tool.server.limit_every = 3
        now = WRITTEN
        while any(state(each)[0] == SendState.WAITING for each in answers):
            send(now)
            now += timedelta(seconds=1)
            assert now < WRITTEN + timedelta(minutes=30)
    assert sorted(kept.text for kept in tool.server.kept) == [each.body for each in answers]
    assert len(tool.replies()) == 6


def test_an_outage_is_asked_after_less_and_less_often_and_given_up_for_a_person(
    settings: Any,
) -> None:
    with place("chatwoot", settings) as tool:
        answer = tool.write()
        tool.server.failures = [DOWN] * 100
        now = WRITTEN
        while state(answer)[0] == SendState.WAITING:
            send(now)
            now += timedelta(seconds=15)
        assert timedelta(hours=1) < now - WRITTEN < timedelta(hours=2)
        assert state(answer) == (SendState.FAILED, 12)
        assert Ticket.objects.get(pk=tool.ticket.pk).attention == "unsent"
        assert tool.replies() == []


def test_when_a_tool_is_back_what_waits_for_it_does_not_wait_on(settings: Any) -> None:
    with place("slack", settings) as tool:
        long_ago = tool.write()
        Message.objects.filter(pk=long_ago.pk).update(
            send_attempts=6, send_error="HTTP status 503", send_after=seconds(900)
        )
        ToolAccess.objects.update(failures=6, open_until=WRITTEN, trouble="HTTP status 503")
        tool.write("Una cosa más.")
        assert send(seconds(1)) == 2


def test_an_outage_of_one_tool_holds_up_neither_a_mail_nor_another_tool(
    settings: Any, smtp: Sink
) -> None:
    with place("zendesk", settings) as down, place("slack", settings) as up:
        mail = answer_ticket(
            ticket_id=ticket_by_mail(OPENED).pk, text="Hola", user=alice(), now=WRITTEN
        )
        waiting, other = down.write(), up.write()
        down.server.failures = [DOWN] * 9
        assert send(WRITTEN) == 1
        assert send_waiting(clock=lambda: WRITTEN) == 1
        assert state(waiting)[0] == SendState.WAITING
        assert state(other)[0] == state(mail)[0] == SendState.SENT
    assert len(smtp.mails) == 1


def test_an_outage_of_the_mail_server_holds_up_no_tool(settings: Any, smtp: Sink) -> None:
    with place("chatwoot", settings) as tool:
        answer_ticket(ticket_id=ticket_by_mail(OPENED).pk, text="Hola", user=alice(), now=WRITTEN)
        smtp.faults = ["drop"]
        tool.write()
        assert send_waiting(clock=lambda: WRITTEN) == 0
        assert send(WRITTEN) == 1


def test_tools_that_fail_come_last(settings: Any) -> None:
    with place("zendesk", settings) as ill, place("slack", settings) as well:
        ToolAccess.objects.filter(pk=ill.access.pk).update(failures=3)
        ill.write(at=WRITTEN)
        well.write(at=seconds(5))
        order = tool_outbox._sources_with_due(seconds(10))
        assert order == [well.source, ill.source]


def test_what_some_proxy_answered_is_no_acceptance(settings: Any) -> None:
    with place("zendesk", settings) as tool:
        answer = tool.write()
        tool.server.failures = [Reply(status=200, json={"welcome": "to the hotel's network"})]
        assert send(WRITTEN) == 0
        assert state(answer)[0] == SendState.WAITING
        assert tool.replies() == []


@pytest.mark.django_db(transaction=True)
def test_a_tool_that_hangs_is_passed_by_and_three_workers_write_each_answer_once(
    settings: Any, terms: None
) -> None:
    with place("chatwoot", settings) as slow, place("slack", settings) as fast:
        for number in range(4):
            slow.write(f"Número {number}.")
        fast.write()
        done: list[int] = []

        def other_worker(_kept: object) -> None:
            # While it hangs with the first answer, another worker comes by.
            try:
                if not done:
                    done.append(send(WRITTEN))
            finally:
                connection.close()

        slow.server.on_taken = other_worker
        ToolAccess.objects.filter(pk=fast.access.pk).update(failures=1)
        assert send(WRITTEN) == 4
        assert done == [1], "it took the other tool's answer and left this tool alone"
        slow.server.on_taken = None
        more = [slow.write(f"Más {number}.") for number in range(4)]
        assert at_once(*[lambda: send(WRITTEN)] * 3) == [None] * 3
        send(WRITTEN)
        texts = [kept.text for kept in slow.server.kept]
        assert len(texts) == len(set(texts)) == 8
        assert all(state(each)[0] == SendState.SENT for each in more)
