"""When an event counts: the ruling on whose clock may start and stop ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tickets.domain.instants import format_instant

START_WINDOW = timedelta(hours=24)
SIGNED = "signed event time"
CONFIRMED = "confirmed by the tool's API"


@dataclass(frozen=True, slots=True)
class EventTime:
    """The instant that counts (UTC), and by which rule it was chosen.

    `stated` is what the event itself said, where that does not count; None where nothing did.
    """

    at: datetime
    rule: str
    stated: datetime | None = None

    def details(self) -> dict[str, object]:
        """As the log keeps it beside the instant."""
        found: dict[str, object] = {"time": self.rule}
        return found if self.stated is None else {**found, "stated": format_instant(self.stated)}


def confirmed_time(*, occurred_at: datetime | None, arrived_at: datetime) -> EventTime:
    """For what the tool's own API tells, whenever that was asked: its time is believed whole."""
    if occurred_at is None:
        return EventTime(arrived_at, "arrival")
    # Their clock may be a little fast; nothing happens in the future.
    return EventTime(min(occurred_at, arrived_at), CONFIRMED)


def is_sure(details: Mapping[str, Any]) -> bool:
    """Whether a fact stands at the time that its event stated, or that an API confirmed."""
    return details.get("time") in {SIGNED, CONFIRMED}


def start_time(*, occurred_at: datetime | None, arrived_at: datetime) -> EventTime:
    """For what starts a clock: the signed time, kept within the 24 hours before arrival."""
    if occurred_at is None:
        return EventTime(arrived_at, "arrival")
    if occurred_at > arrived_at:
        return EventTime(arrived_at, "arrival: the stated time lies in the future", occurred_at)
    if occurred_at < arrived_at - START_WINDOW:
        return EventTime(
            arrived_at - START_WINDOW, "kept within 24 hours before arrival", occurred_at
        )
    return EventTime(occurred_at, SIGNED)


def stop_time(
    *, occurred_at: datetime | None, arrived_at: datetime, tolerance: timedelta
) -> EventTime:
    """For what stops or pauses one: the signed time only when recent, otherwise arrival.

    Nobody un-breaches with a webhook secret.
    """
    if occurred_at is None:
        return EventTime(arrived_at, "arrival")
    if occurred_at > arrived_at:
        return EventTime(arrived_at, "arrival: the stated time lies in the future", occurred_at)
    if occurred_at < arrived_at - tolerance:
        return EventTime(
            arrived_at, "arrival: the stated time is too old to be trusted", occurred_at
        )
    return EventTime(occurred_at, SIGNED)
