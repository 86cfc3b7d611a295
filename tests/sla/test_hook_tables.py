"""What an entry of the ledger tells programs, what a fact does, and when a call comes again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.domain.clocks.ledger import EntryKind
from sla.domain.clocks.target import Metric
from sla.domain.hooks.events import told_by_entry, told_by_facts
from sla.domain.hooks.limits import MAX_ATTEMPTS, body_of, event_id, rest_after, retry_wait
from tickets.domain.facts import Fact
from tickets.domain.words import EventKind

AT = datetime(2026, 11, 18, 9, tzinfo=UTC)
DUE = "2026-11-18T09:30:00Z"
RUNS: dict[str, Any] = {"state": "running", "due_at": DUE, "stopped_at": None, "breached_at": None}
MISSED = {**RUNS, "breached_at": DUE}
MET = {**RUNS, "state": "stopped", "stopped_at": "2026-11-18T09:10:00Z"}
LATE = {**MISSED, "state": "stopped", "stopped_at": "2026-11-18T09:40:00Z"}


@pytest.mark.parametrize(
    ("kind", "metric", "before", "after", "told"),
    [
        ("started", "first_response", None, RUNS, ""),
        ("at_risk", "first_response", RUNS, RUNS, "clock.warned"),
        ("breached", "resolution", RUNS, MISSED, "target.missed"),
        ("breached", "first_response", None, MISSED, "target.missed"),
        ("corrected", "first_response", MISSED, RUNS, "miss_withdrawn"),
        ("met", "first_response", RUNS, MET, ""),
        ("met", "first_response", {**MET, "stopped_at": DUE}, MET, "answer_moved"),
        # Its miss was taken back by an entry of its own.
        ("met", "first_response", LATE, MET, ""),
        ("stopped_late", "first_response", MISSED, LATE, ""),
        ("stopped_late", "next_response", LATE, {**LATE, "stopped_at": "x"}, "answer_moved"),
        ("met", "resolution", {**MET, "stopped_at": DUE}, MET, ""),
        ("reopened", "first_response", MET, RUNS, "answer_withdrawn"),
        ("reopened", "first_response", LATE, MISSED, "answer_withdrawn"),
        # A ticket that is opened again, or un-marked as spam.
        ("reopened", "resolution", MET, RUNS, ""),
        ("reopened", "first_response", {**RUNS, "state": "cancelled"}, RUNS, ""),
        ("voided", "next_response", MET, MET, "target_withdrawn"),
        ("voided", "next_response", MISSED, MISSED, "target_withdrawn"),
        ("voided", "next_response", RUNS, RUNS, ""),
        ("due_moved", "first_response", RUNS, RUNS, ""),
        ("repinned", "first_response", RUNS, RUNS, ""),
    ],
)
def test_an_entry_tells(kind: str, metric: str, before: Any, after: Any, told: str) -> None:
    found = told_by_entry(EntryKind(kind), Metric(metric), before, after)
    assert (found.more.get("reason", found.type.value) if found else "") == told
    if found and "before" in found.more:
        assert found.more["before"]["missed_at"] == before["breached_at"]


def fact(key: int, kind: EventKind, minute: int, **details: Any) -> Fact:
    return Fact(key=str(key), kind=kind, at=AT + timedelta(minutes=minute), details=details)


OPENED = fact(1, EventKind.OPENED, 0, severity="S2", by="customer")
FIRST = fact(2, EventKind.AGENT_REPLIED, 5)
SECOND = fact(3, EventKind.AGENT_REPLIED, 9)
BOUNCE = fact(4, EventKind.REPLY_BOUNCED, 12, of_event="2", of=FIRST.at.isoformat())
NOTE = fact(5, EventKind.NOTE_ADDED, 13)


@pytest.mark.parametrize(
    ("added", "log", "told"),
    [
        ([OPENED], [OPENED], ["ticket.opened"]),
        ([FIRST, SECOND, NOTE], [OPENED, FIRST, SECOND, NOTE], ["first", "next"]),
        ([SECOND], [OPENED, FIRST, SECOND, BOUNCE], ["first"]),
        ([FIRST, BOUNCE], [OPENED, FIRST, BOUNCE], []),
        ([FIRST], [OPENED, FIRST, SECOND], ["first"]),
        ([fact(6, EventKind.OPENED, 1, severity="S1")], [OPENED], []),
    ],
)
def test_new_facts_tell(added: list[Fact], log: list[Fact], told: list[str]) -> None:
    found = told_by_facts(added, {each.key: each for each in (*log, *added)}.values())
    assert [each.more.get("answer", each.type.value) for _, each in found] == told


def test_a_change_by_a_source_that_a_person_overrules_tells_nothing() -> None:
    person = fact(2, EventKind.SEVERITY_CHANGED, 1, to="S1", **{"from": "S2"})
    source = fact(3, EventKind.SEVERITY_CHANGED, 2, to="S4", by="source", **{"from": "S1"})
    log = [OPENED, person, source]
    assert [told.more["to"] for _, told in told_by_facts([person, source], log)] == ["S1"]


@given(st.integers(1, MAX_ATTEMPTS - 1), st.floats(0, 1), st.integers(0, 3600))
def test_waits_only_grow_and_never_undercut_what_was_asked(
    attempts: int, luck: float, seconds: int
) -> None:
    asked = timedelta(seconds=seconds)
    wait, least = retry_wait(attempts, luck=luck, asked=asked), retry_wait(attempts, luck=0)
    assert wait is not None
    assert least is not None
    assert wait >= max(least, asked)
    assert rest_after(attempts, asked) >= asked
    assert rest_after(attempts) <= timedelta(minutes=5)
    assert retry_wait(MAX_ATTEMPTS, luck=luck, asked=asked) is None


def test_a_body_has_the_same_bytes_however_its_data_is_ordered() -> None:
    one, other = {"a": 1, "b": {"c": "ü", "d": None}}, {"b": {"d": None, "c": "ü"}, "a": 1}
    assert body_of("hook.test", AT, one) == body_of("hook.test", AT, other)
    assert body_of("hook.test", AT, one) == (
        '{"type":"hook.test","timestamp":"2026-11-18T09:00:00Z",'
        '"data":{"a":1,"b":{"c":"ü","d":null}}}'.encode()
    )


def test_an_id_is_that_of_one_fact_of_one_installation() -> None:
    mine = event_id("https://sla.example", "log:1", AT)
    assert mine == event_id("https://sla.example", "log:1", AT)
    others = {
        event_id("https://other.example", "log:1", AT),
        event_id("https://sla.example", "log:2", AT),
        # A database that was put back counts its entries anew.
        event_id("https://sla.example", "log:1", AT + timedelta(microseconds=1)),
    }
    assert mine not in others
    assert len(others) == 3
