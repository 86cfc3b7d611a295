"""The read_clocks command: its twelve worked examples, its refusals, and once as a real process."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sla.domain.commands.clocks import answer_clocks
from tickets.domain.jsonlines import answer_lines

ROOT = Path(__file__).resolve().parents[2]
WEEK = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
OFFICE = {"timezone": "Europe/Madrid", "hours": WEEK, "holidays": ["2026-12-25"]}
OPENED = {"at": "2026-12-24T16:00:00+01:00", "kind": "opened"}


def told(time: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"at": f"2026-12-{time}+01:00", "kind": kind, **more}


def asked(*events: dict[str, Any], **more: Any) -> dict[str, Any]:
    """One clock on 24 December at four o'clock in Madrid, unless `more` says otherwise."""
    return {"calendar": OFFICE, "targets": {"resolution": 10_800}, "events": [*events], **more}


def said(state: str, due: str | None, elapsed: float, **more: Any) -> dict[str, Any]:
    return {
        "state": state,
        "started_at": "2026-12-24T15:00:00Z",
        "due_at": due,
        "stopped_at": None,
        "breached_at": None,
        "met": None,
        "elapsed_seconds": elapsed,
        **more,
    }


def run(*requests: Any) -> tuple[int, list[Any]]:
    """The exit status and the answers to requests; a text is sent as it is."""
    lines = [line if isinstance(line, str) else json.dumps(line) for line in requests]
    out = io.BytesIO()
    status = answer_lines(answer_clocks, io.BytesIO("\n".join(lines).encode()), out)
    return status, [json.loads(line) for line in out.getvalue().splitlines()]


DUE = "2026-12-28T09:00:00Z"
FIRST = {"targets": {"first_response": 3600}}
NEXT = {"targets": {"next_response": 3600}}
REPLY = told("24T16:20:00", "agent_replied")

# The twelve worked examples of the reference page.
EXAMPLES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a deadline over a holiday and a weekend": (
        asked(OPENED, as_of="2026-12-24T17:30:00Z"),
        {"resolution": said("running", DUE, 7200)},
    ),
    "answered in time": (
        asked(OPENED, REPLY, **FIRST),
        {"first_response": said("stopped", "2026-12-24T16:00:00Z", 1200, met=True,
                                stopped_at="2026-12-24T15:20:00Z")},
    ),
    "late, and still running": (
        asked(OPENED, as_of="2026-12-24T16:00:00.5Z", **FIRST),
        {"first_response": said("running", "2026-12-24T16:00:00Z", 3600.5, met=False,
                                breached_at="2026-12-24T16:00:00Z")},
    ),
    "an answer that bounced": (
        asked(OPENED, REPLY, told("24T16:30:00", "reply_bounced", of="2026-12-24T15:20:00Z"),
              **FIRST),
        {"first_response": said("running", "2026-12-24T16:00:00Z", 1800)},
    ),
    "opened by an agent": (
        asked(OPENED | {"by": "agent"}, REPLY, **FIRST),
        {"first_response": None},
    ),
    "the customer writes again": (
        asked(OPENED, REPLY, told("24T17:30:00", "customer_wrote"), **NEXT),
        {"next_response": said("running", "2026-12-28T08:30:00Z", 0,
                               started_at="2026-12-24T16:30:00Z")},
    ),
    "waiting on the customer": (
        asked(OPENED, told("24T17:00:00", "waiting_started"), as_of="2026-12-28T11:00:00Z"),
        {"resolution": said("paused", None, 3600)},
    ),
    "the wait ends": (
        asked(OPENED, told("24T17:00:00", "waiting_started"),
              told("28T10:00:00", "customer_wrote")),
        {"resolution": said("running", "2026-12-28T11:00:00Z", 3600)},
    ),
    "solved and reopened": (
        asked(OPENED, told("24T17:00:00", "solved"), told("28T10:00:00", "reopened"),
              told("28T12:30:00", "solved")),
        {"resolution": said("stopped", "2026-12-28T11:00:00Z", 12_600, met=False,
                            stopped_at="2026-12-28T11:30:00Z",
                            breached_at="2026-12-28T11:00:00Z")},
    ),
    "more severe from the start": (
        asked(OPENED, told("24T17:00:00", "targets_set", targets={"resolution": 1800})),
        {"resolution": said("running", "2026-12-24T15:30:00Z", 3600, met=False,
                            breached_at="2026-12-24T15:30:00Z")},
    ),
    "more severe from now": (
        asked(OPENED, told("24T17:00:00", "targets_set", targets={"resolution": 1800},
                           **{"from": "now"})),
        {"resolution": said("running", "2026-12-24T16:30:00Z", 3600)},
    ),
    "cancelled in time, on every clock": (
        asked(OPENED, told("24T16:10:00", "cancelled"),
              targets={"resolution": 10_800, "next_response": 60, "first_response": 60.5}),
        {"first_response": said("cancelled", "2026-12-24T15:01:00.500000Z", 600, met=False,
                                breached_at="2026-12-24T15:01:00.500000Z"),
         "next_response": None,
         "resolution": said("cancelled", None, 600)},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("request_", "clocks"), list(EXAMPLES.values()), ids=list(EXAMPLES))
