"""The webhook door: what it answers to each call, and that it keeps before it understands."""

import http.client
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.tickets.hooks import OTHER_SECRET, SECRET, created, headers, helpdesk
from tickets.models import Delivery, DeliveryState, Outcome, Source, Ticket
from tickets.operations.incoming.process import process_delivery, replay_delivery

pytestmark = pytest.mark.django_db


def send(
    client: Client,
    source: Source,
    body: bytes,
    external_id: str = "msg_1",
    *,
    signed: dict[str, str] | None = None,
    **more: Any,
) -> Any:
    """Posts to the door of a source."""
    return client.post(
        f"/hooks/standard/{source.pk}/",
        body,
        content_type="application/json",
        headers=headers(body, external_id=external_id) if signed is None else signed,
        **more,
    )


def body_of(thread: str = "T-1") -> bytes:
    """A ticket that Bob opens."""
    return created(thread, timezone.now())


def test_a_signed_delivery_is_kept_as_it_came_and_not_yet_understood(client: Client) -> None:
    source, body = helpdesk(), body_of()
    answer = send(client, source, body)
    assert answer.status_code == 202
    kept = Delivery.objects.get(pk=answer.json()["delivery"])
    assert (bytes(kept.body), kept.external_id, kept.state) == (body, "msg_1", "waiting")
    assert set(kept.headers) == {"content-type", "webhook-id", "webhook-timestamp"}
    assert abs(kept.received_at - timezone.now()) < timedelta(seconds=10)
    assert not Ticket.objects.exists()


def test_the_same_delivery_again_is_known(client: Client) -> None:
    source, body = helpdesk(), body_of()
    first = send(client, source, body).json()["delivery"]
    again = send(client, source, body)
    assert (again.status_code, again.json()["delivery"]) == (200, first)
    assert Delivery.objects.count() == 1


def test_another_body_under_a_known_id_is_quarantined_beside_the_first(client: Client) -> None:
    source = helpdesk()
    send(client, source, body_of("T-1"))
    for _ in range(2):
        answer = send(client, source, body_of("T-2"))
        assert answer.status_code == 202
        assert "quarantine" in answer.json()["detail"]
    first, other, third = Delivery.objects.order_by("pk")
    assert (first.state, first.conflict) == (DeliveryState.WAITING, False)
    assert (other.state, other.conflict) == (DeliveryState.QUARANTINED, True)
    assert other.reason
    assert third.conflict, "its time of event differs, so it is a third body"


def test_two_sources_may_use_the_same_delivery_id(client: Client) -> None:
    body = body_of()
    for name in ("One", "Two"):
        assert send(client, helpdesk(name), body).status_code == 202
    assert Delivery.objects.filter(external_id="msg_1", conflict=False).count() == 2


NOT_SIGNED: dict[str, dict[str, Any]] = {
    "another secret": {"secret": OTHER_SECRET},
    "too old": {"at": timedelta(minutes=-6)},
    "from the future": {"at": timedelta(minutes=6)},
    "no id": {"without": "webhook-id"},
    "no timestamp": {"without": "webhook-timestamp"},
    "no signature": {"without": "webhook-signature"},
    "another body": {"body": b"{}"},
    "another id": {"replace": {"webhook-id": "msg_2"}},
    "a timestamp that is none": {"replace": {"webhook-timestamp": "soon"}},
    "a signature that is none": {"replace": {"webhook-signature": "v1,ñ"}},
    "an id without end": {"replace": {"webhook-id": "m" * 5_000}},
}


@pytest.mark.parametrize("how", NOT_SIGNED.values(), ids=NOT_SIGNED.keys())
def test_what_its_source_did_not_sign_is_refused_and_not_kept(
    client: Client, how: dict[str, Any]
) -> None:
    source, body = helpdesk(), body_of()
    signed = headers(
        body,
        external_id="msg_1",
        at=timezone.now() + how.get("at", timedelta(0)),
        secret=how.get("secret", SECRET),
    ) | how.get("replace", {})
    signed.pop(how.get("without", ""), None)
    answer = send(client, source, how.get("body", body), signed=signed)
    assert answer.status_code == 401
    assert answer.json()["detail"]
    assert not Delivery.objects.exists()


def test_every_secret_of_a_source_signs_while_it_is_changed(client: Client) -> None:
    source = helpdesk()
    source.secrets = f"{OTHER_SECRET}\n{SECRET}\n"
    source.save()
    assert send(client, source, body_of()).status_code == 202


def test_a_source_without_a_secret_takes_nothing(client: Client) -> None:
    source = helpdesk()
    source.secrets = ""
    source.save()
    assert send(client, source, body_of()).status_code == 401


