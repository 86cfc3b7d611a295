"""Attacks on the pages of shadow runs, webhooks, tools and the panel: rights, floods of rows."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sla.domain.tools.shown import shown_of
from sla.models import (
    Hook,
    HookCall,
    HookEvent,
    ShadowFigure,
    ShadowRun,
    ToolDisplay,
    ToolUpdate,
    UpdateKind,
)
from sla.queries.tools.panel_links import token_of
from tests.sla.desk_world import NOW, Desk, make_desk
from tests.sla.hook_world import hook
from tickets.domain.words import EventKind
from tickets.models import Source, Ticket, TicketEvent, ToolAccess

pytestmark = pytest.mark.django_db
LISTS = ("shadowrun", "hook", "hookcall", "tooldisplay", "toolupdate")
DIFFERENCE = {"what": "due", "theirs": None, "ours": None, "causes": ["unexplained"]}


@pytest.fixture
def desk() -> Iterator[Desk]:
    with time_machine.travel(NOW, tick=False):
        yield make_desk()


def logged_in(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def fill(desk: Desk, count: int) -> None:
    """So many sources, each with one row of everything."""
    ticket = desk.tickets["missed"]
    for number in range(Source.objects.count(), Source.objects.count() + count):
        source = Source.objects.create(kind="zendesk", name=f"Z{number}", secrets="x")
        ToolAccess.objects.create(source=source, base_url="https://z.example", token="t0ken-z")
        ToolDisplay.objects.create(source=source)
        run = ShadowRun.objects.create(source=source, began_at=NOW)
        row = Ticket.objects.get(pk=ticket.pk)
        row.pk, row.source, row.thread = None, source, f"{number}"
        row.save()
        for other in range(3):
            ShadowFigure.objects.create(
                run=run,
                thread=f"=cmd|'/c calc'!A{other}",
                ticket=row,
                read_at=NOW,
                verdict="differs",
                is_unexplained=True,
                differences=[DIFFERENCE],
            )
        ToolUpdate.objects.create(
            source=source,
            ticket=row,
            kind=UpdateKind.STATE,
            wanted=shown_of([], NOW).to_json(),
            made_at=NOW,
            next_attempt_at=NOW,
        )
        made = hook("https://hooks.example/s3cret-path", name=f"H{number}")
        event = HookEvent.objects.create(
            id=f"00000000-0000-0000-0000-{number:012}",
            key=f"k{number}",
            type="ticket.opened",
            at=NOW,
            recorded_at=NOW,
            ticket=row,
            data={},
        )
        HookCall.objects.create(event=event, hook=made, created_at=NOW, next_attempt_at=NOW)


def statements(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(path).status_code == 200
    return len(seen)


def test_no_list_costs_more_statements_for_more_rows(desk: Desk) -> None:
    fill(desk, 2)
    client = logged_in(desk.olga)
    paths = [f"/admin/sla/{each}/" for each in LISTS]
    for path in paths:
        client.get(path)
    few = [statements(client, path) for path in paths]
    fill(desk, 6)
    assert [statements(client, path) for path in paths] == few


def test_one_run_and_its_csv_neither(desk: Desk) -> None:
    fill(desk, 1)
    run = ShadowRun.objects.get()
    client = logged_in(desk.olga)
    paths = [f"/admin/sla/shadowrun/{run.pk}/", f"/admin/sla/shadowrun/{run.pk}/csv/"]
    few = [statements(client, path) for path in paths]
    row = ShadowFigure.objects.first()
    assert row is not None
    for number in range(40):
        row.pk, row.thread = None, f"{number}"
        row.save()
    assert [statements(client, path) for path in paths] == few


def test_a_spreadsheet_takes_no_id_of_a_tool_for_a_formula(desk: Desk) -> None:
    fill(desk, 1)
    run = ShadowRun.objects.get()
    row = ShadowFigure.objects.first()
    assert row is not None
    for bad in ("+1", "-1+2", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1", " =1", '"=1'):
        row.pk, row.thread = None, bad
        row.save()
    page = logged_in(desk.olga).get(f"/admin/sla/shadowrun/{run.pk}/csv/")
    rows = list(csv.reader(io.StringIO(page.content.decode("utf-8-sig"), newline="")))
    assert len(rows) == 13
    for cells in rows[1:]:
        assert "'" in cells[0][:2], cells


def paths_of() -> Iterator[str]:
    run, made, call = ShadowRun.objects.get(), Hook.objects.get(), HookCall.objects.get()
    shown, row = ToolDisplay.objects.get(), ToolUpdate.objects.get()
    yield from (f"shadowrun/{end}" for end in ("begin/", f"{run.pk}/end/"))
    for end in ("test", "rotate", "enable", "given-up", "since", "change"):
        yield f"hook/{made.pk}/{end}/"
    yield from ("hook/add/", f"hookcall/{call.pk}/replay/", f"hookcall/{call.pk}/change/")
    yield from (f"tooldisplay/of/{shown.source_id}/", f"tooldisplay/{shown.pk}/again/")
    yield from (f"tooldisplay/{shown.pk}/test/", f"tooldisplay/{shown.pk}/change/")
    yield f"toolupdate/{row.pk}/change/"


def test_who_is_no_operator_presses_no_button_and_reads_nothing(desk: Desk) -> None:
    fill(desk, 1)
    run = ShadowRun.objects.get()
    nobody = User.objects.create(username="nobody", is_staff=True)
    reads = [f"{each}/" for each in LISTS]
    reads += [f"shadowrun/{run.pk}/", f"shadowrun/{run.pk}/csv/"]
    kept = everything()
    for person in (None, desk.alice, desk.carla, nobody):
        client = logged_in(person)
        for path in [*paths_of(), *reads]:
            told = {"source": str(run.source_id), "since": "2026-01-01T00:00", "writes": "on"}
            for answer in (
                client.post(f"/admin/sla/{path}", told),
                client.get(f"/admin/sla/{path}"),
            ):
                assert answer.status_code in {302, 403, 405}, (person, path)
                if answer.status_code == 302:
                    assert "/login/" in answer["Location"], (person, path)
    assert everything() == kept


def everything() -> list[Any]:
    models = (Hook, HookCall, HookEvent, ShadowRun, ToolDisplay, ToolUpdate, ToolAccess)
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_no_page_shows_a_token_or_the_address_of_a_receiver(desk: Desk) -> None:
    fill(desk, 1)
    client = logged_in(desk.olga)
    secrets = ("t0ken-z", "s3cret-path", Hook.objects.get().secrets)
    reads = [f"{each}/" for each in LISTS]
    for path in [*paths_of(), *reads]:
        text = client.get(f"/admin/sla/{path}").content.decode()
        assert not [each for each in secrets if each in text], path


def test_the_panel_costs_the_same_for_a_long_story(desk: Desk) -> None:
    ticket = desk.tickets["missed"]
    path = f"/panel/{token_of(ticket, NOW + timedelta(hours=1), 'en')}/"
    client = Client()
    client.get(path)
    tell(desk, ticket, range(150))
    few = statements(client, path)
    tell(desk, ticket, range(150, 450))
    assert statements(client, path) == few


def tell(desk: Desk, ticket: Ticket, numbers: range) -> None:
    for number in numbers:
        TicketEvent.objects.create(
            ticket=ticket,
            kind=EventKind.NOTE_ADDED,
            at=NOW,
            recorded_at=NOW,
            key=f"n{number}",
            actor=desk.alice,
        )
