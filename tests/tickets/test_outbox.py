"""The outbox: what a mail server can do to an answer, and what the clocks make of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.sla.world import contract_clock
from tests.tickets.outbox_world import DUE, WRITTEN, more, replies, send, written
from tests.tickets.smtp_sink import Sink, no_server
from tickets.domain.words import EventKind
from tickets.models import Message, SendState, Ticket, TicketEvent
from tickets.operations.outgoing import outbox
from tickets.operations.outgoing.outbox import send_waiting

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]


def ticking(start: datetime) -> Callable[[], datetime]:
    """A clock that goes on by a second each time somebody looks."""
    ticks = iter(range(10_000))
    return lambda: start + timedelta(seconds=next(ticks))


def test_nothing_counts_while_the_answer_waits(smtp: Sink) -> None:
    answer = written()
    assert replies(answer.ticket) == []
    assert contract_clock(answer.ticket).state == "running"
    answer.ticket.refresh_from_db()
    assert answer.ticket.answered_at is None


def test_the_clock_stops_when_the_server_took_the_answer_not_when_it_was_written(
    smtp: Sink,
) -> None:
    answer = written()
    left_at = WRITTEN + timedelta(minutes=12)
    assert send(left_at) == 1
    (event,) = replies(answer.ticket)
    answer.refresh_from_db()
    assert event.at == event.recorded_at == answer.accepted_at == left_at
    assert event.actor == answer.user
    assert contract_clock(answer.ticket).stopped_at == left_at
    assert answer.at == WRITTEN


def test_the_instant_is_read_after_the_servers_answer(smtp: Sink) -> None:
    answer = written()
    readings: list[datetime] = []

    def clock() -> datetime:
        readings.append(WRITTEN + timedelta(seconds=len(smtp.mails)))
        return readings[-1]

    send_waiting(clock=clock)
    (event,) = replies(answer.ticket)
    assert event.at == WRITTEN + timedelta(seconds=1)
    assert readings[0] == WRITTEN


def test_an_answer_written_in_time_that_leaves_too_late_is_late(smtp: Sink) -> None:
    answer = written(at=DUE - timedelta(minutes=1))
    smtp.faults = ["data 451 try later"]
    assert send(DUE - timedelta(minutes=1)) == 0
    late = DUE + timedelta(minutes=3)
    assert send(late) == 1
    clock = contract_clock(answer.ticket)
    assert (clock.met, clock.breached_at, clock.stopped_at) == (False, DUE, late)


def test_an_answer_that_leaves_at_the_due_instant_is_in_time(smtp: Sink) -> None:
    answer = written()
    send(DUE)
    assert contract_clock(answer.ticket).met is True


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("rcpt 450 4.2.2 mailbox is full", "450 4.2.2 mailbox is full"),
        ("data 451 4.7.1 greylisted", "451 4.7.1 greylisted"),
        ("data 421 4.3.2 shutting down", "421 4.3.2 shutting down"),
        ("hang", "timed out"),
    ],
)
def test_a_passing_trouble_delays_the_answer(
    smtp: Sink, settings: Any, fault: str, words: str
) -> None:
    settings.EMAIL_TIMEOUT = 0.5
    answer = written()
    smtp.faults = [fault]
    assert send(WRITTEN) == 0
    answer.refresh_from_db()
    assert (answer.send_state, answer.send_attempts) == (SendState.WAITING, 1)
    assert answer.send_after == WRITTEN + timedelta(seconds=30)
    assert words in answer.send_error
    assert send(WRITTEN + timedelta(seconds=29)) == 0
    assert send(WRITTEN + timedelta(seconds=30)) == 1
    answer.refresh_from_db()
    assert (answer.send_state, answer.send_error) == (SendState.SENT, "")


@pytest.mark.parametrize(
    "fault", ["rcpt 550 5.1.1 no such user", "data 554 5.7.1 rejected", "data 552 too large"]
)
def test_a_refusal_for_good_is_given_up_at_once_and_somebody_is_told(
    smtp: Sink, fault: str
) -> None:
    answer = written()
    smtp.faults = [fault]
    assert send(WRITTEN) == 0
    answer.refresh_from_db()
    assert (answer.send_state, answer.send_after) == (SendState.FAILED, None)
    assert answer.send_error == fault.partition(" ")[2]
    ticket = Ticket.objects.get(pk=answer.ticket_id)
    assert (ticket.attention, ticket.attention_at) == ("unsent", WRITTEN)
    assert replies(ticket) == []
    assert contract_clock(ticket).state == "running"


def test_an_answer_waits_longer_each_time_and_is_given_up_after_twelve_tries(
    settings: Any,
) -> None:
    answer = written()
    no_server(settings)
    now, waits = WRITTEN, []
    for _ in range(11):
        send(now)
        answer.refresh_from_db()
        assert answer.send_after is not None
        waits.append(answer.send_after - now)
        now = answer.send_after
    assert waits[:3] == [timedelta(seconds=30), timedelta(seconds=60), timedelta(seconds=120)]
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(hours=4)
    send(now)
    answer.refresh_from_db()
    assert answer.send_state == SendState.FAILED
    assert "ConnectionRefusedError" in answer.send_error
    ticket = Ticket.objects.get(pk=answer.ticket_id)
    assert ticket.attention == "unsent"
    clock = contract_clock(ticket)
    # It never counted: there is nothing to undo.
    assert not ticket.events.filter(kind=EventKind.REPLY_BOUNCED).exists()
    assert (clock.state, clock.met) == ("running", None)


def test_a_server_that_is_away_costs_one_try_not_one_per_answer(settings: Any) -> None:
    first = written()
    second = more(first.ticket, WRITTEN)
    no_server(settings)
    send(WRITTEN)
    tries = Message.objects.filter(pk__in=[first.pk, second.pk]).values_list("send_attempts")
    assert sorted(tries) == [(0,), (1,)]


def test_a_refused_address_holds_nobody_else_up(smtp: Sink) -> None:
    first = written()
    more(first.ticket, WRITTEN + timedelta(seconds=1))
    smtp.faults = ["rcpt 550 no such user"]
    assert send(WRITTEN + timedelta(seconds=1)) == 1
    assert len(smtp.sessions) == 1


def test_a_bug_of_ours_delays_one_answer_and_not_the_next(
    smtp: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = written()
    more(first.ticket, WRITTEN)
    composed = outbox.compose

    def broken(message: Message, *, now: datetime) -> Any:
        if message.pk == first.pk:
            raise ZeroDivisionError
        return composed(message, now=now)

    monkeypatch.setattr(outbox, "compose", broken)
    assert send(WRITTEN) == 1
    first.refresh_from_db()
    assert (first.send_state, first.send_attempts) == (SendState.WAITING, 1)


def test_many_answers_leave_over_one_connection(smtp: Sink) -> None:
    ticket = written().ticket
    for number in range(9):
        more(ticket, WRITTEN, f"Respuesta {number}")
    assert send(WRITTEN) == 10
    assert len(smtp.sessions) == 1
    assert TicketEvent.objects.filter(kind=EventKind.AGENT_REPLIED).count() == 10


def test_a_run_ends_when_its_time_is_used_up(smtp: Sink) -> None:
    ticket = written().ticket
    for _ in range(5):
        more(ticket, WRITTEN)
    sent = send_waiting(clock=ticking(WRITTEN), budget=timedelta(seconds=8))
    assert 1 <= sent < 6
