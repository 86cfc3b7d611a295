"""The mark on an answer that leaves through a tool: known again as ours, and never forged."""

import hmac

from django.conf import settings

from tickets.domain.own_mail import loop_token
from tickets.outbound.keys import signing_keys


def marks_of(message: int) -> tuple[str, ...]:
    """Those of the answer with this id: the newest key's is written, all of them are ours."""
    return tuple(
        loop_token(instance=settings.INSTANCE, message_id=f"answer:{message}", key=key)
        for key in signing_keys()
    )


def bears_mark(token: str, message: int) -> bool:
    """Whether something that came back is this very answer."""
    given = token.encode()
    return any(hmac.compare_digest(given, mark.encode()) for mark in marks_of(message))
