"""The e-mail door: keeps a raw mail, then understands it at once."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import InterfaceError, OperationalError

from tickets.domain.incoming import Unreadable
from tickets.inbound.email import ParsedMail, first_trusted_received, parse_mail, received_at
from tickets.models import Delivery, Source, SourceKind
from tickets.operations.incoming.process import process_delivery
from tickets.operations.incoming.receive import Reception, receive_delivery
from tickets.operations.ticket.write_message import clean

MAILBOX = "Mailbox"
# While this process works on the mail itself, no worker takes it.
_LEASE = timedelta(seconds=10)
_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """A mail after it was kept: `mail` is None when it could not be read."""

    delivery: Delivery
    mail: ParsedMail | None
    reception: Reception


def mailbox() -> Source:
    """The source of mails that are piped or uploaded."""
    source, _ = Source.objects.get_or_create(
        name=MAILBOX, defaults={"kind": SourceKind.EMAIL, "channel": "email"}
    )
    return source


def keep_mail(*, raw: bytes, source: Source, now: datetime) -> Ingested:
    """Stores a raw mail; the same bytes again are a duplicate."""
    hosts = settings.OWN_MX_HOSTS
    at, rule = received_at(candidate=_received_by_us(raw), now=now)
    try:
        mail = parse_mail(raw, own_mx_hosts=hosts)
    except Unreadable:
        mail = None
    received = receive_delivery(
        source=source,
        external_id=f"sha256:{hashlib.sha256(raw).hexdigest()}",
        body=raw,
        headers={},
        received_at=at,
        arrived_by=rule,
        mail_id=clean(mail.message_id) if mail else "",
        now=now,
        lease=_LEASE,
    )
    return Ingested(delivery=received.delivery, mail=mail, reception=received.reception)


def _received_by_us(raw: bytes) -> datetime | None:
    try:
        return first_trusted_received(raw, settings.OWN_MX_HOSTS)
    except Unreadable:
        return None  # it is kept all the same, and put aside for that later


def understand_mail(*, delivery: Delivery, now: datetime) -> Delivery:
    """Processes a kept mail; it stays waiting when the database itself is in trouble."""
    for _ in range(_TRIES):
        try:
            process_delivery(delivery_id=delivery.pk, now=now)
        except (OperationalError, InterfaceError):
            break
        delivery.refresh_from_db()
        if delivery.next_attempt_at is None:
            break
    return delivery
