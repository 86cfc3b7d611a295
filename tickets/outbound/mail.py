"""Our mails as drafts: from whom, back to where, in which thread, and recognisable as ours."""

import re
from dataclasses import dataclass

from django.conf import settings

from tickets.domain.own_mail import loop_token
from tickets.domain.reply_address import sign
from tickets.outbound.headers import one_line
from tickets.outbound.keys import signing_keys

_MAX_SUBJECT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who we are in one mail: name and address, where replies go, and the mark of our own."""

    name: str
    address: str
    reply_to: str
    loop_token: str


def sender_of(*, ticket: int, address: str, message_id: str) -> Sender:
    """`address` is the source's own, "" for the general one; `message_id` without brackets."""
    address = address or settings.SUPPORT_ADDRESSES[0]
    key = signing_keys()[0]
    plus = settings.PLUS_ADDRESSING
    return Sender(
        name=settings.SENDER_NAME,
        address=address,
        reply_to=sign(address=address, ticket=ticket, key=key) if plus else "",
        loop_token=loop_token(instance=settings.INSTANCE, message_id=message_id, key=key),
    )


def subject_of(subject: str, reference: str) -> str:
    """`Re: ...` with the ticket's reference, so that a reply finds its way back."""
    line = one_line(subject)[:_MAX_SUBJECT].strip() or settings.SENDER_NAME
    line = line if line.lower().startswith("re:") else f"Re: {line}"
    known = re.search(rf"\b{re.escape(reference)}\b", line, re.IGNORECASE)
    return line if known else f"{line} [{reference}]"
