"""The `deadline` command: worked examples, its errors, and a slow oracle beside it."""

import io
import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sla.domain.clocks.deadline import first_response_deadline
from sla.management.commands import deadline
from tickets.domain.instants import parse_instant
from tickets.domain.jsonlines import answer_lines

MADRID = ZoneInfo("Europe/Madrid")
HOUR = 3_600


def ask(*requests):
    """The answers to some requests, and the exit status."""
    lines = [json.dumps(request) if isinstance(request, dict) else request for request in requests]
    out = io.BytesIO()
    status = answer_lines(deadline.answer, io.BytesIO("\n".join(lines).encode()), out)
    return [json.loads(line) for line in out.getvalue().splitlines()], status


def ask_one(**request):
    """The answer to one request."""
    (answer,), _ = ask(request)
    return answer


@pytest.mark.parametrize(
    ("plan", "severity", "received", "due_at", "calendar", "seconds"),
    [
        ("pro", "S1", "2026-11-23T09:00:00+01:00", "2026-11-23T12:00:00Z", "es-office", 4),
        ("pro", None, "2026-11-23T14:00:00+01:00", "2026-11-23T17:00:00Z", "es-office", 4),
        ("pro", "S4", "2026-11-23T18:00:00+01:00", "2026-11-24T12:00:00Z", "es-office", 4),
        ("pro", "S2", "2026-12-04T17:00:00+01:00", "2026-12-07T11:00:00Z", "es-office", 4),
        ("pro", "S2", "2026-12-24T17:00:00+01:00", "2026-12-28T11:00:00Z", "es-office", 4),
        ("starter", None, "2026-11-23T09:00:00+01:00", "2026-11-30T11:00:00Z", "es-office", 48),
        ("starter", "S3", "2026-12-05T12:00:00Z", "2026-12-15T11:00:00Z", "es-office", 48),
        ("starter", "S3", "2027-03-22T11:00:00Z", "2027-03-30T13:00:00Z", "es-office", 48),
        ("enterprise", "S1", "2026-12-25T03:00:00+01:00", "2026-12-25T02:30:00Z", "always", 0.5),
        ("enterprise", "S2", "2027-03-28T01:00:00+01:00", "2027-03-28T02:00:00Z", "always", 2),
        ("enterprise", "S3", "2027-10-30T20:00:00Z", "2027-10-31T04:00:00Z", "always", 8),
        (
            "enterprise",
            "S4",
            "2026-12-31T23:00:00.000001Z",
            "2027-01-01T07:00:00.000001Z",
            "always",
            8,
        ),
    ],
)
def test_twelve_worked_examples(plan, severity, received, due_at, calendar, seconds):
    answer = ask_one(id="x", plan=plan, severity=severity, received=received, terms="2026-11")
    lines = answer.pop("receipt")
    assert answer == {
        "id": "x",
        "metric": "first_response",
        "due_at": due_at,
        "calendar": calendar,
        "allowance_seconds": int(seconds * HOUR),
    }
    assert isinstance(answer["allowance_seconds"], int)
    assert parse_instant(lines[0]["from"]) == parse_instant(received)
    assert lines[-1]["to"] == due_at
    assert sum(line["seconds"] for line in lines) == seconds * HOUR


def test_the_receipt_names_each_line():
    assert ask_one(plan="pro", received="2026-12-07T17:30:00+01:00")["receipt"] == [
        {
            "from": "2026-12-07T16:30:00Z",
            "to": "2026-12-07T17:00:00Z",
            "seconds": 1_800,
            "text": "open: 30 min, Mon 7 Dec 17:30 to 18:00",
        },
        {
            "from": "2026-12-07T17:00:00Z",
            "to": "2026-12-09T08:00:00Z",
            "seconds": 0,
            "text": "closed: night, holiday: Immaculate Conception (Tue 8 Dec)",
        },
        {
            "from": "2026-12-09T08:00:00Z",
            "to": "2026-12-09T11:30:00Z",
            "seconds": 12_600,
            "text": "open: 3 h 30 min, Wed 9 Dec 09:00 to 12:30",
        },
    ]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"plan": None}, "'plan' is missing"),
        ({"plan": "Pro"}, "there is no plan 'Pro'; the plans are starter, pro, enterprise"),
        ({"plan": 1}, "'plan' must be a text, not number"),
        ({"plan": "enterprise"}, "'severity' is missing, and the targets of enterprise depend"),
        ({"severity": "s1"}, "there is no severity 's1'; give one of S1, S2, S3, S4"),
        ({"severity": "S5"}, "there is no severity 'S5'"),
        ({"severity": ""}, "there is no severity ''"),
        ({"severity": 1}, "'severity' must be a text"),
        ({"received": None}, "'received' is missing"),
        ({"received": "2026-11-23"}, "is not an instant"),
        ({"received": "2026-11-23T24:00:00Z"}, "is not an instant that exists"),
        ({"received": "2020-01-01T00:00:00Z"}, "no terms were in force at 2020-01-01T00:00:00Z"),
        ({"plan": "starter", "received": "9999-12-31T12:00:00Z"}, "9999"),
        ({"terms": "2026-10"}, "there are no terms '2026-10'; the known versions are 2026-11"),
        ({"terms": ""}, "there are no terms ''"),
        ({"terms": 202611}, "'terms' must be a text"),
    ],
)
def test_a_line_that_cannot_be_answered_says_why(change, error):
    request = {"id": 7, "plan": "pro", "received": "2026-11-23T09:00:00Z", **change}
    (answer,), status = ask(request)
    assert answer.keys() == {"id", "error"}
    assert answer["id"] == 7
    assert error in answer["error"]
    assert status == 1


