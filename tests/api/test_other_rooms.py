"""Customers, clocks, missed targets, deliveries and deadlines by the API."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.api.world import machine, program
from tests.sla.desk_world import Desk
from tickets.models import Delivery

EXAMPLES = Path(__file__).resolve().parents[1] / "reference" / "deadline.jsonl"


def test_customers_have_the_plan_in_force_and_their_manager(desk: Desk) -> None:
    rows = program(desk.alice).get("customers/").json()["results"]
    assert {row["name"]: row["plan"] for row in rows} == {
        "Acme": "enterprise",
        "Beta": "pro",
        "Gamma": "starter",
        "Delta": "enterprise",
    }
    acme = next(row for row in rows if row["name"] == "Acme")
    assert acme["csm"] == {"id": desk.carla.pk, "name": "Carla"}


def test_a_csm_sees_only_their_own_customers(desk: Desk) -> None:
    carla = program(desk.carla)
    rows = carla.get("customers/").json()["results"]
    assert [row["name"] for row in rows] == ["Acme"]
    assert carla.get(f"customers/{desk.customers['acme'].pk}/").status_code == 200
    assert carla.get(f"customers/{desk.customers['beta'].pk}/").status_code == 404


def test_every_clock_has_a_receipt_that_adds_up(desk: Desk) -> None:
    for key in ("missed", "pro", "waiting", "unknown"):
        found = program(desk.alice).get(f"tickets/{desk.tickets[key].pk}/clocks/").json()
        assert found["left_out"] == 0
        promise = next(each for each in found["results"] if each["basis"] == "contract")
        receipt = promise["receipt"]
        assert receipt["agrees"]
        assert receipt["is_whole"]
        assert sum(line["seconds"] for line in receipt["lines"]) == promise["allowance_seconds"]
        assert receipt["lines"][-1]["to"] == promise["due_at"]


def test_a_receipt_is_told_in_the_readers_language(desk: Desk) -> None:
    path = f"tickets/{desk.tickets['starter'].pk}/clocks/"
    alice = program(desk.alice)
    english, spanish = (
        json.dumps(alice.get(path, accept_language=language).json(), ensure_ascii=False)
        for language in ("en", "es")
    )
    assert english != spanish
    assert "cerrado" in spanish.lower()


def test_the_missed_targets_are_those_of_the_page(desk: Desk) -> None:
    olga = program(desk.olga)
    december = olga.get("missed-targets/", {"month": "2026-12"}).json()["results"]
    november = olga.get("missed-targets/", {"month": "2026-11"}).json()["results"]
    assert [row["ticket"] for row in december] == [desk.tickets["missed"].pk]
    assert december[0]["is_open"]
    assert december[0]["late_seconds"] == 20 * 60
    assert [row["ticket"] for row in november] == [desk.tickets["late"].pk]
    assert november[0]["csm"]["name"] == "Carla"
    summary = olga.get("missed-targets/summary/", {"month": "2026-11"}).json()
    assert (summary["total"]["missed"], summary["month"]) == (1, "2026-11")
    assert [row["severity"] for row in summary["by_severity"]] == ["S1", "S2", "S3", "S4"]


def test_the_missed_targets_come_in_pages_by_their_deadline(desk: Desk) -> None:
    from sla.models import Clock
    from tests.sla.world import contract_clock

    clock = contract_clock(desk.tickets["missed"])
    for number in range(4):
        clock.pk, clock.run_key = None, f"x{number}"
        clock.save(force_insert=True)
    olga = program(desk.olga)
    page, seen = olga.get("missed-targets/", {"limit": 2}).json(), []
    while True:
        seen += [row["clock"] for row in page["results"]]
        if page["next"] is None:
            break
        page = olga.get(page["next"]).json()
    assert len(seen) == len(set(seen)) == 5
    assert seen == list(
        Clock.objects.filter(pk__in=seen).order_by("due_at", "pk").values_list("pk", flat=True)
    )


def test_a_csm_counts_only_what_is_theirs_and_an_agent_nothing(desk: Desk) -> None:
    assert len(program(desk.carla).get("missed-targets/").json()["results"]) == 1
    desk.customers["acme"].csm = None
    desk.customers["acme"].save()
    assert program(desk.carla).get("missed-targets/").json()["results"] == []
    assert program(desk.alice).get("missed-targets/").status_code == 403


@pytest.mark.parametrize("month", ["2026-13", "26-12", "2026-12-01", ""])
def test_a_month_that_does_not_exist_is_refused(desk: Desk, month: str) -> None:
    assert program(desk.olga).get("missed-targets/", {"month": month}).status_code == 400


def test_deliveries_are_for_operators_and_show_no_content(desk: Desk) -> None:
    olga = program(desk.olga)
    rows = olga.get("deliveries/", {"state": "processed"}).json()["results"]
    assert len(rows) == Delivery.objects.filter(state="processed").count()
    assert not {"body", "headers"} & set(rows[0])
    one = olga.get(f"deliveries/{rows[0]['id']}/").json()
    assert one == rows[0]
    for person in (desk.alice, desk.carla):
        assert program(person).get("deliveries/").status_code == 403
        assert program(person).get(f"deliveries/{rows[0]['id']}/").status_code == 403


def _examples() -> list[Any]:
    return [json.loads(line) for line in EXAMPLES.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("example", _examples(), ids=lambda example: example["title"])
def test_a_deadline_is_answered_and_refused_in_the_words_of_the_command(
    desk: Desk, example: dict[str, Any]
) -> None:
    told = example["in"]
    response = machine("csms", ["deadline"]).post(
        "deadline/", told if isinstance(told, str) else json.dumps(told, ensure_ascii=False)
    )
    expected = example["out"]
    if "error" in expected:
        assert response.status_code == 422
        assert response["Content-Type"] == "application/problem+json"
        problem = response.json()
        assert (problem["detail"], problem["id"]) == (expected["error"], expected["id"])
    else:
        assert (response.status_code, response.json()) == (200, expected)
