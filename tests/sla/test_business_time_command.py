"""The business_time command: its answers line by line, and once as a real process."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sla.domain.commands.business_time import answer
from tickets.domain.jsonlines import answer_lines

ROOT = Path(__file__).resolve().parents[2]
WEEK = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
OFFICE = {"timezone": "Europe/Madrid", "hours": WEEK, "holidays": ["2026-12-25"]}
NIGHTS = {"timezone": "Europe/Madrid", "hours": {"sat": [["22:00", "06:00"]]}}
ALWAYS = {"timezone": "UTC", "hours": "24x7"}
ADD = {"calendar": OFFICE, "op": "add", "start": "2026-12-24T17:00:00+01:00", "seconds": 7200}
BETWEEN = {
    "calendar": OFFICE,
    "op": "between",
    "start": "2026-12-24T17:00:00+01:00",
    "end": "2026-12-28T10:00:00+01:00",
}


def run(*requests: Any) -> tuple[int, list[Any]]:
    """The exit status and the answers to requests; a text is sent as it is."""
    lines = [line if isinstance(line, str) else json.dumps(line) for line in requests]
    out = io.BytesIO()
    status = answer_lines(answer, io.BytesIO("\n".join(lines).encode()), out)
    return status, [json.loads(line) for line in out.getvalue().splitlines()]


# The twelve worked examples of the reference page.
@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (ADD, {"end": "2026-12-28T09:00:00Z"}),
        (ADD | {"seconds": 3600}, {"end": "2026-12-24T17:00:00Z"}),
        (ADD | {"start": "2026-12-24T17:00:00Z", "seconds": 0}, {"end": "2026-12-28T08:00:00Z"}),
        (ADD | {"start": "2026-12-24T17:00:00.5+01:00"}, {"end": "2026-12-28T09:00:00.500000Z"}),
        (ADD | {"seconds": 172_800}, {"end": "2027-01-04T10:00:00Z"}),
        (BETWEEN, {"seconds": 7200}),
        (BETWEEN | {"end": "2026-12-24T16:00:00.25Z"}, {"seconds": 0.25}),
        (BETWEEN | {"end": "2026-12-24T16:59:00+01:00"}, {"seconds": 0}),
        (
            {"calendar": NIGHTS, "op": "between", "start": "2026-03-28T12:00:00Z",
             "end": "2026-03-29T12:00:00Z"},
            {"seconds": 25_200},
        ),
        (
            {"calendar": NIGHTS, "op": "add", "start": "2026-10-24T00:00:00Z", "seconds": 32_400},
            {"end": "2026-10-25T05:00:00Z"},
        ),
        (
            {"calendar": ALWAYS | {"holidays": ["2026-12-25"]}, "op": "add",
             "start": "2026-12-24T23:30:00Z", "seconds": 3600},
            {"end": "2026-12-26T00:30:00Z"},
        ),
        (
            {"calendar": ALWAYS, "op": "add", "start": "2026-12-24T23:30:00Z", "seconds": 1.5e-6},
            {"end": "2026-12-24T23:30:00.000002Z"},
        ),
    ],
)  # fmt: skip
def test_a_line_in_is_a_line_out(request_: dict[str, Any], expected: dict[str, Any]) -> None:
    assert run({"id": "7", **request_}) == (0, [{"id": "7", **expected}])


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (ADD | {"op": None}, "'op' is missing"),
        (ADD | {"op": "subtract"}, "'op' is one of: add, between"),
        (ADD | {"op": ["add"]}, "'op' is one of: add, between"),
        (ADD | {"calendar": None}, "'calendar' is missing"),
        (ADD | {"calendar": 7}, "'calendar' must be an object or a name, not number"),
        (ADD | {"calendar": []}, "'calendar' must be an object or a name, not list"),
        (ADD | {"calendar": {"hours": "24x7"}}, "no 'timezone'"),
        (ADD | {"calendar": OFFICE | {"hours": {"Mon": []}}}, "'Mon' is not a weekday"),
        (ADD | {"calendar": OFFICE | {"hours": {}}}, "no open second within 10 years"),
        (ADD | {"start": None}, "'start' is missing"),
        (ADD | {"start": "2026-12-24T17:00:00"}, "is not an instant"),
        (ADD | {"start": "2026-12-24"}, "is not an instant"),
        (ADD | {"seconds": None}, "'seconds' is missing"),
        (ADD | {"seconds": -1}, "cannot be negative"),
        (ADD | {"seconds": True}, "not a number of seconds"),
        (ADD | {"seconds": "60"}, "not a number of seconds"),
        (ADD | {"seconds": 200_000_000_000}, "beyond the year 9999"),
        (ADD | {"seconds": 10**40}, "years 1 to 9999"),
        (BETWEEN | {"end": None}, "'end' is missing"),
        (BETWEEN | {"end": "2026-12-24T24:00:00Z"}, "instant"),
    ],
)
def test_a_bad_line_says_what_to_change(request_: dict[str, Any], message: str) -> None:
    status, [error] = run({"id": 7, **request_})
    assert status == 1
    assert set(error) == {"id", "error"}
    assert error["id"] == 7
    assert message in error["error"]


@pytest.mark.parametrize(
    ("digits", "microsecond"),
    [
        ("1.4999999999999999999999999999999999e-6", 1),  # 35 digits, more than a decimal context
        ("0.5000000000000000000000000000000001e-6", 1),
        ("0.5e-6", 0),
        ("1e-1000000000000000000000", 0),  # an exponent that Decimal refuses
        ("0e1000000000000000000000", 0),
        ("0e99", 0),
    ],
)
def test_a_duration_is_rounded_once_half_to_even(digits: str, microsecond: int) -> None:
    line = json.dumps({"id": 1, **ADD, "calendar": ALWAYS, "seconds": 0})
    fraction = f".{microsecond:06d}" if microsecond else ""
    assert run(line.replace('"seconds": 0', f'"seconds": {digits}')) == (
        0,
        [{"id": 1, "end": f"2026-12-24T16:00:00{fraction}Z"}],
    )


@pytest.mark.parametrize("digits", ["1e1000000000000000000000", "-" + "1" * 5000, "1" * 5000])
def test_a_number_of_any_length_is_json(digits: str) -> None:
    line = json.dumps({"id": 1, **ADD, "unknown": 0})
    assert run(line.replace('"unknown": 0', f'"unknown": {digits}')) == (
        0,
        [{"id": 1, "end": "2026-12-28T09:00:00Z"}],
    )
    status, [error] = run(line.replace('"seconds": 7200', f'"seconds": {digits}'))
    assert (status, set(error), error["id"]) == (1, {"id", "error"}, 1)
    assert "internal error" not in error["error"]


def test_named_calendars_come_from_the_terms() -> None:
    status, answers = run(
        {"id": 1, **ADD, "calendar": "es-office"},
        {"id": 2, **ADD, "calendar": "always"},
        {"id": 3, **ADD, "calendar": "fr-office"},
    )
    assert status == 1
    assert answers[:2] == [
        {"id": 1, "end": "2026-12-28T09:00:00Z"},
        {"id": 2, "end": "2026-12-24T18:00:00Z"},
    ]
    assert "fr-office" in answers[2]["error"]


def test_the_real_command_answers_each_line_and_needs_no_database() -> None:
    lines = [json.dumps({"id": 1, **ADD}), "", "nonsense", json.dumps({"id": 2, **BETWEEN})]
    done = subprocess.run(
        [sys.executable, "manage.py", "business_time"],
        input=("\ufeff" + "\r\n".join(lines)).encode(),
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answers[0], answers[2]] == [
        {"id": 1, "end": "2026-12-28T09:00:00Z"},
        {"id": 2, "seconds": 7200},
    ]
    assert set(answers[1]) == {"id", "error"}
    assert (done.returncode, done.stderr) == (1, b"")


def test_wrong_usage_is_status_2() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "business_time", "--nonsense"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
