"""Failures that are going on now: of what, and how far they reach."""

from collections.abc import Iterator
from dataclasses import dataclass

from tickets.domain.severity.heard import FAILURES, TOPICS, Clause, Hit


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


def events(clauses: list[Clause], subject_topic: str | None) -> Iterator[Event]:
    by_sentence: dict[int, list[Clause]] = {}
    for clause in clauses:
        by_sentence.setdefault(clause.sentence, []).append(clause)
    last_topic: str | None = None
    for clause in clauses:
        own = _topic(clause)
        for hit in clause.hits:
            if not hit.live or hit.signal not in FAILURES:
                continue
            siblings = by_sentence[clause.sentence]
            topic = own or _near_topic(siblings, clause) or last_topic or subject_topic
            if hit.signal == "outage":
                topic = own if own in ("ai", "api") else "core"
            around = [other for other in clauses if abs(other.sentence - clause.sentence) <= 1]
            extent = _extent(hit, clause, siblings, around)
            yield Event(hit.signal, topic, extent, hit, stressed=clause.has("all"))
        last_topic = own or last_topic


def _topic(clause: Clause) -> str | None:
    return next((topic for topic in TOPICS if clause.has(topic)), None)


def _near_topic(siblings: list[Clause], clause: Clause) -> str | None:
    before = [_topic(other) for other in siblings if other.start < clause.start]
    after = [_topic(other) for other in siblings if other.start > clause.start]
    return next((topic for topic in [*reversed(before), *after] if topic), None)


def _extent(hit: Hit, clause: Clause, siblings: list[Clause], around: list[Clause]) -> str:
    """`all`, `part` or `one`: whom or how much of it the failure reaches."""
    everything = clause.has("all")
    if hit.signal == "partial":
        return "part"
    if hit.signal == "drop":
        everything = any(other.has("all") for other in around)
        return "all" if everything and not any(other.has("part") for other in around) else "part"
    if clause.has("part", "via_aux"):
        return "part"
    if clause.has("one"):
        return "one"
    if everything:
        return "all"
    if any(other.has("part") for other in siblings):
        return "part"
    if any(other.has("one") for other in siblings):
        return "one"
    return "all"
