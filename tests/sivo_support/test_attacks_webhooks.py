"""Attacks through the webhook door: by strangers, and by whoever holds one source's secret."""

import base64
import hmac
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.utils import timezone

from tests.sla.world import contract_clock, customer, madrid
from tests.tickets.hooks import (
    OTHER_SECRET,
    SECRET,
    arrive,
    created,
    headers,
    helpdesk,
    minutes,
    new_id,
    priority,
    said,
)
from tickets.models import Delivery, Outcome, Source, Ticket
from tickets.views import standard_webhook

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]
AT = madrid("2026-11-18 10:00")


def post(source: Source, body: bytes, sent: dict[str, str], **environ: Any) -> Any:
    """The body at the door of a source, with these headers."""
    content = {"content_type": "application/json", **environ}
    plain = {name: value for name, value in sent.items() if name != "content-type"}
    return Client().generic("POST", f"/hooks/standard/{source.pk}/", body, headers=plain, **content)


def signed(secret: str = SECRET, body: bytes = b"{}") -> dict[str, str]:
    return headers(body, external_id=new_id(), secret=secret)


USELESS = ["", "\n \n", "whsec_", "whsec_====", "whpk_", "whpk_AAAA", "whsk_AAAA", "no base64!"]


@pytest.mark.parametrize("secrets", USELESS)
@pytest.mark.parametrize("key", [b"", b"AAAA", b"whsec_", b"no base64!"])
def test_a_source_without_a_usable_secret_believes_nobody(secrets: str, key: bytes) -> None:
    source = helpdesk()
    Source.objects.filter(pk=source.pk).update(secrets=secrets)
    seconds = str(int(timezone.now().timestamp()))
    digest = base64.b64encode(hmac.digest(key, f"x.{seconds}.{{}}".encode(), "sha256")).decode()
    for version in ("v1", "v1a", "v2", ""):
        sent = {
            "webhook-id": "x",
            "webhook-timestamp": seconds,
            "webhook-signature": f"{version},{digest}",
        }
        assert post(source, b"{}", sent).status_code == 401
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-id": "a" * 256},
        {"webhook-id": "a\tb"},
        {"webhook-id": "é"},
        {"webhook-id": "1.2"},
        {"webhook-timestamp": "9" * 40},
        {"webhook-timestamp": "99999999999"},
        {"webhook-timestamp": "-1"},
        {"webhook-timestamp": "١٢٣"},
        {"webhook-signature": "v1," + "A" * 8000},
        {"webhook-signature": "v1, " * 2000},
        {"webhook-signature": "v1,é"},
    ],
)
def test_spoilt_headers_are_refused_and_nothing_is_kept(changed: dict[str, str]) -> None:
    assert post(helpdesk(), b"{}", signed() | changed).status_code == 401
    assert not Delivery.objects.exists()


def test_what_one_source_signed_is_nothing_to_another() -> None:
    ours, theirs = helpdesk(), helpdesk("Other helpdesk")
    theirs.secrets = OTHER_SECRET
    theirs.save(update_fields=["secrets"])
    sent = signed()
    assert post(ours, b"{}", sent).status_code == 202
    assert post(theirs, b"{}", sent).status_code == 401


def test_a_replay_is_known_and_another_body_under_its_id_is_put_aside() -> None:
    source, name = helpdesk(), new_id()
    answers = [
        post(source, body, headers(body, external_id=name)).status_code
        for body in (b"{}", b"{}", b'{"a":1}', b'{"a":1}')
    ]
    assert answers == [202, 200, 202, 202]
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["quarantined", "waiting"]


def test_a_body_in_chunks_is_told_what_is_wrong_with_it() -> None:
    request = RequestFactory().post("/", b"{}", content_type="application/json")
    # As gunicorn hands it over; the test client always adds a length.
    del request.META["CONTENT_LENGTH"]
    request.META["HTTP_TRANSFER_ENCODING"] = "chunked"
    assert standard_webhook(request, source_id=helpdesk().pk).status_code == 411


def test_lost_keys_of_ours_make_the_sender_try_again() -> None:
    source = helpdesk()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE tickets_source SET secrets = 'not what we encrypted'")
    answer = post(source, b"{}", signed())
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert "decrypt" not in answer.content.decode()


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_only_post_comes_in(method: str) -> None:
    address = f"/hooks/standard/{helpdesk().pk}/"
    assert Client().generic(method, address).status_code == 405


def test_the_doors_answers_carry_the_headers_of_every_page() -> None:
    answer = post(helpdesk(), b"{}", {})
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert not answer.cookies


def test_a_secret_is_in_no_text_that_python_makes_of_a_source() -> None:
    source = helpdesk()
    delivery = arrive(source, created("T", AT), AT)
    for thing in (source, delivery, delivery.ticket):
        assert SECRET not in f"{thing!r} {thing}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT secrets FROM tickets_source")
        assert SECRET.removeprefix("whsec_") not in cursor.fetchone()[0]


