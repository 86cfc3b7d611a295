"""The words of `read_clocks`: a log in JSON to events, readings to JSON."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from sla.domain.clocks.clock import ClockEvent, ClockEventKind, Reading, read
from sla.domain.clocks.target import Metric, Target
from sla.domain.time.business_hours import BusinessHours, CalendarSpec, compile_hours
from tickets.domain.instants import (
    format_instant,
    format_seconds,
    from_microseconds,
    parse_instant,
    parse_seconds,
    to_microseconds,
)
from tickets.domain.jsonlines import LineError, required, text, type_name

_METRICS: Final = ", ".join(Metric)
_KINDS: Final = ", ".join(ClockEventKind)


def answer_clocks(request: Mapping[str, Any]) -> dict[str, Any]:
    """What `read_clocks` answers to one line, without its id. Raises ValueError for a bad line."""
    hours = _hours(required(request, "calendar"))
    targets = _targets(required(request, "targets"), hours)
    if not targets:
        raise LineError(f"'targets' names no metric; give an allowance to one of {_METRICS}")
    told = required(request, "events")
    if not isinstance(told, list):
        raise LineError(f"'events' must be a list, not {type_name(told)}")
    events = list(_events(told, hours))
    if request.get("as_of") is not None:
        as_of = _instant(request, "as_of")
    else:
        as_of = max((event.at for event in events), default=0)
    return {"clocks": clocks_as_json(read(events, targets, as_of))}


def clocks_as_json(clocks: Mapping[Metric, tuple[Reading, ...]]) -> dict[str, Any]:
    """The latest run of each metric; null for one that never started."""
    return {
        metric.value: _reading_as_json(runs[-1]) if runs else None
        for metric, runs in clocks.items()
    }


def _reading_as_json(reading: Reading) -> dict[str, Any]:
    return {
        "state": reading.state.value,
        "started_at": _instant_as_json(reading.started_at),
        "due_at": _instant_as_json(reading.due_at),
        "stopped_at": _instant_as_json(reading.stopped_at),
        "breached_at": _instant_as_json(reading.breached_at),
        "met": reading.met,
        "elapsed_seconds": format_seconds(reading.elapsed_us),
    }


def _instant_as_json(microseconds: int | None) -> str | None:
    if microseconds is None:
        return None
    try:
        return format_instant(from_microseconds(microseconds))
    except OverflowError:
        raise LineError("a deadline lies beyond the year 9999") from None


def _hours(calendar: object) -> BusinessHours:
    if isinstance(calendar, str):
        from sla.domain.terms.document import named_calendar

        return compile_hours(named_calendar(calendar))
    if not isinstance(calendar, Mapping):
        raise LineError(
            f"'calendar' must be an object or the name of a calendar, not {type_name(calendar)}"
        )
    return compile_hours(CalendarSpec.parse(calendar))


def _targets(told: object, hours: BusinessHours) -> dict[Metric, Target]:
    if not isinstance(told, Mapping):
        raise LineError(f"'targets' must be an object, not {type_name(told)}")
    targets = {}
    for name, seconds in told.items():
        if name not in list(Metric):
            raise LineError(f"'targets' names {name!r:.80}; a metric is one of {_METRICS}")
        if seconds is not None:
            targets[Metric(name)] = Target(parse_seconds(seconds), hours)
    return targets


def _events(told: list[object], hours: BusinessHours) -> Iterable[ClockEvent]:
    for number, event in enumerate(told, start=1):
        try:
            yield _event(event, hours)
        except ValueError as error:
            raise LineError(f"event {number}: {error}") from None


def _event(told: object, hours: BusinessHours) -> ClockEvent:
    if not isinstance(told, Mapping):
        raise LineError(f"an event must be an object, not {type_name(told)}")
    at = _instant(told, "at")
    name = text(told, "kind")
    if name not in list(ClockEventKind):
        raise LineError(f"'kind' is {name!r:.80}; it must be one of {_KINDS}")
    kind = ClockEventKind(name)
    key = _canonical(told)
    match kind:
        case ClockEventKind.OPENED:
            return ClockEvent(at=at, kind=kind, key=key, by=_author(told))
        case ClockEventKind.WAITING_STARTED:
            return ClockEvent(at=at, kind=kind, key=key, cause=_cause(told))
        case ClockEventKind.REPLY_BOUNCED:
            return ClockEvent(at=at, kind=kind, key=key, of=_instant(told, "of"))
        case ClockEventKind.TARGETS_SET:
            targets = _targets(required(told, "targets"), hours)
            start = _count_from(told)
            return ClockEvent(at=at, kind=kind, key=key, targets=targets, count_from=start)
        case _:
            return ClockEvent(at=at, kind=kind, key=key)


def _canonical(told: Mapping[str, Any]) -> str:
    """The event as one text whatever the order of its keys: identical events are equal in it."""
    return json.dumps(
        told, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=float
    )


def _instant(told: Mapping[str, Any], key: str) -> int:
    return to_microseconds(parse_instant(text(told, key)))


def _author(told: Mapping[str, Any]) -> Literal["customer", "agent"]:
    match text(told, "by", "customer"):
        case "customer":
            return "customer"
        case "agent":
            return "agent"
        case other:
            raise LineError(f"'by' is {other!r:.80}; it must be customer or agent")


def _cause(told: Mapping[str, Any]) -> str:
    cause = text(told, "cause", "customer")
    if not cause:
        raise LineError("'cause' must not be empty")
    return cause


def _count_from(told: Mapping[str, Any]) -> Literal["start", "now"]:
    match text(told, "from", "start"):
        case "start":
            return "start"
        case "now":
            return "now"
        case other:
            raise LineError(f"'from' is {other!r:.80}; it must be start or now")
