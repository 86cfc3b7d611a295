"""Answers that leave through the tool in which their conversation lives, and when they count."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.slack import refusal
from tests.fakes.tool_server import Reply
from tests.sla.world import contract_clock, person
from tests.tickets.answer_tools import KINDS, WRITTEN, Place, place, send
from tickets.models import Message, SendState, Ticket
from tickets.operations.outgoing.answer import TooLong, resend_answer
from tickets.operations.outgoing.outbox import send_waiting

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]


@pytest.fixture(params=KINDS)
def tool(request: pytest.FixtureRequest, settings: Any) -> Iterator[Place]:
    with place(request.param, settings) as found:
        yield found


@pytest.fixture
def slack(settings: Any) -> Iterator[Place]:
    with place("slack", settings) as found:
        yield found


def again(message: Message) -> Message:
    return Message.objects.get(pk=message.pk)


def test_an_answer_arrives_in_the_conversation_and_counts_when_the_tool_took_it(
    tool: Place,
) -> None:
    answer = tool.write()
    assert contract_clock(tool.ticket).state == "running", "written is not sent"
    taken_at = WRITTEN + timedelta(seconds=40)
    assert send(taken_at) == 1
    (kept,) = tool.server.kept
    assert kept.text == "Lo miramos ahora."
    answer.refresh_from_db()
    assert (answer.send_state, answer.accepted_at, answer.key) == (
        SendState.SENT,
        taken_at,
        kept.id,
    )
    (event,) = tool.replies()
    assert (event.at, event.actor, event.message) == (taken_at, answer.user, answer)
    clock = contract_clock(tool.ticket)
    assert (clock.state, clock.stopped_at) == ("stopped", taken_at)
    assert send(taken_at + timedelta(minutes=1)) == 0


def test_nothing_of_a_tool_leaves_as_a_mail(tool: Place, smtp: Any) -> None:
    answer = tool.write()
    assert send_waiting(clock=lambda: WRITTEN) == 0
    assert smtp.mails == []
    assert again(answer).send_state == SendState.WAITING
    assert (again(answer).send_to, again(answer).message_id) == ("", "")


def test_the_mark_that_it_is_found_by_says_nothing_and_is_hidden(tool: Place) -> None:
    tool.write()
    send(WRITTEN)
    (kept,) = tool.server.kept
    assert kept.mark.startswith("sivo.")
    assert kept.mark not in kept.text


def test_what_slack_would_take_for_its_own_signs_arrives_as_it_was_typed(slack: Place) -> None:
    slack.write("*Ojo* <!channel>: a & b < c")
    send(WRITTEN)
    (asked,) = slack.server.written
    assert asked.json["text"] == "*Ojo* &lt;!channel&gt;: a &amp; b &lt; c"
    assert (asked.json["mrkdwn"], asked.json["thread_ts"]) == (False, "1795420800.000200")


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("invalid_auth", "does not accept the token"),
        ("token_revoked", "does not accept the token"),
        ("missing_scope", "add the scope chat:write"),
        ("channel_not_found", "invite the app"),
        ("not_in_channel", "invite the app"),
        ("is_archived", "unarchive it"),
        ("restricted_action", "ask its administrator"),
        ("thread_not_found", "first message was deleted"),
        ("msg_too_long", "send it in parts"),
        ("something_new", "something_new"),
    ],
)
def test_each_refusal_of_slack_says_what_to_do_and_calls_a_person(
    slack: Place, word: str, said: str
) -> None:
    answer = slack.write()
    slack.server.failures = [refusal(word)]
    assert send(WRITTEN) == 0
    assert again(answer).send_state == SendState.FAILED
    assert said in again(answer).send_error
    assert Ticket.objects.get(pk=slack.ticket.pk).attention == "unsent"
    assert contract_clock(slack.ticket).state == "running"


@pytest.mark.parametrize("word", ["ratelimited", "internal_error", "service_unavailable"])
def test_what_slack_cannot_do_just_now_is_tried_again(slack: Place, word: str) -> None:
    answer = slack.write()
    slack.server.failures = [refusal(word)]
    assert send(WRITTEN) == 0
    assert again(answer).send_state == SendState.WAITING
    assert send(WRITTEN + timedelta(minutes=1)) == 1


@pytest.mark.parametrize(
    ("kind", "status", "said"),
    [
        ("zendesk", 401, "does not accept the token"),
        ("zendesk", 403, "give it that right"),
        ("zendesk", 404, "deleted there"),
        ("zendesk", 422, "Open a follow-up"),
        ("zendesk", 400, "does not understand"),
        ("chatwoot", 401, "does not accept the token"),
        ("chatwoot", 403, "add it there"),
        ("chatwoot", 404, "deleted there"),
        ("chatwoot", 422, "look there for the reason"),
    ],
)
def test_each_refusal_by_status_says_what_to_do_and_calls_a_person(
    settings: Any, kind: str, status: int, said: str
) -> None:
    with place(kind, settings) as tool:
        answer = tool.write()
        tool.server.failures = [Reply(status=status)]
        assert send(WRITTEN) == 0
    assert again(answer).send_state == SendState.FAILED
    assert said in again(answer).send_error
    assert Ticket.objects.get(pk=tool.ticket.pk).attention == "unsent"


def test_a_conversation_that_was_deleted_there_takes_no_answer(tool: Place) -> None:
    tool.server.forget()
    answer = tool.write()
    assert send(WRITTEN) == 0
    assert again(answer).send_state == SendState.FAILED
    assert tool.replies() == []


def test_a_closed_ticket_of_zendesk_asks_for_a_follow_up(settings: Any) -> None:
    with place("zendesk", settings) as tool:
        tool.server.closed.add(tool.ticket.thread)
        answer = tool.write()
        send(WRITTEN)
    assert "follow-up" in again(answer).send_error


def test_a_wrong_token_is_shown_at_the_source_too(tool: Place) -> None:
    tool.access.token = "another"
    tool.access.save(update_fields=["token"])
    answer = tool.write()
    send(WRITTEN)
    tool.access.refresh_from_db()
    assert tool.access.trouble == again(answer).send_error
    assert (tool.access.trouble_since, tool.access.open_until) == (WRITTEN, None)
    tool.access.token = tool.server.token
    tool.access.save(update_fields=["token"])
    later = WRITTEN + timedelta(hours=1)
    resend_answer(message_id=answer.pk, user=person("Carla"), now=later)
    assert send(later) == 1
    tool.access.refresh_from_db()
    assert (tool.access.trouble, tool.access.trouble_since) == ("", None)


def test_an_answer_that_failed_is_sent_again_and_counts_then(tool: Place) -> None:
    answer = tool.write()
    tool.server.failures = [Reply(status=403)]
    send(WRITTEN)
    later = WRITTEN + timedelta(hours=1)
    resend_answer(message_id=answer.pk, user=person("Carla"), now=later)
    assert Ticket.objects.get(pk=tool.ticket.pk).attention == ""
    assert send(later) == 1
    (event,) = tool.replies()
    assert (event.at, event.actor) == (later, answer.user), "it stays Alice's answer"


def test_what_was_given_up_but_had_arrived_is_not_written_twice(tool: Place) -> None:
    answer = tool.write()
    tool.server.loses = 1
    send(WRITTEN)
    Message.objects.filter(pk=answer.pk).update(send_state=SendState.FAILED)
    later = WRITTEN + timedelta(minutes=10)
    resend_answer(message_id=answer.pk, user=person("Carla"), now=later)
    assert send(later) == 1
    assert len(tool.server.kept) == 1


def test_what_is_too_long_is_refused_before_anything_is_stored(tool: Place) -> None:
    with pytest.raises(TooLong, match="in parts"):
        tool.write("a" * 150_000)
    assert tool.ours() == []


def test_answers_that_were_switched_off_meanwhile_do_not_leave(tool: Place) -> None:
    answer = tool.write()
    type(tool.access).objects.update(answers=False)
    assert send(WRITTEN) == 0
    assert "switch them on" in again(answer).send_error
    assert tool.server.asked == []


def test_an_erased_person_is_written_to_no_more(tool: Place) -> None:
    answer = tool.write()
    Message.objects.filter(pk=answer.pk).update(erased_at=WRITTEN, body="")
    assert send(WRITTEN) == 0
    assert (again(answer).send_state, tool.server.asked) == (SendState.FAILED, [])
