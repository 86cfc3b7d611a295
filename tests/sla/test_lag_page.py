"""The page with the lag of 30 days: who sees it, and that drawing and words agree."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from sla.admin.escalation.lag_chart import HEIGHT, WIDTH, chart_of
from sla.models import Heartbeat, LagKind
from sla.operations.clocks.sweep import sweep
from sla.operations.escalation.store_lag import store_lag
from sla.operations.escalation.watchdog import watch
from sla.queries.escalation.lag import HOUR, lag_hours
from tests.sla.lag_world import a_clock, a_policy, detected, fired
from tests.sla.world import person
from tests.tickets.hooks import utc

pytestmark = pytest.mark.django_db
PAGE = "/admin/sla/laghour/"


@pytest.fixture
def olga(client: Client) -> Client:
    client.force_login(person("Olga", "operators"))
    return client


@pytest.mark.parametrize(("group", "status"), [("agents", 403), ("csms", 403), ("operators", 200)])
def test_only_operators_see_how_late_the_service_was(
    client: Client, group: str, status: int
) -> None:
    client.force_login(person("Olga", group))
    assert client.get(PAGE).status_code == status
    assert (PAGE in client.get("/admin/").content.decode()) == (status == 200)


def test_an_empty_house_says_so(olga: Client) -> None:
    text = olga.get(PAGE).content.decode()
    assert text.count("Nothing was measured in these 30 days.") == 2
    assert "The watchdog has not run yet." in text


@pytest.mark.usefixtures("terms")
@pytest.mark.parametrize("stored", [False, True])
def test_drawing_and_words_say_the_same(olga: Client, *, stored: bool) -> None:
    clock, policy, now = a_clock(), a_policy(), timezone.now()
    fired(clock, policy, now - timedelta(days=2), [400, 900, 2_500])
    fired(clock, policy, now - timedelta(days=1), [7_200])
    fired(clock, policy, now - timedelta(days=31), [90_000_000])
    detected(clock, now - timedelta(hours=5), [300])
    if stored:
        store_lag(now=now)
    text = olga.get(PAGE).content.decode()
    assert "75.0 %" in text, "one of four was later than six seconds"
    assert "100.0 %" in text
    assert re.search(r"▲</span> 7.2 s", text)
    assert "25 h" not in text, "31 days ago"
    assert text.count('class="lag-chart"') == 2
    # The policy of the pages: nothing inline, nothing from elsewhere.
    assert "style=" not in text
    assert not re.search(r"<script(?![^>]*src=)", text)


@pytest.mark.usefixtures("terms")
def test_the_page_speaks_spanish_and_keeps_points_in_its_drawing(olga: Client) -> None:
    clock, policy = a_clock(), a_policy()
    fired(clock, policy, timezone.now(), [1_234])
    text = olga.get(PAGE, headers={"accept-language": "es"}).content.decode()
    for path in re.findall(r'class="lag-[^"]*" d="([^"]*)"', text):
        assert re.fullmatch(r"[MHVlhvz0-9. -]*", path)
    for number in re.findall(r' [xy]="([^"]*)"', text):
        assert float(number) >= 0


def test_the_page_tells_what_the_watchdog_found(olga: Client) -> None:
    sweep()
    now = timezone.now()
    watch(now=now)
    assert "The escalations agree with the log" in olga.get(PAGE).content.decode()
    watch(now=now + timedelta(seconds=100))
    text = olga.get(PAGE).content.decode()
    assert "disagree" not in text
    assert "No sweep has run" in text
    assert "No sweep has run" in olga.get("/admin/").content.decode()
    Heartbeat.objects.filter(name="watchdog").update(at=now - timedelta(minutes=9))
    assert "The watchdog has not run for 9 min." in olga.get(PAGE).content.decode()


@pytest.mark.usefixtures("terms")
def test_every_stroke_stays_within_the_drawing() -> None:
    clock, policy, now = a_clock(), a_policy(), utc("2026-12-01 12:00")
    lags = [0, 1, 49, 5_999, 6_001, 60_000, 86_400_000 * 40]
    for number, lag in enumerate(lags):
        fired(clock, policy, now - timedelta(hours=100 * number), [lag])
    since, until = now - timedelta(days=30), now + HOUR
    hours = lag_hours(LagKind.FIRING, since=since, now=until)
    assert len(hours) == len(lags)
    chart = chart_of(hours, since=since, until=until)
    assert (chart.good.count("M"), chart.late.count("M"), chart.marks.count("M")) == (4, 3, 3)
    for x, low, high in re.findall(r"M([\d.]+) ([\d.]+)V([\d.]+)", chart.good + chart.late):
        assert 0 < float(x) < WIDTH
        assert 0 < float(high) < float(low) < HEIGHT
