"""Attacks on the shadow run: by a tool that tells odd figures, and by ids that are none."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from sivo_support.tasks import read_shadow_figures
from sla.models import ShadowFigure, ShadowRun
from tests.fakes.metric_events import ZammadTickets, ZendeskMetrics
from tests.fakes.tool_server import Reply
from tests.sla import shadow_world as shadow
from tests.sla import world
from tests.sla.desk_world import make_person
from tests.sla.shadow_world import LATER, OPENED, causes, read_at
from tickets.models import Source, SourceKind

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def zendesk(settings: Any) -> Iterator[ZendeskMetrics]:
    settings.TOOL_PRIVATE_HOSTS = ["127.0.0.1"]
    tool = ZendeskMetrics()
    with tool.running():
        yield tool


@pytest.fixture
def zammad(settings: Any) -> Iterator[ZammadTickets]:
    settings.TOOL_PRIVATE_HOSTS = ["127.0.0.1"]
    tool = ZammadTickets()
    with tool.running():
        yield tool


@pytest.fixture
def source(zendesk: ZendeskMetrics) -> Source:
    world.customer("enterprise")
    return shadow.tool_source(zendesk)


@pytest.mark.parametrize("end", [10**12, 10**250, -1, True, "5", None, 1.5])
def test_a_page_that_ends_in_the_far_future_ends_nothing(
    zendesk: ZendeskMetrics, source: Source, monkeypatch: Any, end: Any
) -> None:
    run = shadow.in_shadow(source)
    shadow.ticket(source, "101")
    zendesk.failures = [
        Reply(json={"ticket_metric_events": [], "end_time": end, "end_of_stream": True})
    ]
    read_at(monkeypatch, run, LATER)
    zendesk.tell("101", "activate", LATER + MINUTE)
    zendesk.policy("101", LATER + MINUTE, 30)
    zendesk.tell("101", "fulfill", LATER + 2 * MINUTE)
    for hours in range(1, 4):
        read_at(monkeypatch, run, LATER + timedelta(hours=hours))
    assert ShadowFigure.objects.get(thread="101").answered_at == LATER + 2 * MINUTE


ODD_TIMES = ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1970-01-01T00:00:00Z"]


def test_an_instant_at_the_end_of_time_costs_its_own_ticket_alone(
    zendesk: ZendeskMetrics, source: Source, monkeypatch: Any
) -> None:
    run = shadow.in_shadow(source)
    combinations = product(ODD_TIMES, ["activate", "apply_sla", "breach", "fulfill"], [True, False])
    for number, (time, kind, business) in enumerate(combinations, start=100):
        thread = str(number)
        shadow.ticket(source, thread)
        zendesk.tell(thread, "activate", OPENED)
        sla = {"target_in_seconds": 10**9 - 1, "business_hours": business}
        zendesk.tell(thread, "apply_sla", OPENED, sla=sla)
        zendesk.tell(thread, kind, OPENED, sla=sla)
        zendesk.events[-1]["time"] = time
    shadow.ticket(source, "999")
    shadow.writes(source, "999", "agent", OPENED + 20 * MINUTE)
    zendesk.tell("999", "activate", OPENED)
    zendesk.policy("999", OPENED, 30)
    zendesk.tell("999", "fulfill", OPENED + 20 * MINUTE)
    page = {"ticket_metric_events": zendesk.events, "end_time": 1, "end_of_stream": True}
    zendesk.routes.clear()
    zendesk.route("GET", "/.*", lambda *_: Reply(json=page))
    assert read_at(monkeypatch, run, LATER)
    assert ShadowFigure.objects.get(thread="999").verdict == "agrees"
    admin = User.objects.create_superuser("root", "root@sivo.example", "x")
    client = Client()
    client.force_login(admin)
    for end in ("", "csv/"):
        assert client.get(f"/admin/sla/shadowrun/{run.pk}/{end}").status_code == 200


def test_a_run_that_breaks_stops_no_other_and_says_so(
    zendesk: ZendeskMetrics, source: Source, monkeypatch: Any
) -> None:
    Source.objects.update(name="First")
    first, second = shadow.in_shadow(source), shadow.in_shadow(shadow.tool_source(zendesk))

    def broken(*, run_id: int, **more: Any) -> None:
        if run_id == first.pk:
            raise ValueError("secret")

    monkeypatch.setattr("sivo_support.tasks.compare_run", broken)
    monkeypatch.setattr("sivo_support.tasks.database_now", lambda: LATER)
    assert read_shadow_figures() == 1
    first.refresh_from_db()
    second.refresh_from_db()
    assert second.read_at == LATER
    assert first.trouble
    assert "secret" not in first.trouble
    assert first.next_read_at is not None
    assert first.next_read_at > LATER + MINUTE, "it is not read all the time"


def zammad_run(zammad: ZammadTickets) -> tuple[Source, ShadowRun]:
    world.customer("enterprise")
    source = shadow.tool_source(zammad, SourceKind.ZAMMAD)
    return source, shadow.in_shadow(source)


@pytest.mark.parametrize(
    "answer",
    [
        Reply(status=403, json={"error": "Not authorized"}),
        Reply(json={"created_at": "never"}),
        Reply(json=[]),
        Reply(json={"first_response_in_min": "many"}),
    ],
)
def test_a_ticket_that_cannot_be_read_does_not_hide_the_others(
    zammad: ZammadTickets, monkeypatch: Any, answer: Reply
) -> None:
    source, run = zammad_run(zammad)
    for number in ("100", "101", "102"):
        shadow.ticket(source, number)
        zammad.tell(number, OPENED, first_response_escalation_at=OPENED + 30 * MINUTE)
    zammad.route("GET", r"/api/v1/tickets/100", lambda *_: answer)
    zammad.routes.reverse()
    assert read_at(monkeypatch, run, LATER)
    assert set(ShadowFigure.objects.values_list("thread", flat=True)) == {"101", "102"}


def test_a_token_that_may_read_nothing_is_still_said(
    zammad: ZammadTickets, monkeypatch: Any
) -> None:
    source, run = zammad_run(zammad)
    shadow.ticket(source, "100")
    shadow.ticket(source, "101")
    zammad.failures = [Reply(status=403)] * 2
    assert not read_at(monkeypatch, run, LATER)
    run.refresh_from_db()
    assert "lacks a right" in run.trouble


def test_tickets_with_ids_that_zammad_never_gave_do_not_crowd_out_the_others(
    zammad: ZammadTickets, monkeypatch: Any
) -> None:
    source, run = zammad_run(zammad)
    first = shadow.ticket(source, "1000")
    for number in range(60):
        first.pk, first.thread = None, f"../{number}"
        first.save()
    shadow.ticket(source, "2000")
    for number in ("1000", "2000"):
        zammad.tell(number, OPENED, first_response_escalation_at=OPENED + 30 * MINUTE)
    read_at(monkeypatch, run, LATER)
    assert set(ShadowFigure.objects.values_list("thread", flat=True)) == {"1000", "2000"}
    tickets = [each.path for each in zammad.asked if each.path != "/api/v1/calendars"]
    assert all(path.rpartition("/")[2].isdecimal() for path in tickets)


def test_schedules_of_no_sense_stop_nothing(zammad: ZammadTickets, monkeypatch: Any) -> None:
    world.customer("enterprise")
    source = shadow.tool_source(zammad, SourceKind.ZAMMAD)
    shadow.ticket(source, "1000")
    zammad.tell("1000", OPENED, first_response_escalation_at=OPENED + 44 * MINUTE)
    week = {"mon": {"active": True, "timeframes": [["09:00", "25:00"]]}}
    zammad.calendars = [
        {"name": "<b>x</b>", "timezone": "../../etc", "business_hours": {}, "public_holidays": {}},
        {"name": "never", "timezone": "UTC", "business_hours": {}, "public_holidays": None},
        {"name": "late", "timezone": "UTC", "business_hours": week, "public_holidays": []},
        {
            "name": "days",
            "timezone": "UTC",
            "business_hours": {},
            "public_holidays": {f"x{number}": {"active": True} for number in range(9000)},
        },
    ]
    run = shadow.in_shadow(source)
    assert read_at(monkeypatch, run, LATER)
    run.refresh_from_db()
    assert run.trouble == run.schedules_trouble == ""
    assert len(run.schedules[3]["holidays"]) < 9000
    assert causes(run, "1000")["due"] == ["unexplained"]
    client = Client()
    client.force_login(make_person("Olga", "operators"))
    page = client.get(f"/admin/sla/shadowrun/{run.pk}/").content.decode()
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "never open (UTC)" in page
    assert page.count("We cannot reckon with it") == 3
