"""The pages of a shadow run: who sees them, what comes first, and the two buttons."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from sla.models import ShadowRun
from tests.fakes.metric_events import ZendeskMetrics
from tests.sla import shadow_world as shadow
from tests.sla import world
from tests.sla.desk_world import make_people
from tests.sla.shadow_world import BEGAN, LATER, OPENED, read_at
from tickets.models import Source, SourceKind

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]
MINUTE = timedelta(minutes=1)
LIST = "/admin/sla/shadowrun/"


@pytest.fixture
def people() -> dict[str, User]:
    return make_people()


@pytest.fixture
def zendesk(settings: Any) -> Iterator[ZendeskMetrics]:
    settings.TOOL_PRIVATE_HOSTS = ["127.0.0.1"]
    tool = ZendeskMetrics()
    with tool.running():
        yield tool


@pytest.fixture
def run(zendesk: ZendeskMetrics, monkeypatch: Any) -> ShadowRun:
    """One ticket agrees, one has another target there, one is unknown here."""
    world.customer("enterprise")
    source = shadow.tool_source(zendesk)
    made = shadow.in_shadow(source)
    for thread, minutes in (("101", 30), ("102", 45)):
        shadow.ticket(source, thread, subject="=SUM(A1)")
        shadow.writes(source, thread, "agent", OPENED + 20 * MINUTE)
        zendesk.tell(thread, "activate", OPENED)
        zendesk.policy(thread, OPENED, minutes)
        zendesk.tell(thread, "fulfill", OPENED + 20 * MINUTE)
    zendesk.tell("103", "activate", OPENED)
    zendesk.policy("103", OPENED, 30)
    assert read_at(monkeypatch, made, LATER)
    return made


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def words_of(page: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


def test_what_is_not_explained_comes_first(run: ShadowRun, people: dict[str, User]) -> None:
    page = client_of(people["olga"]).get(f"{LIST}{run.pk}/")
    text = words_of(page)
    assert "1 of 3 agree (33.3 %)" in text
    assert "Not ready to switch" in text
    assert text.index("Not explained") < text.index("Other allowance")
    assert text.index("unknown here 103") < text.index("102 deadline")
    assert "Wed 18 Nov 2026 10:45:00 Wed 18 Nov 2026 10:30:00 Other allowance" in text
    listed = words_of(client_of(people["olga"]).get(LIST))
    assert "Tool Tue 17 Nov 2026 08:00" in listed


def test_one_cause_alone_and_the_same_as_csv(run: ShadowRun, people: dict[str, User]) -> None:
    olga = client_of(people["olga"])
    text = words_of(olga.get(f"{LIST}{run.pk}/?cause=allowance"))
    assert "102" in text
    assert "unknown here" not in text
    assert "unknown here" in words_of(olga.get(f"{LIST}{run.pk}/?cause=nonsense"))
    answer = olga.get(f"{LIST}{run.pk}/csv/?cause=allowance")
    assert answer["Content-Disposition"] == f'attachment; filename="shadow-run-{run.pk}.csv"'
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 2
    assert rows[1][0] == "102"
    assert rows[1][2:] == [
        "deadline",
        "2026-11-18 10:45:00+0100",
        "2026-11-18 10:30:00+0100",
        "Other allowance",
        "yes",
    ]
    assert "SUM" not in answer.content.decode()


def test_an_operator_begins_and_ends_a_run(run: ShadowRun, people: dict[str, User]) -> None:
    olga = client_of(people["olga"])
    ended = olga.post(f"{LIST}{run.pk}/end/", follow=True)
    assert "people are told of escalations again" in words_of(ended)
    run.refresh_from_db()
    assert run.ended_by == people["olga"]
    begun = olga.post(f"{LIST}begin/", {"source": run.source_id}, follow=True)
    assert "runs in the shadow" in words_of(begun)
    again = olga.post(f"{LIST}begin/", {"source": run.source_id}, follow=True)
    assert "end it first" in words_of(again)
    assert ShadowRun.objects.count() == 2


@pytest.mark.parametrize("source", ["", "x", "0192f3a0-5c1e-4f6e-9c39-2f1f5f8f1a11"])
def test_a_source_that_is_not_there_begins_nothing(
    run: ShadowRun, people: dict[str, User], source: str
) -> None:
    olga = client_of(people["olga"])
    assert olga.post(f"{LIST}begin/", {"source": source}).status_code == 404


def test_only_operators_see_and_decide(run: ShadowRun, people: dict[str, User]) -> None:
    for name in ("alice", "carla"):
        person = client_of(people[name])
        for path in (LIST, f"{LIST}{run.pk}/", f"{LIST}{run.pk}/csv/"):
            assert person.get(path).status_code == 403
        assert person.post(f"{LIST}{run.pk}/end/").status_code == 403
        assert person.post(f"{LIST}begin/", {"source": run.source_id}).status_code == 403
    assert Client().get(LIST).status_code == 302
    assert client_of(people["olga"]).get(f"{LIST}{run.pk}/end/").status_code == 405
    assert client_of(people["olga"]).get(f"{LIST}99999/").status_code == 404
    run.refresh_from_db()
    assert run.ended_at is None


def test_without_an_access_it_says_what_to_do_first(people: dict[str, User]) -> None:
    Source.objects.create(kind=SourceKind.ZAMMAD, name="Zammad", secrets="x")
    text = words_of(client_of(people["olga"]).get(LIST))
    assert "Begin with Zammad" in text
    assert "Enter the access to its API first." in text
    assert BEGAN < LATER
