"""The tool's own business hours in a shadow run: read, compared, and said in what they differ."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from sla.models import ShadowFigure, ShadowRun
from tests.fakes.metric_events import ZammadTickets, ZendeskMetrics
from tests.fakes.tool_server import Reply
from tests.sla import shadow_world as shadow
from tests.sla import world
from tests.sla.desk_world import make_person
from tests.sla.shadow_world import BEGAN, LATER, causes, read_at
from tickets.domain.instants import format_instant
from tickets.models import Source, SourceKind

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]
# A Wednesday afternoon: four business hours end at 11:00 on Thursday here.
OPENED = world.madrid("2026-11-18 16:00")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def zendesk(settings: Any) -> Iterator[ZendeskMetrics]:
    settings.TOOL_PRIVATE_HOSTS = ["127.0.0.1"]
    tool = ZendeskMetrics()
    with tool.running():
        yield tool


@pytest.fixture
def source(zendesk: ZendeskMetrics) -> Source:
    """Acme's Zendesk; Acme has Pro: four business hours, 9 to 18 o'clock."""
    world.customer("pro")
    return shadow.tool_source(zendesk)


def in_business_hours(tool: ZendeskMetrics, source: Source, thread: str, *, hours: int = 4) -> None:
    """One ticket that waits for its first answer on both sides, by a target in business hours."""
    shadow.ticket(source, thread, OPENED)
    tool.tell(thread, "activate", OPENED)
    tool.policy(thread, OPENED + timedelta(seconds=1), 60 * hours, business=True)


def due_of(run: ShadowRun, thread: str) -> dict[str, Any]:
    row = ShadowFigure.objects.get(run=run, thread=thread)
    return next(each for each in row.differences if each["what"] == "due")


def page_of(run: ShadowRun) -> str:
    client = Client()
    client.force_login(make_person("Olga", "operators"))
    return client.get(f"/admin/sla/shadowrun/{run.pk}/").content.decode()


def test_other_hours_there_are_seen_before_anything_is_missed(
    zendesk: ZendeskMetrics, source: Source, monkeypatch: Any
) -> None:
    zendesk.schedule(7, 10, 17)
    in_business_hours(zendesk, source, "101")
    run = shadow.in_shadow(source, BEGAN)
    assert read_at(monkeypatch, run, OPENED + 30 * MINUTE)
    # One hour on Wednesday, three from ten o'clock on Thursday.
    found = due_of(run, "101")
    assert found["causes"] == ["schedule"]
    assert found["theirs"] == format_instant(world.madrid("2026-11-19 13:00"))
    assert found["ours"] == format_instant(world.madrid("2026-11-19 11:00"))


def test_the_same_hours_there_agree(
    zendesk: ZendeskMetrics, source: Source, monkeypatch: Any
) -> None:
    zendesk.schedule(7, 9, 18)
    in_business_hours(zendesk, source, "101")
    shadow.writes(source, "101", "agent", OPENED + 10 * MINUTE)
    zendesk.tell("101", "fulfill", OPENED + 10 * MINUTE)
    run = shadow.in_shadow(source, BEGAN)
    assert read_at(monkeypatch, run, LATER)
    assert causes(run, "101") == {}
    assert ShadowFigure.objects.get(thread="101").verdict == "agrees"


def test_a_miss_in_other_hours_is_explained_by_them(
    zendesk: ZendeskMetrics, source: Source, monkeypatch: Any
) -> None:
    # Two schedules: which one the ticket counts is not told, but the arithmetic is.
    zendesk.schedule(7, 10, 17)
    zendesk.schedule(8, 7, 18)
    in_business_hours(zendesk, source, "101")
    due = world.madrid("2026-11-19 09:00")
    zendesk.tell("101", "breach", due)
    zendesk.tell("101", "fulfill", due + 5 * MINUTE)
    shadow.writes(source, "101", "agent", due + 5 * MINUTE)
    run = shadow.in_shadow(source, BEGAN)
    assert read_at(monkeypatch, run, due + timedelta(hours=6))
    assert causes(run, "101") == {"due": ["schedule"], "verdict": ["schedule"]}


def test_the_page_says_in_what_they_differ(
    zendesk: ZendeskMetrics, source: Source, monkeypatch: Any
) -> None:
    zendesk.schedule(7, 8, 17, "London", "2027-01-05")
    zendesk.schedule(8, 9, 18, "Atlantis")
    run = shadow.in_shadow(source, BEGAN)
    assert read_at(monkeypatch, run, LATER)
    page = page_of(run)
    assert "Mon–Fri 08:00–17:00 (Europe/London)" in page
    assert "Zone: Europe/London there, Europe/Madrid here." in page
    assert "Mon, Tue, Wed, Thu, Fri: 08:00–17:00 there, 09:00–18:00 here." in page
    assert "A holiday there alone: 5 Jan 2027." in page
    # Epiphany.
    assert "6 Jan 2027" in page.split("A holiday here alone:")[1].split("</li>")[0]
    assert "We cannot reckon with it:" in page
    assert "Atlantis" in page


def test_they_are_read_once_a_day_and_what_changes_is_compared_anew(
    zendesk: ZendeskMetrics, source: Source, monkeypatch: Any
) -> None:
    run = shadow.in_shadow(source, BEGAN)
    in_business_hours(zendesk, source, "101", hours=4)
    due = world.madrid("2026-11-19 11:00") - timedelta(minutes=30)
    zendesk.tell("101", "breach", due)
    assert read_at(monkeypatch, run, due + timedelta(hours=1))
    assert causes(run, "101")["due"] == ["unexplained"]
    asked = [each for each in zendesk.asked if "business_hours" in each.path]
    assert len(asked) == 1
    read_at(monkeypatch, run, due + timedelta(hours=2))
    assert [each for each in zendesk.asked if "business_hours" in each.path] == asked
    zendesk.schedules.append(
        {
            "id": 9,
            "name": "Late",
            "time_zone": "Europe/Madrid",
            "intervals": [
                {"start_time": 1440 * day + 510, "end_time": 1440 * day + 1080}
                for day in range(1, 6)
            ],
        }
    )
    zendesk.holidays[9] = []
    assert read_at(monkeypatch, run, due + timedelta(hours=26))
    assert causes(run, "101")["due"] == ["schedule"]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=403),
        Reply(json={"schedules": [{"id": 1, "name": "x", "time_zone": "UTC", "intervals": [1]}]}),
        Reply(json={"schedules": 5}),
    ],
)
def test_schedules_that_cannot_be_read_stop_nothing_and_say_why(
    zendesk: ZendeskMetrics, source: Source, monkeypatch: Any, reply: Reply
) -> None:
    in_business_hours(zendesk, source, "101")
    run = shadow.in_shadow(source, BEGAN)
    zendesk.routes.insert(0, ("GET", zendesk.routes[0][1], lambda _asked: reply))
    assert read_at(monkeypatch, run, LATER)
    run.refresh_from_db()
    assert (run.trouble, run.schedules) == ("", [])
    assert run.schedules_trouble
    assert "They cannot be read" in page_of(run)


def test_zammads_calendars_are_read_where_the_token_may(settings: Any, monkeypatch: Any) -> None:
    settings.TOOL_PRIVATE_HOSTS = ["127.0.0.1"]
    world.customer("pro")
    open_ = {"active": True, "timeframes": [["08:00", "12:00"], ["13:00", "18:00"]]}
    zammad = ZammadTickets(
        calendars=[
            {
                "id": 1,
                "name": "Oficina",
                "timezone": "Europe/Madrid",
                "business_hours": {
                    **dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), open_),
                    "sat": {"active": False, "timeframes": [["10:00", "14:00"]]},
                },
                "public_holidays": {
                    "2027-01-05": {"active": True, "summary": "Cerrado"},
                    "2027-01-06": {"active": False, "summary": "Reyes"},
                },
            }
        ]
    )
    with zammad.running():
        source = shadow.tool_source(zammad, SourceKind.ZAMMAD)
        shadow.ticket(source, "501", OPENED)
        # From 16:00: two hours, then two from eight o'clock.
        zammad.tell("501", OPENED, first_response_escalation_at=world.madrid("2026-11-19 10:00"))
        run = shadow.in_shadow(source, BEGAN)
        assert read_at(monkeypatch, run, OPENED + 30 * MINUTE)
        assert causes(run, "501") == {"due": ["schedule"]}
        page = page_of(run)
        assert "Mon–Fri 08:00–12:00, 13:00–18:00 (Europe/Madrid)" in page
        zammad.calendars = None
        assert read_at(monkeypatch, run, OPENED + timedelta(days=2))
        run.refresh_from_db()
        assert "lacks a right" in run.schedules_trouble
        # What was known before may still hold.
        assert [each["name"] for each in run.schedules] == ["Oficina"]
