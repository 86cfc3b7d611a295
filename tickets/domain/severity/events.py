"""Failures that are going on now: of what, and how far they reach."""

from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass

from tickets.domain.severity.heard import FAILURES, Clause, Hit


@dataclass(frozen=True, slots=True)
class Event:
    """A failure that is going on now: of what (a topic or None), and how far it reaches.

    `stressed`: its own clause says "nobody", "all", "not one".
    """

    signal: str
    topic: str | None
    extent: str
    hit: Hit
    stressed: bool = False


def events(
    sentences: list[list[Clause]], subject_topic: Callable[[], str | None]
) -> Iterator[Event]:
    """The failures that count, in the order in which they are told."""
    heard = [set[str]().union(*(clause.signals for clause in members)) for members in sentences]
    last_topic: str | None = None
    for number, members in enumerate(sentences):
        if not heard[number]:
            continue
        around = frozenset[str]().union(*heard[max(0, number - 1) : number + 2])
        topics = [clause.topic() for clause in members]
        for clause, own, nearest in zip(members, topics, _nearest(topics), strict=True):
            for hit in clause.hits:
                if not hit.live or hit.signal not in FAILURES:
                    continue
                topic = nearest or last_topic or subject_topic()
                if hit.signal == "outage":
                    topic = own if own in ("ai", "api") else "core"
                extent = _extent(hit, clause, heard[number], around)
                yield Event(hit.signal, topic, extent, hit, stressed=clause.has("all"))
            last_topic = own or last_topic


def _nearest(topics: list[str | None]) -> list[str | None]:
    """For each clause of a sentence: its own topic, the one last named, or the next one."""
    nearest = next((topic for topic in topics if topic), None)
    found: list[str | None] = []
    for own in topics:
        nearest = own or nearest
        found.append(nearest)
    return found


def _extent(hit: Hit, clause: Clause, sentence: Set[str], around: Set[str]) -> str:
    """`all`, `part` or `one`: whom or how much of it the failure reaches.

    By the signals of its clause and its sentence; a drop, by those of the sentences around it.
    """
    if hit.signal == "partial":
        return "part"
    if hit.signal == "drop":
        return "all" if "all" in around and "part" not in around else "part"
    if clause.has("part", "via_aux"):
        return "part"
    if clause.has("one"):
        return "one"
    if clause.has("all"):
        return "all"
    if "part" in sentence:
        return "part"
    return "one" if "one" in sentence else "all"
