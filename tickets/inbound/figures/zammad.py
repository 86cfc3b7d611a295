"""Zammad: the escalation fields of a ticket, one ticket at a time."""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Final

from tickets.domain.incoming import Unreadable
from tickets.domain.tool_figures import FiguresRead, ToolFigure
from tickets.domain.tool_request import NotThere, ToolAway, ToolRefused, ToolRequest
from tickets.inbound.figures.wanted import Reading, Wanted, is_plausible
from tickets.inbound.json_fields import Fields, read_object

# Tickets of one turn: it has no limit of its own, but it is asked one by one.
MOST_TICKETS: Final = 50
_MINUTE_US: Final = 60_000_000


def read(wanted: Wanted) -> Reading:
    """The tickets that are asked for, as they stand; a merged or deleted one is gone.

    One that we may not read, or whose answer cannot be read, is trouble only when all are such.
    """
    threads = [thread for thread in wanted.threads if thread.isascii() and thread.isdecimal()]
    figures: list[ToolFigure] = []
    trouble: Exception | None = None
    for thread in threads[:MOST_TICKETS]:
        question = ToolRequest(
            method="GET", path=f"/api/v1/tickets/{thread}", query={"expand": "true"}
        )
        try:
            answer = yield question
        except NotThere:
            figures.append(ToolFigure(thread=thread, is_gone=True))
            continue
        except ToolAway:
            if not figures:
                raise
            return FiguresRead(figures=figures, cursor="", is_all=False)
        except ToolRefused as error:
            if error.status != HTTPStatus.FORBIDDEN:
                raise
            trouble = error
            continue
        try:
            figures.append(_figure(thread, Fields(read_object(answer.body), ""), wanted))
        except Unreadable as error:
            trouble = error
    if trouble is not None and not figures:
        raise trouble
    return FiguresRead(figures=figures, cursor="", is_all=_is_all(threads))


def _is_all(threads: Sequence[str]) -> bool:
    return len(threads) <= MOST_TICKETS


def _figure(thread: str, ticket: Fields, wanted: Wanted) -> ToolFigure:
    due_at = _instant(ticket, "first_response_escalation_at")
    # It counts working minutes, and only once there was an answer.
    taken, left = _minutes(ticket, "first_response_in_min"), None
    if taken is not None:
        left = _minutes(ticket, "first_response_diff_in_min")
    answered_at = _instant(ticket, "first_response_at")
    missed = None
    if answered_at is None:
        missed = True if due_at is not None and due_at < wanted.now else None
    elif left is not None:
        missed = left < 0
    return ToolFigure(
        thread=thread,
        started_at=_instant(ticket, "created_at"),
        due_at=due_at,
        answered_at=answered_at,
        missed=missed,
        target_us=None if taken is None or left is None else (taken + left) * _MINUTE_US,
        policy_seen=due_at is not None or left is not None,
        is_gone=ticket.optional_text("state") == "merged",
    )


def _instant(ticket: Fields, key: str) -> datetime | None:
    at = ticket.instant(key)
    return at if at is not None and is_plausible(at) else None


def _minutes(ticket: Fields, key: str) -> int | None:
    value = ticket.raw(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 10**9:
        raise ticket.error(key, "a whole number of minutes")
    return value
