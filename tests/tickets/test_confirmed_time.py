"""What an API dates anew: the log shows both instants, and every reading the true one."""

from datetime import UTC, datetime, timedelta

import pytest

from tickets.domain.event_time import CONFIRMED, confirmed_time, start_time, stop_time
from tickets.domain.facts import Fact, in_order, settled
from tickets.domain.lifecycle import read_standing
from tickets.domain.words import EventKind, Status

AT = datetime(2026, 11, 23, 8, tzinfo=UTC)


def fact(key: str, kind: EventKind, minutes: int, **details: object) -> Fact:
    return Fact(key=key, kind=kind, at=AT + timedelta(minutes=minutes), details=details)


def confirmed(key: str, of: str, minutes: int, **more: object) -> Fact:
    told = {"of_event": of, "time": CONFIRMED, **more}
    return fact(key, EventKind.TIME_CONFIRMED, minutes, **told)


LOG = (
    fact("1", EventKind.OPENED, 0, severity="S3"),
    fact("2", EventKind.CUSTOMER_WROTE, 30),
    fact("3", EventKind.SOLVED, 90, time="arrival"),
    fact("4", EventKind.REOPENED, 60),
)


def test_a_confirmed_fact_stands_at_its_true_instant() -> None:
    assert read_standing(LOG).status is Status.SOLVED
    moved = (*LOG, confirmed("5", "3", 45))
    assert [each.key for each in in_order(moved)] == ["1", "2", "3", "4"]
    assert read_standing(moved).status is Status.OPEN
    assert next(each for each in settled(moved) if each.key == "3").details["time"] == CONFIRMED


def test_the_last_confirmation_counts_and_settling_twice_changes_nothing() -> None:
    moved = (*LOG, confirmed("5", "3", 45), confirmed("6", "3", 70))
    assert read_standing(moved).solved_at == AT + timedelta(minutes=70)
    assert settled(settled(moved)) == settled(moved)
    assert settled(LOG) == LOG


def test_a_bounce_follows_the_answer_that_it_undoes() -> None:
    answer = fact("2", EventKind.AGENT_REPLIED, 90, time="arrival")
    bounce = fact("3", EventKind.REPLY_BOUNCED, 95, of=answer.at.isoformat(), of_event="2")
    log = (LOG[0], answer, bounce, confirmed("4", "2", 20))
    assert read_standing(log).answered_at is None
    found = next(each for each in settled(log) if each.key == "3")
    assert found.details["of"] == (AT + timedelta(minutes=20)).isoformat()


def test_what_is_judged_anew_says_so() -> None:
    pending = {"from": "S1", "to": "S4", "contract": "pending"}
    change = fact("2", EventKind.SEVERITY_CHANGED, 90, **pending)
    log = (LOG[0], change, confirmed("3", "2", 5, anew={"from": "S1", "to": "S4"}))
    found = next(each for each in settled(log) if each.key == "2")
    assert found.details == {"from": "S1", "to": "S4", "time": CONFIRMED}


@pytest.mark.parametrize(("hours", "counts"), [(-400, -400), (-1, -1), (1, 0)])
def test_what_an_api_tells_is_believed_whole_but_never_of_the_future(
    hours: int, counts: int
) -> None:
    found = confirmed_time(occurred_at=AT + timedelta(hours=hours), arrived_at=AT)
    assert (found.at, found.rule) == (AT + timedelta(hours=counts), CONFIRMED)


def test_what_is_not_believed_is_kept_beside_what_counts() -> None:
    long_ago = AT - timedelta(hours=30)
    for found in (
        start_time(occurred_at=long_ago, arrived_at=AT),
        stop_time(occurred_at=long_ago, arrived_at=AT, tolerance=timedelta(minutes=15)),
    ):
        assert found.details()["stated"] == "2026-11-22T02:00:00Z"
    assert "stated" not in start_time(occurred_at=AT, arrived_at=AT).details()
