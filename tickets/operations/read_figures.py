"""Reads what a source's tool says of its own SLA and hours; it changes nothing, there or here."""

import time
from collections.abc import Generator, Sequence
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from django.conf import settings

from tickets.domain.incoming import Unreadable
from tickets.domain.tool_figures import FiguresRead
from tickets.domain.tool_request import ToolAnswer, ToolAway, ToolRefused, ToolRequest, ToolTrouble
from tickets.domain.tool_schedule import ToolSchedule
from tickets.inbound.figures import READINGS, Wanted
from tickets.inbound.schedules import SCHEDULES
from tickets.models import ToolAccess
from tickets.outbound.reach import Reach
from tickets.outbound.tool_api import ToolApi

R = TypeVar("R")

# Well within the time that a task has; what was read until then is kept.
_SECONDS: Final = 25.0


def read_figures(
    *, source_id: UUID, since: datetime, cursor: str, threads: Sequence[str], now: datetime
) -> FiguresRead:
    """One turn of reading; no lock and no transaction is held meanwhile.

    Raises ToolAway (later again) or ToolRefused (something must be changed first).
    """
    kind, api = tool_of(source_id=source_id, now=now)
    wanted = Wanted(since=since, cursor=cursor, threads=threads, now=now)
    if kind not in READINGS:
        raise ToolRefused("no figures can be read from this kind of tool")
    return drive(READINGS[kind](wanted), api)


def read_schedules(*, source_id: UUID, now: datetime) -> Sequence[ToolSchedule]:
    """The business hours and holidays that the tool knows.

    Raises ToolAway (later again) or ToolRefused (something must be changed first).
    """
    kind, api = tool_of(source_id=source_id, now=now)
    if kind not in SCHEDULES:
        raise ToolRefused("no schedules can be read from this kind of tool")
    return drive(SCHEDULES[kind](), api)


def tool_of(*, source_id: UUID, now: datetime) -> tuple[str, ToolApi]:
    """What kind of tool a source has, and its API. Raises ToolAway, ToolRefused."""
    access = ToolAccess.objects.filter(source_id=source_id).select_related("source").first()
    if access is None or not access.is_active:
        raise ToolRefused("there is no active access to the tool: enter its address and a token")
    if access.open_until is not None and access.open_until > now:
        raise ToolAway(
            "the tool asked to be left alone", after=(access.open_until - now).total_seconds()
        )
    reach = Reach(private_hosts=frozenset(settings.TOOL_PRIVATE_HOSTS))
    return access.source.kind, ToolApi(access.credentials(), reach=reach)


def drive(reading: Generator[ToolRequest, ToolAnswer, R], api: ToolApi) -> R:
    """Asks what a reading asks; what it read in the end. Raises ToolAway, ToolRefused."""
    until = time.monotonic() + _SECONDS
    try:
        question = next(reading)
        while True:
            try:
                answer = _ask(api, question, until)
            except ToolTrouble as error:
                question = reading.throw(error)
            else:
                question = reading.send(answer)
    except StopIteration as done:
        read: R = done.value
        return read
    except Unreadable as error:
        raise ToolRefused(f"the tool's answer cannot be read: {error}") from None


def _ask(api: ToolApi, question: ToolRequest, until: float) -> ToolAnswer:
    if time.monotonic() > until:
        raise ToolAway("the tool answers too slowly")
    return api.ask(question)
