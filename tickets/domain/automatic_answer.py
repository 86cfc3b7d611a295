"""Who may be answered by a machine (RFC 3834): a person, once, and nobody else."""

import re
from collections.abc import Collection
from datetime import datetime, timedelta

from tickets.domain.incoming import IncomingMessage
from tickets.domain.words import AuthorKind, MailKind

_OLDEST = timedelta(days=3)
_PLAIN = re.compile(r"[^\s<>()\[\]\\,;:\"@\x00-\x1f\x7f]{1,64}@[^\s<>()\[\]\\,;:\"@]{1,255}")
# Names behind which no person reads: RFC 3834 (section 2), and what programs call themselves.
_MACHINE = re.compile(
    r"mailer[-_.]?daemon|post[-_]?master|daemon|root|nobody|noreply.*|bounces?\b.*|abuse"
    r"|(?:no|do[-_.]?not|dont|never)[-_.]?repl(?:y|ies)\b.*|no[-_.]?responder?\b.*"
    r"|no[-_.]?contest(?:ar|e)\b.*|notifications?|list(?:serv|proc|s)?|majordomo|mailman"
    r"|owner-.*|.*-(?:owner|request|bounces?)|mmdf|auto[-_.]?(?:reply|responder|mailer)\b.*",
    re.IGNORECASE,
)


def answer_address(incoming: IncomingMessage) -> str:
    """Where an automatic answer goes: to the return path, or the sender where none is known."""
    path = incoming.author.email if incoming.return_path is None else incoming.return_path
    return path.strip().lower()


def why_no_answer(
    incoming: IncomingMessage,
    *,
    received_at: datetime,
    now: datetime,
    own_addresses: Collection[str],
    needs_dmarc: bool,
) -> str:
    """Why no automatic answer may follow this mail; "" when one may.

    `own_addresses` in lower case. `needs_dmarc`: our mail servers check, so the sender of a mail
    that did not pass may be anybody.
    """
    if incoming.author.kind is not AuthorKind.CUSTOMER or not incoming.public:
        return "no customer wrote it"
    if incoming.kind is not MailKind.HUMAN:
        return "no person wrote it"
    if incoming.authenticated is False or (needs_dmarc and incoming.authenticated is not True):
        return "the sender is not proven: the answer might reach somebody else"
    if incoming.suppress_answer:
        return "the sender asks for no automatic answer"
    if received_at < now - _OLDEST or (incoming.sent_at or now) < now - _OLDEST:
        return "the mail is older than three days"
    return _why_not_there(incoming, own_addresses)


def _why_not_there(incoming: IncomingMessage, own_addresses: Collection[str]) -> str:
    """Both addresses are looked at: whichever is a machine's, no person waits there."""
    to, sender = answer_address(incoming), incoming.author.email.strip().lower()
    if not to:
        return "the return path is empty"
    for address in (to, sender):
        if not _PLAIN.fullmatch(address):
            return "there is no address to answer to"
        if _MACHINE.fullmatch(address.partition("@")[0]):
            return "the address is a machine's"
        if _without_tag(address) in own_addresses:
            return "the address is our own"
    if not _are_one_house(to, sender):
        return "the return path is another house's: the answer might reach somebody else"
    if sender.partition("@")[0].partition("+")[0] not in to.rpartition("@")[0]:
        # At the big free houses everybody is a neighbour. Paths that are made for one mail
        # (bounce+bob=..., prvs=...=bob) hold the name.
        return "the return path is another person's: the answer might reach somebody else"
    return ""


def _without_tag(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _are_one_house(path: str, sender: str) -> bool:
    one, other = path.rpartition("@")[2], sender.rpartition("@")[2]
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")
