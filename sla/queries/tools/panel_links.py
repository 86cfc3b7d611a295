"""Signed links to the panel: one ticket, for some hours, without a log-in."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db.models import Q
from django.urls import reverse

from sla.models import PanelRevocation
from tickets.models import Source, Ticket

LANGUAGES: Final = ("en", "es")


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelLink:
    """What a link of ours says; `source_mark` is of the ticket's source when the link was made.

    Without a `language` the browser's own holds. `revocations`: how many there had been.
    """

    ticket_id: int
    source_mark: str
    expires_at: datetime
    language: str
    revocations: int


def panel_url(ticket: Ticket, *, expires_at: datetime, language: str = "") -> str:
    """The address that shows one ticket's promise until `expires_at` (whole seconds)."""
    path = reverse("sla:panel", args=[token_of(ticket, expires_at, language)])
    return f"{settings.PUBLIC_URL.rstrip('/')}{path}"


def token_of(ticket: Ticket, expires_at: datetime, language: str) -> str:
    """`<ticket>-<mark of its source>-<seconds>-<language>-<revocations>.<signature>`."""
    mark, seconds = _mark(ticket.source_id), int(expires_at.timestamp())
    # Counted, not timed: the clocks of two hosts may differ, a count cannot.
    count = _revocations(ticket)
    return _signer().sign(f"{ticket.pk}-{mark}-{seconds}-{language}-{count}")


def read_token(token: str) -> PanelLink | None:
    """What a token says when we signed it, expired or not; else None."""
    try:
        number, mark, seconds, language, *count = _signer().unsign(token).split("-")
        return PanelLink(
            ticket_id=int(number),
            source_mark=mark,
            expires_at=datetime.fromtimestamp(int(seconds), UTC),
            language=language if language in LANGUAGES else "",
            # A release that knew no revocations wrote none.
            revocations=int(*count),
        )
    except (BadSignature, ValueError, TypeError, OverflowError):
        return None


def ticket_of(link: PanelLink) -> Ticket | None:
    """The ticket that a link was made for; None when another one has its number by now."""
    found = Ticket.objects.filter(pk=link.ticket_id).select_related("source__tool_access").first()
    # A database that was made anew counts from the same number again.
    return found if found and _mark(found.source_id) == link.source_mark else None


def is_revoked(link: PanelLink, ticket: Ticket) -> bool:
    """Whether the links of the ticket, or of its source, were revoked after this one was made."""
    return link.revocations != _revocations(ticket)


def last_revocation(source: Source, ticket: Ticket | None = None) -> PanelRevocation | None:
    """The newest of a whole source, or of one ticket alone."""
    return PanelRevocation.objects.filter(source=source, ticket=ticket).select_related("by").first()


def tool_address(source: Source) -> str:
    """Where the source's tool lives; "" when nobody has said so."""
    access = getattr(source, "tool_access", None)
    return access.base_url if access else ""


def _revocations(ticket: Ticket) -> int:
    """Of the ticket and of its source; rows are only added, so it only grows."""
    whole_source = Q(source=ticket.source_id, ticket=None)
    return PanelRevocation.objects.filter(whole_source | Q(ticket=ticket.pk)).count()


def _mark(source_id: UUID) -> str:
    # The id itself stands in the address of the source's webhook: not for browsers.
    return hashlib.sha256(source_id.bytes).hexdigest()[:16]


def _signer() -> Signer:
    # Older keys of the service (DJANGO_SECRET_KEY_FALLBACKS) are still believed.
    return Signer(salt="sla.panel", sep=".")
