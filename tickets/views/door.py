"""The one way through every door: verify, then keep, then answer; understanding comes later."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from tickets.domain.incoming import BadSignature
from tickets.models import Source
from tickets.operations.incoming.note_refusal import note_refusal
from tickets.operations.incoming.receive import Reception, receive_delivery
from tickets.tasks import wake_up
from tickets.views.answers import answer, try_later
from tickets.views.bodies import is_unreadable, read_body
from tickets.views.sources import Found, find_source

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call with its whole body; header names in lower case."""

    request: HttpRequest
    headers: Mapping[str, str]
    body: bytes
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A call that its source made. `reply` is said at once, and nothing of the call is kept."""

    call_id: str
    headers: Mapping[str, str]
    received_at: datetime
    arrived_by: str = "arrival"
    times: Mapping[str, datetime] = field(default_factory=dict)
    reply: HttpResponse | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What is particular about one kind of source.

    `prove` raises BadSignature. `kept` is the status that the sender takes for a success.
    `to_mend` answers what lasts until a person mends it, `refuse` what is not proved.
    """

    kind: str
    limit: int
    prove: Callable[[Call, Source], Proof]
    kept: int = 200
    answers_head: bool = True
    to_mend: Callable[[int, str], HttpResponse] = answer
    refuse: Callable[[BadSignature], HttpResponse] = lambda error: answer(401, str(error))


def receive_call(request: HttpRequest, source_id: UUID, door: Door) -> HttpResponse:
    """Keeps a call that its source proves, whatever is in it, and answers.

    In this order: the source, the size, the raw body once, the proof, a handshake's reply, one
    INSERT. 503 with Retry-After is trouble of ours; the rest is the sender's to mend: 400 broken
    off, 401 not proved, 404 no such source, 410 switched off, 411 in chunks through a server that
    cannot read them, 413 too large.
    """
    if is_unreadable(request):
        return answer(411, "the body must come with a Content-Length, not in chunks")
    try:
        return _receive(request, source_id, door)
    except (DatabaseError, InterfaceError, ImproperlyConfigured):
        # ImproperlyConfigured: no key of ours opens the stored secrets.
        logger.exception("a webhook could not be stored")
        return try_later("the delivery could not be stored: send it again")


def _receive(request: HttpRequest, source_id: UUID, door: Door) -> HttpResponse:
    found = find_source(source_id, door.kind)
    if found is None or not found.source.is_active:
        return _no_source(door, is_known=found is not None)
    if request.method == "HEAD" and door.answers_head:
        return answer(200, "this address is right")
    try:
        body = read_body(request, door.limit)
    except OSError:
        return door.to_mend(400, "the body broke off: send it again")
    if body is None:
        return answer(413, f"the body is larger than {door.limit} bytes")
    call = Call(
        request=request,
        headers=_headers_of(request),
        body=body,
        now=timezone.now(),
    )
    return _prove(call, found, door)


def _headers_of(request: HttpRequest) -> dict[str, str]:
    """As `request.headers` in lower case, made in a fifth of its time."""
    told = request.META
    headers = {
        name[5:].replace("_", "-").lower(): value
        for name, value in told.items()
        if name.startswith("HTTP_")
    }
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if name in told:
            headers[name.replace("_", "-").lower()] = told[name]
    return headers


def _prove(call: Call, found: Found, door: Door) -> HttpResponse:
    source = found.source
    try:
        return _keep(call, source, door)
    except BadSignature as error:
        if not found.is_kept:
            return _refused(error, source, door, call.now)
    # The secret may be newer than what the process remembers.
    again = find_source(source.pk, door.kind, fresh=True)
    if again is None or not again.source.is_active:
        return _no_source(door, is_known=again is not None)
    return _prove(call, again, door)


def _keep(call: Call, source: Source, door: Door) -> HttpResponse:
    proof = door.prove(call, source)
    if proof.reply is not None:
        return proof.reply
    received = receive_delivery(
        source=source,
        external_id=proof.call_id,
        body=call.body,
        headers=proof.headers,
        received_at=proof.received_at,
        arrived_by=proof.arrived_by,
        times=proof.times,
        now=call.now,
    )
    if received.reception is Reception.DUPLICATE:
        return answer(200, "this delivery is known already", delivery=received.delivery.pk)
    if received.reception is Reception.CONFLICT:
        return answer(
            door.kept, "kept in quarantine: another body has this id", delivery=received.delivery.pk
        )
    wake_up()
    return answer(door.kept, "kept", delivery=received.delivery.pk)


def _no_source(door: Door, *, is_known: bool) -> HttpResponse:
    if is_known:
        return door.to_mend(410, "this source is switched off: stop sending")
    return door.to_mend(404, "there is no such source")


def _refused(error: BadSignature, source: Source, door: Door, now: datetime) -> HttpResponse:
    note_refusal(source=source, reason=str(error), now=now)
    return door.refuse(error)