def test_a_log_in_is_its_clocks_out(request_: dict[str, Any], clocks: dict[str, Any]) -> None:
    assert run({"id": "7", **request_}) == (0, [{"id": "7", "clocks": clocks}])


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (asked(OPENED, calendar=None), "'calendar' is missing"),
        (asked(OPENED, calendar=[]), "'calendar' must be an object or the name"),
        (asked(OPENED, calendar="fr-office"), "fr-office"),
        (asked(OPENED, calendar=OFFICE | {"hours": {"monday": []}}), "'monday' is not a weekday"),
        (asked(OPENED, targets=None), "'targets' is missing"),
        (asked(OPENED, targets={}), "names no metric"),
        (asked(OPENED, targets={"resolution": None}), "names no metric"),
        (asked(OPENED, targets=[]), "'targets' must be an object, not list"),
        (asked(OPENED, targets={"reply": 60}), "'targets' names 'reply'"),
        (asked(OPENED, targets={"reply": None, "resolution": 60}), "'targets' names 'reply'"),
        (asked(OPENED, targets={"resolution": -1}), "cannot be negative"),
        (asked(OPENED, targets={"resolution": True}), "not a number of seconds"),
        (asked(OPENED, targets={"resolution": "60"}), "not a number of seconds"),
        (asked(OPENED, targets={"resolution": 250_000_000_000}), "beyond the year 9999"),
        (asked(OPENED, events=None), "'events' is missing"),
        (asked(OPENED, events={}), "'events' must be a list, not object"),
        (asked(), "no 'opened'"),
        (asked(REPLY), "no 'opened'"),
        (asked(OPENED, as_of="2026-12-24T14:59:59Z"), "no 'opened'"),
        (asked(OPENED, as_of="2026-12-24"), "is not an instant"),
        (asked(OPENED, as_of=7), "'as_of' must be a text, not number"),
        (asked(OPENED, "solved"), "event 2: an event must be an object, not text"),  # type: ignore[arg-type]
        (asked({"kind": "opened"}), "event 1: 'at' is missing"),
        (asked({"kind": "opened", "at": "2026-12-24T16:00:00"}), "event 1: '2026-12-24T16:00:00'"),
        (asked({"at": OPENED["at"]}), "event 1: 'kind' is missing"),
        (asked(OPENED, told("24T17:00:00", "closed")), "event 2: 'kind' is 'closed'"),
        (asked(OPENED, told("24T17:00:00", "Solved")), "event 2: 'kind' is 'Solved'"),
        (asked(OPENED | {"kind": ["opened"]}), "event 1: 'kind' must be a text, not list"),
        (asked(OPENED | {"by": "bot"}), "event 1: 'by' is 'bot'"),
        (asked(OPENED, told("24T17:00:00", "waiting_started", cause=7)), "'cause' must be a text"),
        (asked(OPENED, told("24T17:00:00", "waiting_started", cause="")), "'cause' must not be"),
        (asked(OPENED, told("24T17:00:00", "reply_bounced")), "event 2: 'of' is missing"),
        (asked(OPENED, told("24T17:00:00", "reply_bounced", of="noon")), "is not an instant"),
        (asked(OPENED, told("24T17:00:00", "targets_set")), "event 2: 'targets' is missing"),
        (
            asked(OPENED, told("24T17:00:00", "targets_set", targets={"speed": 1})),
            "event 2: 'targets' names 'speed'",
        ),
        (
            asked(OPENED, told("24T17:00:00", "targets_set", targets={"next_response": 1})),
            "next_response, which has no target",
        ),
        (
            asked(
                OPENED,
                told("24T17:00:00", "targets_set", targets={"resolution": 1}, **{"from": "then"}),
            ),
            "event 2: 'from' is 'then'",
        ),
    ],
)
def test_a_bad_line_says_what_to_change(request_: dict[str, Any], message: str) -> None:
    status, [error] = run({"id": 7, **request_})
    assert status == 1
    assert set(error) == {"id", "error"}
    assert error["id"] == 7
    assert message in error["error"]


