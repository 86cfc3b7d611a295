"""When an event counts: the ruling on whose clock may start and stop ours."""

from dataclasses import dataclass
from datetime import datetime, timedelta

START_WINDOW = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class EventTime:
    """The instant that counts (UTC), and by which rule it was chosen."""

    at: datetime
    rule: str


def start_time(*, occurred_at: datetime | None, arrived_at: datetime) -> EventTime:
    """For what starts a clock: the signed time, kept within the 24 hours before arrival."""
    if occurred_at is None:
        return EventTime(arrived_at, "arrival")
    if occurred_at > arrived_at:
        return EventTime(arrived_at, "arrival: the stated time lies in the future")
    if occurred_at < arrived_at - START_WINDOW:
        return EventTime(arrived_at - START_WINDOW, "kept within 24 hours before arrival")
    return EventTime(occurred_at, "signed event time")


def stop_time(
    *, occurred_at: datetime | None, arrived_at: datetime, tolerance: timedelta
) -> EventTime:
    """For what stops or pauses one: the signed time only when recent, otherwise arrival.

    Nobody un-breaches with a webhook secret.
    """
    if occurred_at is None:
        return EventTime(arrived_at, "arrival")
    if occurred_at > arrived_at:
        return EventTime(arrived_at, "arrival: the stated time lies in the future")
    if occurred_at < arrived_at - tolerance:
        return EventTime(arrived_at, "arrival: the stated time is too old to be trusted")
    return EventTime(occurred_at, "signed event time")
