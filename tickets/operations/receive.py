"""Keeping a delivery as it arrived: the step before anything is understood."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import IntegrityError, transaction

from tickets.domain.instants import format_instant
from tickets.models import Delivery, DeliveryState, Outcome, Source


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


@transaction.atomic
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
    try:
        with transaction.atomic():
            # Waits for a concurrent insert of the same id to commit or to roll back.
            delivery.save(force_insert=True)
    except IntegrityError:
        first = Delivery.objects.get(source=source, external_id=external_id, conflict=False)
        if first.body_sha256 == digest:
            return Received(Reception.DUPLICATE, first)
        return Received(Reception.CONFLICT, _keep_conflict(delivery, now=now))
    return Received(Reception.ACCEPTED, delivery)


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
