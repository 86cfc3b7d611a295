"""The page and the file of the coverage: what nobody covers, and who may see it."""

import csv
import io
from collections.abc import Iterator

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from sla.operations.duty.check_coverage import check_coverage
from tests.sla.desk_world import make_person
from tests.sla.duty_house import COVERAGE, NOW, House, text
from tests.sla.world import madrid
from tickets.models import Customer

pytestmark = pytest.mark.django_db
FILE = "/admin/sla/rota/coverage.csv"


@pytest.fixture
def house(terms: None) -> Iterator[House]:
    with time_machine.travel(NOW, tick=False):
        yield House()


def test_the_coverage_lists_gaps_with_their_customers(house: House) -> None:
    page = house.client("olga").get(COVERAGE)
    gaps = page.context["gaps"]
    assert [(gap.starts_at, gap.lasts, list(gap.customers)) for gap in gaps] == [
        (madrid("2026-12-04 09:00"), "9 h", ["Acme", "Beta"]),
        (madrid("2026-12-04 18:00"), "1 h", ["Acme"]),
    ]
    assert "10 h not covered" in text(page)


def test_a_csm_sees_the_gaps_of_their_customers_alone(house: House) -> None:
    page = house.client("carla").get(COVERAGE)
    assert [list(gap.customers) for gap in page.context["gaps"]] == [["Acme"], ["Acme"]]
    assert "Beta" not in text(page)
    assert "Beta" not in text(house.client("carla").get(FILE))
    Customer.objects.update(csm=None)
    assert house.client("carla").get(COVERAGE).context["gaps"] == []


def test_the_file_has_a_line_for_each_gap_and_customer(house: House) -> None:
    Customer.objects.filter(pk=house.acme.pk).update(name="=cmd()")
    response = house.client("olga").get(FILE)
    rows = list(csv.reader(io.StringIO(text(response).removeprefix("\ufeff"))))
    assert [row[2] for row in rows[1:]] == ["540", "540", "60"]
    assert {row[5] for row in rows} == {"customer", "'=cmd()", "Beta"}
    assert rows[1][0] == "2026-12-04 09:00:00+0100"


def test_strangers_and_people_without_the_right_see_no_coverage(house: House) -> None:
    assert Client().get(COVERAGE).status_code == 302
    client = Client()
    client.force_login(make_person("Erin", "agents"))
    User.objects.get(username="erin").groups.clear()
    assert client.get(COVERAGE).status_code == 403
    assert client.get(FILE).status_code == 403


def test_the_first_page_warns_operators(house: House) -> None:
    check_coverage(now=NOW)
    assert "Nobody is reachable for 10 h of promised time" in text(
        house.client("olga").get("/admin/")
    )
    assert "Nobody is reachable" not in text(house.client("alice").get("/admin/"))