# --- by whoever holds the secret of a source ---------------------------------------------------


@pytest.mark.parametrize("word", ["low", "normal", "high"])
@pytest.mark.parametrize("ago", [minutes(45), timedelta(hours=5), timedelta(hours=23)])
def test_nobody_unmisses_a_target_by_a_lowering_dated_back(word: str, ago: timedelta) -> None:
    customer("enterprise")
    source = helpdesk()
    ticket = arrive(source, created("T", AT), AT).ticket
    assert ticket is not None
    arrive(source, said("T", AT + minutes(50), "late", "agent"), AT + minutes(50))
    assert contract_clock(ticket).breached_at == AT + minutes(30)
    later = AT + minutes(5) + ago
    arrive(source, priority("T", AT + minutes(5), word), later)
    clock = contract_clock(ticket)
    assert (clock.breached_at, clock.met) == (AT + minutes(30), False)


def test_a_lowering_that_comes_at_once_still_counts_from_its_signed_time() -> None:
    customer("enterprise")
    source = helpdesk()
    ticket = arrive(source, created("T", AT), AT).ticket
    assert ticket is not None
    arrive(source, priority("T", AT + minutes(5), "low"), AT + minutes(15))
    assert contract_clock(ticket).due_at == AT + timedelta(hours=8)
    assert ticket.events.get(kind="severity_changed").at == AT + minutes(5)


def test_a_raise_that_comes_late_still_counts_from_its_signed_time() -> None:
    customer("enterprise")
    source = helpdesk()
    ticket = arrive(source, created("T", AT, "¿Cómo exporto un informe?"), AT).ticket
    assert ticket is not None
    arrive(source, priority("T", AT + minutes(5), "urgent"), AT + timedelta(hours=3))
    assert ticket.events.get(kind="severity_changed").at == AT + minutes(5)
    assert contract_clock(ticket).breached_at == AT + minutes(30)


@pytest.mark.parametrize("ago", [timedelta(minutes=16), timedelta(hours=20)])
def test_nobody_unmisses_a_target_by_an_answer_dated_back(ago: timedelta) -> None:
    customer("enterprise")
    source = helpdesk()
    ticket = arrive(source, created("T", AT), AT).ticket
    assert ticket is not None
    arrive(source, said("T", AT + minutes(29), "a", "agent"), AT + minutes(29) + ago)
    assert contract_clock(ticket).breached_at == AT + minutes(30)


def test_a_ticket_that_is_created_twice_stays_with_its_customer() -> None:
    acme = customer("enterprise")
    customer("starter", domain="beta.example")
    source = helpdesk()
    arrive(source, created("T", AT), AT)
    arrive(
        source,
        created(
            "T",
            AT + minutes(1),
            subject="Stolen",
            message_id="another",
            requester={"email": "eve@beta.example"},
        ),
        AT + minutes(1),
    )
    ticket = Ticket.objects.get()
    assert (ticket.customer, ticket.subject) == (acme, "Centralita")
    assert ticket.requester is not None
    assert ticket.requester.email == "bob@acme.example"
    assert contract_clock(ticket).plan_code == "enterprise"
    assert ticket.messages.count() == 2


def test_a_created_event_after_a_message_that_overtook_it_is_still_adopted() -> None:
    acme = customer("enterprise")
    source = helpdesk()
    arrive(source, said("T", AT + minutes(1), "m1", author={"kind": "customer"}), AT + minutes(1))
    assert Ticket.objects.get().customer is None
    arrive(source, created("T", AT), AT + minutes(2))
    assert Ticket.objects.get().customer == acme


def test_one_source_never_reaches_the_tickets_of_another() -> None:
    ours, theirs = helpdesk(), helpdesk("Other helpdesk")
    ticket = arrive(ours, created("T", AT), AT).ticket
    assert ticket is not None
    before = ticket.events.count()
    answer = arrive(theirs, said("T", AT + minutes(1), "m", "agent"), AT + minutes(1))
    lowering = arrive(theirs, priority("T", AT + minutes(1), "low"), AT + minutes(1))
    assert {answer.ticket, lowering.ticket} == {None}
    assert ticket.events.count() == before


@pytest.mark.parametrize(
    "stated",
    [
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "1970-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-12:00",
    ],
)
def test_no_stated_time_moves_a_ticket_by_more_than_a_day(stated: str) -> None:
    body = created("T", None).replace(b'{"type"', f'{{"timestamp": "{stated}", "type"'.encode())
    delivery = arrive(helpdesk(), body, AT)
    if delivery.outcome == Outcome.QUARANTINED:
        assert "is not an instant that exists" in delivery.reason
    else:
        assert delivery.ticket is not None
        assert _is_within_a_day(delivery.ticket.opened_at)


def _is_within_a_day(at: datetime) -> bool:
    return AT - timedelta(days=1) <= at <= AT