def test_named_terms_answer_for_any_instant_and_unknown_keys_are_ignored():
    answer = ask_one(
        plan="starter",
        received="2019-05-06T09:00:00Z",
        terms="2026-11",
        colour="red",
        severity="S1",
    )
    assert answer["due_at"] == "2019-05-13T12:00:00Z"


def test_a_bad_line_does_not_stop_the_next():
    good = {"id": "b", "plan": "pro", "received": "2026-11-23T09:00:00Z"}
    answers, status = ask("{not json", "", good)
    assert [answer["id"] for answer in answers] == [None, "b"]
    assert "error" in answers[0]
    assert answers[1]["due_at"] == "2026-11-23T13:00:00Z"
    assert status == 1


def test_a_year_without_listed_holidays_is_answered_with_a_warning(caplog):
    answer = ask_one(plan="pro", received="2150-06-01T09:00:00Z")
    assert answer["due_at"] == "2150-06-01T13:00:00Z"
    assert "no holidays are listed in es-office" in caplog.text
    caplog.clear()
    ask_one(plan="enterprise", severity="S1", received="2150-06-01T09:00:00Z")
    assert not caplog.text


@pytest.mark.parametrize(("line", "status"), [(b"{}", 1), (b"", 0)])
def test_the_command_ends_with_the_status_of_its_lines(monkeypatch, line, status):
    out = io.BytesIO()
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(line)))
    monkeypatch.setattr("sys.stdout", SimpleNamespace(buffer=out))
    if status:
        with pytest.raises(SystemExit) as end:
            deadline.Command().handle()
        assert end.value.code == status
    else:
        deadline.Command().handle()
    assert out.getvalue() == (b'{"id": null, "error": "\'plan\' is missing"}\n' if line else b"")


def test_the_receipt_can_be_had_in_spanish():
    answer = first_response_deadline(
        plan="starter",
        severity=None,
        received=parse_instant("2026-12-07T17:30:00+01:00"),
        language="es",
    )
    assert (answer.terms, answer.plan, answer.clause) == ("2026-11", "starter", "7")
    assert "festivo: Inmaculada Concepción (mar 8 dic)" in answer.receipt[1].text


def walk_by_the_second_half_minute(received: datetime, allowance: timedelta) -> datetime:
    """The office deadline by trying each half minute: slow, and knows nothing of intervals."""
    step = timedelta(seconds=30)
    closed = holidays.country_holidays("ES", years=[2026, 2027, 2028])
    at, left = received, allowance
    while left:
        local = at.astimezone(MADRID)
        if local.weekday() < 5 and local.date() not in closed and 9 <= local.hour < 18:
            left -= step
        at += step
    return at


half_minutes = st.integers(0, 400 * 24 * 120).map(
    lambda n: datetime(2026, 11, 2, tzinfo=UTC) + n * timedelta(seconds=30)
)


@settings(max_examples=15, deadline=None)
@given(received=half_minutes, plan=st.sampled_from(["starter", "pro"]))
@example(received=datetime(2027, 3, 25, 16, 59, 30, tzinfo=UTC), plan="starter")
@example(received=datetime(2026, 12, 5, 23, 0, tzinfo=UTC), plan="starter")
def test_the_office_deadline_agrees_with_a_slow_walk(received, plan):
    answer = ask_one(plan=plan, received=received.isoformat())
    slow = walk_by_the_second_half_minute(received, timedelta(seconds=answer["allowance_seconds"]))
    assert parse_instant(answer["due_at"]) == slow
