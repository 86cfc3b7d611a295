"""From raw bytes to normalised records: one adapter per kind of source."""

from collections.abc import Callable

from django.conf import settings

from tickets.domain.incoming import Incoming
from tickets.inbound import mail, standard_events
from tickets.models import Delivery, SourceKind
from tickets.providers.read import read_call
from tickets.providers.table import PROVIDERS


def _read_mail(body: bytes) -> tuple[Incoming, ...]:
    return mail.parse(body, own_mx_hosts=settings.OWN_MX_HOSTS)


_ADAPTERS: dict[str, Callable[[bytes], tuple[Incoming, ...]]] = {
    SourceKind.EMAIL: _read_mail,
    SourceKind.STANDARD: standard_events.parse,
}


def read_delivery(delivery: Delivery) -> tuple[Incoming, ...]:
    """What a delivery says. Raises Unreadable with the reason."""
    kind = delivery.source.kind
    if kind in PROVIDERS:
        return read_call(
            kind=kind,
            headers=delivery.headers,
            body=bytes(delivery.body),
            own_mx_hosts=settings.OWN_MX_HOSTS,
        )
    return _ADAPTERS[kind](bytes(delivery.body))
