"""The signals that were heard in a message, clause by clause."""

from dataclasses import dataclass, field

TOPICS = ("minor", "aux", "bill", "ai", "api", "core")
FAILURES = frozenset({"outage", "failure", "drop", "partial", "trouble", "wrong"})


@dataclass(frozen=True, slots=True)
class Hit:
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

    def has(self, *signals: str) -> bool:
        """Whether any of these signals occurs in it, counting or not."""
        return any(hit.signal in signals for hit in self.hits)
