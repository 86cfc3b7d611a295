"""Shadow runs: the tool's own figures over real HTTP, beside clocks in a real database."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from sivo_support.celery import app
from sla.models import ShadowFigure, ShadowRun
from sla.operations.tools.shadow_runs import (
    AlreadyInShadow,
    NoFiguresThere,
    begin_shadow_run,
    end_shadow_run,
)
from sla.queries.tools.shadow import SHADOW_KINDS, readiness_of, tally_of
from tests.fakes.metric_events import ZammadTickets, ZendeskMetrics
from tests.fakes.tool_server import Reply
from tests.sla import shadow_world as shadow
from tests.sla import world
from tests.sla.shadow_world import BEGAN, LATER, OPENED, causes, read_at
from tickets.inbound.figures import READINGS
from tickets.models import Source, SourceKind, ToolAccess

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
    """Acme's Zendesk; Acme has Enterprise, an S1 thirty minutes around the clock."""
    world.customer("enterprise")
    return shadow.tool_source(zendesk)


def answered(tool: ZendeskMetrics, source: Source, thread: str, minutes: int) -> None:
    """The same story on both sides: opened at ten, thirty minutes, one answer."""
    at = OPENED + minutes * MINUTE
    shadow.ticket(source, thread)
    shadow.writes(source, thread, "agent", at)
    tool.tell(thread, "activate", OPENED)
    tool.policy(thread, OPENED + timedelta(seconds=1), 30)
    if minutes > 30:
        tool.tell(thread, "breach", OPENED + 30 * MINUTE, deleted=False)
    tool.tell(thread, "fulfill", at)
    tool.tell(thread, "update_status", at, status={"calendar": minutes, "business": 0})


def test_two_clocks_that_count_alike_agree(
    zendesk: ZendeskMetrics, source: Source, monkeypatch: Any
) -> None:
    run = shadow.in_shadow(source)
    answered(zendesk, source, "101", 20)
    answered(zendesk, source, "102", 45)
    assert read_at(monkeypatch, run, LATER)
    met, missed = ShadowFigure.objects.order_by("thread")
    assert (met.verdict, met.missed, met.due_at) == ("agrees", False, OPENED + 30 * MINUTE)
    assert (missed.verdict, missed.missed) == ("agrees", True)
    assert missed.ticket is not None
    assert missed.ticket.thread == "102"
    tally = tally_of(run)
    assert (tally.agree, tally.decided, tally.ratio) == (2, 2, 1.0)


def test_every_event_is_read_once_over_pages_limits_and_broken_lines(
    zendesk: ZendeskMetrics, source: Source, monkeypatch: Any
) -> None:
    run = shadow.in_shadow(source)
    for number in range(8):
        answered(zendesk, source, str(200 + number), 20)
    zendesk.page_size = 7
    zendesk.limit_every = 4
    zendesk.failures = [None]
    now = LATER
    for _turn in range(12):
        read_at(monkeypatch, run, now)
        run.refresh_from_db()
        assert run.next_read_at is not None
        assert run.next_read_at > now
        now = run.next_read_at
    assert tally_of(run).agree == 8
    assert run.trouble == "" or "429" in run.trouble
    # Read anew from a little before each time, and nothing is counted twice.
    assert ShadowFigure.objects.count() == 8


def test_other_targets_are_told_by_their_cause(
    zendesk: ZendeskMetrics, source: Source, monkeypatch: Any
) -> None:
    run = shadow.in_shadow(source)
    # One hour there.
    shadow.ticket(source, "301")
    shadow.writes(source, "301", "agent", OPENED + 45 * MINUTE)
    zendesk.tell("301", "activate", OPENED)
    zendesk.policy("301", OPENED, 45)
    zendesk.tell("301", "fulfill", OPENED + 45 * MINUTE)
    # A machine answers there at once.
    shadow.ticket(source, "302")
    shadow.writes(source, "302", "bot", OPENED + MINUTE)
    zendesk.tell("302", "activate", OPENED)
    zendesk.policy("302", OPENED, 30)
    zendesk.tell("302", "fulfill", OPENED + MINUTE)
    # No policy covers it.
    shadow.ticket(source, "303")
    zendesk.tell("303", "activate", OPENED)
    # We never heard of it.
    zendesk.tell("304", "activate", OPENED)
    zendesk.policy("304", OPENED, 30)
    read_at(monkeypatch, run, LATER)
    assert causes(run, "301") == {"due": ["allowance"], "verdict": ["allowance"]}
    assert causes(run, "302") == {"answer": ["by_machine"], "verdict": ["by_machine"]}
    assert causes(run, "303") == {"presence": ["no_target"]}
    assert causes(run, "304") == {"presence": ["unexplained"]}
    tally = tally_of(run)
    assert (tally.differ, tally.unexplained) == (4, 1)
    assert tally.by_cause[0] == ("unexplained", 1)
    assert run.figures.first() == ShadowFigure.objects.get(thread="304")


def test_what_is_learnt_later_is_compared_again(
    zendesk: ZendeskMetrics, source: Source, monkeypatch: Any
) -> None:
    run = shadow.in_shadow(source)
    zendesk.tell("401", "activate", OPENED)
    zendesk.policy("401", OPENED, 30)
    read_at(monkeypatch, run, OPENED + 20 * MINUTE)
    assert causes(run, "401") == {"presence": ["unexplained"]}
    shadow.ticket(source, "401")
    read_at(monkeypatch, run, OPENED + 28 * MINUTE)
    figure = ShadowFigure.objects.get(thread="401")
    assert (figure.verdict, figure.is_unexplained) == ("open", False)
    zendesk.tell("401", "breach", OPENED + 30 * MINUTE)
    zendesk.tell("401", "breach", OPENED + 31 * MINUTE, deleted=True)
    zendesk.tell("401", "breach", OPENED + 32 * MINUTE)
    read_at(monkeypatch, run, LATER)
    figure.refresh_from_db()
    assert (figure.verdict, figure.missed) == ("differs", True)
    assert causes(run, "401") == {"due": ["unexplained"]}


