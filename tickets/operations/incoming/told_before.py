"""Whether a change that a tool tells of is in the log already, whichever way it came first."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from tickets.domain.assignment import Word, word_of
from tickets.domain.event_time import CONFIRMED, is_sure
from tickets.domain.incoming import IncomingStatus
from tickets.domain.instants import parse_instant
from tickets.domain.severity_log import BY_TAG
from tickets.domain.words import EventKind, Status
from tickets.models import TOOL_API, Ticket, TicketEvent

# Webhooks and APIs date one change a little differently: by the call, and in whole seconds.
SAME: Final = timedelta(seconds=5)
# A difference of so little is the digits that an API leaves out.
FINE: Final = timedelta(seconds=1)
STATUS_KINDS: Final[Mapping[str, tuple[EventKind, ...]]] = {
    Status.OPEN: (EventKind.WAITING_ENDED, EventKind.REOPENED),
    Status.WAITING: (EventKind.WAITING_STARTED,),
    Status.SOLVED: (EventKind.SOLVED,),
}
_STATUS_FACTS: Final = tuple(kind for kinds in STATUS_KINDS.values() for kind in kinds)
_LOOKED_AT: Final = (
    *_STATUS_FACTS,
    EventKind.SEVERITY_CHANGED,
    EventKind.ASSIGNED,
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
    by_api: bool

    @property
    def is_sure(self) -> bool:
        """Whether its time is one that its event stated, or that the tool confirmed."""
        return "time" not in self.details or is_sure(self.details)

    @property
    def is_confirmed(self) -> bool:
        """Whether the tool's API told of it, or of its time."""
        return self.by_api or self.details.get("time") == CONFIRMED

    @property
    def said_at(self) -> datetime:
        """When its own event said that it was; where it stands in the log, if that said nothing."""
        stated = None if self.is_confirmed else self.details.get("stated")
        return parse_instant(stated) if isinstance(stated, str) else self.at

    def happened(self, at: datetime) -> bool:
        """Whether it is dated about then: by the log, or by what its own event stated."""
        return abs(self.at - at) <= SAME or abs(self.said_at - at) <= SAME

    def is_off(self, at: datetime) -> bool:
        """Whether it stands at another instant than this, which is surer."""
        return not self.is_sure and abs(self.at - at) > FINE


def told_of(ticket: Ticket) -> list[Told]:
    """The facts of a ticket that deliveries brought, at the instants that count, in order."""
    rows = TicketEvent.objects.filter(
        ticket=ticket, delivery__isnull=False, kind__in=_LOOKED_AT
    ).values_list(
        "pk", "kind", "at", "details", "delivery_id", "message_id", "delivery__arrived_by"
    )
    found = {
        row[0]: Told(
            pk=row[0],
            kind=row[1],
            at=row[2],
            details=row[3],
            delivery_id=row[4],
            message_id=row[5],
            by_api=row[6] == TOOL_API,
        )
        for row in rows.order_by("pk")
    }
    for each in [fact for fact in found.values() if fact.kind == EventKind.TIME_CONFIRMED]:
        del found[each.pk]
        moved = found.get(int(str(each.details["of_event"])))
        if moved is not None:
            details = {**moved.details, "time": CONFIRMED}
            found[moved.pk] = replace(moved, at=each.at, details=details)
    return sorted(found.values(), key=lambda fact: (fact.at, fact.pk))


def same_status(told: Iterable[Told], incoming: IncomingStatus, *, by_api: bool) -> Told | None:
    """The fact of this change of status, the nearest first; `by_api`: the tool's API tells it."""
    kinds = STATUS_KINDS[incoming.status]
    changes = [
        fact for fact in told if fact.kind in _STATUS_FACTS and fact.details.get("by") != "message"
    ]

    def fits(fact: Told) -> bool:
        return fact.kind in kinds and (
            incoming.status != Status.WAITING or fact.details.get("cause") == incoming.cause
        )

    return _nearest(changes, incoming.occurred_at, fits, by_api=by_api)


def severities_told(told: Iterable[Told], *, by_tag: bool) -> list[Told]:
    """What the tool said of the severity, by its priority or by its tags."""
    return [
        fact
        for fact in told
        if fact.kind == EventKind.SEVERITY_CHANGED
        and fact.message_id is None
        and bool(fact.details.get(BY_TAG)) is by_tag
    ]


def same_severity(
    told: Iterable[Told],
    severity: str,
    at: datetime | None,
    *,
    by_api: bool,
    by_tag: bool = False,
) -> Told | None:
    """The fact of this change of severity, the nearest first; `by_api` as above."""
    changes = severities_told(told, by_tag=by_tag)
    return _nearest(changes, at, lambda fact: fact.details.get("to") == severity, by_api=by_api)


def assignments_told(told: Iterable[Told]) -> list[Told]:
    """Whom the tool named."""
    return [fact for fact in told if fact.kind == EventKind.ASSIGNED]


def same_assignment(
    told: Iterable[Told], word: Word, at: datetime | None, *, by_api: bool
) -> Told | None:
    """The fact that the tool gave the ticket to this person, the nearest first; as above."""
    changes = assignments_told(told)
    return _nearest(changes, at, lambda fact: word_of(fact.details) == word, by_api=by_api)


def _nearest(
    changes: Sequence[Told], at: datetime | None, fits: Callable[[Told], bool], *, by_api: bool
) -> Told | None:
    if at is None:
        return None
    others = [fact.said_at for fact in changes if not fits(fact)]
    found = [
        fact
        for fact in changes
        if fits(fact)
        and fact.happened(at)
        # Two webhooks tell one change at one instant; only an API dates it a little differently.
        and (by_api or fact.is_confirmed or fact.said_at == at)
        # It went and came back: that is another change, however soon.
        and not any(min(fact.said_at, at) < other < max(fact.said_at, at) for other in others)
    ]
    return min(found, key=lambda fact: (abs(fact.at - at), fact.pk), default=None)
