"""The pages of duty: the week, shifts, turns, and the feed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from sla.models import Absence, DutyShift, Rota
from tests.sla.desk_world import make_person
from tests.sla.duty_house import COVERAGE, NOW, House, text
from tests.sla.duty_world import absence, shift
from tests.sla.world import madrid

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(terms: None) -> Iterator[House]:
    with time_machine.travel(NOW, tick=False):
        yield House()


def test_the_list_says_who_is_on_duty_now(house: House) -> None:
    page = text(house.client("olga").get("/admin/sla/rota/"))
    assert "Support" in page
    assert "Alice" in page


def test_the_week_shows_who_and_where_nobody_is(house: House) -> None:
    week = house.client("alice").get(house.page + "change/").context["week"]
    assert (week.code, week.before, week.after) == ("2026-W49", "2026-W48", "2026-W50")
    assert [span[0] for span in week.spans] == ["Alice", "Dave", "Alice", "Dave"]
    friday = week.days[4]
    assert [(bar.x, bar.width, bar.label) for bar in friday.bars] == [
        (0, 540, "Alice"),
        (1140, 300, "Dave"),
    ]
    # From 09:00 to 18:00 Beta is promised too, so the gap has two parts.
    assert [(gap.x, gap.width) for gap in friday.gaps] == [(540, 540), (1080, 60)]
    assert week.days[1].now == 660


@pytest.mark.parametrize(
    ("week", "hours", "ticks"),
    [
        ("2026-W43", 25, [0, 420, 780, 1140]),
        ("2027-W12", 23, [0, 300, 660, 1020]),
    ],
)
def test_a_day_on_which_the_clocks_change_is_as_long_as_it_is(
    house: House, week: str, hours: int, ticks: list[int]
) -> None:
    sunday = house.client("alice").get(house.page + f"change/?week={week}").context["week"].days[6]
    assert (sunday.minutes, sunday.is_odd) == (hours * 60, True)
    assert [x for x, _ in sunday.ticks] == ticks


@pytest.mark.parametrize("week", ["", "nonsense", "2026-W60", "0000-W01", "9999-W53"])
def test_an_unknown_week_is_the_present_one(house: House, week: str) -> None:
    page = house.client("alice").get(house.page + f"change/?week={week}")
    assert page.context["week"].code == "2026-W49"


def test_agents_and_csms_see_and_do_not_change(house: House) -> None:
    for name in ("alice", "carla"):
        client = house.client(name)
        page = text(client.get(house.page + "change/"))
        assert "People in turn" not in page
        assert "new_feed" not in page
        for path in (house.page + "turns/", house.page + "feed/", "/admin/sla/absence/"):
            assert client.get(path).status_code == 403
        assert client.post("/admin/sla/dutyshift/add/", {}).status_code == 403
        assert client.post(house.page + "change/", {"name": "x"}).status_code == 403
        own = f"/admin/sla/dutyshift/{house.next.pk}/"
        assert client.get(own + "change/").status_code == 200
        assert client.post(own + "delete/", {"post": "yes"}).status_code == 403


def post_shift(client: Client, path: str, house: House, **fields: object) -> Any:
    told: dict[str, object] = {
        "rota": house.support.pk,
        "person": house.people["dave"].pk,
        "layer": "override",
        "starts_at_0": "2026-12-05",
        "starts_at_1": "09:00",
        "ends_at_0": "2026-12-06",
        "ends_at_1": "09:00",
    }
    return client.post(path, told | fields)


def test_an_operator_adds_an_override(house: House) -> None:
    olga = house.client("olga")
    link = f"/admin/sla/dutyshift/add/?rota={house.support.pk}&layer=override"
    form = olga.get(link).context["adminform"].form
    assert (form.initial["layer"], form.initial["rota"]) == ("override", str(house.support.pk))
    assert post_shift(olga, "/admin/sla/dutyshift/add/", house).status_code == 302
    made = DutyShift.objects.latest("pk")
    assert (made.starts_at, made.layer) == (madrid("2026-12-05 09:00"), "override")
    assert made.made_by == house.people["olga"]


def test_an_end_before_the_start_is_said_in_words(house: House) -> None:
    page = post_shift(
        house.client("olga"), "/admin/sla/dutyshift/add/", house, ends_at_0="2026-12-04"
    )
    assert "The end must lie after the start." in text(page)


def test_what_has_begun_can_only_be_ended_and_what_is_over_stays(house: House) -> None:
    olga = house.client("olga")
    over = DutyShift.objects.earliest("starts_at")
    path = "/admin/sla/dutyshift/{}/{}/".format
    assert post_shift(olga, path(over.pk, "change"), house).status_code == 403
    for row in (over, house.present):
        assert olga.post(path(row.pk, "delete"), {"post": "yes"}).status_code == 403
    post_shift(olga, path(house.present.pk, "change"), house)
    house.present.refresh_from_db()
    assert house.present.person == house.people["alice"]
    assert house.present.starts_at == madrid("2026-11-30 09:00")
    assert house.present.ends_at == madrid("2026-12-06 09:00")
    assert olga.post(path(house.next.pk, "delete"), {"post": "yes"}).status_code == 302


def test_an_imported_shift_is_changed_by_an_override(house: House) -> None:
    olga = house.client("olga")
    Rota.objects.filter(pk=house.support.pk).update(ical_url="https://calendar.example/a.ics")
    DutyShift.objects.filter(pk=house.next.pk).update(uid="a")
    path = f"/admin/sla/dutyshift/{house.next.pk}/"
    assert post_shift(olga, path + "change/", house).status_code == 403
    assert olga.post(path + "delete/", {"post": "yes"}).status_code == 403
    # Without the feed nobody brings it back.
    Rota.objects.filter(pk=house.support.pk).update(ical_url="")
    assert post_shift(olga, path + "change/", house).status_code == 302


def test_an_absence_takes_a_person_out_of_the_week(house: House) -> None:
    olga = house.client("olga")
    olga.post(
        "/admin/sla/absence/add/",
        {
            "person": house.people["dave"].pk,
            "starts_at_0": "2026-12-02",
            "starts_at_1": "00:00",
            "ends_at_0": "2026-12-03",
            "ends_at_1": "00:00",
        },
    )
    assert Absence.objects.count() == 1
    week = olga.get(house.page + "change/").context["week"]
    assert [entry.name for entry in week.absences] == ["Dave"]
    assert [bar.label for bar in week.days[2].bars] == ["Alice"]


def turns(house: House, **fields: object) -> dict[str, object]:
    return {
        "first_on": "2027-03-22",
        "first_at": "09:00",
        "days": 7,
        "count": 3,
        "person_1": house.people["alice"].pk,
        "person_2": house.people["dave"].pk,
        **fields,
    }


def test_people_in_turn_are_shown_and_then_planned(house: House) -> None:
    olga = house.client("olga")
    before = DutyShift.objects.count()
    page = olga.post(house.page + "turns/", turns(house, show="1"))
    assert [name for name, _, _ in page.context["shown"]] == ["Alice", "Dave", "Alice"]
    assert DutyShift.objects.count() == before
    assert olga.post(house.page + "turns/", turns(house, plan="1")).status_code == 302
    made = DutyShift.objects.order_by("starts_at")[before:]
    # At nine in the morning, before and after the clocks change.
    assert [row.starts_at for row in made] == [
        madrid(f"{day} 09:00") for day in ("2027-03-22", "2027-03-29", "2027-04-05")
    ]
    again = text(olga.post(house.page + "turns/", turns(house, plan="1")))
    assert "There are shifts in this time already" in again
    assert DutyShift.objects.count() == before + 3


@pytest.mark.parametrize(
    "wrong", [{"count": 401}, {"days": 0}, {"first_on": "9999-12-01", "count": 9}]
)
def test_turns_that_cannot_be_are_refused(house: House, wrong: dict[str, object]) -> None:
    page = house.client("olga").post(house.page + "turns/", turns(house, plan="1", **wrong))
    assert page.status_code == 200
    assert DutyShift.objects.count() == 4


def rota_fields(**fields: object) -> dict[str, object]:
    return {"name": "Support", "zone": "Europe/Madrid", "is_active": "on", **fields}


def test_the_address_of_a_feed_goes_in_and_never_comes_out(house: House) -> None:
    olga = house.client("olga")
    url = "https://calendar.example/private-token/basic.ics"
    assert olga.post(house.page + "change/", rota_fields(new_feed=url)).status_code == 302
    assert Rota.objects.get().ical_url == url
    for path in ("change/", "feed/", "turns/", "history/"):
        assert "private-token" not in text(olga.get(house.page + path))
    olga.post(house.page + "change/", rota_fields())
    assert Rota.objects.get().ical_url == url
    olga.post(house.page + "change/", rota_fields(forget_feed="on"))
    assert Rota.objects.get().ical_url == ""


@pytest.mark.parametrize(
    "wrong", [{"zone": "Europe/Nowhere"}, {"new_feed": "file:///etc/passwd"}, {"name": ""}]
)
def test_a_rota_that_cannot_be_is_refused(house: House, wrong: dict[str, object]) -> None:
    page = house.client("olga").post(house.page + "change/", rota_fields(**wrong))
    assert page.status_code == 200
    assert page.context["errors"]


def test_reading_the_feed_now_says_what_came_of_it(house: House) -> None:
    olga = house.client("olga")
    Rota.objects.filter(pk=house.support.pk).update(ical_url="https://calendar.invalid/a.ics")
    page = olga.post(house.page + "feed/", follow=True)
    assert "The feed did not answer in time." in text(page)
    assert "The feed did not answer in time." in text(olga.get("/admin/"))
    assert "The feed did not answer in time." not in text(house.client("alice").get("/admin/"))


def test_nobody_deletes_a_rota(house: House) -> None:
    client = Client()
    client.force_login(make_person("Root"))
    assert client.post(house.page + "delete/", {"post": "yes"}).status_code == 403


def pages(house: House) -> list[str]:
    return [
        "/admin/sla/rota/",
        house.page + "change/",
        house.page + "turns/",
        house.page + "feed/",
        COVERAGE,
        "/admin/sla/dutyshift/",
        "/admin/sla/dutyshift/add/",
        f"/admin/sla/dutyshift/{house.next.pk}/change/",
        "/admin/sla/absence/",
        "/admin/sla/absence/add/",
    ]


def test_every_page_opens_under_the_content_security_policy(house: House) -> None:
    absence(house.people["dave"], "2026-12-02 00:00", "2026-12-03 00:00")
    olga = house.client("olga")
    for path in pages(house):
        response = olga.get(path)
        page = text(response)
        assert "<script>" not in page
        assert " style=" not in page
        assert " onclick=" not in page
        assert "default-src 'self'" in response["Content-Security-Policy"]


def test_a_week_costs_the_same_however_much_is_planned(
    house: House, django_assert_max_num_queries: Any
) -> None:
    for day in range(40):
        at: datetime = NOW + timedelta(hours=6 * day)
        shift(house.support, house.people["dave"], at, at + timedelta(hours=4))
    olga = house.client("olga")
    with django_assert_max_num_queries(35):
        olga.get(house.page + "change/")
