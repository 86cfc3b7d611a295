"""How late the service was: counted from the logs, kept hour by hour, never counted twice."""

from datetime import datetime, timedelta

import pytest

from sla.domain.clocks.ledger import EntryKind
from sla.domain.escalation.lag import BOUNDS_MS, GOAL_MS, Histogram
from sla.domain.escalation.words import Outcome
from sla.models import LagHour, LagKind
from sla.operations.escalation.store_lag import KEPT, store_lag
from sla.queries.escalation.lag import HOUR, lag_hours, measure, total_lag
from tests.sla.lag_world import OPENED, a_clock, a_policy, detected, fired, histogram_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]

# The first full hour after the ticket came.
FIRST = OPENED.replace(minute=0, second=0, microsecond=0) + HOUR


def at(minutes: float) -> datetime:
    return FIRST + timedelta(minutes=minutes)


def test_a_histogram_counts_what_was_at_most_so_late() -> None:
    found = histogram_of([100, 101, 6_000, 6_001, 90_000_000])
    assert dict(zip(BOUNDS_MS, found.up_to, strict=True)) == {
        **dict.fromkeys((100,), 1),
        **dict.fromkeys((250, 500, 1_000, 2_000, 3_000, 4_000), 2),
        6_000: 3,
        **dict.fromkeys((10_000, 30_000, 60_000, 300_000, 3_600_000), 4),
    }
    assert (found.measured, found.total_ms) == (5, 90_012_202)
    assert found.within_goal == 3
    assert found + Histogram() == found
    assert histogram_of([1, 2]) + histogram_of([3]) == histogram_of([1, 2, 3])
    assert GOAL_MS in BOUNDS_MS


def test_an_hour_is_told_in_a_few_numbers() -> None:
    clock = a_clock()
    lags = [*range(10, 1_000, 10), 7_000]
    detected(clock, at(30), lags)
    detected(clock, at(40), [None], EntryKind.AT_RISK)
    [hour] = measure(LagKind.DETECTION, since=FIRST, until=at(60))
    assert (hour.hour, hour.histogram) == (FIRST, histogram_of(lags))
    assert (hour.p50_ms, hour.p95_ms, hour.p99_ms, hour.most_ms) == (500, 950, 990, 7_000)
    assert hour.counts == {"breached contract": 100, "at_risk contract": 1}


def test_steps_that_were_not_applicable_were_not_late() -> None:
    clock, policy = a_clock(), a_policy()
    fired(clock, policy, at(10), [200, 300])
    fired(clock, policy, at(10), [9_000_000], Outcome.NOT_APPLICABLE)
    [hour] = measure(LagKind.FIRING, since=None, until=at(60))
    assert hour.histogram == histogram_of([200, 300])
    assert hour.counts == {"fired": 2, "not_applicable": 1}


def test_an_hour_is_stored_once_it_is_over_and_only_once() -> None:
    clock = a_clock()
    detected(clock, at(59.9), [1_500])
    assert store_lag(now=at(65)) == 0, "a sweep of that hour may still be written down"
    assert store_lag(now=at(71)) == 1
    assert store_lag(now=at(75)) == 0
    row = LagHour.objects.get()
    assert (row.kind, row.hour, row.histogram) == ("detection", FIRST, histogram_of([1_500]))


def test_what_is_stored_and_what_is_not_yet_add_up_at_every_moment() -> None:
    clock, policy = a_clock(), a_policy()
    everything: list[int] = []
    for number in range(5):
        lags = [100 * number, 5_000]
        detected(clock, at(60 * number + 5), lags)
        fired(clock, policy, at(60 * number + 5), lags)
        everything += lags
        now = at(60 * number + 6)
        for _stored_meanwhile in range(2):
            for kind in LagKind:
                total = total_lag(kind, now=now)
                assert total.histogram == histogram_of(everything)
                assert sum(total.counts.values()) == len(everything)
            store_lag(now=now)
    hours = lag_hours(LagKind.FIRING, since=at(60), now=at(300))
    assert [hour.hour for hour in hours] == [at(60 * number) for number in range(1, 5)]
    assert sum((hour.histogram for hour in hours), Histogram()) == histogram_of(everything[2:])


def test_old_hours_leave_but_no_counter_falls() -> None:
    clock = a_clock()
    for number in range(4):
        detected(clock, at(60 * number + 5), [number])
    store_lag(now=at(400))
    long_after = at(60 * 2) + KEPT + timedelta(minutes=70)
    detected(clock, long_after - timedelta(minutes=70), [77])
    before = total_lag(LagKind.DETECTION, now=long_after)
    for _again in range(2):
        store_lag(now=long_after)
        assert total_lag(LagKind.DETECTION, now=long_after) == before
    kept = LagHour.objects.filter(kind="detection", hour__isnull=False).order_by("hour")
    assert list(kept.values_list("hour", flat=True)) == [
        at(60 * 3),
        (long_after - timedelta(minutes=70)).replace(minute=0),
    ]
    assert LagHour.objects.get(hour=None).measured == 3
