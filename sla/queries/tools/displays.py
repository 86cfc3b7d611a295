"""In which sources' tools deadlines are shown: read once in ten seconds, not at every reading."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from sla.domain.tools.display import Display
from sla.models import ToolDisplay
from sla.notifiers.tools.table import WRITERS
from tickets.models import ToolAccess

# What changes within it is made good by looking through every ticket once more afterwards.
REMEMBERED_SECONDS: Final = 10


def displays_at(now: datetime) -> Mapping[UUID, Display]:
    """What is shown where, by source, as it stood within the last ten seconds before `now`."""
    return _displays(int(now.timestamp()) // REMEMBERED_SECONDS)


@lru_cache(maxsize=1)
def _displays(_moment: int) -> Mapping[UUID, Display]:
    rows = ToolDisplay.objects.filter(
        source__in=writing_accesses().values("source"), shows_since__isnull=False
    )
    found = rows.select_related("source").defer("source__secrets")
    return {row.source_id: row.value() for row in found}


def forget_displays() -> None:
    """For whoever has just changed a display, and wants to see it at once."""
    _displays.cache_clear()


def writing_accesses() -> QuerySet[ToolAccess]:
    """The tools that deadlines are to be written into; each token is read when it is needed.

    One that cannot be decrypted is the trouble of its source alone.
    """
    rows = ToolAccess.objects.filter(
        writes=True, is_active=True, source__is_active=True, source__kind__in=list(WRITERS)
    )
    return rows.select_related("source").defer("token", "source__secrets")


def ticket_link(ticket_id: int) -> str:
    """The address of our page of a ticket, for agents in the tool."""
    path = reverse("admin:tickets_ticket_change", args=[ticket_id])
    return f"{settings.PUBLIC_URL.rstrip('/')}{path}"
