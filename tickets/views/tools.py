"""The doors for chat and helpdesk tools."""

from functools import partial
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from tickets.domain.incoming import BadSignature
from tickets.inbound.tools.call import ToolCall, ToolCredential
from tickets.inbound.tools.table import TOOLS, Tool
from tickets.models import Source
from tickets.views.answers import answer
from tickets.views.door import Call, Door, Proof, receive_call

_KEPT_HEADERS = ("content-type", "user-agent")


def tool_webhook(request: HttpRequest, kind: str, source_id: UUID) -> HttpResponse:
    """200 kept, whatever is in it: every tool takes that for a success.

    A handshake is answered at once, when it is signed. HEAD, with which Intercom tries an address,
    asks whether it is right.
    """
    tool = TOOLS[kind]
    door = Door(
        kind=kind,
        limit=settings.WEBHOOK_MAX_BYTES,
        prove=partial(_prove, tool),
        refuse=partial(_refuse, tool),
    )
    return receive_call(request, source_id, door)


def _prove(tool: Tool, call: Call, source: Source) -> Proof:
    told = ToolCall(headers=call.headers, body=call.body)
    verified = tool.verify(told, source.secret_list, call.now)
    names = (*_KEPT_HEADERS, *tool.kept_headers)
    handshake = tool.handshake(told)
    return Proof(
        call_id=verified.delivery_id,
        headers={name: call.headers[name] for name in names if name in call.headers},
        received_at=call.now,
        reply=HttpResponse(handshake.body, handshake.content_type) if handshake else None,
    )


def _refuse(tool: Tool, error: BadSignature) -> HttpResponse:
    response = answer(401, str(error))
    if tool.credential is ToolCredential.BASIC:
        response["WWW-Authenticate"] = 'Basic realm="webhook"'
    return response
