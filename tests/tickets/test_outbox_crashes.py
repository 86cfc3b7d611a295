"""The outbox when processes die or meet, and answers that are sent again."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.journeys.threads import at_once
from tests.sla.world import contract_clock, person, sweep
from tests.tickets.outbox_world import DUE, WRITTEN, more, replies, send, written
from tests.tickets.smtp_sink import Sink
from tickets.domain.words import EventKind
from tickets.models import Message, SendState, Ticket, TicketEvent
from tickets.operations.desk.actions import solve_ticket
from tickets.operations.outgoing import outbox
from tickets.operations.outgoing.answer import NotFailed, resend_answer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]


def test_a_line_that_breaks_after_the_mail_was_taken_sends_it_again_under_one_id(
    smtp: Sink,
) -> None:
    answer = written()
    smtp.faults = ["drop"]
    assert send(WRITTEN) == 0
    again = WRITTEN + timedelta(minutes=1)
    assert send(again) == 1
    assert {mail["Message-ID"] for mail in smtp.mails} == {f"<{answer.message_id}>"}
    assert len(smtp.mails) == 2
    (event,) = replies(answer.ticket)
    assert event.at == again


def test_a_death_between_acceptance_and_commit_sends_again_and_counts_the_later_instant(
    smtp: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = written()

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(outbox, "_record_acceptance", die)
    with pytest.raises(KeyboardInterrupt):
        send(WRITTEN)
    monkeypatch.undo()
    assert len(smtp.mails) == 1
    assert replies(answer.ticket) == []
    assert send(WRITTEN + timedelta(seconds=89)) == 0, "the claim of the dead one still holds"
    again = WRITTEN + timedelta(seconds=90)
    assert send(again) == 1
    assert [mail["Message-ID"] for mail in smtp.mails] == [f"<{answer.message_id}>"] * 2
    assert [event.at for event in replies(answer.ticket)] == [again]


def test_a_mail_that_kills_its_worker_each_time_is_given_up(
    smtp: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = written()

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(outbox, "compose", die)
    now = WRITTEN
    for _ in range(12):
        with pytest.raises(KeyboardInterrupt):
            send(now)
        now += timedelta(minutes=2)
    assert send(now) == 0
    answer.refresh_from_db()
    assert answer.send_state == SendState.FAILED
    assert Ticket.objects.get(pk=answer.ticket_id).attention == "unsent"


def test_an_answer_that_failed_is_sent_again_to_the_address_of_today(smtp: Sink) -> None:
    answer = written()
    smtp.faults = ["rcpt 550 no such user"]
    send(WRITTEN)
    ticket = Ticket.objects.get(pk=answer.ticket_id)
    assert ticket.requester is not None
    ticket.requester.email = "robert@acme.example"
    ticket.requester.save(update_fields=["email"])
    carla = person("Carla", "agents")
    later = WRITTEN + timedelta(hours=1)
    resend_answer(message_id=answer.pk, user=carla, now=later)
    assert send(later) == 1
    assert smtp.envelopes[-1][1] == ["robert@acme.example"]
    (event,) = replies(ticket)
    assert (event.at, event.actor) == (later, answer.user), "it stays Alice's answer"
    with pytest.raises(NotFailed, match="could not be sent"):
        resend_answer(message_id=answer.pk, user=carla, now=later)


def test_an_answer_of_an_older_version_that_never_left_is_undone_and_counts_when_sent_again(
    smtp: Sink,
) -> None:
    answer = written()
    TicketEvent.objects.create(
        ticket=answer.ticket,
        kind=EventKind.AGENT_REPLIED,
        at=WRITTEN,
        recorded_at=WRITTEN,
        message=answer,
        key=f"agent_replied:{answer.pk}",
    )
    smtp.faults = ["rcpt 550 no such user"]
    send(WRITTEN + timedelta(minutes=1))
    assert contract_clock(answer.ticket).state == "running"
    later = WRITTEN + timedelta(hours=1)
    assert answer.user is not None
    resend_answer(message_id=answer.pk, user=answer.user, now=later)
    send(later)
    assert contract_clock(answer.ticket).stopped_at == later


def test_an_answer_on_its_way_is_answered_for_whoever_solves(smtp: Sink) -> None:
    answer = written()
    assert answer.user is not None
    solve_ticket(ticket_id=answer.ticket_id, user=answer.user, now=WRITTEN)
    send(WRITTEN + timedelta(seconds=1))
    clock = contract_clock(answer.ticket)
    assert (clock.met, clock.stopped_at) == (True, WRITTEN + timedelta(seconds=1))
    answer.ticket.refresh_from_db()
    assert answer.ticket.status == "solved"


def test_a_sweep_between_acceptance_and_writing_down_is_corrected(
    smtp: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = written()
    write_down = outbox._record_acceptance

    def sweep_first(*given: Any) -> None:
        sweep()
        assert contract_clock(answer.ticket).breached_at == DUE
        write_down(*given)

    monkeypatch.setattr(outbox, "_record_acceptance", sweep_first)
    send(DUE)
    clock = contract_clock(answer.ticket)
    assert (clock.met, clock.breached_at, clock.stopped_at) == (True, None, DUE)


def test_an_erased_person_gets_no_mail_any_more(smtp: Sink) -> None:
    answer = written()
    Message.objects.filter(pk=answer.pk).update(erased_at=WRITTEN, body="", send_to="")
    assert send(WRITTEN) == 0
    answer.refresh_from_db()
    assert (answer.send_state, smtp.mails) == (SendState.FAILED, [])


@pytest.mark.django_db(transaction=True)
def test_two_senders_at_once_send_each_answer_once(smtp: Sink) -> None:
    ticket = written().ticket
    for _ in range(7):
        more(ticket, WRITTEN)
    smtp.faults = ["slow"]
    now = timezone.now()
    senders = [lambda: send(now)] * 3
    assert at_once(*senders) == [None, None, None]
    send(now)
    ids = [mail["Message-ID"] for mail in smtp.mails]
    assert len(ids) == len(set(ids)) == 8
    assert len(replies(ticket)) == 8


@pytest.mark.django_db(transaction=True)
def test_even_without_the_lock_a_claimed_answer_is_nobody_elses(smtp: Sink) -> None:
    written()
    claimed: list[int] = []

    def claim() -> None:
        message = outbox._claim(WRITTEN)
        if message is not None:
            claimed.append(message.pk)

    assert at_once(claim, claim, claim) == [None, None, None]
    assert len(claimed) == 1


@pytest.mark.django_db(transaction=True)
def test_the_ticket_is_free_while_the_mail_server_thinks(smtp: Sink) -> None:
    answer = written()
    smtp.faults = ["slow"]
    took: list[float] = []

    def solve() -> None:
        while not smtp.sessions:
            time.sleep(0.01)
        began = time.perf_counter()
        assert answer.user is not None
        solve_ticket(ticket_id=answer.ticket_id, user=answer.user, now=WRITTEN)
        took.append(len(smtp.mails))
        assert time.perf_counter() - began < 5

    assert at_once(lambda: send(WRITTEN), solve) == [None, None]
    assert took == [0], "solved while the server had not answered yet"
    assert len(replies(answer.ticket)) == 1
