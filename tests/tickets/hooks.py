"""Plain functions that make a helpdesk's webhooks and bring them to the door."""

import base64
import json
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from tickets.domain.instants import format_instant
from tickets.inbound.standard import sign
from tickets.models import Delivery, Source, SourceKind
from tickets.operations.incoming.process import process_delivery
from tickets.operations.incoming.receive import receive_delivery

SECRET = "whsec_" + base64.b64encode(b"a secret of the tests only").decode()
OTHER_SECRET = "whsec_" + base64.b64encode(b"a secret of somebody else.").decode()
_numbers = count(1)


def helpdesk(name: str = "Helpdesk", **fields: Any) -> Source:
    """A source that speaks Standard Webhooks."""
    return Source.objects.create(
        kind=SourceKind.STANDARD, name=name, secrets=SECRET, channel="helpdesk", **fields
    )


def new_id() -> str:
    """A webhook-id that no other test uses."""
    return f"msg_{next(_numbers)}"


def event(kind: str, at: datetime | None, **data: Any) -> bytes:
    """The body of one event; `at` is the signed time of the event."""
    told: dict[str, Any] = {"type": kind, "data": data}
    if at is not None:
        told["timestamp"] = format_instant(at)
    return json.dumps(told).encode()


def created(
    thread: str, at: datetime | None, body: str = "No funciona nada.", **more: Any
) -> bytes:
    """Bob opens a ticket in the helpdesk."""
    return event(
        "ticket.created",
        at,
        **{
            "ticket_id": thread,
            "subject": "Centralita",
            "requester": {"email": "bob@acme.example", "name": "Bob"},
            "description": body,
            **more,
        },
    )


def said(thread: str, at: datetime | None, key: str, who: str = "customer", **more: Any) -> bytes:
    """Bob (customer), Alice (agent) or a bot writes."""
    people = {"customer": "bob@acme.example", "agent": "alice@sivocenter.example", "bot": ""}
    return event(
        "ticket.message.created",
        at,
        **{
            "ticket_id": thread,
            "message_id": key,
            "author": {"kind": who, "email": people[who]},
            "public": True,
            "body": f"{who} {key}",
            **more,
        },
    )


def status(thread: str, at: datetime | None, word: str, **more: Any) -> bytes:
    """Alice sets the status."""
    return event("ticket.status.changed", at, ticket_id=thread, status=word, **more)


def priority(thread: str, at: datetime | None, word: str, **more: Any) -> bytes:
    """Alice sets the priority."""
    return event("ticket.priority.changed", at, ticket_id=thread, priority=word, **more)


def arrive(
    source: Source, body: bytes, at: datetime, *, external_id: str = "", process: bool = True
) -> Delivery:
    """The body is kept at `at` and, unless told otherwise, processed at once."""
    received = receive_delivery(
        source=source,
        external_id=external_id or new_id(),
        body=body,
        headers={},
        received_at=at,
        now=at,
    )
    if process:
        process_delivery(delivery_id=received.delivery.pk, now=at)
    return Delivery.objects.get(pk=received.delivery.pk)


def headers(
    body: bytes, *, external_id: str, at: datetime | None = None, secret: str = SECRET
) -> dict[str, str]:
    """Signed headers, as a sender makes them."""
    return sign(secrets=[secret], delivery_id=external_id, body=body, at=at or timezone.now()) | {
        "content-type": "application/json"
    }


def minutes(count_: float) -> timedelta:
    """A span."""
    return timedelta(minutes=count_)


def utc(text: str) -> datetime:
    """An instant written as local time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
