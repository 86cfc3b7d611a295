"""Webhooks for programs: what they hear of, when a call is tried again or given up."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from tickets.domain.instants import format_instant


class HookType(StrEnum):
    """What happened, as a program reads it."""

    OPENED = "ticket.opened"
    WARNED = "clock.warned"
    MISSED = "target.missed"
    ANSWERED = "ticket.answered"
    CORRECTED = "target.corrected"
    SEVERITY_CHANGED = "ticket.severity_changed"


# Nobody subscribes to it: the button "Send a test" makes it.
TEST_TYPE: Final = "hook.test"

# Between one attempt and the next, as Standard Webhooks recommends: ten attempts in three days.
_WAITS: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
MAX_ATTEMPTS: Final = len(_WAITS) + 1
# After so many failures in a row, how long nothing at all is sent to a hook.
_RESTS: Final = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=5))
BREAKS_AFTER: Final = len(_RESTS)
WARN_AFTER: Final = timedelta(days=1)
DISABLE_AFTER: Final = timedelta(days=3)
# After a rotation the old secret signs beside the new one.
OLD_SECRET_FOR: Final = timedelta(hours=24)
KEPT_FOR: Final = timedelta(days=30)
MOST_BYTES: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A hook that hears of events: which types, and of which customers; none named: of all."""

    hook_id: int
    types: frozenset[str]
    customers: frozenset[int]

    def wants(self, kind: HookType, customer_id: int | None) -> bool:
        """Whether it hears of this type, about this customer."""
        return kind in self.types and (not self.customers or customer_id in self.customers)


def is_wanted(subscribers: Sequence[Subscriber], kind: HookType) -> bool:
    """Whether anybody hears of this type at all."""
    return any(kind in each.types for each in subscribers)


def event_id(place: str, key: str, at: datetime) -> UUID:
    """The id of an event: always the same for the same fact of the same installation (`place`).

    With its instant: a database that is put back to yesterday counts its entries anew.
    """
    return uuid5(NAMESPACE_URL, f"{place}#{key}@{format_instant(at)}")


def message_id_of(event: UUID) -> str:
    """The webhook-id: the same over all attempts and replays."""
    return f"evt_{event.hex}"


def body_of(kind: str, at: datetime, data: Mapping[str, Any]) -> bytes:
    """The JSON of a call, the same bytes for every attempt."""
    ordered = json.loads(json.dumps(data, sort_keys=True))
    event = {"type": kind, "timestamp": format_instant(at), "data": ordered}
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def retry_wait(attempts: int, *, luck: float, asked: timedelta | None = None) -> timedelta | None:
    """How long to wait after the attempt of this number, counted from 1; None: it was the last.

    `luck` from 0 to 1 spreads the attempts of many; `asked`: how long the other side asked for.
    """
    if attempts >= MAX_ATTEMPTS:
        return None
    wait = _WAITS[max(attempts, 1) - 1] * (1 + 0.1 * luck)
    return max(wait, asked) if asked else wait


def rest_after(failures: int, asked: timedelta | None = None) -> timedelta:
    """How long a hook is left alone after so many failures in a row, counted from 1."""
    rest = _RESTS[min(max(failures, 1), len(_RESTS)) - 1]
    return max(rest, asked) if asked else rest
