"""Answers one line of `business_time`: a deadline, or the open time between two instants."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sla.domain.time.business_hours import BusinessHours, CalendarSpec, compile_hours
from tickets.domain.instants import format_instant, format_seconds, parse_instant, parse_seconds
from tickets.domain.jsonlines import LineError, required, type_name

Answer = dict[str, Any]


def answer(request: Mapping[str, Any]) -> Answer:
    """The answer to one request, without its id. Raises ValueError for a bad one."""
    op = required(request, "op")
    operation = _OPERATIONS.get(op) if isinstance(op, str) else None
    if operation is None:
        raise LineError(f"{op!r:.80} is not an operation; 'op' is one of: add, between")
    return operation(compile_hours(read_calendar(required(request, "calendar"))), request)


def read_calendar(value: object) -> CalendarSpec:
    """A calendar written out, or named in the terms (`es-office`, `always`). Raises ValueError."""
    if isinstance(value, str):
        # Only a name needs the terms; a calendar written out must not.
        from sla.domain.terms.document import named_calendar

        return named_calendar(value)
    if not isinstance(value, Mapping):
        raise LineError(f"'calendar' must be an object or a name, not {type_name(value)}")
    return CalendarSpec.parse(value)


def _add(hours: BusinessHours, request: Mapping[str, Any]) -> Answer:
    start = parse_instant(required(request, "start"))
    allowance = timedelta(0, 0, parse_seconds(required(request, "seconds")))
    return {"end": format_instant(hours.add(start, allowance))}


def _between(hours: BusinessHours, request: Mapping[str, Any]) -> Answer:
    start = parse_instant(required(request, "start"))
    end = parse_instant(required(request, "end"))
    elapsed = hours.between(start, end)
    return {"seconds": format_seconds(elapsed // timedelta(microseconds=1))}


_OPERATIONS: dict[str, Callable[[BusinessHours, Mapping[str, Any]], Answer]] = {
    "add": _add,
    "between": _between,
}
