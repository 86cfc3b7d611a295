"""What a message says: signals heard in it, and which failures are real and happening now."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from operator import attrgetter

from tickets.domain.severity.events import Event, events
from tickets.domain.severity.frames import judge_liveness
from tickets.domain.severity.heard import FAILURES, TOPICS, Clause, Hit, by_sentence
from tickets.domain.severity.lexicon import Expression, Lexicon, Vocabulary
from tickets.domain.severity.prose import Prose

_GUARDED = FAILURES | {
    "workaround", "resolved", "restored", "ok", "harmless", "security", "impact", "provision",
    "legal",
}  # fmt: skip
_DENIED = {"workaround": "no_workaround", "resolved": "present", "ok": "failure"}
_ONLY = frozenset({"solo", "only", "just", "solamente", "unicamente", "nur", "seulement", "apenas"})
_GUARD_WINDOW = 3
# A remedy is told in a sentence of its own, often with no full stop before it.
_GUARD_WINDOW_OF_REMEDIES = 2


@dataclass(frozen=True, slots=True)
class Reading:
    """All that the decision table looks at. `features` is the vector for a learned model."""

    hits: tuple[Hit, ...]
    events: tuple[Event, ...]
    words: int
    asks: bool
    last_sentence: int
    _live: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        live = frozenset(hit.signal for hit in self.hits if hit.live)
        object.__setattr__(self, "_live", live)

    def heard(self, *signals: str) -> bool:
        """Whether any of these signals counts."""
        return not self._live.isdisjoint(signals)

    def mentioned(self, *signals: str) -> bool:
        """Whether any of these signals occurs, counting or not (past, asked, hypothetical...)."""
        return any(hit.signal in signals for hit in self.hits)

    def features(self) -> dict[str, float]:
        """Signal and event counts by name, apart when they do not count."""
        vector: dict[str, float] = {}
        for hit in self.hits:
            name = hit.signal if hit.live else f"{hit.signal}/{hit.why_not}"
            vector[name] = vector.get(name, 0.0) + 1.0
        for event in self.events:
            name = f"event:{event.signal}:{event.topic}:{event.extent}"
            vector[name] = vector.get(name, 0.0) + 1.0
        return vector


def read(
    prose: Prose, vocabulary: Vocabulary, *, subject_topic: Callable[[], str | None]
) -> Reading:
    """Finds the signals of a message and sorts the failures that count from those that do not."""
    words = prose.folded.split(" ")
    clauses = _clauses(words)
    for lexicon in vocabulary.lexicons:
        for hit in _find(prose.folded, words, lexicon, clauses):
            clauses[hit.clause].hear(hit)
    for number, clause in enumerate(clauses):
        if clause.asked and not clause.has("why", "fix"):
            first = prose.folded[clause.start : clause.end].split(maxsplit=1)[:1]
            if not vocabulary.interrogatives.isdisjoint(first):
                place = clause.start
                clause.hear(Hit("question", -1.2, place, place, number, clause.sentence))
    for clause in clauses:
        clause.hits.sort(key=attrgetter("start", "end"))
    sentences = by_sentence(clauses)
    judge_liveness(sentences)
    hits = tuple(hit for clause in clauses for hit in clause.hits)
    found = tuple(events(sentences, subject_topic))
    return Reading(
        hits,
        found,
        words=len(prose.words),
        asks=any(clause.asked for clause in clauses),
        last_sentence=max(
            (clause.sentence for clause in clauses if clause.end > clause.start), default=0
        ),
    )


def topic_of(prose: Prose, vocabulary: Vocabulary) -> str | None:
    """What a text is about, if it names anything of ours."""
    words = prose.folded.split(" ")
    named = {
        expression.signal
        for lexicon in vocabulary.lexicons
        for expression, _ in _matches(prose.folded, words, lexicon)
    }
    return next((topic for topic in TOPICS if topic in named), None)


def _clauses(words: list[str]) -> list[Clause]:
    clauses: list[Clause] = []
    sentence = start = at = 0
    for word in words:
        end = at + len(word)
        if word in ("|", "¶", "?"):
            clauses.append(Clause(sentence, start, at))
            start = end + 1
            if word == "?":
                for clause in reversed(clauses):
                    if clause.sentence != sentence:
                        break
                    clause.asked = True
            sentence += word != "|"
        at = end + 1
    clauses.append(Clause(sentence, start, at - 1))
    return clauses


def _matches(
    folded: str, words: list[str], lexicon: Lexicon
) -> Iterator[tuple[Expression, re.Match[str]]]:
    """What the expressions find, from left to right; those of one signal never overlap.

    They look in a text with a blank before its first word, and take in the blank before theirs.
    """
    padded = f" {folded}"
    candidates = lexicon.index.candidates
    heard_until: dict[str, int] = {}
    at = 0
    for word, following in zip(words, chain(islice(words, 1, None), ("",)), strict=True):
        for expression, seconds in candidates(word):
            if seconds is not None and following not in seconds:
                continue
            if heard_until.get(expression.signal, 0) <= at:
                match = expression.match(padded, at)
                if match:
                    heard_until[expression.signal] = match.end()
                    yield expression, match
        at += len(word) + 1


def _find(folded: str, words: list[str], lexicon: Lexicon, clauses: list[Clause]) -> Iterator[Hit]:
    index = 0
    for expression, match in _matches(folded, words, lexicon):
        # The blank before it stands where the match itself stands in the text as it was.
        start, end = match.start(), match.end() - 1
        while index + 1 < len(clauses) and clauses[index + 1].start <= start:
            index += 1
        sentence = clauses[index].sentence
        hit = Hit(expression.signal, expression.weight, start, end, index, sentence)
        if hit.signal in _GUARDED and _is_denied(folded, clauses[index].start, hit, lexicon):
            if hit.signal in _DENIED:
                hit = hit._replace(signal=_DENIED[hit.signal])
            else:
                hit = hit._replace(live=False, why_not="denied")
        yield hit


def _is_denied(folded: str, clause_start: int, hit: Hit, lexicon: Lexicon) -> bool:
    if hit.signal in FAILURES and folded[hit.start : hit.end].split(" ", 1)[0] in lexicon.negations:
        return False  # "no entra ni sale nada": one denial after another is still one
    window = _GUARD_WINDOW_OF_REMEDIES if hit.signal == "workaround" else _GUARD_WINDOW
    before = folded[clause_start : hit.start].rsplit(maxsplit=window)[-window:]
    if hit.signal == "resolved" and not lexicon.awaited.isdisjoint(before):
        return True
    for place, word in enumerate(before):
        if word in lexicon.negations:
            following = before[place + 1] if place + 1 < len(before) else ""
            if following not in _ONLY:
                return True
    return False
