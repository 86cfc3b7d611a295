"""From raw bytes to normalised records: one adapter per kind of source."""

from collections.abc import Callable

from django.conf import settings

from tickets.domain.incoming import Ignored, Incoming
from tickets.inbound import mail, standard_events
from tickets.inbound.polls.poll import parse_body
from tickets.inbound.polls.table import POLLS
from tickets.inbound.tools.call import ToolCall, ToolMap
from tickets.inbound.tools.placing import placing
from tickets.inbound.tools.table import TOOLS
from tickets.models import Delivery, Source, SourceKind
from tickets.operations.outgoing.own_notes import without_own_notes
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
    if kind in TOOLS:
        return without_own_notes(delivery.source, _read_tool(delivery))
    return _ADAPTERS[kind](bytes(delivery.body))


def _read_tool(delivery: Delivery) -> tuple[Incoming, ...]:
    kind, words = delivery.source.kind, tool_map(delivery.source)
    if delivery.is_confirmed:
        return parse_body(POLLS[kind], bytes(delivery.body), words)
    call = ToolCall(headers=delivery.headers, body=bytes(delivery.body))
    found, placed = TOOLS[kind].parse(call, words), placing(kind, call, words)
    if placed and all(type(each) is Ignored for each in found):
        # Else the delivery would say that it was ignored, and why.
        return placed
    return (*found, *placed)


def tool_map(source: Source) -> ToolMap:
    """What an operator says of a source, for its tool's adapter."""
    statuses = {word: source.status_of(word) for word in source.status_map}
    severities = {word: source.severity_of(word) for word in source.priority_map}
    return ToolMap(
        statuses={word: meaning for word, meaning in statuses.items() if meaning},
        severities={word: severity for word, severity in severities.items() if severity},
        agents=frozenset(source.people_of_ours()),
        bots=frozenset(map(str, source.bot_ids)),
    )
