"""A slow second opinion on the steps of one run: minute by minute, on a calendar of its own."""

from dataclasses import dataclass

from sla.domain.time.business_hours import BusinessHours, compile_hours
from sla.domain.time.calendar_rules import CalendarSpec
from tests.sla.clock_oracle import CALENDAR, MIDNIGHT, is_open
from tickets.domain.instants import to_microseconds

MINUTE = 60_000_000
START = to_microseconds(MIDNIGHT)


def us(minute: int) -> int:
    """A minute after midnight in microseconds."""
    return START + minute * MINUTE


def minute_of(at: int) -> int:
    """The minute of an instant that is a whole one."""
    assert (at - START) % MINUTE == 0
    return (at - START) // MINUTE


def hours() -> BusinessHours:
    """The calendar of the oracle."""
    return compile_hours(CalendarSpec.parse(CALENDAR))


@dataclass(frozen=True, kw_only=True)
class SlowStep:
    """Stands where so many counted minutes are used up; `late` steps come after the deadline."""

    code: str
    used: int
    late: bool
    every: int | None = None
    most: int = 0


@dataclass(frozen=True, kw_only=True)
class SlowRun:
    """A run from minute 0, in minutes."""

    allowance: int
    pauses: list[tuple[int, int]]
    ended: int | None
    as_of: int

    @property
    def end(self) -> int:
        """Up to when it is known."""
        return self.as_of if self.ended is None else min(self.ended, self.as_of)

    def counts(self, minute: int) -> bool:
        """Whether a minute is open and outside of pauses."""
        return is_open(minute) and not any(a <= minute < b for a, b in self.pauses)

    def walk(self, since: int, amount: int) -> int | None:
        """By counting minutes; None beyond the end."""
        used, at = 0, since
        while at <= self.end + 1:
            if amount == 0 and self.counts(at):
                return at
            used += self.counts(at)
            at += 1
            if amount and used == amount:
                return at
        return None


def passed_slowly(
    steps: list[SlowStep], run: SlowRun, acknowledged: list[int]
) -> set[tuple[str, int, int]]:
    """(code, repeat, minute) of every step."""
    due = run.walk(0, run.allowance)
    found: set[tuple[str, int, int]] = set()
    for step in steps:
        at = _base(step, run, due)
        if at is None or at > run.end or (at == run.end and due is not None and at >= due):
            continue
        found.add((step.code, 0, at))
        stops = [ack for ack in acknowledged if ack >= at]
        for number in range(1, step.most + 1):
            at = run.walk(at, step.every or 0)
            if at is None or at >= run.end or any(stop <= at for stop in stops):
                break
            found.add((step.code, number, at))
    return found


def _base(step: SlowStep, run: SlowRun, due: int | None) -> int | None:
    if not step.late:
        return run.walk(0, step.used)
    extra = step.used - run.allowance
    return due if due is None or extra == 0 else run.walk(due, extra)
