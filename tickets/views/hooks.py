"""Which door an address leads to."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tickets.inbound.tools.table import TOOLS
from tickets.providers.table import PROVIDERS
from tickets.views.answers import answer
from tickets.views.mail import mail_webhook
from tickets.views.tools import tool_webhook


@csrf_exempt
@require_http_methods(["POST", "HEAD"])
def webhook(request: HttpRequest, kind: str, source_id: UUID) -> HttpResponse:
    """The door of a mail provider or of a tool; HEAD asks whether the address is right."""
    if kind in PROVIDERS:
        return mail_webhook(request, kind, source_id)
    if kind in TOOLS:
        return tool_webhook(request, kind, source_id)
    return answer(404, "there is no such door")
