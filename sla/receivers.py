"""The log of a ticket grew: its clocks are read in the same transaction."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from sla.operations.read_clocks import read_clocks
from tickets.models import Ticket
from tickets.signals import events_recorded


@receiver(events_recorded, dispatch_uid="sla reads the clocks")
def read_after_events(ticket: Ticket, now: datetime, since: datetime, **_: Any) -> None:
    """Runs inside the savepoint of the operation; a failure marks the ticket's clocks stale."""
    read_clocks(ticket=ticket, now=now, since=since)
