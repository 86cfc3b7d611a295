"""Lays a tool's first response beside ours, and says of every difference why: pure, with evidence.

What has no evidence is called unexplained, never anything better.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sla.domain.time import interval
from sla.domain.time.business_hours import BusinessHours
from sla.domain.tools.shadow_due import due_there, is_near, why_due
from sla.domain.tools.shadow_records import (
    Comparison,
    Difference,
    Ours,
    ShadowCause,
    Theirs,
    Verdict,
    What,
)
from tickets.domain.facts import Fact, in_order
from tickets.domain.instants import to_microseconds
from tickets.domain.words import EventKind

# Their exports are some minutes behind: what is younger than that is not judged yet.
SETTLE: Final = timedelta(minutes=10)
_DAY: Final = timedelta(hours=24)
_CUSTOMERS: Final = frozenset({EventKind.OPENED, EventKind.CUSTOMER_WROTE})
_WAIT_ENDS: Final = frozenset({EventKind.WAITING_ENDED, EventKind.CUSTOMER_WROTE, EventKind.SOLVED})
_UNEXPLAINED: Final = (ShadowCause.UNEXPLAINED,)
# What they took for an answer, by what our log says of that instant.
_NO_ANSWERS: Final = (
    (EventKind.AUTO_REPLIED, ShadowCause.BY_MACHINE),
    (EventKind.NOTE_ADDED, ShadowCause.BY_NOTE),
    (EventKind.SOLVED, ShadowCause.BY_SOLVING),
)


def compare(
    theirs: Theirs, ours: Ours | None, facts: Iterable[Fact], others: Sequence[BusinessHours] = ()
) -> Comparison:
    """How the figures stand beside each other as of `theirs.read_at`.

    `facts`: our log of the ticket, empty when we do not know it; `others`: further calendars.
    """
    log = in_order(facts)
    theirs = replace(theirs, due_at=due_there(theirs))
    absent = _presence(theirs, ours, log)
    if absent is not None:
        return absent
    assert ours is not None  # noqa: S101 - said by _presence
    start = _start(theirs, ours, log)
    answer = _answer(theirs, ours, log)
    due = _due(theirs, ours, log, others, start)
    said = [each for each in (start, due, answer) if each is not None]
    verdict = _verdict(theirs, ours, log, others, said)
    differences = [*said, *([verdict] if verdict else [])]
    if differences:
        return Comparison(verdict=Verdict.DIFFERS, differences=differences)
    decided = theirs.missed is not None and _missed(ours, theirs.read_at) is not None
    return Comparison(verdict=Verdict.AGREES if decided else Verdict.OPEN)


def _presence(theirs: Theirs, ours: Ours | None, log: Sequence[Fact]) -> Comparison | None:
    """One side has no figure at all; None when both have one."""
    cause: ShadowCause | None = None
    if theirs.is_gone:
        cause = ShadowCause.GONE
    elif ours is None:
        opened = next((fact for fact in log if fact.kind is EventKind.OPENED), None)
        by_us = opened is not None and opened.details.get("by") == "agent"
        cause = ShadowCause.NOT_PROMISED if by_us else ShadowCause.UNEXPLAINED
        if not theirs.has_target and not log:
            return Comparison(verdict=Verdict.OPEN)
    elif ours.is_cancelled:
        cause = ShadowCause.NOT_PROMISED
    elif not theirs.has_target:
        # Their policy is put on a moment after the ticket came.
        if theirs.read_at - ours.started_at < SETTLE:
            return Comparison(verdict=Verdict.OPEN)
        cause = ShadowCause.NO_TARGET
    if cause is None:
        return None
    there = "" if theirs.is_gone or not theirs.has_target else "there"
    here = "" if ours is None or ours.is_cancelled else "here"
    return Comparison(
        verdict=Verdict.DIFFERS,
        differences=[Difference(what=What.PRESENCE, theirs=there, ours=here, causes=(cause,))],
    )


def _start(theirs: Theirs, ours: Ours, log: Sequence[Fact]) -> Difference | None:
    at = theirs.started_at
    if at is None or is_near(at, ours.started_at):
        return None
    causes: Sequence[ShadowCause] = _UNEXPLAINED
    rules = [_rule(fact) for fact in log if fact.kind in _CUSTOMERS and fact.at == ours.started_at]
    if at < ours.started_at and log and log[0].at - at > _DAY:
        causes = (ShadowCause.IMPORTED,)
    elif at < ours.started_at and any(map(_was_kept_back, rules)):
        causes = (ShadowCause.LATE_WEBHOOK,)
    elif any(fact.kind in _CUSTOMERS and is_near(fact.at, at) for fact in log):
        causes = (ShadowCause.OTHER_START,)
    return Difference(what=What.START, theirs=at, ours=ours.started_at, causes=causes)


def _due(
    theirs: Theirs,
    ours: Ours,
    log: Sequence[Fact],
    others: Sequence[BusinessHours],
    start: Difference | None,
) -> Difference | None:
    at, own = theirs.due_at, ours.due_at
    if at is None or own is None or is_near(at, own):
        return None
    causes = why_due(
        theirs,
        ours,
        waits=_waits(log),
        others=others,
        start_cause=start.causes[0] if start else ShadowCause.UNEXPLAINED,
        fits=lambda due_at: is_near(due_at, at),
    )
    return Difference(what=What.DUE, theirs=at, ours=own, causes=causes or _UNEXPLAINED)


def _answer(theirs: Theirs, ours: Ours, log: Sequence[Fact]) -> Difference | None:
    at, own = theirs.answered_at, ours.answered_at
    if own is not None and own > theirs.read_at - SETTLE and at is None:
        return None
    if (at is None and own is None) or (at and own and is_near(at, own)):
        return None
    return Difference(
        what=What.ANSWER, theirs=at, ours=own, causes=_why_answer(at, own, log) or _UNEXPLAINED
    )


def _why_answer(
    at: datetime | None, own: datetime | None, log: Sequence[Fact]
) -> Sequence[ShadowCause]:
    if at is None:
        return ()
    near = [fact for fact in log if is_near(fact.at, at)]
    kinds = {fact.kind for fact in near}
    if EventKind.AGENT_REPLIED in kinds and EventKind.REPLY_BOUNCED in {fact.kind for fact in log}:
        return (ShadowCause.BOUNCED,)
    for kind, cause in _NO_ANSWERS:
        if kind in kinds:
            return (cause,)
    replies = [fact for fact in log if fact.kind is EventKind.AGENT_REPLIED and fact.at == own]
    if own is not None and at < own and any(_was_kept_back(_rule(fact)) for fact in replies):
        return (ShadowCause.LATE_WEBHOOK,)
    return ()


def _verdict(
    theirs: Theirs,
    ours: Ours,
    log: Sequence[Fact],
    others: Sequence[BusinessHours],
    said: Sequence[Difference],
) -> Difference | None:
    there, here = theirs.missed, _missed(ours, theirs.read_at)
    if there is None or here is None or there == here:
        return None
    causes = _why_verdict(theirs, ours, log, others, said, missed=there)
    return Difference(
        what=What.VERDICT,
        theirs="missed" if there else "met",
        ours="missed" if here else "met",
        causes=causes or _UNEXPLAINED,
    )


def _why_verdict(
    theirs: Theirs,
    ours: Ours,
    log: Sequence[Fact],
    others: Sequence[BusinessHours],
    said: Sequence[Difference],
    *,
    missed: bool,
) -> Sequence[ShadowCause]:
    """It must follow from the figures that differ; from an unexplained one it is unexplained."""
    until = theirs.answered_at or theirs.read_at
    by_what = {each.what: each.causes for each in said}
    if not said and ours.due_at is not None and is_near(until, ours.due_at):
        return (ShadowCause.ROUNDING,)
    if theirs.due_at is not None:
        follows = (until > theirs.due_at) == missed or is_near(until, theirs.due_at)
        every = [cause for each in said for cause in each.causes]
        return tuple(dict.fromkeys(every)) if follows else ()
    if What.ANSWER in by_what and ours.due_at is not None and (until > ours.due_at) == missed:
        return by_what[What.ANSWER]
    return why_due(
        theirs,
        ours,
        waits=_waits(log),
        others=others,
        start_cause=by_what.get(What.START, _UNEXPLAINED)[0],
        fits=lambda due_at: (until > due_at) == missed,
    )


def _missed(ours: Ours, read_at: datetime) -> bool | None:
    """Ours as of the same moment; None while it is undecided, or decided too lately to compare."""
    if ours.due_at is None:
        return None
    answered = ours.answered_at
    if answered is not None and answered <= read_at:
        return answered > ours.due_at
    return True if ours.due_at < read_at - SETTLE else None


def _waits(log: Sequence[Fact]) -> list[interval.Span]:
    """The spans in which the ticket waited for anybody: some tools stop every clock then."""
    spans: list[interval.Span] = []
    since: int | None = None
    for fact in log:
        if fact.kind is EventKind.WAITING_STARTED and since is None:
            since = to_microseconds(fact.at)
        elif fact.kind in _WAIT_ENDS and since is not None:
            spans.append((since, to_microseconds(fact.at)))
            since = None
    return [span for span in spans if span[0] < span[1]]


def _rule(fact: Fact) -> str:
    return str(fact.details.get("time", ""))


def _was_kept_back(rule: str) -> bool:
    """Whether the stated time of a delivery was not believed: it came late, or far too late."""
    return rule.startswith(("kept within", "arrival"))
