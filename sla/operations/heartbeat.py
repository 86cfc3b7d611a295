"""Writing down that a periodic job ran to its end."""

from collections.abc import Mapping
from datetime import datetime

from sla.models import Heartbeat


def beat(*, name: str, now: datetime, detail: Mapping[str, object]) -> None:
    """Stores the instant (UTC, the database's clock) and what the job did."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": now, "detail": dict(detail)})
