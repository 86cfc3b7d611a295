"""A slow second opinion on `read_clocks`: minute by minute, on a calendar of its own."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
# Every day, in minutes after midnight UTC.
WINDOWS = ((3, 8), (10, 20), (25, 26), (30, 50), (55, 600))
CALENDAR = {
    "timezone": "UTC",
    "hours": {
        day: [[f"{a // 60:02d}:{a % 60:02d}", f"{b // 60:02d}:{b % 60:02d}"] for a, b in WINDOWS]
        for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    },
}
ORDER = [
    "opened",
    "targets_set",
    "waiting_ended",
    "agent_replied",
    "waiting_started",
    "solved",
    "reopened",
    "customer_wrote",
    "reply_bounced",
    "cancelled",
    "auto_replied",
    "note_added",
]


def instant(minute: int) -> str:
    return (MIDNIGHT + timedelta(minutes=minute)).isoformat()


def minute_of(text: str) -> int:
    return int((datetime.fromisoformat(text) - MIDNIGHT).total_seconds()) // 60


def is_open(minute: int) -> bool:
    return any(a <= minute % 1440 < b for a, b in WINDOWS)


@dataclass
class Timer:
    """One clock: the minutes that it lived through, and every promise still in the race."""

    start: int
    number: int
    promises: list[tuple[int, int]] = field(default_factory=list)  # (counted from, minutes)
    lived: set[int] = field(default_factory=set)  # minutes [m, m+1) in which it counted
    awake: set[int] = field(default_factory=set)  # instants at which it counted, ends included
    phase: str = "running"
    end: int | None = None
    late_change: tuple[int, int, str] | None = None

    def due(self, endless_from: int | None) -> int | None:
        """By walking; from `endless_from` on every minute is taken to count."""
        found = [self._walk(since, minutes, endless_from) for since, minutes in self.promises]
        return min((at for at in found if at is not None), default=None)

    def _walk(self, since: int, minutes: int, endless_from: int | None) -> int | None:
        used = 0
        for at in range(since, since + 4 * 1440):
            on = endless_from is not None and at >= endless_from
            if minutes == 0 and is_open(at) and (at in self.awake or on):
                return at
            if is_open(at) and (at in self.lived or on):
                used += 1
            if used and used == minutes:
                return at + 1
        return None

    def change(self, at: int, minutes: int, mode: str) -> None:
        before, self.number = self.number, minutes
        if minutes < before:
            self.promises.append((at if mode == "now" else self.start, minutes))
        elif minutes > before:
            due = self.due(at if self.phase == "running" else None)
            if due is None or due >= at:
                self.promises = [(self.start, minutes)]


def read_slowly(request: dict[str, Any]) -> dict[str, Any]:
    """The `clocks` that `read_clocks` should answer; ValueError where it should refuse."""
    events = {json.dumps(e, sort_keys=True): e for e in request["events"]}
    as_of = minute_of(request["as_of"]) if "as_of" in request else None
    if as_of is None:
        as_of = max((minute_of(e["at"]) for e in events.values()), default=-1)
    story = sorted(
        (minute_of(e["at"]), ORDER.index(e["kind"]), text, e) for text, e in events.items()
    )
    story = [page for page in story if page[0] <= as_of]
    while story and story[0][3]["kind"] != "opened":
        story.pop(0)
    if not story or not request["targets"]:
        raise ValueError("nothing to read")
    for number, page in enumerate(story):
        if page[3]["kind"] == "cancelled":
            story = story[: number + 1]
            break
    for at, _, _, event in [page for page in story if page[3]["kind"] == "reply_bounced"]:
        gone = minute_of(event["of"])
        if gone <= at:
            story = [p for p in story if (p[0], p[3]["kind"]) != (gone, "agent_replied")]
    return _live(request["targets"], story, as_of)


def _live(targets: dict[str, int], story: list[Any], as_of: int) -> dict[str, Any]:
    numbers = {metric: seconds // 60 for metric, seconds in targets.items()}
    timers: dict[str, Timer | None] = dict.fromkeys(numbers)
    facts = {"opened": False, "answered": False, "solved": False, "wait": None}
    for minute in range(story[0][0], as_of + 1):
        for event in [page[3] for page in story if page[0] == minute]:
            _Story(minute, numbers, timers, facts).tell(event)
            for timer in timers.values():
                if timer is not None and timer.phase == "running":
                    timer.awake.add(minute)
        for timer in timers.values():
            if timer is not None and timer.phase == "running" and minute < as_of:
                timer.lived.add(minute)
                timer.awake |= {minute, minute + 1}
    return {m: None if t is None else _tell(t, as_of) for m, t in timers.items()}


class _Story:
    """The ticket at one minute, told one event after the other."""

    def __init__(
        self,
        at: int,
        numbers: dict[str, int],
        timers: dict[str, Timer | None],
        facts: dict[str, Any],
    ) -> None:
        self.at, self.numbers, self.timers, self.facts = at, numbers, timers, facts

    def tell(self, event: dict[str, Any]) -> None:
        getattr(self, f"on_{event['kind']}", lambda _event: None)(event)

    def on_opened(self, event: dict[str, Any]) -> None:
        if self.facts["opened"]:
            return
        self.facts["opened"] = True
        self.start("resolution")
        if event.get("by", "customer") == "customer":
            self.start("first_response")

    def on_targets_set(self, event: dict[str, Any]) -> None:
        mode = event.get("from", "start")
        for metric, seconds in event["targets"].items():
            if metric not in self.numbers:
                raise ValueError("no such target")
            self.numbers[metric] = seconds // 60
            timer = self.timers[metric]
            if timer is not None and timer.phase == "stopped":
                timer.late_change = (self.at, seconds // 60, mode)
            elif timer is not None and timer.phase != "cancelled":
                timer.change(self.at, seconds // 60, mode)

    def on_agent_replied(self, _event: dict[str, Any]) -> None:
        self.facts["answered"] = True
        self.finish("stopped", "first_response", "next_response")

    def on_waiting_started(self, event: dict[str, Any]) -> None:
        if not self.facts["solved"]:
            self.facts["wait"] = event.get("cause", "customer")
            self.rest()

    def on_waiting_ended(self, _event: dict[str, Any]) -> None:
        self.facts["wait"] = None
        self.rest()

    def on_solved(self, _event: dict[str, Any]) -> None:
        self.facts["wait"], self.facts["solved"] = None, True
        self.finish("stopped", "resolution")
        self.finish("cancelled", "next_response")

    def on_reopened(self, _event: dict[str, Any]) -> None:
        if not self.facts["solved"]:
            return
        self.facts["solved"] = False
        for timer in self.each("resolution"):
            if timer.late_change is not None:
                timer.change(*timer.late_change)
            timer.late_change, timer.phase, timer.end = None, "running", None

    def on_customer_wrote(self, _event: dict[str, Any]) -> None:
        if self.facts["wait"] == "customer":
            self.facts["wait"] = None
            self.rest()
        latest = self.timers.get("next_response")
        idle = latest is None or latest.phase != "running"
        if self.facts["answered"] and not self.facts["solved"] and idle:
            self.start("next_response")

    def on_cancelled(self, _event: dict[str, Any]) -> None:
        self.finish("cancelled", "first_response", "next_response", "resolution")

    def start(self, metric: str) -> None:
        if metric in self.numbers:
            minutes = self.numbers[metric]
            self.timers[metric] = Timer(self.at, minutes, [(self.at, minutes)])

    def each(self, *metrics: str) -> list[Timer]:
        found = [self.timers.get(metric) for metric in metrics]
        return [timer for timer in found if timer is not None]

    def finish(self, phase: str, *metrics: str) -> None:
        for timer in self.each(*metrics):
            if timer.phase in {"running", "paused"}:
                if phase == "stopped":
                    timer.awake.add(self.at)
                timer.phase, timer.end = phase, self.at

    def rest(self) -> None:
        for timer in self.each("resolution"):
            if timer.phase in {"running", "paused"}:
                timer.phase = "paused" if self.facts["wait"] == "customer" else "running"


def _tell(timer: Timer, as_of: int) -> dict[str, Any]:
    until = as_of if timer.end is None else timer.end
    due = timer.due(until if timer.phase in {"running", "stopped"} else None)
    breached = due if due is not None and until > due else None
    if timer.phase == "cancelled":
        due = breached
    stopped = timer.phase == "stopped"
    return {
        "state": timer.phase,
        "started_at": _text(timer.start),
        "due_at": _text(due),
        "stopped_at": _text(timer.end if stopped else None),
        "breached_at": _text(breached),
        "met": False if breached is not None else (True if stopped else None),
        "elapsed_seconds": 60 * sum(1 for m in timer.lived if is_open(m) and m < until),
    }


def _text(minute: int | None) -> str | None:
    if minute is None:
        return None
    return instant(minute).replace("+00:00", "Z")
