"""A clock's run, cut where its target changed: what its steps are planned along."""

from collections.abc import Callable
from dataclasses import replace

from sla.domain.clocks.clock import Reading
from sla.domain.clocks.pins import PinnedTarget, Pins
from sla.domain.clocks.target import same_calendar
from sla.domain.clocks.ticket_log import HoursOf
from sla.domain.escalation.steps import Stretch


def deciding_target(pins: Pins, reading: Reading, hours_of: HoursOf) -> PinnedTarget:
    """The pinned target that decides a reading's deadline: the newest one that is like it."""
    known = [*(change.target for change in reversed(pins.changes)), pins.start]
    for pinned in known:
        if pinned.allowance_us == reading.target.allowance_us and same_calendar(
            hours_of(pinned.calendar), reading.target.hours
        ):
            return pinned
    return pins.start


def stretches_of(
    reading: Reading,
    pins: Pins,
    *,
    as_of: int,
    hours_of: HoursOf,
    read_before: Callable[[int], Reading | None],
) -> list[Stretch]:
    """The stretches of a run as known at `as_of`; `read_before` reads it just before an instant.

    Instants in microseconds. Only a run whose target changed is read more than once.
    """
    end = as_of if reading.ended_at is None else reading.ended_at
    cuts = sorted({c.at for c in pins.changes if reading.started_at < c.at <= end})
    stretches: list[Stretch] = []
    since = reading.started_at
    for cut in cuts:
        earlier = read_before(cut)
        if earlier is not None:
            target = deciding_target(_before(pins, cut), earlier, hours_of)
            stretches.append(_stretch(earlier, target, since=since, until=cut, known_at=cut - 1))
        since = cut
    target = deciding_target(_before(pins, as_of + 1), reading, hours_of)
    stretches.append(_stretch(reading, target, since=since, until=None, known_at=as_of))
    return stretches


def _before(pins: Pins, at: int) -> Pins:
    return replace(pins, changes=tuple(c for c in pins.changes if c.at < at))


def _stretch(
    reading: Reading, target: PinnedTarget, *, since: int, until: int | None, known_at: int
) -> Stretch:
    return Stretch(
        since=since,
        until=until,
        plan=target.plan,
        severity=target.severity,
        reading=reading,
        known_at=known_at,
    )
