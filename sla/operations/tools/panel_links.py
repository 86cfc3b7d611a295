"""Making links to the panel void before they expire."""

from datetime import datetime

from django.contrib.auth.models import User

from sla.models import PanelRevocation
from tickets.models import Source, Ticket


def revoke_panel_links(
    *, source: Source, ticket: Ticket | None = None, user: User, now: datetime
) -> PanelRevocation:
    """Every link made until now opens nothing any more: of one ticket, else of a whole source."""
    return PanelRevocation.objects.create(source=source, ticket=ticket, at=now, by=user)
