"""Zendesk: the incremental export of ticket metric events; the first reply is `reply_time` 1."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from tickets.domain.incoming import Unreadable
from tickets.domain.tool_figures import FiguresRead, ToolFigure
from tickets.domain.tool_request import ToolAway, ToolRequest
from tickets.inbound.figures.wanted import Reading, Wanted, is_plausible
from tickets.inbound.json_fields import Fields, read_object

_PATH: Final = "/api/v2/incremental/ticket_metric_events.json"
# Exports are limited to 10 questions a minute and account.
MOST_PAGES: Final = 5
# It refuses a younger start, and what happened just now may be missing from a page.
_YOUNGEST: Final = timedelta(minutes=2)
# Read once more from a little before: reading twice changes nothing.
_OVERLAP_SECONDS: Final = 300
_SECOND_US: Final = 1_000_000


def read(wanted: Wanted) -> Reading:
    """What changed since the cursor, at most a few pages of it."""
    cursor = _start(wanted)
    found: dict[str, ToolFigure] = {}
    for page_number in range(MOST_PAGES):
        if cursor > int((wanted.now - _YOUNGEST).timestamp()):
            return _read(found, cursor, is_all=True)
        try:
            answer = yield ToolRequest(method="GET", path=_PATH, query={"start_time": str(cursor)})
        except ToolAway:
            if page_number == 0:
                raise
            return _read(found, cursor, is_all=False)
        page = read_object(answer.body)
        for event in _events(page):
            _fold(found, event)
        end = _end(page, wanted, cursor)
        if page.get("end_of_stream") is not False:
            return _read(found, max(cursor, end - _OVERLAP_SECONDS), is_all=True)
        # A page holds all of its last second, and the next one begins with that: when it is all
        # that a page holds, it has been read.
        cursor = end if end > cursor else cursor + 1
    return _read(found, cursor, is_all=False)


def _end(page: dict[str, Any], wanted: Wanted, cursor: int) -> int:
    """Until when a page tells; nobody knows what comes after now."""
    end = page.get("end_time")
    if not isinstance(end, int) or isinstance(end, bool):
        return cursor
    return min(end, int(wanted.now.timestamp()))


def _start(wanted: Wanted) -> int:
    since = int(wanted.since.timestamp())
    return max(since, int(wanted.cursor)) if wanted.cursor.isdecimal() else since


def _read(found: dict[str, ToolFigure], cursor: int, *, is_all: bool) -> FiguresRead:
    return FiguresRead(figures=list(found.values()), cursor=str(cursor), is_all=is_all)


def _events(page: dict[str, Any]) -> list[Fields]:
    # One page may hold thousands.
    raw = page.get("ticket_metric_events")
    if not isinstance(raw, list) or not all(isinstance(each, dict) for each in raw):
        raise Unreadable("ticket_metric_events must be an array of objects")
    return [Fields(each, f"ticket_metric_events[{number}]") for number, each in enumerate(raw)]


def _fold(found: dict[str, ToolFigure], event: Fields) -> None:
    """Adds what one event says; whichever comes first, the sum is the same."""
    if event.optional_text("metric") != "reply_time" or event.optional_key("instance_id") != "1":
        return
    thread, at = event.key("ticket_id"), event.instant("time")
    if at is None:
        raise event.missing("time")
    if not is_plausible(at):
        return
    figure = found.get(thread, ToolFigure(thread=thread))
    found[thread] = _with(figure, event, at)


def _with(figure: ToolFigure, event: Fields, at: datetime) -> ToolFigure:
    match event.optional_text("type"):
        case "activate":
            # The first one: later ones end a pause.
            started_at = min(at, figure.started_at or at)
            return replace(figure, started_at=started_at)
        case "apply_sla":
            return _with_target(figure, event.fields("sla"))
        case "breach" if event.optional_flag("deleted"):
            return replace(figure, withdraws_breach=True, missed=None, due_at=None)
        case "breach":
            return replace(figure, missed=True, due_at=at, withdraws_breach=False)
        case "fulfill":
            return replace(figure, answered_at=min(at, figure.answered_at or at))
        case _:
            return figure


def _with_target(figure: ToolFigure, sla: Fields) -> ToolFigure:
    # The newest holds: the events come in their order.
    seconds = _number(sla, "target_in_seconds")
    minutes = _number(sla, "target")
    if seconds is None and minutes is not None:
        seconds = minutes * 60
    return replace(
        figure,
        policy_seen=seconds is not None,
        target_us=None if seconds is None else seconds * _SECOND_US,
        in_business_hours=sla.optional_flag("business_hours"),
    )


def _number(fields: Fields, key: str) -> int | None:
    value = fields.raw(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**9:
        raise fields.error(key, "a whole number")
    return value
