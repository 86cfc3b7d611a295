"""Why a tool's deadline is another one: the fewest changes to our reckoning that give theirs.

A cause is believed only when the arithmetic comes out: our start, allowance, calendar and pauses
are replaced by theirs, one by one and together, until the deadline is theirs to the minute.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product
from typing import Final
from zoneinfo import ZoneInfo

from sla.domain.clocks.receipt import due_us
from sla.domain.time import interval
from sla.domain.time.business_hours import BusinessHours, compile_hours
from sla.domain.time.calendar_rules import ALWAYS, CalendarSpec
from sla.domain.time.timezones import UnknownZone, zone
from sla.domain.tools.shadow_records import Ours, ShadowCause, Theirs
from tickets.domain.instants import from_microseconds, to_microseconds

# Tools keep whole minutes, and some of them seconds.
TOLERANCE: Final = timedelta(minutes=1)
_HOUR: Final = 3600

_Causes = tuple[ShadowCause, ...]
_Choice = tuple[_Causes, int]


def why_due(
    theirs: Theirs,
    ours: Ours,
    *,
    waits: Sequence[interval.Span],
    others: Sequence[BusinessHours],
    start_cause: ShadowCause,
    fits: Callable[[datetime], bool],
) -> Sequence[ShadowCause]:
    """The fewest causes with which our reckoning gives a deadline that `fits`; () when none does.

    `others`: the calendars that we know besides ours; `start_cause`: why their start differs.
    """
    found = sorted(_reckonings(theirs, ours, waits, others, start_cause), key=lambda x: len(x[0]))
    return next((causes for causes, due_at in found if causes and fits(due_at)), ())


def due_there(theirs: Theirs) -> datetime | None:
    """Their deadline: told, or reckoned where they have one schedule and it fits their result."""
    started_at, target_us = theirs.started_at, theirs.target_us
    if theirs.due_at is not None or started_at is None or target_us is None:
        return theirs.due_at
    if not theirs.in_business_hours or len(theirs.schedules) != 1:
        return None
    try:
        due = due_us(theirs.schedules[0], to_microseconds(started_at), target_us)
        at = from_microseconds(due)
    except (ValueError, OverflowError):
        return None
    until = theirs.answered_at or theirs.read_at
    fits = theirs.missed is None or theirs.missed == (until > at) or is_near(until, at)
    return at if fits else None


def is_near(one: datetime, other: datetime) -> bool:
    """Whether two instants are the same, as tools keep them."""
    return abs(one - other) <= TOLERANCE


def _reckonings(
    theirs: Theirs,
    ours: Ours,
    waits: Sequence[interval.Span],
    others: Sequence[BusinessHours],
    start_cause: ShadowCause,
) -> Iterator[tuple[_Causes, datetime]]:
    paused: list[tuple[_Causes, Sequence[interval.Span]]] = [((), ())]
    if waits:
        paused.append(((ShadowCause.PAUSES,), waits))
    for start, allowance, hours, pauses in product(
        _starts(theirs, ours, start_cause),
        _allowances(theirs, ours),
        _calendars(theirs, ours, others),
        paused,
    ):
        try:
            due = due_us(hours[1], start[1], allowance[1], pauses[1])
            yield (*start[0], *allowance[0], *hours[0], *pauses[0]), from_microseconds(due)
        except (ValueError, OverflowError):
            # It never opens, or waits without an end: not how they came to theirs.
            continue


def _starts(theirs: Theirs, ours: Ours, cause: ShadowCause) -> list[_Choice]:
    found: list[_Choice] = [((), to_microseconds(ours.started_at))]
    if theirs.started_at is not None and theirs.started_at != ours.started_at:
        # Within a minute it is the same start, kept less finely.
        why = () if is_near(theirs.started_at, ours.started_at) else (cause,)
        found.append((why, to_microseconds(theirs.started_at)))
    return found


def _allowances(theirs: Theirs, ours: Ours) -> list[_Choice]:
    found: list[_Choice] = [((), ours.allowance_us)]
    if theirs.target_us is None:
        # Some tools tell only the deadline: is it the one of another severity?
        granted = sorted(set(ours.allowances.values()) - {ours.allowance_us})
        found += [((ShadowCause.SEVERITY,), allowance) for allowance in granted]
    if theirs.target_us is not None and theirs.target_us != ours.allowance_us:
        same_table = theirs.target_us in ours.allowances.values()
        cause = ShadowCause.SEVERITY if same_table else ShadowCause.ALLOWANCE
        found.append(((cause,), theirs.target_us))
    return found


def _calendars(
    theirs: Theirs, ours: Ours, others: Sequence[BusinessHours]
) -> list[tuple[_Causes, BusinessHours]]:
    spec = ours.hours.spec
    found: list[tuple[_Causes, BusinessHours]] = [((), ours.hours)]
    if theirs.in_business_hours is not False:
        # Before what might be: these are what they have.
        schedules = [each for each in theirs.schedules if each.spec != spec]
        found += [((ShadowCause.SCHEDULE,), each) for each in schedules]
    if spec.hours == ALWAYS and not spec.holidays:
        return [*found, *(((ShadowCause.CALENDAR,), each) for each in others)]
    if spec.holidays:
        bare = replace(spec, holidays=())
        found.append(((ShadowCause.HOLIDAY,), compile_hours(bare)))
    for name in _other_zones(spec, ours.started_at):
        moved = replace(spec, timezone=name)
        found.append(((ShadowCause.TIME_ZONE,), compile_hours(moved)))
    if theirs.in_business_hours is not True:
        always = CalendarSpec(timezone=spec.timezone, hours=ALWAYS)
        found.append(((ShadowCause.CALENDAR,), compile_hours(always)))
    return [*found, *(((ShadowCause.CALENDAR,), each) for each in others if each.spec != spec)]


def _other_zones(spec: CalendarSpec, at: datetime) -> list[str]:
    """The same hours read as UTC, and without summer time."""
    local = at.astimezone(ZoneInfo(spec.timezone))
    offset = (local.utcoffset() or timedelta()) - (local.dst() or timedelta())
    east = int(offset.total_seconds()) // _HOUR
    # The signs of these names are turned round.
    fixed = f"Etc/GMT{-east:+d}" if east else "Etc/GMT"
    found = []
    for name in ("UTC", fixed):
        try:
            zone(name)
        except UnknownZone:
            continue
        found.append(name)
    return found