def test_what_may_be_absent_may_be_null_and_what_is_unknown_is_ignored() -> None:
    nulls = {"by": None, "cause": None, "of": None, "targets": None, "from": None, "mood": "calm"}
    plain = asked(OPENED, told("24T17:00:00", "waiting_started"))
    events = [event | nulls for event in plain["events"]]
    targets = {"resolution": 10_800, "first_response": None}
    dressed = {**plain, "events": events, "targets": targets, "as_of": None, "mood": "calm"}
    _, [first, second] = run(plain, dressed)
    assert first == second


def test_a_silent_event_still_says_how_far_the_log_goes() -> None:
    log = asked(OPENED, told("24T17:00:00", "note_added"))
    assert run(log)[1][0]["clocks"]["resolution"]["elapsed_seconds"] == 3600


def test_an_event_that_is_not_known_yet_may_name_a_metric_without_a_target() -> None:
    later = told("24T17:00:00", "targets_set", targets={"next_response": 1})
    assert run(asked(OPENED, later, as_of="2026-12-24T15:59:59Z"))[0] == 0


def test_one_instant_may_be_written_in_two_ways() -> None:
    zulu = {"at": "2026-12-24T15:20:00Z", "kind": "agent_replied"}
    bounce = told("24T16:30:00", "reply_bounced", of="2026-12-24T17:20:00+02:00")
    status, [answer] = run(asked(OPENED, REPLY, zulu, bounce, **FIRST))
    assert status == 0
    assert answer["clocks"]["first_response"]["state"] == "running"


def test_named_calendars_come_from_the_terms() -> None:
    office, always = asked(OPENED, calendar="es-office"), asked(OPENED, calendar="always")
    status, answers = run(office, always)
    assert status == 0
    assert [answer["clocks"]["resolution"]["due_at"] for answer in answers] == [
        DUE,
        "2026-12-24T18:00:00Z",
    ]


def test_the_real_command_answers_each_line_and_needs_no_database() -> None:
    good = json.dumps({"id": 1, **asked(OPENED)})
    done = subprocess.run(
        [sys.executable, "manage.py", "read_clocks"],
        input=f"\ufeff{good}\r\n\r\nnonsense\r\n{good}".encode(),
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1, done.stderr.decode()
    assert [answer["id"] for answer in answers] == [1, None, 1]
    assert answers[0] == {"id": 1, "clocks": {"resolution": said("running", DUE, 0)}}
