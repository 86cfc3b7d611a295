"""The webhook doors: verify, then keep, then answer; understanding comes later."""

import logging
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from tickets.domain.incoming import BadSignature
from tickets.inbound import standard
from tickets.models import Source, SourceKind
from tickets.operations.note_refusal import note_refusal
from tickets.operations.receive import Reception, receive_delivery
from tickets.providers.call import Call
from tickets.providers.credentials import Credential
from tickets.providers.read import prove_call
from tickets.providers.signatures import Unproved
from tickets.providers.table import PROVIDERS, Provider
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
        return _try_later("the delivery could not be stored: send it again")


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
        note_refusal(source=source, reason=str(error), now=now)
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


@csrf_exempt
@require_http_methods(["POST", "HEAD"])
def mail_webhook(request: HttpRequest, kind: str, source_id: UUID) -> JsonResponse:
    """A provider's mails: 200 kept, whatever is in it; 503 try later.

    The rest is for a person to mend: 401 not proved, 404 no such source, 410 switched off, 413 too
    large; a provider that would throw the mail away after these hears 503 instead. HEAD asks
    whether the address is right.
    """
    provider = PROVIDERS.get(kind)
    if provider is None:
        return _answer(404, "there is no such door")
    if _is_unreadable(request):
        return _answer(411, "the body must come with a Content-Length, not in chunks")
    try:
        return _mail_webhook(request, kind, provider, source_id)
    except (DatabaseError, InterfaceError, ImproperlyConfigured):
        # ImproperlyConfigured: no key of ours opens the stored secrets.
        logger.exception("a webhook could not be stored")
        return _try_later("the delivery could not be stored: send it again")


def _mail_webhook(
    request: HttpRequest, kind: str, provider: Provider, source_id: UUID
) -> JsonResponse:
    source = Source.objects.filter(pk=source_id, kind=kind).first()
    if source is None:
        return _to_mend(provider, 404, "there is no such source")
    if not source.is_active:
        return _to_mend(provider, 410, "this source is switched off: stop sending")
    if request.method == "HEAD":
        return _answer(200, "this address is right")
    try:
        body = _read(request, settings.MAIL_HOOK_MAX_BYTES)
    except OSError:
        return _to_mend(provider, 400, "the body broke off: send it again")
    if body is None:
        return _answer(413, f"the body is larger than {settings.MAIL_HOOK_MAX_BYTES} bytes")
    return _keep_call(request, provider, source, body)


def _keep_call(
    request: HttpRequest, provider: Provider, source: Source, body: bytes
) -> JsonResponse:
    now = timezone.now()
    call = Call(
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
        urls=(
            f"{settings.PUBLIC_URL.rstrip('/')}{request.path}",
            request.build_absolute_uri(request.path),
        ),
    )
    try:
        proved = prove_call(kind=source.kind, call=call, credentials=source.secret_list, now=now)
    except BadSignature as error:
        return _refused(provider, source, error, now)
    received = receive_delivery(
        source=source,
        external_id=proved.call_id,
        body=body,
        headers=proved.kept_headers,
        received_at=proved.received_at,
        arrived_by=proved.rule,
        times=proved.times,
        now=now,
    )
    # Always 200: some providers take no other answer for a success, 202 included.
    if received.reception is Reception.DUPLICATE:
        return _answer(200, "this call is known already", delivery=received.delivery.pk)
    if received.reception is Reception.CONFLICT:
        return _answer(200, "kept in quarantine: another body has this id")
    wake_up()
    return _answer(200, "kept", delivery=received.delivery.pk)


def _refused(
    provider: Provider, source: Source, error: BadSignature, now: datetime
) -> JsonResponse:
    note_refusal(source=source, reason=str(error), now=now)
    if not isinstance(error, Unproved):
        return _to_mend(provider, 401, str(error))
    response = _answer(401, str(error))
    if provider.credential is Credential.BASIC:
        response["WWW-Authenticate"] = 'Basic realm="mail"'
    return response


def _to_mend(provider: Provider, status: int, detail: str) -> JsonResponse:
    """Trouble that lasts until a person mends it: the mail must still be there afterwards."""
    return _answer(status, detail) if provider.keeps_after_4xx else _try_later(detail)


def _try_later(detail: str) -> JsonResponse:
    response = _answer(503, detail)
    response["Retry-After"] = "5"
    return response


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
