"""A tool with figures of its own beside a source of ours that runs in the shadow."""

from datetime import datetime
from typing import Any

from sivo_support.tasks import read_shadow_run
from sla.models import ShadowFigure, ShadowRun
from sla.operations.tools.shadow_runs import begin_shadow_run
from tests.fakes.tool_server import ToolServer
from tests.sla import world
from tests.tickets.hooks import arrive, created, said
from tickets.models import Source, SourceKind, Ticket, ToolAccess

BEGAN = world.madrid("2026-11-17 08:00")
OPENED = world.madrid("2026-11-18 10:00")
LATER = world.madrid("2026-11-18 18:00")


def tool_source(tool: ToolServer, kind: str = SourceKind.ZENDESK) -> Source:
    """A source with an access to the tool's API on loopback."""
    source = Source.objects.create(kind=kind, name="Tool", secrets="x", channel="helpdesk")
    ToolAccess.objects.create(source=source, base_url=tool.url, login="a@b.example", token="t")
    return source


def in_shadow(source: Source, at: datetime = BEGAN) -> ShadowRun:
    """A run that began at an instant."""
    return begin_shadow_run(source=source, user=None, now=at)


def ticket(source: Source, thread: str, at: datetime = OPENED, **more: Any) -> Ticket:
    """Bob opens a ticket in the tool, and we hear of it at once."""
    # The way of the tools is the same; their formats are of no matter here.
    Source.objects.filter(pk=source.pk).update(kind=SourceKind.STANDARD)
    heard = Source.objects.get(pk=source.pk)
    arrive(heard, created(thread, at, **more), at)
    Source.objects.filter(pk=source.pk).update(kind=source.kind)
    return Ticket.objects.get(source=source, thread=thread)


def writes(source: Source, thread: str, who: str, at: datetime, **more: Any) -> None:
    """Somebody writes in the tool, and we hear of it at once."""
    Source.objects.filter(pk=source.pk).update(kind=SourceKind.STANDARD)
    heard = Source.objects.get(pk=source.pk)
    arrive(heard, said(thread, at, f"{who}-{at:%H%M%S}", who, **more), at)
    Source.objects.filter(pk=source.pk).update(kind=source.kind)


def read_at(monkeypatch: Any, run: ShadowRun, at: datetime) -> bool:
    """One turn of reading and comparing, by a database whose clock shows `at`."""
    monkeypatch.setattr("sivo_support.tasks.database_now", lambda: at)
    return read_shadow_run(ShadowRun.objects.get(pk=run.pk))


def causes(run: ShadowRun, thread: str) -> dict[str, list[str]]:
    """What differs of one ticket, and why."""
    row = ShadowFigure.objects.get(run=run, thread=thread)
    return {each["what"]: each["causes"] for each in row.differences}
