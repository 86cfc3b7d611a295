"""A form that makes something once, however often it is sent: reloading the page that shows a
secret sends it again. It holds a token of its own; what was sent with it is known for a day.
"""

import secrets
from datetime import datetime
from typing import Final, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponseRedirect
from django.http.request import QueryDict

from tickets.operations.api.calls import CallInProgress, earlier_call, hash_of_call, note_call

FIELD: Final = "form_token"
_MADE: Final = 200


def form_token(request: HttpRequest) -> str:
    """What the form holds: a new one, or its own when it is shown again with mistakes."""
    return request.POST.get(FIELD) or secrets.token_urlsafe(16)


def made_before(
    request: HttpRequest, now: datetime, *, words: str, back: str
) -> HttpResponseRedirect | None:
    """Says `words` and leads `back` when this form has made its thing; else None.

    Call it in the transaction that makes it: until that ends, nobody else makes it.
    """
    if not _was_sent(request, now):
        return None
    messages.warning(request, words)
    return HttpResponseRedirect(back)


def note_sent(request: HttpRequest, now: datetime) -> None:
    """The thing is made: in the same transaction, after `made_before`."""
    key = _key(request.POST)
    if key is not None:
        note_call(
            user=cast("User", request.user),
            key=key,
            request_sha256="",
            status=_MADE,
            ticket_id=None,
            message_id=None,
            now=now,
        )


def _was_sent(request: HttpRequest, now: datetime) -> bool:
    key = _key(request.POST)
    if key is None:
        return False
    user = cast("User", request.user)
    try:
        return earlier_call(user=user, key=key, request_sha256="", now=now) is not None
    except CallInProgress:
        return True


def _key(sent: QueryDict) -> str | None:
    """The same token with other contents is another thing: somebody went back and changed it."""
    token = sent.get(FIELD)
    if not token:
        return None
    contents = [
        part.encode()
        for name, values in sorted(sent.lists())
        if name != "csrfmiddlewaretoken"
        for part in (name, *map(str, values))
    ]
    # With blanks, which no Idempotency-Key of the API has.
    return f"form {token} {hash_of_call(*contents)}"
