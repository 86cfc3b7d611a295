"""What a ticket's log says: its facts in order, once each, without what was undone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from sla.domain.clocks.target import Metric, Target


class ClockEventKind(StrEnum):
    """A fact that clocks know of, declared in the order in which ties of one instant are taken."""

    OPENED = "opened"
    TARGETS_SET = "targets_set"
    WAITING_ENDED = "waiting_ended"
    AGENT_REPLIED = "agent_replied"
    WAITING_STARTED = "waiting_started"
    SOLVED = "solved"
    REOPENED = "reopened"
    CUSTOMER_WROTE = "customer_wrote"
    REPLY_BOUNCED = "reply_bounced"
    CANCELLED = "cancelled"
    AUTO_REPLIED = "auto_replied"
    NOTE_ADDED = "note_added"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockEvent:
    """One fact of a log; instants in microseconds since 1970 (UTC).

    `key` identifies the fact in its log and orders ties of one kind at one instant: a run of
    next_response is named after the key of the message that started it. `by` belongs to
    opened, `cause` to waiting_started, `of` (the instant of the reply) to reply_bounced,
    `targets` and `count_from` to targets_set.
    """

    at: int
    kind: ClockEventKind
    key: str = ""
    by: Literal["customer", "agent"] = "customer"
    cause: str = "customer"
    of: int | None = None
    targets: Mapping[Metric, Target] | None = None
    count_from: Literal["start", "now"] = "start"


class NeverOpenedError(ValueError):
    """No `opened` event is known at that instant, so no clock can have started."""


_RANK = {kind: rank for rank, kind in enumerate(ClockEventKind)}
_SILENT = {ClockEventKind.AUTO_REPLIED, ClockEventKind.NOTE_ADDED, ClockEventKind.REPLY_BOUNCED}


def settled_log(events: Iterable[ClockEvent], as_of: int) -> list[ClockEvent]:
    """The facts known at `as_of`, from `opened` to `cancelled`, in the order of their happening.

    Any order and any number of copies of the same events give the same list. Replies that
    bounced are gone, and so is what changes nothing. Raises NeverOpenedError.
    """
    known = {_place(event): event for event in events if event.at <= as_of}
    ordered = [known[place] for place in sorted(known)]
    kinds = [event.kind for event in ordered]
    if ClockEventKind.OPENED not in kinds:
        raise NeverOpenedError("no 'opened' event is known: a log begins with one")
    first = kinds.index(ClockEventKind.OPENED)
    last = len(kinds)
    if ClockEventKind.CANCELLED in kinds[first:]:
        # Final: a bounce after it undoes no reply.
        last = kinds.index(ClockEventKind.CANCELLED, first) + 1
    told = ordered[first:last]
    undone = {
        event.of
        for event in told
        if event.kind is ClockEventKind.REPLY_BOUNCED
        and event.of is not None
        and event.of <= event.at
    }
    return [
        event
        for event in told
        if event.kind not in _SILENT
        and not (event.kind is ClockEventKind.AGENT_REPLIED and event.at in undone)
    ]


_Place = tuple[int, int, str, str, str, tuple[int, ...], str, tuple[tuple[str, int], ...]]


def _place(event: ClockEvent) -> _Place:
    # All that an event says stands in its place: without keys, ties still have one order.
    numbers = sorted((str(m), t.allowance_us) for m, t in (event.targets or {}).items())
    undoes = () if event.of is None else (event.of,)
    return (
        event.at,
        _RANK[event.kind],
        event.key,
        event.by,
        event.cause,
        undoes,
        event.count_from,
        tuple(numbers),
    )
