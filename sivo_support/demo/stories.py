"""The ways in which an ordinary ticket goes, told by its talk."""

import random
from collections.abc import Callable, Generator
from datetime import datetime, timedelta

from sivo_support.demo.history import Story
from sivo_support.demo.talks import Talk
from sivo_support.demo.texts import Conversation
from tickets.domain.words import Status, WaitCause

Way = Callable[[Talk, Conversation, datetime, random.Random], Story]
# Which share of the allowance is used when we answer; known only once the ticket is open.
Share = Callable[[Talk, random.Random], float]


def solved(talk: Talk, words: Conversation, opened_at: datetime, rng: random.Random) -> Story:
    """Answered in time, solved some hours later."""
    yield from _answered(talk, words, opened_at, rng, share=_in_time)
    yield from _solved(talk, rng)


def late(talk: Talk, words: Conversation, opened_at: datetime, rng: random.Random) -> Story:
    """Answered after the target, then solved."""
    yield from _answered(talk, words, opened_at, rng, share=_too_late)
    yield from _solved(talk, rng)


def discussed(talk: Talk, words: Conversation, opened_at: datetime, rng: random.Random) -> Story:
    """We ask back and wait; the customer answers; a second answer solves it."""
    at = yield from _answered(talk, words, opened_at, rng, share=_in_time)
    at += timedelta(seconds=40)
    yield at
    talk.wait(at)
    at = talk.later(at, timedelta(hours=rng.uniform(1, 24)))
    yield at
    talk.write(at, words.more)
    at = talk.later(at, timedelta(minutes=rng.uniform(12, 200)))
    yield at
    talk.answer(at, words.final)
    yield from _solved(talk, rng, at)


def reopened(talk: Talk, words: Conversation, opened_at: datetime, rng: random.Random) -> Story:
    """Solved too early: the customer writes again."""
    at = yield from _answered(talk, words, opened_at, rng, share=_in_time)
    at = talk.later(at, timedelta(minutes=rng.uniform(20, 90)))
    yield at
    talk.solve(at)
    at = talk.later(at, timedelta(hours=rng.uniform(2, 12)))
    yield at
    talk.write(at, words.more)
    at = talk.later(at, timedelta(minutes=rng.uniform(15, 150)))
    yield at
    talk.answer(at, words.final)
    yield from _solved(talk, rng, at)


def referred(talk: Talk, words: Conversation, opened_at: datetime, rng: random.Random) -> Story:
    """Somebody else must act first: that wait is shown, not deducted."""
    at = yield from _answered(talk, words, opened_at, rng, share=_in_time)
    at += timedelta(seconds=30)
    yield at
    talk.wait(at, WaitCause.THIRD_PARTY)
    at = talk.later(at, timedelta(hours=rng.uniform(3, 9)))
    yield at
    talk.resume(at)
    if words.final:
        at += timedelta(minutes=2)
        yield at
        talk.answer(at, words.final)
    yield from _solved(talk, rng, at)


# How often each happens, in a hundred.
WAYS: dict[Way, int] = {solved: 30, discussed: 40, reopened: 14, late: 9, referred: 7}
# These need a second round in the conversation.
WITH_MORE = (discussed, reopened)


def choose_way(words: Conversation, rng: random.Random) -> Way:
    """A way that this conversation can go."""
    possible = [way for way in WAYS if words.more or way not in WITH_MORE]
    return rng.choices(possible, [WAYS[way] for way in possible])[0]


def _in_time(talk: Talk, rng: random.Random) -> float:
    # Nobody lets a Starter ticket lie for the five working days that it may take.
    plan_is_slow = talk.due(1) - talk.due(0) > timedelta(days=4)
    return rng.uniform(0.03, 0.35) if plan_is_slow else rng.uniform(0.12, 0.85)


def _too_late(_talk: Talk, rng: random.Random) -> float:
    return rng.uniform(1.05, 1.6)


def _answered(
    talk: Talk, words: Conversation, opened_at: datetime, rng: random.Random, *, share: Share
) -> Generator[datetime, None, datetime]:
    """Up to the first answer; returns its instant."""
    yield opened_at
    talk.open(opened_at, words.text)
    at = talk.due(share(talk, rng))
    taken_at = talk.ticket.opened_at + (at - talk.ticket.opened_at) * rng.uniform(0.3, 0.8)
    yield taken_at
    talk.take(taken_at)
    yield at
    talk.answer(at, words.answer)
    return at


def _solved(talk: Talk, rng: random.Random, after: datetime | None = None) -> Story:
    at = after or talk.ticket.answered_at
    if at is None:
        raise RuntimeError("only an answered ticket can be solved")
    at = talk.later(at, timedelta(hours=rng.uniform(0.5, 22)))
    yield at
    if talk.ticket.status != Status.SOLVED:
        talk.solve(at)
