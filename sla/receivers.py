"""The logs of tickets grew: their clocks are read in the same transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.dispatch import receiver

from sla.operations.clocks.read_clocks import read_clocks_of
from tickets.signals import Grown, events_recorded


@receiver(events_recorded, dispatch_uid="sla reads the clocks")
def read_after_events(grown: Sequence[Grown], now: datetime, **_: Any) -> None:
    """Runs inside the savepoint of the operation; a failure marks the tickets' clocks stale."""
    read_clocks_of(grown, now=now)
