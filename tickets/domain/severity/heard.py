"""The signals that were heard in a message, clause by clause."""

from dataclasses import dataclass, field
from typing import NamedTuple

TOPICS = ("minor", "aux", "bill", "ai", "api", "core")
FAILURES = frozenset({"outage", "failure", "drop", "partial", "trouble", "wrong"})


class Hit(NamedTuple):
    """One pattern found: what it signals, where it stands, and whether it counts."""

    signal: str
    weight: float
    start: int
    end: int
    clause: int
    sentence: int
    live: bool = True
    why_not: str = ""


@dataclass(slots=True)
class Clause:
    """A stretch of the folded text between two marks, and what was heard in it."""

    sentence: int
    start: int
    end: int
    asked: bool = False
    hits: list[Hit] = field(default_factory=list)
    signals: set[str] = field(default_factory=set)

    def hear(self, hit: Hit) -> None:
        """Notes a hit."""
        self.hits.append(hit)
        self.signals.add(hit.signal)

    def has(self, *signals: str) -> bool:
        """Whether any of these signals occurs in it, counting or not."""
        return not self.signals.isdisjoint(signals)

    def topic(self) -> str | None:
        """What it is about, if it names anything of ours."""
        return next((topic for topic in TOPICS if topic in self.signals), None)


def by_sentence(clauses: list[Clause]) -> list[list[Clause]]:
    """The clauses of each sentence."""
    sentences: list[list[Clause]] = []
    for clause in clauses:
        if not sentences or sentences[-1][0].sentence != clause.sentence:
            sentences.append([])
        sentences[-1].append(clause)
    return sentences
