"""The outbox of notices: what leaves, in which words, and what is tried again or given up."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from sla.domain.escalation.notice import MAX_ATTEMPTS
from sla.models import Notice, NoticeChannel, NoticePreference
from sla.operations.escalation.replay_notices import replay_notices
from tests.sla import world
from tests.sla.hook_server import Hooks, hook_server
from tests.sla.notice_world import (
    DUE,
    FIRED,
    SECRET,
    escalation,
    next_try,
    notice,
    outage,
    send,
    told,
    webhook,
)
from tests.tickets.smtp_sink import Sink, text_of
from tickets.inbound import standard

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]


@pytest.fixture
def hooks(settings: Any) -> Iterator[Hooks]:
    settings.NOTICE_PRIVATE_HOSTS = ["127.0.0.1"]
    with hook_server() as server:
        yield server


@pytest.fixture
def alice() -> User:
    return world.person("Alice")


def state(made: Notice) -> str:
    made.refresh_from_db()
    return made.state


def test_a_person_hears_what_who_since_when_until_when_and_gets_one_link(
    smtp: Sink, alice: User
) -> None:
    ticket = outage()
    made = told(alice, ticket)
    assert send() == 1
    (mail,) = smtp.mails
    assert mail["To"] == "alice@sivocenter.example"
    assert mail["Subject"] == f"S1 {ticket.reference}: first response due in 15 min"
    text = text_of(mail)
    for words in (
        f"What: S1 {ticket.reference}: first response due in 15 min",
        "Who: Acme, Enterprise, assigned to nobody",
        "Since: Wednesday 18 November 2026, 10:00 (Madrid time, UTC+1)",
        "Due: Wednesday 18 November 2026, 10:30 (Madrid time, UTC+1)",
    ):
        assert words in text, words
    assert text.count("http") == 1
    made.refresh_from_db()
    assert (made.state, made.sent_at, made.attempts, made.next_attempt_at) == (
        "sent",
        FIRED,
        1,
        None,
    )


def test_a_notice_speaks_the_language_and_the_zone_of_its_recipient(
    smtp: Sink, alice: User
) -> None:
    NoticePreference.objects.create(person=alice, language="es", zone="Atlantic/Canary")
    ticket = outage()
    told(alice, ticket, language="es")
    send()
    text = text_of(smtp.mails[0])
    assert f"Qué: S1 {ticket.reference}: primera respuesta vence en 15 min" in text
    assert "el miércoles 18 de noviembre de 2026, a las 09:30 (hora de Canary, UTC)" in text
    assert smtp.mails[0]["Content-Language"] == "es"


def test_nothing_that_a_customer_wrote_leaves_in_a_notice(smtp: Sink, alice: User) -> None:
    world.customer("enterprise")
    ticket = world.ticket_by_mail(
        DUE - timedelta(minutes=30), subject="Secret subject", body="Nothing works. Secret body."
    )
    told(alice, ticket)
    send()
    raw = smtp.raw[0].decode() + text_of(smtp.mails[0])
    assert "Secret" not in raw
    assert "bob@acme.example" not in raw


def test_a_mail_has_the_same_id_at_each_attempt_and_asks_for_no_answer(
    smtp: Sink, alice: User
) -> None:
    made = told(alice)
    # It breaks off after the server took it: nobody knows whether it arrived.
    smtp.faults.append("drop")
    assert send() == 0
    assert send(FIRED + timedelta(minutes=2)) == 1
    first, second = smtp.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Auto-Submitted"] == "auto-generated"
    assert smtp.envelopes[0] == ("", ["alice@sivocenter.example"])
    assert first["Reply-To"] is None
    assert state(made) == "sent"


def test_mails_about_one_ticket_stand_together_and_others_apart(smtp: Sink, alice: User) -> None:
    ticket = outage()
    told(alice, ticket)
    told(alice, ticket)
    told(alice, outage("beta.example"))
    send()
    threads = [mail["References"] for mail in smtp.mails]
    assert len(set(threads)) == 2


def test_a_digest_has_a_line_for_each_clock_the_most_severe_first(smtp: Sink, alice: User) -> None:
    first, second = (outage(f"{name}.example") for name in ("acme", "beta"))
    clocks = [world.contract_clock(ticket) for ticket in (first, second)]
    notice(
        escalation(clocks[0]),
        escalation(clocks[0], due_at=DUE),
        escalation(clocks[1]),
        recipient=alice,
        at=DUE,
    )
    send(DUE)
    mail = smtp.mails[0]
    assert mail["Subject"] == f"S1 2 escalations: {first.reference}, {second.reference}"
    assert text_of(mail).count("What: ") == 2


def test_a_notice_that_leaves_late_tells_how_things_stand_now(smtp: Sink, alice: User) -> None:
    ticket = outage()
    told(alice, ticket)
    world.answer(ticket, alice, FIRED + timedelta(minutes=3))
    smtp.mails.clear()
    send(FIRED + timedelta(minutes=5))
    text = text_of(smtp.mails[-1])
    assert "first response done" in text
    assert "It ended Wednesday 18 November 2026, 10:18" in text


def test_a_webhook_gets_a_signed_call_that_the_standard_verifies(hooks: Hooks, alice: User) -> None:
    ticket = outage()
    told(alice, ticket, channel=webhook(hooks.url))
    assert send() == 1
    (call,) = hooks.calls
    assert call.path == "/hook?for=sivo"
    proved = standard.verify(secrets=[SECRET], headers=call.headers, body=call.body, now=FIRED)
    event = json.loads(call.body)
    assert proved.delivery_id == event["data"]["id"]
    assert event["type"] == "notice.escalation"
    (told_of,) = event["data"]["escalations"]
    assert (told_of["ticket"], told_of["severity"], told_of["step"]) == (
        ticket.reference,
        "S1",
        "any/step0",
    )
    assert told_of["due_at"] == "2026-11-18T09:30:00+00:00"
    assert event["data"]["link"].startswith("http://localhost:8000/notices/")


def test_both_secrets_sign_while_they_are_exchanged(hooks: Hooks, alice: User) -> None:
    other = "whsec_" + "QUJD" * 12
    told(alice, channel=webhook(hooks.url, secret=f"{other}\n{SECRET}"))
    send()
    (call,) = hooks.calls
    for secret in (SECRET, other):
        standard.verify(secrets=[secret], headers=call.headers, body=call.body, now=FIRED)


def test_a_call_that_fails_is_tried_again_later_with_the_same_id(hooks: Hooks, alice: User) -> None:
    made = told(alice, channel=webhook(hooks.url))
    hooks.answers = [(503, {}), (500, {})]
    assert send() == 0
    assert timedelta(seconds=7) < next_try(made) < timedelta(seconds=13)
    assert made.last_error == "HTTP status 503"
    assert send(FIRED + timedelta(seconds=6)) == 0
    assert len(hooks.calls) == 1
    send(FIRED + timedelta(seconds=15))
    assert timedelta(seconds=29) < next_try(made) < timedelta(seconds=41)
    assert send(FIRED + timedelta(minutes=1)) == 1
    assert len({call.headers["webhook-id"] for call in hooks.calls}) == 1
    assert len(hooks.calls) == 3
    assert state(made) == "sent"
    assert made.last_error == ""


def test_a_service_that_asks_for_patience_gets_it(hooks: Hooks, alice: User) -> None:
    made = told(alice, channel=webhook(hooks.url))
    hooks.answers = [(429, {"Retry-After": "600"})]
    send()
    assert next_try(made) == timedelta(seconds=600)


def test_no_redirect_is_followed(hooks: Hooks, alice: User) -> None:
    made = told(alice, channel=webhook(hooks.url))
    hooks.answers = [(302, {"Location": f"http://127.0.0.1:{hooks.port}/elsewhere"})]
    assert send() == 0
    assert [call.path for call in hooks.calls] == ["/hook?for=sivo"]
    assert state(made) == "waiting"
    assert "no redirect" in made.last_error


def test_who_wants_no_more_calls_is_not_called_again(hooks: Hooks, alice: User) -> None:
    made = told(alice, channel=webhook(hooks.url))
    hooks.answers = [(410, {})]
    send()
    assert state(made) == "dead"
    assert send(FIRED + timedelta(days=1)) == 0
    assert len(hooks.calls) == 1


def test_an_address_that_the_server_refuses_is_given_up_without_being_repeated(
    smtp: Sink, alice: User
) -> None:
    made = told(alice)
    smtp.faults.append("rcpt 550 <alice@sivocenter.example> no such user")
    send()
    assert state(made) == "dead"
    assert made.last_error == "550 … no such user"


def test_a_person_without_an_address_is_a_dead_letter_that_says_so(smtp: Sink, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(email="")
    made = told(alice)
    send()
    assert state(made) == "dead"
    assert made.last_error == "there is no usable mail address"


def test_after_the_last_attempt_a_notice_is_given_up_and_can_be_replayed(
    hooks: Hooks, alice: User
) -> None:
    channel = webhook(hooks.url)
    made = told(alice, channel=channel)
    Notice.objects.filter(pk=made.pk).update(attempts=MAX_ATTEMPTS - 1)
    hooks.answers = [(500, {})]
    send()
    assert state(made) == "dead"
    assert replay_notices(notice_ids=[made.pk], now=FIRED) == 1
    assert replay_notices(notice_ids=[made.pk], now=FIRED) == 0
    assert send() == 1
    assert state(made) == "sent"
    assert len({call.headers["webhook-id"] for call in hooks.calls}) == 1


def test_a_mail_to_an_address_of_a_source_and_one_by_a_mail_channel(
    smtp: Sink, alice: User
) -> None:
    ticket = outage()
    channel = NoticeChannel.objects.create(
        name="Night desk", kind="email", url="night@sivocenter.example", language="en"
    )
    first = escalation(world.contract_clock(ticket))
    notice(first, address="partner@beta.example")
    notice(first, channel=channel)
    assert send() == 2
    assert {mail["To"] for mail in smtp.mails} == {
        "partner@beta.example",
        "night@sivocenter.example",
    }


def test_a_warning_of_hours_without_anybody_names_them_and_leads_to_the_page(
    smtp: Sink, alice: User
) -> None:
    spans = [
        {"from": "2026-11-28T07:00:00Z", "to": "2026-11-28T20:30:00Z", "customers": [1, 2, 3]},
        {"from": "2026-11-29T07:00:00Z", "to": "2026-11-29T08:00:00Z", "customers": 250},
    ]
    notice(recipient=alice, kind="coverage", payload={"spans": spans})
    send()
    (mail,) = smtp.mails
    text = text_of(mail)
    assert "2 gaps, the first from Saturday 28 November 2026, 08:00" in text
    assert "customers touched: 3" in text
    assert "customers touched: 250" in text
    assert "http://localhost:8000/admin/sla/rota/coverage/" in text
