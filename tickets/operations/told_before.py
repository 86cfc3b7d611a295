"""Whether a change that a tool tells of is in the log already, whichever way it came first."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from tickets.domain.event_time import CONFIRMED, is_sure
from tickets.domain.incoming import IncomingStatus
from tickets.domain.instants import parse_instant
from tickets.domain.words import EventKind, Status
from tickets.models import Ticket, TicketEvent

# Webhooks and APIs date one change a little differently: by the call, and in whole seconds.
SAME: Final = timedelta(seconds=5)
# A difference of so little is the digits that an API leaves out.
FINE: Final = timedelta(seconds=1)
STATUS_KINDS: Final[Mapping[str, tuple[EventKind, ...]]] = {
    Status.OPEN: (EventKind.WAITING_ENDED, EventKind.REOPENED),
    Status.WAITING: (EventKind.WAITING_STARTED,),
    Status.SOLVED: (EventKind.SOLVED,),
}
_LOOKED_AT: Final = (
    *(kind for kinds in STATUS_KINDS.values() for kind in kinds),
    EventKind.SEVERITY_CHANGED,
    EventKind.OPENED,
    EventKind.CUSTOMER_WROTE,
    EventKind.AGENT_REPLIED,
    EventKind.AUTO_REPLIED,
    EventKind.NOTE_ADDED,
    EventKind.TIME_CONFIRMED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One fact that came in a delivery; `at` is the instant at which it counts just now."""

    pk: int
    kind: str
    at: datetime
    details: Mapping[str, Any]
    delivery_id: int | None
    message_id: int | None

    @property
    def is_sure(self) -> bool:
        """Whether its time is one that its event stated, or that the tool confirmed."""
        return "time" not in self.details or is_sure(self.details)

    def happened(self, at: datetime) -> bool:
        """Whether it is dated about then: by the log, or by what its own event stated."""
        stated = self.details.get("stated")
        return abs(self.at - at) <= SAME or (
            isinstance(stated, str) and abs(parse_instant(stated) - at) <= SAME
        )

    def is_off(self, at: datetime) -> bool:
        """Whether it stands at another instant than this, which is surer."""
        return not self.is_sure and abs(self.at - at) > FINE


def told_of(ticket: Ticket) -> list[Told]:
    """The facts of a ticket that deliveries brought, at the instants that count, in order."""
    rows = TicketEvent.objects.filter(
        ticket=ticket, delivery__isnull=False, kind__in=_LOOKED_AT
    ).values_list("pk", "kind", "at", "details", "delivery_id", "message_id")
    found = {
        row[0]: Told(
            pk=row[0], kind=row[1], at=row[2], details=row[3], delivery_id=row[4], message_id=row[5]
        )
        for row in rows.order_by("pk")
    }
    for each in [fact for fact in found.values() if fact.kind == EventKind.TIME_CONFIRMED]:
        del found[each.pk]
        moved = found.get(int(str(each.details["of_event"])))
        if moved is not None:
            found[moved.pk] = Told(
                pk=moved.pk,
                kind=moved.kind,
                at=each.at,
                details={**moved.details, "time": CONFIRMED},
                delivery_id=moved.delivery_id,
                message_id=moved.message_id,
            )
    return sorted(found.values(), key=lambda fact: (fact.at, fact.pk))


def same_status(told: Iterable[Told], incoming: IncomingStatus) -> Told | None:
    """The fact of this change of status, the nearest first."""
    kinds = STATUS_KINDS[incoming.status]

    def fits(fact: Told) -> bool:
        if fact.kind not in kinds or fact.details.get("by") == "message":
            return False
        return incoming.status != Status.WAITING or fact.details.get("cause") == incoming.cause

    return _nearest(told, incoming.occurred_at, fits)


def same_severity(told: Iterable[Told], severity: str, at: datetime | None) -> Told | None:
    """The fact of this change of severity, the nearest first."""
    return _nearest(
        told,
        at,
        lambda fact: (
            fact.kind == EventKind.SEVERITY_CHANGED
            and fact.details.get("to") == severity
            and fact.message_id is None
        ),
    )


def _nearest(
    told: Iterable[Told], at: datetime | None, fits: Callable[[Told], bool]
) -> Told | None:
    if at is None:
        return None
    found = [fact for fact in told if fits(fact) and fact.happened(at)]
    return min(found, key=lambda fact: (abs(fact.at - at), fact.pk), default=None)
