"""Business time for whole arrays: every answer and every error of the single questions."""

from datetime import timedelta

import numpy as np
import pytest

from sla.domain.time.business_hours import BeyondCalendar, BusinessHours, NeverOpen
from sla.domain.time.business_hours_batch import add_many, between_many
from tests.sla.business_calendars import hours_of
from tests.sla.business_time_oracle import DAYS, utc
from tickets.domain.instants import to_microseconds

HOUR = 3_600_000_000
office = hours_of({day: [["09:00", "18:00"]] for day in DAYS[:5]}, "2026-12-25")


def instants(*texts: str) -> np.ndarray:
    return np.array([to_microseconds(utc(text)) for text in texts], dtype=np.int64)


@pytest.mark.parametrize("allowance", [0, 1, 4 * HOUR, 48 * HOUR, 10_000 * HOUR, 10**6 * HOUR])
def test_one_allowance_for_all_starts(allowance: int) -> None:
    starts = instants(
        "2026-12-24T16:59:59Z", "2026-12-24T17:00:00Z", "2026-12-26T12:00:00Z",
        "1890-01-01T12:00:00Z", "2400-01-01T12:00:00Z", "2026-12-28T08:00:00Z",
    )  # fmt: skip
    hours = BusinessHours(office.spec)
    expected = [office.add_us(start, allowance) for start in starts.tolist()]
    assert add_many(hours, starts, allowance).tolist() == expected


def test_pairs_in_any_order_and_any_century() -> None:
    starts = instants("2026-12-24T12:00Z", "2027-01-04T12:00Z", "1800-01-01T00:00Z")
    ends = instants("2026-12-29T12:00Z", "2026-01-04T12:00Z", "2500-01-01T00:00Z")
    expected = [
        office.between_us(*pair) for pair in zip(starts.tolist(), ends.tolist(), strict=True)
    ]
    assert between_many(BusinessHours(office.spec), starts, ends).tolist() == expected
    assert expected[1] == 0


def test_the_latest_start_need_not_have_the_longest_allowance() -> None:
    starts = instants("2026-12-24T12:00Z", "9999-12-01T12:00Z")
    deadlines = add_many(office, starts, np.array([10**9 * 3_600, HOUR]))
    assert deadlines[1] == starts[1] + HOUR


def test_an_empty_batch_has_an_empty_answer() -> None:
    nothing = np.array([], dtype=np.int64)
    assert add_many(office, nothing, HOUR).tolist() == []
    assert between_many(office, nothing, nothing).tolist() == []


def test_what_one_question_refuses_a_batch_refuses() -> None:
    starts = instants("2026-12-24T12:00Z", "2026-12-25T12:00Z")
    with pytest.raises(ValueError, match="negative"):
        add_many(office, starts, np.array([HOUR, -1]))
    with pytest.raises(NeverOpen):
        add_many(hours_of({}), starts, HOUR)
    with pytest.raises(BeyondCalendar):
        add_many(office, starts, 10**6 * 24 * HOUR * 10)
    with pytest.raises(BeyondCalendar):
        add_many(office, np.array([10**18]), HOUR)


def test_a_start_that_is_closed_for_ten_years_is_not_hidden_by_its_neighbours() -> None:
    first = utc("2026-01-01T00:00Z")
    closed = [(first + timedelta(days=n)).date().isoformat() for n in range(3_660)]
    hours = hours_of("24x7", *closed, timezone="UTC")
    starts = instants("2025-12-31T00:00Z", "2040-01-01T00:00Z")
    assert add_many(hours, starts, HOUR).tolist() == (starts + HOUR).tolist()
    with pytest.raises(NeverOpen):
        add_many(hours, instants("2025-12-31T00:00Z", "2026-01-01T00:00Z"), HOUR)


def test_the_arrays_given_are_left_as_they_were() -> None:
    starts = instants("2026-12-24T12:00Z", "2026-12-26T12:00Z")
    starts.flags.writeable = False
    answer = add_many(office, starts, HOUR)
    answer += 1
    assert between_many(office, starts, starts[::-1]).tolist()[1] == 0
