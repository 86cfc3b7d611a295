"""The doors of chat and helpdesk tools: what each answers, and that it keeps before it reads."""

from io import BytesIO
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client, RequestFactory
from django.utils import timezone

from tests.tickets.tool_calls import OTHER, SECRETS, named, post_call, sign_call, tool_source
from tickets.inbound.tools.table import TOOLS
from tickets.models import TOOL_KINDS, Delivery, DeliveryState, Ticket
from tickets.operations.incoming.process import process_delivery
from tickets.views import webhook

pytestmark = pytest.mark.django_db
KINDS = sorted(TOOLS)
every_tool = pytest.mark.parametrize("kind", KINDS)
# The others are named by the hash of what they sent: another body is another delivery.
NAMED = ("zendesk", "chatwoot", "slack", "intercom", "front")


def test_every_tool_has_its_door() -> None:
    assert {*TOOLS} == {kind.value for kind in TOOL_KINDS} == {*SECRETS}


@every_tool
def test_a_call_is_kept_as_it_came_and_not_yet_understood(kind: str) -> None:
    source, body = tool_source(kind), named(kind, 1, text="¿Qué tal? ü")
    answer = post_call(source, body)
    assert answer.status_code == 200, "every tool takes 200 for a success"
    kept = Delivery.objects.get(pk=answer.json()["delivery"])
    assert (bytes(kept.body), kept.state, kept.source) == (body, "waiting", source)
    assert set(kept.headers) == {"content-type", *TOOLS[kind].kept_headers}
    assert SECRETS[kind] not in str(kept.headers)
    assert not Ticket.objects.exists()


@every_tool
def test_the_same_call_again_is_known(kind: str) -> None:
    source, body = tool_source(kind), named(kind, 1)
    first, again = (post_call(source, body, sign_call(kind, body, name="n-1")) for _ in "ab")
    assert (again.status_code, again.json()["delivery"]) == (200, first.json()["delivery"])
    assert "known already" in again.json()["detail"]
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize("kind", NAMED)
def test_another_body_under_a_known_id_is_put_aside(kind: str) -> None:
    source = tool_source(kind)
    for text in ("one", "two", "two"):
        body = named(kind, 1, text=text)
        answer = post_call(source, body, sign_call(kind, body, name="n-1"))
        assert answer.status_code == 200
    assert "quarantine" in answer.json()["detail"]
    states = Delivery.objects.order_by("pk").values_list("state", "conflict")
    assert list(states) == [("waiting", False), ("quarantined", True)]


@every_tool
def test_two_sources_of_a_tool_do_not_meet(kind: str) -> None:
    body = named(kind, 1)
    for name in ("One", "Two"):
        answer = post_call(tool_source(kind, name), body, sign_call(kind, body, name="n-1"))
        assert answer.status_code == 200
    assert Delivery.objects.count() == 2


FORGED: dict[str, dict[str, Any]] = {
    "another secret": {"other": True},
    "another body": {"body": b'{"other": 1}'},
    "no headers": {"headers": {}},
    "empty headers": {"value": ""},
    "headers that are not ASCII": {"value": "sha256=ñé"},
    "endless headers": {"value": "A" * 8_000},
    "headers that mean nothing": {"value": "0"},
}


@every_tool
@pytest.mark.parametrize("how", FORGED.values(), ids=FORGED.keys())
def test_what_its_source_did_not_sign_is_refused_and_not_kept(
    kind: str, how: dict[str, Any]
) -> None:
    source, body = tool_source(kind), named(kind, 1)
    secret = OTHER[kind] if how.get("other") or kind == "freshdesk" else ""
    headers = how.get("headers", sign_call(kind, body, secret=secret))
    if "value" in how:
        headers = dict.fromkeys(headers, how["value"])
    answer = post_call(source, how.get("body", body), headers)
    assert answer.status_code == 401
    assert ("WWW-Authenticate" in answer) == (kind == "freshdesk")
    source.refresh_from_db()
    assert source.refused_at
    assert source.refused_reason == answer.json()["detail"]
    assert not Delivery.objects.exists()


@every_tool
def test_a_source_without_a_secret_takes_nothing(kind: str) -> None:
    answer = post_call(tool_source(kind, secrets=""), named(kind, 1))
    assert answer.status_code == 401
    assert "page" in answer.json()["detail"], "it says where to enter one"


@every_tool
def test_there_is_no_such_source_behind_another_door(kind: str, client: Client) -> None:
    other = tool_source(next(each for each in KINDS if each != kind))
    body = named(kind, 1)
    missing = "00000000-0000-4000-8000-000000000000"
    for place in (f"{kind}/{other.pk}/", f"{kind}/{missing}/", f"nothing/{other.pk}/"):
        answer = client.post(
            f"/hooks/{place}",
            body,
            content_type="application/json",
            headers=sign_call(kind, body),
        )
        assert answer.status_code == 404


@every_tool
def test_the_size_of_a_body_is_limited(kind: str, settings: LazySettings) -> None:
    settings.WEBHOOK_MAX_BYTES = 1_000
    source = tool_source(kind)
    assert post_call(source, named(kind, 1).ljust(1_001)).status_code == 413
    assert post_call(source, named(kind, 1).ljust(1_000)).status_code == 200


@every_tool
def test_a_body_in_chunks_is_read_where_the_server_can(kind: str) -> None:
    source, body = tool_source(kind), named(kind, 1)
    chunked = {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}
    answer = post_call(source, body, **chunked, **{"wsgi.input": BytesIO(body)})
    assert answer.status_code == 200
    request = RequestFactory().post("/", body, content_type="application/json")
    del request.META["CONTENT_LENGTH"]
    request.META["HTTP_TRANSFER_ENCODING"] = "chunked"
    assert webhook(request, kind=kind, source_id=source.pk).status_code == 411


class _Broken(BytesIO):
    """A connection that is lost while it is read."""

    def read(self, *_: object) -> bytes:
        raise ConnectionResetError


@every_tool
def test_a_body_that_breaks_off_is_asked_for_again(kind: str) -> None:
    source, body = tool_source(kind), named(kind, 1)
    chunked = {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}
    answer = post_call(source, body, **chunked, **{"wsgi.input": _Broken(body)})
    assert answer.status_code == 400


@every_tool
def test_its_address_can_be_tried(kind: str, client: Client) -> None:
    source = tool_source(kind)
    address = f"/hooks/{kind}/{source.pk}/"
    assert client.head(address).status_code == 200
    for method in ("get", "put", "patch", "delete"):
        assert getattr(client, method)(address).status_code == 405
    assert not Delivery.objects.exists()


BROKEN = {
    "not JSON": b'{"type": ',
    "not UTF-8": b'{"type": "\xff"}',
    "not an object": b"[]",
    "nothing": b"",
    "too deep": b"[" * 50_000,
    "a huge number": b'{"type": 1' + b"0" * 5_000 + b"}",
    "an endless id": b'{"id": "' + b"x" * 5_000 + b'", "event_id": "' + b"x" * 5_000 + b'"}',
    "NUL": b'{"type": "\\u0000", "event": "\\u0000"}',
}


@every_tool
@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN.keys())
def test_a_bad_body_is_kept_and_put_aside_with_its_reason(kind: str, body: bytes) -> None:
    answer = post_call(tool_source(kind), body)
    assert answer.status_code == 200
    process_delivery(delivery_id=answer.json()["delivery"], now=timezone.now())
    kept = Delivery.objects.get()
    assert kept.state in {DeliveryState.QUARANTINED, DeliveryState.IGNORED}
    assert bytes(kept.body) == body
    assert kept.reason
    assert "our own trouble" not in kept.reason