def test_zammads_fields_are_read_ticket_by_ticket(zammad: ZammadTickets, monkeypatch: Any) -> None:
    world.customer("enterprise")
    source = shadow.tool_source(zammad, SourceKind.ZAMMAD)
    run = shadow.in_shadow(source)
    due = OPENED + 30 * MINUTE
    for thread in ("501", "502", "503", "504"):
        shadow.ticket(source, thread)
        zammad.tell(thread, OPENED, first_response_escalation_at=due)
    del zammad.tickets["503"]
    zammad.tell("504", OPENED, state="merged")
    read_at(monkeypatch, run, OPENED + 5 * MINUTE)
    shadow.writes(source, "501", "agent", OPENED + 20 * MINUTE)
    zammad.tell(
        "501",
        OPENED,
        first_response_at=OPENED + 20 * MINUTE,
        first_response_in_min=20,
        first_response_diff_in_min=10,
    )
    zammad.failures = [Reply(status=503, headers={"Retry-After": "30"})]
    assert not read_at(monkeypatch, run, OPENED + 35 * MINUTE)
    run.refresh_from_db()
    assert run.next_read_at == OPENED + 35 * MINUTE + timedelta(seconds=30)
    assert "503" in run.trouble
    assert read_at(monkeypatch, run, LATER)
    run.refresh_from_db()
    assert run.trouble == ""
    found = dict(ShadowFigure.objects.values_list("thread", "verdict"))
    assert found == {"501": "agrees", "502": "agrees", "503": "differs", "504": "differs"}
    assert causes(run, "503") == {"presence": ["gone"]}
    assert causes(run, "504") == {"presence": ["gone"]}
    # It was seen while it was open: once answered, Zammad forgets the deadline.
    assert ShadowFigure.objects.get(thread="501").due_at == due
    asked = len(zammad.asked)
    read_at(monkeypatch, run, LATER + timedelta(hours=1))
    # What is final on both sides is not asked for again.
    assert {each.path[-3:] for each in zammad.asked[asked:]} == {"502"}


def test_a_tool_without_an_access_says_what_to_do(
    zendesk: ZendeskMetrics, source: Source, monkeypatch: Any
) -> None:
    run = shadow.in_shadow(source)
    ToolAccess.objects.all().delete()
    assert not read_at(monkeypatch, run, LATER)
    run.refresh_from_db()
    assert "enter its address and a token" in run.trouble
    assert zendesk.asked == []


@pytest.mark.parametrize(
    "reply",
    [
        Reply(json=[]),
        Reply(json={"ticket_metric_events": [1]}),
        Reply(json={"ticket_metric_events": [{"metric": "reply_time", "instance_id": 1}]}),
        Reply(status=401),
        Reply(status=404),
    ],
)
def test_an_answer_of_no_use_stops_nothing(
    zendesk: ZendeskMetrics, source: Source, monkeypatch: Any, reply: Reply
) -> None:
    run = shadow.in_shadow(source)
    answered(zendesk, source, "601", 20)
    zendesk.failures = [reply]
    assert not read_at(monkeypatch, run, LATER)
    run.refresh_from_db()
    assert run.trouble
    assert run.failures == 1
    assert read_at(monkeypatch, run, LATER + timedelta(hours=2))
    assert tally_of(run).agree == 1


def test_one_run_at_a_time_and_only_where_there_are_figures(
    zendesk: ZendeskMetrics, source: Source
) -> None:
    run = shadow.in_shadow(source)
    with pytest.raises(AlreadyInShadow):
        shadow.in_shadow(source)
    end_shadow_run(run_id=run.pk, user=None, now=BEGAN)
    assert shadow.in_shadow(source).pk != run.pk
    slack = Source.objects.create(kind=SourceKind.SLACK, name="Slack", secrets="x")
    with pytest.raises(NoFiguresThere):
        begin_shadow_run(source=slack, user=User.objects.first(), now=BEGAN)
    assert ShadowRun.objects.count() == 2


def test_a_team_may_switch_after_seven_days_without_a_question(
    zendesk: ZendeskMetrics, source: Source, monkeypatch: Any
) -> None:
    run = shadow.in_shadow(source)

    def missing(at: Any) -> list[str]:
        run.refresh_from_db()
        return list(readiness_of(run, at).missing)

    assert missing(LATER) == ["young", "empty", "stale"]
    answered(zendesk, source, "801", 20)
    shadow.ticket(source, "802")
    shadow.writes(source, "802", "agent", OPENED + 20 * MINUTE)
    zendesk.tell("802", "activate", OPENED)
    zendesk.policy("802", OPENED, 30)
    zendesk.tell("802", "fulfill", OPENED + 7 * MINUTE)
    read_at(monkeypatch, run, LATER)
    assert causes(run, "802") == {"answer": ["unexplained"]}
    week = BEGAN + timedelta(days=7, hours=1)
    read_at(monkeypatch, run, week)
    assert missing(week) == ["unexplained"]
    later = OPENED + timedelta(days=7, hours=2)
    read_at(monkeypatch, run, later)
    assert missing(later) == []
    assert missing(later + timedelta(hours=2)) == ["stale"]


def test_every_tool_that_tells_figures_can_run_in_the_shadow_and_the_worker_knows_the_task() -> (
    None
):
    app.loader.import_default_modules()
    assert "sivo_support.read_shadow_figures" in app.tasks
    assert set(SHADOW_KINDS) == set(READINGS)