def test_a_body_over_the_limit_is_refused_by_its_header(
    client: Client, settings: LazySettings
) -> None:
    settings.WEBHOOK_MAX_BYTES = 1_000
    source = helpdesk()
    assert send(client, source, b"x" * 1_001).status_code == 413
    body = body_of().ljust(1_000)
    assert send(client, source, body).status_code == 202


def test_a_body_in_chunks_is_read_up_to_the_limit_and_no_further(
    client: Client, settings: LazySettings
) -> None:
    settings.WEBHOOK_MAX_BYTES = 1_000
    source, body = helpdesk(), body_of()
    assert _in_chunks(client, source, body, BytesIO(body)).status_code == 202
    endless = BytesIO(b"x" * 5_000)
    assert _in_chunks(client, source, b"x" * 5_000, endless).status_code == 413
    assert endless.tell() == 1_001


def test_a_body_that_breaks_off_is_asked_for_again(client: Client) -> None:
    source, body = helpdesk(), body_of()

    class Broken(BytesIO):
        """A connection that is lost while it is read."""

        def read(self, *_: object) -> bytes:
            raise ConnectionResetError

    assert _in_chunks(client, source, body, Broken(body)).status_code == 400


def _in_chunks(client: Client, source: Source, body: bytes, stream: BytesIO) -> Any:
    """As gunicorn hands on a body whose length is not said beforehand."""
    return send(
        client,
        source,
        body,
        **{"CONTENT_LENGTH": "", "wsgi.input": stream, "wsgi.input_terminated": True},
    )


def test_an_unknown_source_and_one_that_is_switched_off(client: Client) -> None:
    source = helpdesk()
    missing = "/hooks/standard/00000000-0000-4000-8000-000000000000/"
    assert client.post(missing, b"", content_type="application/json").status_code == 404
    source.is_active = False
    source.save()
    assert send(client, source, body_of()).status_code == 410
    mailbox = Source.objects.create(kind="email", name="Mail", secrets=SECRET)
    assert send(client, mailbox, body_of()).status_code == 404


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete"])
def test_only_post_is_a_delivery(client: Client, method: str) -> None:
    answer = getattr(client, method)(f"/hooks/standard/{helpdesk().pk}/")
    assert answer.status_code == 405


BROKEN = {
    "not JSON": b'{"type": "ticket.created", ',
    "not UTF-8": b'{"type": "\xff"}',
    "not an object": b"[]",
    "nothing": b"",
    "no ticket": b'{"type": "ticket.created", "data": {}}',
    "too deep": b"[" * 50_000,
    "a huge number": b'{"type": "ticket.created", "data": {"ticket_id": 1' + b"0" * 5_000 + b"}}",
    "an author of no kind": b'{"type": "ticket.message.created", "data": {"ticket_id": "T", '
    b'"message_id": "m", "body": "x", "author": {"kind": "parrot"}}}',
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_body_is_kept_and_quarantined_with_its_reason(client: Client, body: bytes) -> None:
    answer = send(client, helpdesk(), body)
    assert answer.status_code == 202
    process_delivery(delivery_id=answer.json()["delivery"], now=timezone.now())
    kept = Delivery.objects.get()
    assert (kept.state, kept.outcome) == (DeliveryState.QUARANTINED, Outcome.QUARANTINED)
    assert bytes(kept.body) == body
    assert kept.reason
    assert "our own trouble" not in kept.reason


def test_what_was_quarantined_is_replayed_once_we_understand_it(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = body_of().replace(b'"customer"', b'"parrot"').replace(b"ticket.created", b"ticket.born")
    pk = send(client, helpdesk(), body).json()["delivery"]
    now = timezone.now()
    process_delivery(delivery_id=pk, now=now)
    assert Delivery.objects.get().state == DeliveryState.IGNORED
    from tickets.inbound import standard_events

    readers = standard_events._READERS
    monkeypatch.setitem(readers, "ticket.born", readers["ticket.created"])
    assert replay_delivery(delivery_id=pk, now=now).state == DeliveryState.WAITING
    process_delivery(delivery_id=pk, now=now)
    kept = Delivery.objects.get()
    assert (kept.outcome, kept.ticket) == (Outcome.OPENED, Ticket.objects.get())


@pytest.fixture
def no_database(transactional_db: None) -> Iterator[Source]:
    """A database that cannot be reached; the source was made before."""
    source = helpdesk()
    connection.close()
    host = connection.settings_dict["HOST"]
    connection.settings_dict["HOST"] = "/nonexistent"
    yield source
    connection.close()
    connection.settings_dict["HOST"] = host


@pytest.mark.django_db(transaction=True)
def test_without_its_database_the_door_asks_to_try_again(
    no_database: Source, client: Client
) -> None:
    answer = send(client, no_database, body_of())
    assert answer.status_code == http.client.SERVICE_UNAVAILABLE
    assert answer["Retry-After"] == "5"
