"""Speed and correctness of business time against its peers; exit status 1 if a target is missed.

Run it with `python -m tests.benchmarks.business_time` (needs the dependency group `bench`).
All times are CPU time of this process; ratios are medians of ratios within one round.
"""

import gc
import random
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from statistics import median
from time import process_time
from typing import Any

import numpy as np

from sla.domain.time.business_hours import BusinessHours, CalendarSpec
from sla.domain.time.business_hours_batch import add_many, between_many
from tests.benchmarks.business_time_peers import PEERS, Shift
from tests.sla.business_time_oracle import Oracle
from tickets.domain.instants import to_microseconds

ROUNDS = 7
HOURS = (4, 48, 10_000)
HOLIDAYS = tuple(
    date(year, month, day)
    for year in range(2023, 2042)
    for month, day in (
        (1, 1), (1, 6), (5, 1), (8, 15), (10, 12), (11, 1), (12, 6), (12, 8), (12, 25)
    )
)  # fmt: skip
OFFICE = Shift("Europe/Madrid", 9, 18, (0, 1, 2, 3, 4), HOLIDAYS)
NIGHTS = Shift("Europe/Madrid", 0, 6, (0, 1, 2, 3, 4, 5, 6), HOLIDAYS)
FILM = datetime(2026, 2, 1, tzinfo=UTC), 330
CHANGES = (datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC))
# Questions per round and row: enough for the clock, few enough for the slow ones.
COUNTS = {
    "ours (datetime)": {4: 20_000, 48: 20_000, 10_000: 20_000, "between": 20_000},
    "ours (int)": {4: 20_000, 48: 20_000, 10_000: 20_000, "between": 20_000},
    "ours (batch)": {4: 200_000, 48: 200_000, 10_000: 200_000, "between": 200_000},
    "businesstimedelta": {4: 250, 48: 50, 10_000: 1, "between": 30},
    "pandas CustomBusinessHour": {4: 400, 48: 300, 10_000: 3},
    "plain loop (zoneinfo)": {4: 3_000, 48: 1_500, 10_000: 10, "between": 1_500},
}
TARGETS = (
    ("+48 h is at least 250x businesstimedelta", "businesstimedelta", 48, 250),
    ("+48 h is at least 60x pandas CustomBusinessHour", "pandas CustomBusinessHour", 48, 60),
)
Question = tuple[datetime, datetime]
Task = Callable[[int], None]


def main() -> int:
    """Prints the table and the targets; the exit status."""
    rng = random.Random(20261123)
    random_starts = _random(rng, 20_000)
    speeds = _speeds(_tasks(random_starts))
    wrong = _wrong(rng)
    _print_table(speeds, wrong)
    return _print_targets(speeds)


def _random(rng: random.Random, count: int) -> list[Question]:
    begin = datetime(2024, 1, 1, tzinfo=UTC)
    starts = [begin + timedelta(seconds=rng.randrange(3 * 365 * 86_400)) for _ in range(count)]
    return [(start, start + timedelta(seconds=rng.randrange(30 * 86_400))) for start in starts]


def _tasks(questions: list[Question]) -> dict[tuple[str, Any], Task]:
    tasks: dict[tuple[str, Any], Task] = {}
    for peer in PEERS:
        made = peer(OFFICE)
        for hours in HOURS:
            tasks[peer.name, hours] = _adding(made.adder(hours), questions)
        if made.between is not None:
            tasks[peer.name, "between"] = _counting(made.between, questions)
    ours = BusinessHours(CalendarSpec.parse(OFFICE.as_json()))
    pairs = [(to_microseconds(start), to_microseconds(end)) for start, end in questions]
    starts, ends = (np.tile(np.array(column), 10) for column in zip(*pairs, strict=True))
    for hours in HOURS:
        allowance = hours * 3_600_000_000
        tasks["ours (int)", hours] = _adding_ints(ours, [pair[0] for pair in pairs], allowance)
        tasks["ours (batch)", hours] = _adding_many(ours, starts, allowance)
    tasks["ours (int)", "between"] = _counting(ours.between_us, pairs)
    tasks["ours (batch)", "between"] = _counting_many(ours, starts, ends)
    return tasks


def _adding(add: Callable[[datetime], Any], questions: list[Question]) -> Task:
    def run(count: int) -> None:
        for start, _ in questions[:count]:
            add(start)

    return run


def _adding_ints(ours: BusinessHours, starts: list[int], allowance: int) -> Task:
    def run(count: int) -> None:
        add = ours.add_us
        for start in starts[:count]:
            add(start, allowance)

    return run


def _adding_many(ours: BusinessHours, starts: np.ndarray, allowance: int) -> Task:
    def run(count: int) -> None:
        add_many(ours, starts[:count], allowance)

    return run


def _counting_many(ours: BusinessHours, starts: np.ndarray, ends: np.ndarray) -> Task:
    def run(count: int) -> None:
        between_many(ours, starts[:count], ends[:count])

    return run


def _counting(between: Callable[[Any, Any], Any], questions: list[Any]) -> Task:
    def run(count: int) -> None:
        for start, end in questions[:count]:
            between(start, end)

    return run


