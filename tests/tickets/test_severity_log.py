"""The severity as the log says it: who decided, and what no person has looked at."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from tickets.domain.facts import Fact
from tickets.domain.severity_log import SeverityReading, read_severity
from tickets.domain.words import EventKind, Severity, SeverityBy

START = datetime(2026, 11, 18, 9, tzinfo=UTC)


def fact(key: int, minute: int, kind: EventKind, **details: Any) -> Fact:
    return Fact(key=str(key), kind=kind, at=START + timedelta(minutes=minute), details=details)


def opened(severity: str = "S4") -> Fact:
    return fact(1, 0, EventKind.OPENED, severity=severity)


def wrote(key: int, minute: int, sounds: str, *, sure: bool = True) -> Fact:
    return fact(key, minute, EventKind.CUSTOMER_WROTE, sounds=sounds, sure=sure)


def changed(key: int, minute: int, to: str, by: str = "person") -> Fact:
    details = {"to": to, "mode": "misjudged"} | ({} if by == "person" else {"by": by})
    return fact(key, minute, EventKind.SEVERITY_CHANGED, **details)


def looked(key: int, minute: int) -> Fact:
    return fact(key, minute, EventKind.CUSTOMER_SET, **{"from": 7, "to": 7})


def in_any_order(*facts: Fact) -> SeverityReading:
    readings = [read_severity(order) for order in permutations(facts)]
    assert all(reading == readings[0] for reading in readings)
    return readings[0]


@pytest.mark.parametrize(
    ("facts", "severity", "by", "doubt"),
    [
        ([wrote(2, 5, "S1")], "S1", "rules", None),
        ([wrote(2, 5, "S2"), wrote(3, 6, "S1")], "S1", "rules", None),
        ([wrote(2, 5, "S1"), wrote(3, 6, "S2")], "S1", "rules", None),
        ([wrote(2, 5, "S1", sure=False)], "S4", "rules", "S1"),
        ([wrote(2, 5, "S1", sure=False), looked(3, 6)], "S4", "rules", None),
        ([changed(2, 5, "S3"), wrote(3, 6, "S1")], "S3", "person", "S1"),
        ([changed(2, 5, "S3"), wrote(3, 6, "S1"), changed(4, 7, "S3")], "S3", "person", None),
        # Heard of after the choice, though written before it.
        ([changed(2, 5, "S3"), wrote(3, 4, "S1")], "S3", "person", "S1"),
        # The person had read it and lowered all the same.
        ([wrote(2, 4, "S1"), changed(3, 5, "S3")], "S3", "person", None),
        # Another look before it was written says nothing of it.
        ([looked(3, 4), wrote(2, 5, "S1", sure=False)], "S4", "rules", "S1"),
        ([changed(2, 5, "S2", "source"), wrote(3, 6, "S1")], "S2", "source", "S1"),
        ([wrote(2, 5, "S1"), changed(3, 6, "S3", "source")], "S3", "source", "S1"),
        ([changed(2, 5, "S3"), changed(3, 6, "S2", "source")], "S3", "person", "S2"),
        ([changed(2, 5, "S3"), changed(3, 6, "S4", "source")], "S3", "person", None),
    ],
)
def test_who_decides_and_what_is_left_to_look_at(
    facts: list[Fact], severity: str, by: str, doubt: str | None
) -> None:
    reading = in_any_order(opened(), *facts)
    assert (reading.severity, reading.by, reading.doubt) == (
        Severity(severity),
        SeverityBy(by),
        doubt and Severity(doubt),
    )


def test_a_raise_that_is_written_down_is_not_written_again() -> None:
    log = [opened(), wrote(2, 5, "S1")]
    assert [found.to for found in read_severity(log).unwritten] == [Severity.S1]
    written = changed(3, 5, "S1", "rules")
    reading = in_any_order(*log, written)
    assert (reading.unwritten, reading.changes) == ([], [written])


def test_a_raise_that_turns_out_to_follow_a_persons_choice_counts_no_more() -> None:
    reading = in_any_order(
        opened(), changed(9, 4, "S3"), wrote(2, 5, "S1"), changed(3, 5, "S1", "rules")
    )
    assert (reading.severity, reading.doubt) == (Severity.S3, Severity.S1)
    assert [each.key for each in reading.changes] == ["9"]
