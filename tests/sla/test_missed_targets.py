"""The report of missed Enterprise targets: which month, what counts, and the file."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from sla.admin.csv_cells import guarded
from sla.admin.words import percent
from sla.models import Clock
from sla.reports.missed_targets import (
    MissedTargets,
    Month,
    Tally,
    by_month,
    missed_targets,
    month_of,
)
from tests.sla import world
from tests.sla.desk_world import OUTAGE, make_people
from tickets.domain.words import Severity
from tickets.models import Customer, Ticket
from tickets.operations.desk.actions import mark_spam
from tickets.operations.severity.change import change_severity

DECEMBER = Month(2026, 12)
NOVEMBER = Month(2026, 11)
NOW = world.madrid("2026-12-20 12:00")
PAGE = "/admin/sla/clock/missed-targets/"
FILE = "/admin/sla/clock/missed-targets.csv"


class House:
    """People, two Enterprise customers and a Pro one, with tickets asked for one by one."""

    def __init__(self) -> None:
        self.people = make_people()
        self.acme = world.customer("enterprise", domain="acme.example")
        self.delta = world.customer("enterprise", domain="delta.example")
        self.beta = world.customer("pro", domain="beta.example")
        Customer.objects.filter(pk=self.acme.pk).update(csm=self.people["carla"])

    def ticket(
        self, at: str, answered: str = "", *, who: str = "acme", subject: str = "Down"
    ) -> Ticket:
        ticket = world.ticket_by_mail(
            world.madrid(at), subject=subject, body=OUTAGE, sender=f"Bob <bob@{who}.example>"
        )
        assert ticket.severity == "S1"
        if answered:
            world.answer(ticket, self.people["alice"], world.madrid(answered))
        return ticket


@pytest.fixture
def house(terms: None) -> Iterator[House]:
    with time_machine.travel(NOW, tick=False):
        yield House()


def report(month: Month = DECEMBER, now: datetime = NOW) -> MissedTargets:
    return missed_targets(Clock.objects.all(), month, now=now)


def test_a_month_is_one_of_madrid() -> None:
    assert month_of(world.madrid("2026-12-01 00:00")) == DECEMBER
    assert month_of(world.madrid("2026-11-30 23:59")) == NOVEMBER
    assert (DECEMBER.next, Month(2026, 1).before) == (Month(2027, 1), Month(2025, 12))
    assert DECEMBER.ends_at == world.madrid("2027-01-01 00:00")


def test_met_missed_and_open_are_counted_per_severity(house: House) -> None:
    house.ticket("2026-12-02 10:00", "2026-12-02 10:30")  # at the deadline: in time
    house.ticket("2026-12-02 10:00", "2026-12-02 10:31")
    house.ticket("2026-12-03 10:00")  # never answered
    house.ticket("2026-12-20 11:45")  # due at 12:15
    tallies = dict(report().by_severity)
    assert tallies["S1"] == Tally(met=1, missed=2, open=1)
    assert tallies["S4"] == Tally()
    assert list(tallies) == ["S1", "S2", "S3", "S4"]
    assert report().total.ratio == pytest.approx(1 / 3)


def test_a_clock_belongs_to_the_month_of_its_deadline(house: House) -> None:
    house.ticket("2026-11-30 23:29:59", "2026-12-01 10:00")
    house.ticket("2026-11-30 23:30", "2026-12-01 10:00")
    assert report(NOVEMBER).total.missed == 1
    assert report(DECEMBER).total.missed == 1


def test_a_breach_that_no_sweep_has_seen_is_counted_all_the_same(house: House) -> None:
    ticket = house.ticket("2026-12-03 10:00")
    assert world.contract_clock(ticket).breached_at is None
    (row,) = report().missed
    assert row.is_open
    assert row.late_wall_us == (NOW - world.madrid("2026-12-03 10:30")) // timedelta(microseconds=1)


def test_other_plans_and_internal_objectives_are_not_in_it(house: House) -> None:
    house.ticket("2026-12-02 10:00", "2026-12-09 10:00", who="beta")
    house.ticket("2026-12-02 10:00", "2026-12-02 10:05")  # its resolution is late
    assert report().total == Tally(met=1)


def test_cancelled_ones_leave_the_ratio_and_are_listed(house: House) -> None:
    ticket = house.ticket("2026-12-02 10:00")
    mark_spam(ticket_id=ticket.pk, user=house.people["alice"], now=world.madrid("2026-12-02 10:05"))
    house.ticket("2026-12-02 10:00", "2026-12-02 10:05")
    found = report()
    assert found.total == Tally(met=1, cancelled=1)
    assert found.total.ratio == 1
    assert [clock.ticket_id for clock in found.cancelled] == [ticket.pk]


def test_spam_never_takes_a_breach_away(house: House) -> None:
    ticket = house.ticket("2026-12-02 10:00")
    mark_spam(ticket_id=ticket.pk, user=house.people["alice"], now=world.madrid("2026-12-02 11:00"))
    assert report().total == Tally(missed=1)
    assert not report().missed[0].is_open


def test_late_triage_is_named_as_the_cause(house: House) -> None:
    ticket = world.ticket_by_mail(
        world.madrid("2026-12-02 10:00"),
        subject="Invoice",
        body="Could you send me the invoice of October? Thanks",
        sender="Bob <bob@acme.example>",
    )
    change_severity(
        ticket_id=ticket.pk,
        severity=Severity.S1,
        got_worse=False,
        reason="It is an outage.",
        user=house.people["alice"],
        now=world.madrid("2026-12-02 12:00"),
    )
    (row,) = report().missed
    assert row.clock.get_cause_display() == "Late triage"


def test_the_months_are_listed_newest_first(house: House) -> None:
    house.ticket("2026-12-02 10:00", "2026-12-02 10:05")
    house.ticket("2026-11-02 10:00", "2026-11-02 11:00")
    months = by_month(Clock.objects.all(), now=NOW, last=DECEMBER, months=3)
    assert months == [
        (DECEMBER, Tally(met=1)),
        (NOVEMBER, Tally(missed=1)),
        (Month(2026, 10), Tally()),
    ]


def test_the_page_lists_each_missed_target(client: Client, house: House) -> None:
    ticket = house.ticket("2026-12-02 10:00", "2026-12-02 11:15")
    client.force_login(house.people["carla"])
    page = client.get(PAGE).content.decode()
    assert ticket.reference in page
    assert "Wed 2 Dec 2026 10:30:00" in page
    assert "45 min" in page
    assert "Target missed" in page
    assert "breach" not in page.lower()


@pytest.mark.parametrize("month", ["2026-13", "0000-01", "nonsense", "2026-12-01", "٢٠٢٦-12"])
def test_a_month_that_does_not_exist_is_said_so(client: Client, house: House, month: str) -> None:
    client.force_login(house.people["carla"])
    response = client.get(PAGE, {"month": month})
    assert response.context["month"] == DECEMBER
    assert "There is no such month" in response.content.decode()


def test_a_month_without_misses_says_so(client: Client, house: House) -> None:
    client.force_login(house.people["carla"])
    page = client.get(PAGE, {"month": "2026-11"}).content.decode()
    assert "No Enterprise target was missed in November 2026." in page


def test_a_csm_gets_the_report_of_their_customers_alone(client: Client, house: House) -> None:
    house.ticket("2026-12-02 10:00", "2026-12-02 11:15")
    house.ticket("2026-12-02 10:00", "2026-12-02 11:15", who="delta", subject="Of Delta")
    for name, count in (("carla", 1), ("olga", 2)):
        client.force_login(house.people[name])
        assert client.get(PAGE).context["report"].total.missed == count
        assert ("Of Delta" in client.get(FILE).content.decode()) is (count == 2)


def test_agents_have_no_report(client: Client, house: House) -> None:
    client.force_login(house.people["alice"])
    assert client.get(PAGE).status_code == 403
    assert client.get(FILE).status_code == 403


def test_the_file_is_rfc_4180_in_utf_8_with_its_mark(client: Client, house: House) -> None:
    house.ticket("2026-12-02 10:00", "2026-12-02 11:15", subject='Ñandú, "caído"')
    client.force_login(house.people["carla"])
    response = client.get(FILE, {"month": "2026-12"})
    assert response.content.startswith(b"\xef\xbb\xbf")
    assert response["Content-Disposition"].endswith('"missed-enterprise-targets-2026-12.csv"')
    text = response.content.decode("utf-8-sig")
    assert text.endswith("\r\n")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == 1
    assert rows[0]["subject"] == 'Ñandú, "caído"'
    assert rows[0]["due at"] == "2026-12-02 10:30:00+0100"
    assert rows[0]["late (minutes, real time)"] == "45"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(start: str) -> None:
    assert guarded(f'{start}HYPERLINK("x")') == f'\'{start}HYPERLINK("x")'
    assert guarded("plain") == "plain"


def test_a_subject_is_no_formula_in_the_file(client: Client, house: House) -> None:
    house.ticket("2026-12-02 10:00", "2026-12-02 11:15", subject="=1+1")
    client.force_login(house.people["carla"])
    assert ",'=1+1," in client.get(FILE).content.decode()


@pytest.mark.parametrize(
    ("ratio", "text"), [(None, "–"), (1.0, "100.0 %"), (0.9999, "99.9 %"), (0.0, "0.0 %")]
)
def test_a_ratio_is_never_rounded_up(ratio: float | None, text: str) -> None:
    assert percent(ratio) == text


def test_the_report_needs_a_fixed_number_of_queries(
    client: Client, house: House, django_assert_max_num_queries: object
) -> None:
    client.force_login(house.people["carla"])
    for hour in range(10, 16):
        house.ticket(f"2026-12-02 {hour}:00", "2026-12-04 11:15", subject=f"T{hour}")
    assert timezone.now() == NOW
    with django_assert_max_num_queries(11):  # type: ignore[operator]
        client.get(PAGE)
