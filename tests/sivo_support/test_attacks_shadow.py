"""Attacks on the shadow run: by a tool that tells odd figures, and by ids that are none."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sivo_support.tasks import read_shadow_figures
from sla.models import ShadowFigure, ShadowRun
from tests.fakes.metric_events import ZammadTickets, ZendeskMetrics
from tests.fakes.tool_server import Reply
from tests.sla import shadow_world as shadow
from tests.sla import world
from tests.sla.shadow_world import LATER, OPENED, read_at
from tickets.models import Source, SourceKind, Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


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
    zendesk.tell("101", "activate", OPENED)
    zendesk.policy("101", OPENED, 30)
    zendesk.tell("101", "fulfill", LATER + MINUTE)
    for hours in range(1, 4):
        read_at(monkeypatch, run, LATER + timedelta(hours=hours))
    assert ShadowFigure.objects.get(thread="101").answered_at == LATER + MINUTE


ODD_TIMES = ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-12:00"]


@pytest.mark.parametrize("time", ODD_TIMES)
@pytest.mark.parametrize("kind", ["activate", "apply_sla", "breach", "fulfill"])
@pytest.mark.parametrize("business", [True, False])
def test_an_instant_at_the_end_of_time_stops_no_other_run(
    zendesk: ZendeskMetrics,
    source: Source,
    monkeypatch: Any,
    time: str,
    kind: str,
    business: bool,
) -> None:
    shadow.in_shadow(source)
    shadow.ticket(source, "101")
    zendesk.tell("101", "activate", OPENED)
    zendesk.policy("101", OPENED, 10**9 // 60 - 1, business=business)
    event = {"metric": "reply_time", "instance_id": 1, "ticket_id": 101, "type": kind, "time": time}
    event["sla"] = {"target_in_seconds": 10**9 - 1, "business_hours": business}
    zendesk.events.append(event)
    page = {"ticket_metric_events": zendesk.events, "end_time": 1, "end_of_stream": True}
    zendesk.route("GET", "/.*", lambda *_: Reply(json=page))
    zendesk.routes.reverse()
    other_tool = ZendeskMetrics()
    with other_tool.running():
        other = shadow.tool_source(other_tool)
        run = shadow.in_shadow(other, shadow.BEGAN + MINUTE)
        monkeypatch.setattr("sivo_support.tasks.database_now", lambda: LATER)
        read_shadow_figures()
        run.refresh_from_db()
        assert run.read_at == LATER


def test_a_run_that_breaks_stops_no_other_and_says_so(
    zendesk: ZendeskMetrics, source: Source, monkeypatch: Any
) -> None:
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
    assert all(each.path.rpartition("/")[2].isdecimal() for each in zammad.asked)
