"""The tool tells us of our own answer: before we have written it down, after, or after a death."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from tests.fakes.answered import Kept
from tests.journeys.tool_stories import Told, bring
from tests.sla.world import contract_clock
from tests.tickets.answer_tools import KINDS, WRITTEN, Place, place, send
from tickets.models import Delivery, Message, SendState, ToolAccess
from tickets.operations.incoming.claim import claim_deliveries, claim_one_again
from tickets.operations.incoming.process import process_deliveries
from tickets.operations.outgoing import outbox

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]
TAKEN = WRITTEN + timedelta(seconds=10)
# The posts of our own Slack app are known as ours by its own word, whenever they come.
TELLING = ("zendesk", "chatwoot")


@pytest.fixture(params=KINDS)
def tool(request: pytest.FixtureRequest, settings: Any) -> Iterator[Place]:
    with place(request.param, settings) as found:
        yield found


@pytest.fixture(params=TELLING)
def telling(request: pytest.FixtureRequest, settings: Any) -> Iterator[Place]:
    with place(request.param, settings) as found:
        yield found


def die(*_: object) -> None:
    raise KeyboardInterrupt


def try_on(now: datetime) -> None:
    """Workers claim what waits, as often as it takes."""
    for minute in range(4):
        at = now + timedelta(minutes=minute)
        claimed = claim_deliveries(now=at, limit=10) + claim_one_again(now=at)
        process_deliveries(delivery_ids=claimed, now=at)


def outcomes(tool: Place) -> list[str]:
    rows = Delivery.objects.filter(source=tool.source).order_by("pk")
    return [each.outcome for each in rows][1:]


def test_the_webhook_after_the_write_down_changes_nothing(tool: Place) -> None:
    answer = tool.write()
    send(TAKEN)
    tool.echo(tool.server.kept[0], TAKEN + timedelta(seconds=1))
    assert tool.ours() == [answer]
    assert [event.at for event in tool.replies()] == [TAKEN]
    assert outcomes(tool) == ["ignored" if tool.kind == "slack" else "duplicate"]


def test_the_account_of_the_token_is_a_machine_there_and_its_answer_a_persons_here(
    settings: Any,
) -> None:
    with place("zendesk", settings) as zendesk:
        type(zendesk.source).objects.update(bot_ids=["7001"])
        answer = zendesk.write()
        send(TAKEN)
        zendesk.echo(zendesk.server.kept[0], TAKEN + timedelta(seconds=1))
    assert outcomes(zendesk) == ["ignored"]
    (event,) = zendesk.replies()
    assert (event.actor, zendesk.ours()) == (answer.user, [answer])


def test_the_webhook_before_the_write_down_is_our_own_answer(
    tool: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = tool.write()
    write_down = outbox._record_acceptance

    def hear_first(*given: Any) -> None:
        tool.echo(tool.server.kept[0], TAKEN)
        write_down(*given)

    monkeypatch.setattr(outbox, "_record_acceptance", hear_first)
    assert send(TAKEN) == 1
    assert tool.ours() == [answer]
    answer.refresh_from_db()
    assert (answer.send_state, answer.key) == (SendState.SENT, tool.server.kept[0].id)
    (event,) = tool.replies()
    assert (event.at, event.actor, event.message) == (TAKEN, answer.user, answer)
    assert contract_clock(tool.ticket).stopped_at == TAKEN


def test_a_death_after_the_tool_took_it_writes_nothing_twice(
    tool: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = tool.write()
    tool.server.clock = TAKEN.timestamp
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "_record_acceptance", die)
        with pytest.raises(KeyboardInterrupt):
            send(TAKEN)
    assert tool.replies() == []
    assert send(TAKEN + timedelta(seconds=89)) == 0, "the claim of the dead one still holds"
    assert send(TAKEN + timedelta(seconds=90)) == 1
    assert len(tool.server.kept) == 1, "it was found there"
    answer.refresh_from_db()
    assert answer.key == tool.server.kept[0].id
    (event,) = tool.replies()
    assert abs(event.at - TAKEN) < timedelta(seconds=1), "when the tool took it, by its own word"


def test_found_again_much_later_it_counts_from_then_as_an_old_webhook_does(
    tool: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    type(tool.source).objects.update(stop_tolerance_seconds=900)
    tool.write()
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "_record_acceptance", die)
        with pytest.raises(KeyboardInterrupt):
            send(TAKEN)
    later = TAKEN + timedelta(hours=2)
    assert send(later) == 1
    assert [event.at for event in tool.replies()] == [later]


def test_after_a_death_the_webhook_alone_settles_it(
    telling: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = telling.write()
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "_record_acceptance", die)
        with pytest.raises(KeyboardInterrupt):
            send(TAKEN)
    telling.echo(telling.server.kept[0], TAKEN + timedelta(seconds=1))
    answer.refresh_from_db()
    assert answer.send_state == SendState.SENT
    assert [event.at for event in telling.replies()] == [TAKEN + timedelta(seconds=1)]
    assert send(TAKEN + timedelta(hours=1)) == 0
    assert len(telling.server.kept) == 1


def test_a_line_that_breaks_after_the_tool_took_it_writes_nothing_twice(tool: Place) -> None:
    tool.write()
    tool.server.loses = 1
    assert send(TAKEN) == 0
    assert send(TAKEN + timedelta(minutes=1)) == 1
    assert len(tool.server.kept) == 1
    assert len(tool.replies()) == 1


def test_where_we_may_not_look_it_is_written_again(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with place("slack", settings) as slack:
        slack.server.may_look = False
        slack.write()
        slack.server.loses = 1
        send(TAKEN)
        with caplog.at_level(logging.WARNING):
            assert send(TAKEN + timedelta(minutes=1)) == 1
    assert len(slack.server.kept) == 2, "at least once"
    assert len(slack.replies()) == 1
    assert "cannot look" in caplog.text
    assert "miramos" not in caplog.text


def test_marked_by_us_it_is_ours_even_when_given_up_and_in_other_words(settings: Any) -> None:
    with place("chatwoot", settings) as chatwoot:
        answer = chatwoot.write()
        chatwoot.server.loses = 1
        send(TAKEN)
        Message.objects.filter(pk=answer.pk).update(send_state=SendState.FAILED)
        type(chatwoot.ticket).objects.update(attention="unsent", attention_at=TAKEN)
        kept = chatwoot.server.kept[0]
        other = Kept(id=kept.id, text="Hola Bob: lo miramos ahora.", mark=kept.mark)
        chatwoot.echo(other, TAKEN)
    answer.refresh_from_db()
    assert (answer.send_state, answer.key) == (SendState.SENT, kept.id)
    chatwoot.ticket.refresh_from_db()
    assert chatwoot.ticket.attention == ""


def test_told_in_other_words_before_we_know_it_costs_a_second_line_and_nothing_else(
    settings: Any,
) -> None:
    with place("zendesk", settings) as zendesk:
        zendesk.server.clock = TAKEN.timestamp
        answer = zendesk.write()
        zendesk.server.loses = 1
        send(TAKEN)
        kept = zendesk.server.kept[0]
        zendesk.echo(Kept(id=kept.id, text="[translated] We look at it.", mark=""), TAKEN)
        ToolAccess.objects.update(open_until=TAKEN + timedelta(hours=1))
        try_on(TAKEN + timedelta(seconds=1))
        assert send(TAKEN + timedelta(hours=1)) == 1
    answer.refresh_from_db()
    assert (answer.send_state, answer.key, len(zendesk.server.kept)) == (SendState.SENT, "", 1)
    assert contract_clock(zendesk.ticket).stopped_at == TAKEN


def test_a_forged_mark_is_nothing(settings: Any) -> None:
    with place("chatwoot", settings) as chatwoot:
        chatwoot.write()
        chatwoot.server.loses = 1
        send(TAKEN)
        mark = chatwoot.server.kept[0].mark
        forged = mark[:-1] + ("a" if mark[-1] != "a" else "b")
        chatwoot.echo(Kept(id="9999", text="Otra cosa.", mark=forged), TAKEN)
        try_on(TAKEN + timedelta(seconds=1))
    assert sorted(each.body for each in chatwoot.ours()) == ["Lo miramos ahora.", "Otra cosa."]


def test_a_colleagues_answer_in_the_tool_meanwhile_is_taken_in_after_ours(
    telling: Place,
) -> None:
    answer = telling.write()
    telling.server.loses = 1
    send(TAKEN)
    at = TAKEN + timedelta(seconds=5)
    other = Kept(id="8001", text="Soy Carlos: ¿desde cuándo?", mark="")
    bring(telling.source, Told(name="colleague", at=at, body=telling.told(other, at)), at)
    assert telling.ours() == [answer], "it may be ours in other words: it waits for a moment"
    assert send(TAKEN + timedelta(minutes=1)) == 1
    try_on(TAKEN + timedelta(minutes=2))
    assert len(telling.ours()) == 2
    assert at in [event.at for event in telling.replies()], "from its own instant"


@pytest.mark.django_db(transaction=True)
def test_the_webhook_really_comes_while_the_tool_has_not_answered_yet(
    settings: Any, terms: None
) -> None:
    for kind in TELLING:
        with place(kind, settings) as tool:
            answer = tool.write()

            def hear(kept: Kept, tool: Place = tool) -> None:
                try:
                    tool.echo(kept, TAKEN)
                finally:
                    connection.close()

            tool.server.on_taken = hear
            assert send(TAKEN) == 1
            assert tool.ours() == [answer]
            assert [event.message for event in tool.replies()] == [answer]
