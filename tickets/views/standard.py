"""The door for whoever speaks Standard Webhooks."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tickets.inbound import standard
from tickets.models import Source, SourceKind
from tickets.views.door import Call, Door, Proof, receive_call

_KEPT_HEADERS = ("content-type", "user-agent", "webhook-id", "webhook-timestamp")


@csrf_exempt
@require_POST
def standard_webhook(request: HttpRequest, source_id: UUID) -> HttpResponse:
    """202 kept, 200 known already; the rest as `receive_call` says."""
    door = Door(
        kind=SourceKind.STANDARD,
        limit=settings.WEBHOOK_MAX_BYTES,
        prove=_prove,
        kept=202,
        answers_head=False,
    )
    return receive_call(request, source_id, door)


def _prove(call: Call, source: Source) -> Proof:
    verified = standard.verify(
        secrets=source.secret_list, headers=call.headers, body=call.body, now=call.now
    )
    return Proof(
        call_id=verified.delivery_id,
        headers={name: call.headers[name] for name in _KEPT_HEADERS if name in call.headers},
        received_at=call.now,
    )
