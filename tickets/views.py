"""The webhook door: verify, then keep, then answer; understanding comes later."""

import logging
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tickets.domain.incoming import BadSignature
from tickets.inbound import standard
from tickets.models import Source, SourceKind
from tickets.operations.receive import Reception, receive_delivery
from tickets.tasks import wake_up

logger = logging.getLogger(__name__)

_KEPT_HEADERS = ("content-type", "user-agent", "webhook-id", "webhook-timestamp")


@csrf_exempt
@require_POST
def standard_webhook(request: HttpRequest, source_id: UUID) -> JsonResponse:
    """202 kept, 200 known already, 503 try later; the rest is the sender's to mend.

    400 broken off, 401 not signed, 404 no such source, 410 switched off, 411 in chunks through a
    server that cannot read them, 413 too large.
    """
    if _is_unreadable(request):
        return _answer(411, "the body must come with a Content-Length, not in chunks")
    try:
        return _standard_webhook(request, source_id)
    except (DatabaseError, InterfaceError, ImproperlyConfigured):
        # ImproperlyConfigured: no key of ours opens the stored secrets.
        logger.exception("a webhook could not be stored")
        response = _answer(503, "the delivery could not be stored: send it again")
        response["Retry-After"] = "5"
        return response


def _standard_webhook(request: HttpRequest, source_id: UUID) -> JsonResponse:
    source = Source.objects.filter(pk=source_id, kind=SourceKind.STANDARD).first()
    if source is None:
        return _answer(404, "there is no such source")
    if not source.is_active:
        return _answer(410, "this source is switched off: stop sending")
    try:
        body = _read(request, settings.WEBHOOK_MAX_BYTES)
    except OSError:
        return _answer(400, "the body broke off: send it again")
    if body is None:
        return _answer(413, f"the body is larger than {settings.WEBHOOK_MAX_BYTES} bytes")
    now = timezone.now()
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        verified = standard.verify(secrets=source.secret_list, headers=headers, body=body, now=now)
    except BadSignature as error:
        return _answer(401, str(error))
    received = receive_delivery(
        source=source,
        external_id=verified.delivery_id,
        body=body,
        headers={name: headers[name] for name in _KEPT_HEADERS if name in headers},
        received_at=now,
        now=now,
    )
    if received.reception is Reception.DUPLICATE:
        return _answer(200, "this delivery is known already", delivery=received.delivery.pk)
    if received.reception is Reception.CONFLICT:
        return _answer(
            202, "kept in quarantine: another body has this id", delivery=received.delivery.pk
        )
    wake_up()
    return _answer(202, "kept", delivery=received.delivery.pk)


def _is_unreadable(request: HttpRequest) -> bool:
    # Nothing would be read of such a body, and its signature would seem wrong.
    return (
        "Transfer-Encoding" in request.headers
        and "Content-Length" not in request.headers
        and not request.META.get("wsgi.input_terminated")
    )


def _read(request: HttpRequest, limit: int) -> bytes | None:
    """The raw body, or None when it is larger than the limit: never more is read than that."""
    try:
        if int(request.headers.get("Content-Length") or 0) > limit:
            return None
    except ValueError:
        return None
    # Django reads as far as Content-Length says: nothing of a body that comes in chunks.
    chunked = not request.headers.get("Content-Length") and request.META.get(
        "wsgi.input_terminated"
    )
    stream = request.META["wsgi.input"] if chunked else request
    body: bytes = stream.read(limit + 1)
    return body if len(body) <= limit else None


def _answer(status: int, detail: str, **more: object) -> JsonResponse:
    return JsonResponse({"detail": detail, **more}, status=status)
