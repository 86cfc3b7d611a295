"""Reads what a source's tool says of its own SLA; it changes nothing, there or here."""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings

from tickets.domain.incoming import Unreadable
from tickets.domain.tool_figures import FiguresRead
from tickets.domain.tool_request import ToolAnswer, ToolAway, ToolRefused, ToolRequest, ToolTrouble
from tickets.inbound.figures import READINGS, Reading, Wanted
from tickets.models import ToolAccess
from tickets.outbound.reach import Reach
from tickets.outbound.tool_api import ToolApi

# Well within the time that a task has; what was read until then is kept.
_SECONDS: Final = 25.0


def read_figures(
    *, source_id: UUID, since: datetime, cursor: str, threads: Sequence[str], now: datetime
) -> FiguresRead:
    """One turn of reading; no lock and no transaction is held meanwhile.

    Raises ToolAway (later again) or ToolRefused (something must be changed first).
    """
    access = ToolAccess.objects.filter(source_id=source_id).select_related("source").first()
    if access is None or not access.is_active:
        raise ToolRefused("there is no active access to the tool: enter its address and a token")
    if access.open_until is not None and access.open_until > now:
        raise ToolAway(
            "the tool asked to be left alone", after=(access.open_until - now).total_seconds()
        )
    wanted = Wanted(since=since, cursor=cursor, threads=threads, now=now)
    if access.source.kind not in READINGS:
        raise ToolRefused("no figures can be read from this kind of tool")
    reach = Reach(private_hosts=frozenset(settings.TOOL_PRIVATE_HOSTS))
    try:
        return _drive(
            READINGS[access.source.kind](wanted), ToolApi(access.credentials(), reach=reach)
        )
    except Unreadable as error:
        raise ToolRefused(f"the tool's answer cannot be read: {error}") from None


def _drive(reading: Reading, api: ToolApi) -> FiguresRead:
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
        read: FiguresRead = done.value
        return read


def _ask(api: ToolApi, question: ToolRequest, until: float) -> ToolAnswer:
    if time.monotonic() > until:
        raise ToolAway("the tool answers too slowly")
    return api.ask(question)
