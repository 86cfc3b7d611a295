"""The doors for mail providers."""

from functools import partial
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from tickets.domain.incoming import BadSignature
from tickets.models import Source
from tickets.providers.call import Call as ProviderCall
from tickets.providers.credentials import Credential
from tickets.providers.read import prove_call
from tickets.providers.signatures import Unproved
from tickets.providers.table import PROVIDERS, Provider
from tickets.views.answers import answer, try_later
from tickets.views.door import Call, Door, Proof, receive_call


def mail_webhook(request: HttpRequest, kind: str, source_id: UUID) -> HttpResponse:
    """200 kept, whatever is in it: some providers take no other answer for a success.

    A provider that would throw the mail away after what a person must mend hears 503 instead.
    HEAD asks whether the address is right.
    """
    provider = PROVIDERS[kind]
    door = Door(
        kind=kind,
        limit=settings.MAIL_HOOK_MAX_BYTES,
        prove=_prove,
        to_mend=partial(_to_mend, provider),
        refuse=partial(_refuse, provider),
    )
    return receive_call(request, source_id, door)


def _prove(call: Call, source: Source) -> Proof:
    path = call.request.path
    proved = prove_call(
        kind=source.kind,
        call=ProviderCall(
            headers=call.headers,
            body=call.body,
            urls=(
                f"{settings.PUBLIC_URL.rstrip('/')}{path}",
                call.request.build_absolute_uri(path),
            ),
        ),
        credentials=source.secret_list,
        now=call.now,
    )
    return Proof(
        call_id=proved.call_id,
        headers=proved.kept_headers,
        received_at=proved.received_at,
        arrived_by=proved.rule,
        times=proved.times,
    )


def _refuse(provider: Provider, error: BadSignature) -> HttpResponse:
    if not isinstance(error, Unproved):
        return _to_mend(provider, 401, str(error))
    response = answer(401, str(error))
    if provider.credential is Credential.BASIC:
        response["WWW-Authenticate"] = 'Basic realm="mail"'
    return response


def _to_mend(provider: Provider, status: int, detail: str) -> HttpResponse:
    """Trouble that lasts until a person mends it: the mail must still be there afterwards."""
    return answer(status, detail) if provider.keeps_after_4xx else try_later(detail)