def _speeds(tasks: dict[tuple[str, Any], Task]) -> dict[tuple[str, Any], list[float]]:
    """Operations per CPU second of every task in every round, the rounds interleaved."""
    for (name, column), task in tasks.items():  # compile, import and warm up
        task(COUNTS[name][column])
    speeds: dict[tuple[str, Any], list[float]] = {key: [] for key in tasks}
    gc.disable()
    for _ in range(ROUNDS):
        for (name, column), task in tasks.items():
            count = COUNTS[name][column]
            begin = process_time()
            task(count)
            speeds[name, column].append(count / (process_time() - begin))
        gc.collect()
    gc.enable()
    return speeds


def _wrong(rng: random.Random) -> dict[str, list[str]]:
    """Share of wrong answers and exceptions: random, at the edges, clock change inside hours."""
    office, nights = (Oracle(shift.as_json(), FILM[0], days=FILM[1]) for shift in (OFFICE, NIGHTS))
    spread = [
        FILM[0] + timedelta(seconds=rng.randrange((FILM[1] - 60) * 86_400)) for _ in range(200)
    ]
    kinds = (
        (OFFICE, office, spread),
        (OFFICE, office, list(_edges())),
        (NIGHTS, nights, list(_around_changes())),
    )
    wrong: dict[str, list[str]] = {}
    for peer in PEERS:
        wrong[peer.name] = [
            _share_wrong(peer(shift), oracle, starts) for shift, oracle, starts in kinds
        ]
    wrong["ours (int)"] = wrong["ours (batch)"] = ["the same table"]
    return wrong


def _edges() -> Iterable[datetime]:
    days = [*CHANGES, *(datetime(2026, m, d, tzinfo=UTC) for m, d in ((5, 1), (8, 15), (10, 12)))]
    for day in days:
        for shift in range(-3, 3):
            for hour in (0, 9, 14, 18):
                local = day + timedelta(days=shift, hours=hour)
                winter = local < CHANGES[0] or local >= CHANGES[1]
                instant = local - timedelta(hours=1 if winter else 2)
                yield from (instant + timedelta(seconds=second) for second in (-1, 0, 1))


def _around_changes() -> Iterable[datetime]:
    for change in CHANGES:
        for minute in range(-30 * 60, 8 * 60, 23):
            yield change + timedelta(minutes=minute, seconds=7)


def _share_wrong(peer: Any, oracle: Oracle, starts: list[datetime]) -> str:
    asked = failed = 0
    for start in starts:
        for hours in HOURS[:2]:
            asked += 1
            failed += not _same(peer.adder(hours), oracle.add(start, timedelta(hours=hours)), start)
        if peer.between is not None:
            asked += 1
            end = start + timedelta(hours=31)
            failed += not _same(peer.between, oracle.between(start, end), start, end)
    return f"{100 * failed / asked:.1f} %"


def _same(ask: Callable[..., Any], expected: Any, *question: datetime) -> bool:
    try:
        return bool(ask(*question) == expected)
    except Exception:  # noqa: BLE001 - a peer that fails has not answered
        return False


def _ratio(
    speeds: dict[tuple[str, Any], list[float]], one: tuple[str, Any], other: tuple[str, Any]
) -> float:
    return median(a / b for a, b in zip(speeds[one], speeds[other], strict=True))


def _print_table(speeds: dict[tuple[str, Any], list[float]], wrong: dict[str, list[str]]) -> None:
    columns = (*HOURS, "between")
    titles = ["+4 h", "+48 h", "+10,000 h", "between 0-30 d"]
    print("Operations per CPU second (in brackets: how many times faster ours (datetime) is)")
    print("Wrong answers: random starts / edges / clocks change inside the hours")
    print(f"{'':26}" + "".join(f"{title:>21}" for title in titles) + f"{'wrong':>30}")
    for name in COUNTS:
        cells = ""
        for column in columns:
            cell = "-"
            if (name, column) in speeds:
                ratio = _ratio(speeds, ("ours (datetime)", column), (name, column))
                times = f"{ratio:.2f}" if ratio < 10 else f"{ratio:,.0f}"
                cell = f"{median(speeds[name, column]):,.0f} ({times}x)"
            cells += f"{cell:>21}"
        print(f"{name:26}{cells}{' / '.join(wrong[name]):>30}")


def _print_targets(speeds: dict[tuple[str, Any], list[float]]) -> int:
    ours = "ours (datetime)"
    results = [
        (text, ratio := _ratio(speeds, (ours, column), (peer, column)), ratio >= least)
        for text, peer, column, least in TARGETS
    ]
    cost = _ratio(speeds, (ours, 4), (ours, 10_000))
    results.append(("+10,000 h costs at most 1.2x of +4 h", cost, cost <= 1.2))
    batch = min(_ratio(speeds, ("ours (batch)", h), ("ours (int)", h)) for h in HOURS)
    results.append(("a batch is at least 5x the single questions in int", batch, batch >= 5))
    print()
    for text, value, reached in results:
        print(f"target {text}: {'reached' if reached else 'NOT reached'} ({value:.2f}x)")
    return 0 if all(reached for _, _, reached in results) else 1


if __name__ == "__main__":
    sys.exit(main())
