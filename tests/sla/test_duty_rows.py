"""Who is on duty, and which promised hours nobody covers, from the stored rows."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sivo_support.demo.duty import add_duty
from sivo_support.demo.people import People
from sla.models import Agreement, ContactRole, Heartbeat, Notice, NoticeChannel, NoticePreference
from sla.operations.duty.check_coverage import check_coverage
from sla.queries.duty.coverage import read_coverage
from sla.queries.duty.turns import on_duty
from sla.tasks import check_duty_coverage, read_duty_feed
from tests.sla.desk_world import make_person
from tests.sla.duty_world import absence, rota, shift
from tests.sla.world import customer, madrid
from tickets.domain.instants import format_instant, from_microseconds

pytestmark = pytest.mark.django_db
# A Tuesday in winter.
NOW = madrid("2026-12-01 08:00")


def names(at: str) -> list[str]:
    return [person.username for person in on_duty(madrid(at))]


def test_the_one_on_duty_is_found_by_rota_override_and_absence() -> None:
    support, alice, dave = rota(), make_person("Alice"), make_person("Dave")
    shift(support, alice, "2026-12-01 09:00", "2026-12-08 09:00")
    shift(support, dave, "2026-12-03 18:00", "2026-12-04 09:00", layer="override")
    absence(dave, "2026-12-04 06:00", "2026-12-05 00:00")
    assert names("2026-12-01 08:59") == []
    assert names("2026-12-01 09:00") == ["alice"]
    assert names("2026-12-03 18:00") == ["dave"]
    assert names("2026-12-04 07:00") == ["alice"]
    assert names("2026-12-08 09:00") == []


def test_who_left_and_rotas_that_were_switched_off_do_not_count() -> None:
    support, alice, dave = rota(), make_person("Alice"), make_person("Dave")
    old = rota("Old", is_active=False)
    shift(support, alice, "2026-12-01 09:00", "2026-12-08 09:00")
    shift(old, dave, "2026-12-01 09:00", "2026-12-08 09:00")
    assert names("2026-12-02 12:00") == ["alice"]
    alice.is_active = False
    alice.save(update_fields=["is_active"])
    assert names("2026-12-02 12:00") == []


def test_looking_somebody_up_costs_three_queries_however_long_the_rota_is() -> None:
    support, people = rota(), [make_person(name) for name in ("Alice", "Dave")]
    for day in range(60):
        at = NOW + timedelta(days=day - 30)
        shift(support, people[day % 2], at, at + timedelta(days=1))
    with CaptureQueriesContext(connection, ) as queries:  # fmt: skip
        assert len(on_duty(NOW)) == 1
    assert len(queries) == 3


@pytest.fixture
def covered(terms: None) -> Any:
    """Acme has Enterprise, Beta Pro; Alice is on duty for three weeks, but for one night."""
    customer("enterprise", domain="acme.example")
    customer("pro", domain="beta.example")
    support, alice = rota(), make_person("Alice", "agents")
    shift(support, alice, "2026-11-20 09:00", "2026-12-07 20:00")
    shift(support, alice, "2026-12-08 08:00", "2026-12-25 09:00")
    return alice


def gaps(now: datetime = NOW) -> list[tuple[str, str, list[str]]]:
    found = read_coverage(now=now)
    return [
        (
            format_instant(from_microseconds(gap.starts)),
            format_instant(from_microseconds(gap.ends)),
            sorted(found.customers[pk] for pk in gap.customers),
        )
        for stretch in found.stretches
        for gap in stretch.gaps
    ]


def test_the_night_without_anybody_touches_enterprise_alone(covered: Any) -> None:
    assert gaps() == [("2026-12-07T19:00:00Z", "2026-12-08T07:00:00Z", ["Acme"])]


def test_an_address_missing_makes_every_promised_hour_a_gap(covered: Any) -> None:
    covered.email = ""
    covered.save(update_fields=["email"])
    found = read_coverage(now=NOW)
    assert {gap.reason.value for each in found.stretches for gap in each.gaps} == {
        "nobody",
        "no_address",
    }
    assert found.people == {covered.pk: "Alice"}
    NoticeChannel.objects.create(name="Alice", kind="apprise", url="x://", owner=covered)
    assert len(gaps()) == 1


def test_a_contract_that_ends_needs_nobody_afterwards(covered: Any) -> None:
    Agreement.objects.update(ends_at=madrid("2026-12-08 03:00"))
    assert gaps() == [("2026-12-07T19:00:00Z", "2026-12-08T02:00:00Z", ["Acme"])]


def test_nothing_is_promised_before_the_terms_are_loaded() -> None:
    assert read_coverage(now=NOW).stretches == []


def test_a_gap_is_told_a_week_ahead_and_once(covered: Any) -> None:
    olga = make_person("Olga", "operators")
    NoticePreference.objects.create(person=olga, language="es")
    check_coverage(now=madrid("2026-11-29 08:00"))
    assert not Notice.objects.exists()
    check_coverage(now=madrid("2026-11-30 08:00"))
    [notice] = Notice.objects.all()
    assert (notice.recipient, notice.kind, notice.language, notice.state) == (
        olga, "coverage", "es", "waiting",
    )  # fmt: skip
    assert notice.created_at <= madrid("2026-12-07 20:00") - timedelta(days=7)
    [span] = notice.payload["spans"]
    assert (span["from"], span["to"]) == ("2026-12-07T19:00:00Z", "2026-12-08T07:00:00Z")
    for day in range(1, 9):
        check_coverage(now=madrid("2026-11-30 08:00") + timedelta(days=day))
    assert Notice.objects.count() == 1


def test_a_gap_that_has_begun_is_not_told_anew_each_hour(covered: Any) -> None:
    make_person("Olga", "operators")
    for hour in (21, 22, 23):
        check_coverage(now=madrid(f"2026-12-07 {hour}:00"), warn_days=1)
    assert Notice.objects.count() == 1
    beat = Heartbeat.objects.get(name="coverage")
    assert beat.detail["stretches"] == 1
    assert beat.detail["first_at"] == "2026-12-07T22:00:00Z"


def test_the_hourly_check_tells_of_the_day_alone(covered: Any) -> None:
    make_person("Olga", "operators")
    check_coverage(now=madrid("2026-12-06 12:00"), warn_days=1)
    assert not Notice.objects.exists()
    check_coverage(now=madrid("2026-12-06 21:00"), warn_days=1)
    assert Notice.objects.count() == 1


def test_without_any_rota_it_is_told_once_a_week(terms: None) -> None:
    customer("enterprise")
    make_person("Olga", "operators")
    monday = madrid("2026-12-07 08:00")
    for day in range(14):
        check_coverage(now=monday + timedelta(days=day))
    assert sorted(Notice.objects.values_list("key", flat=True)) == [
        f"coverage:2026-W{week}:{Notice.objects.first().recipient_id}.."  # type: ignore[union-attr]
        for week in (50, 51)
    ]


def test_leads_are_told_rather_than_operators(covered: Any) -> None:
    make_person("Olga", "operators")
    lead, head = make_person("Lena", "agents"), make_person("Hugo", "agents")
    for code, person in (("team_lead", lead), ("head_of_support", head)):
        role, _ = ContactRole.objects.get_or_create(code=code, defaults={"name": code})
        role.people.set([person])
    head.email = ""
    head.save(update_fields=["email"])
    pager = NoticeChannel.objects.create(name="Hugo", kind="apprise", url="x://", owner=head)
    check_coverage(now=NOW)
    told = {(notice.recipient, notice.channel) for notice in Notice.objects.all()}
    assert told == {(lead, None), (head, pager)}


def test_nobody_to_tell_is_said_in_the_log(covered: Any, caplog: Any) -> None:
    check_coverage(now=NOW)
    assert "nobody to tell" in caplog.text
    assert not Notice.objects.exists()


def test_the_notice_holds_no_text_and_no_address(covered: Any) -> None:
    make_person("Olga", "operators")
    check_coverage(now=NOW)
    told = json.dumps(Notice.objects.get().payload)
    assert "Acme" not in told
    assert "@" not in told


def run(capsysbinary: Any, *arguments: str) -> tuple[list[dict[str, Any]], int]:
    status = 0
    try:
        call_command("check_coverage", *arguments)
    except SystemExit as stop:
        status = int(str(stop.code))
    return [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()], status


def test_the_command_prints_each_gap_and_a_summary(terms: None, capsysbinary: Any) -> None:
    lines, status = run(capsysbinary)
    assert (status, lines[0]["gaps"]) == (0, 0)
    customer("enterprise")
    lines, status = run(capsysbinary, "--days", "2")
    assert status == 1
    assert lines[0]["customers"] == ["Acme"]
    assert lines[0]["reason"] == "nobody"
    assert lines[-1]["seconds"] == 2 * 86_400


def test_the_tasks_read_the_rows(covered: Any) -> None:
    make_person("Olga", "operators")
    support = rota("With a feed", ical_url="https://calendar.invalid/a.ics")
    assert check_duty_coverage() >= 0
    assert Heartbeat.objects.filter(name="coverage").exists()
    assert read_duty_feed(support.pk) == "away"
    assert read_duty_feed(0) == ""


def test_the_sample_world_has_somebody_on_duty_and_one_evening_without(terms: None) -> None:
    customer("enterprise")
    people = People(
        staff={name: make_person(name, "agents") for name in ("Ana", "Bea", "Carlos")}, clients={}
    )
    add_duty(people, NOW)
    assert len(on_duty(NOW)) == 1
    assert gaps() == [("2026-12-13T17:00:00Z", "2026-12-14T08:00:00Z", ["Acme"])]


def test_a_lead_is_told_by_mail_and_by_each_channel_of_their_own(covered: Any) -> None:
    lead = make_person("Lena", "agents")
    _appoint(lead)
    pager = NoticeChannel.objects.create(name="Lena", kind="apprise", url="x://", owner=lead)
    check_coverage(now=NOW)
    told = {(notice.recipient, notice.channel) for notice in Notice.objects.all()}
    assert told == {(lead, None), (lead, pager)}


def test_where_no_lead_can_be_reached_the_operators_are_told(covered: Any) -> None:
    olga, lead = make_person("Olga", "operators"), make_person("Lena", "agents")
    _appoint(lead)
    lead.email = ""
    lead.save(update_fields=["email"])
    check_coverage(now=NOW)
    assert [notice.recipient for notice in Notice.objects.all()] == [olga]


def _appoint(person: User) -> None:
    role, _ = ContactRole.objects.get_or_create(code="team_lead", defaults={"name": "Lead"})
    role.people.set([person])
