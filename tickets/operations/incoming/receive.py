"""Keeping a delivery as it arrived: the step before anything is understood."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from django.db import InterfaceError, OperationalError, connection
from psycopg import sql

from tickets.domain.instants import format_instant
from tickets.models import Delivery, DeliveryState, Outcome, Source
from tickets.models.prepared import prepared_cursor

# Written out by hand: this is done for each call that comes in.
_BROUGHT = (
    "source_id",
    "external_id",
    "body",
    "body_sha256",
    "size",
    "headers",
    "received_at",
    "arrived_by",
    "mail_id",
    "times",
    "stored_at",
    "next_attempt_at",
)


class Reception(StrEnum):
    """What the door answers."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Received:
    """The kept delivery; of a duplicate, the first one."""

    reception: Reception
    delivery: Delivery


def receive_delivery(
    *,
    source: Source,
    external_id: str,
    body: bytes,
    headers: Mapping[str, str],
    received_at: datetime,
    arrived_by: str = "arrival",
    mail_id: str = "",
    times: Mapping[str, datetime] | None = None,
    now: datetime,
    lease: timedelta = timedelta(0),
) -> Received:
    """Stores the raw bytes once per source and id; another body under a known id is quarantined.

    One statement that commits by itself, unless the caller has a transaction open.
    `mail_id`: a mail's Message-ID, by which its answers wait for it.
    `times`: every instant that could have counted as the receipt, by its origin.
    `lease`: how long the caller will process it itself before a worker may.
    """
    digest = hashlib.sha256(body).hexdigest()
    delivery = Delivery(
        source=source,
        external_id=external_id,
        body=body,
        body_sha256=digest,
        size=len(body),
        headers=dict(headers),
        received_at=received_at,
        arrived_by=arrived_by,
        mail_id=mail_id[:255],
        times={origin: format_instant(at) for origin, at in (times or {}).items()},
        stored_at=now,
        next_attempt_at=now + lease,
    )
    if _insert(delivery):
        return Received(Reception.ACCEPTED, delivery)
    first = Delivery.objects.get(source=source, external_id=external_id, conflict=False)
    if first.body_sha256 == digest:
        return Received(Reception.DUPLICATE, first)
    return Received(Reception.CONFLICT, _keep_conflict(delivery, now=now))


def _insert(delivery: Delivery) -> bool:
    """False when its id is known: the statement waits for whoever inserts the same one just now."""
    # This statement shows whether the connection is alive: no other is sent before to ask.
    connection.health_check_done = True  # type: ignore[attr-defined]
    try:
        row = _execute(delivery)
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block or connection.is_usable():
            raise
        # Its key makes it safe to repeat, though nobody knows whether it was done.
        connection.close()
        row = _execute(delivery)
    if row is None:
        return False
    delivery.pk = row[0]
    delivery._state.adding = False  # noqa: SLF001  (as Django marks what it has saved)
    return True


def _execute(delivery: Delivery) -> Any:
    with prepared_cursor(connection) as cursor:
        cursor.execute(
            _statement(),
            [
                delivery.source_id,
                delivery.external_id,
                bytes(delivery.body),
                delivery.body_sha256,
                delivery.size,
                json.dumps(delivery.headers),
                delivery.received_at,
                delivery.arrived_by,
                delivery.mail_id,
                json.dumps(delivery.times),
                delivery.stored_at,
                delivery.next_attempt_at,
            ],
        )
        return cursor.fetchone()


@cache
def _statement() -> str:
    """The columns that a new delivery brings are places, all others stand there as they begin."""
    options = Delivery._meta  # noqa: SLF001  (Django's own way to the options)
    others = [
        field
        for field in options.concrete_fields
        if not field.primary_key and field.column not in _BROUGHT
    ]
    names = (*_BROUGHT, *(str(field.column) for field in others))
    columns = sql.SQL(", ").join(list(map(sql.Identifier, names)))
    begin = [field.get_db_prep_save(field.get_default(), connection) for field in others]
    values = sql.SQL(", ").join([sql.Placeholder()] * len(_BROUGHT) + [*map(sql.Literal, begin)])
    statement = sql.SQL(
        "INSERT INTO {table} ({columns}) VALUES ({values}) ON CONFLICT DO NOTHING RETURNING id"
    ).format(table=sql.Identifier(options.db_table), columns=columns, values=values)
    return statement.as_string(None)


def _keep_conflict(delivery: Delivery, *, now: datetime) -> Delivery:
    kept, _ = Delivery.objects.get_or_create(
        source=delivery.source,
        external_id=delivery.external_id,
        body_sha256=delivery.body_sha256,
        conflict=True,
        defaults={
            "body": delivery.body,
            "size": delivery.size,
            "headers": delivery.headers,
            "received_at": delivery.received_at,
            "arrived_by": delivery.arrived_by,
            "times": delivery.times,
            "stored_at": now,
            "state": DeliveryState.QUARANTINED,
            "outcome": Outcome.QUARANTINED,
            "reason": "Another body was accepted under the same delivery id before this one.",
            "finished_at": now,
        },
    )
    return kept
