"""From raw bytes to normalised records: one adapter per kind of source."""

from collections.abc import Callable

from django.conf import settings

from tickets.domain.incoming import Incoming
from tickets.inbound import mail, standard_events
from tickets.models import Delivery, SourceKind


def _read_mail(body: bytes) -> tuple[Incoming, ...]:
    return mail.parse(body, own_mx_hosts=settings.OWN_MX_HOSTS)


_ADAPTERS: dict[str, Callable[[bytes], tuple[Incoming, ...]]] = {
    SourceKind.EMAIL: _read_mail,
    SourceKind.STANDARD: standard_events.parse,
}


def read_delivery(delivery: Delivery) -> tuple[Incoming, ...]:
    """What a delivery says. Raises Unreadable with the reason."""
    return _ADAPTERS[delivery.source.kind](bytes(delivery.body))
