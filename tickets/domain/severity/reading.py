"""What a message says: signals heard in it, and which failures are real and happening now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tickets.domain.severity.events import Event, events
from tickets.domain.severity.frames import judge_liveness
from tickets.domain.severity.heard import FAILURES, TOPICS, Clause, Hit
from tickets.domain.severity.lexicon import Lexicon, Pattern
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

    def heard(self, *signals: str) -> bool:
        """Whether any of these signals counts."""
        return any(hit.live and hit.signal in signals for hit in self.hits)

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


def read(prose: Prose, lexicons: Sequence[Lexicon], *, subject_topic: str | None = None) -> Reading:
    """Finds the signals of a message and sorts the failures that count from those that do not."""
    clauses = _clauses(prose.folded)
    patterns: dict[str, Pattern] = {}
    for lexicon in lexicons:
        for hit in _find(prose.folded, lexicon, clauses):
            clauses[hit.clause].hits.append(hit)
        patterns.update(lexicon.patterns)
    openers = frozenset[str]().union(*(lexicon.interrogatives for lexicon in lexicons))
    for number, clause in enumerate(clauses):
        first = prose.folded[clause.start : clause.end].split(maxsplit=1)[:1]
        if clause.asked and first and first[0] in openers and not clause.has("why", "fix"):
            clause.hits.append(
                Hit("question", -1.2, clause.start, clause.start, number, clause.sentence)
            )
    for clause in clauses:
        clause.hits.sort(key=lambda hit: (hit.start, hit.end))
    judge_liveness(clauses)
    hits = tuple(hit for clause in clauses for hit in clause.hits)
    found = tuple(events(clauses, subject_topic))
    return Reading(
        hits,
        found,
        words=len(prose.words),
        asks=any(clause.asked for clause in clauses),
        last_sentence=max(
            (clause.sentence for clause in clauses if clause.end > clause.start), default=0
        ),
    )


def topic_of(prose: Prose, lexicons: Sequence[Lexicon]) -> str | None:
    """What a text is about, if it names anything of ours."""
    hits = read(prose, lexicons).hits
    return next((topic for topic in TOPICS if any(hit.signal == topic for hit in hits)), None)


def _clauses(folded: str) -> list[Clause]:
    clauses: list[Clause] = []
    sentence = start = at = 0
    for word in folded.split(" "):
        end = at + len(word)
        if word in ("|", "¶", "?"):
            clauses.append(Clause(sentence, start, at))
            start = end + 1
            if word != "|":
                if word == "?":
                    for clause in clauses:
                        clause.asked |= clause.sentence == sentence
                sentence += 1
        at = end + 1
    clauses.append(Clause(sentence, start, len(folded)))
    return clauses


def _find(folded: str, lexicon: Lexicon, clauses: list[Clause]) -> Iterator[Hit]:
    padded = f" {folded}"
    for signal, matcher in lexicon.matchers.items():
        index = 0
        for match in matcher.finditer(padded):
            # The blank before it stands where the match itself stands in the text as it was.
            start, end = match.start(), match.end() - 1
            while index + 1 < len(clauses) and clauses[index + 1].start <= start:
                index += 1
            name = (match.lastgroup or "").replace("__", ".", 1)
            hit = Hit(
                signal,
                lexicon.patterns[name].weight,
                start,
                end,
                index,
                clauses[index].sentence,
            )
            if signal in _GUARDED and _is_denied(folded, clauses[index].start, hit, lexicon):
                if signal not in _DENIED:
                    yield replace(hit, live=False, why_not="denied")
                    continue
                hit = replace(hit, signal=_DENIED[signal])
            yield hit


def _is_denied(folded: str, clause_start: int, hit: Hit, lexicon: Lexicon) -> bool:
    if hit.signal in FAILURES and folded[hit.start : hit.end].split(" ", 1)[0] in lexicon.negations:
        return False  # "no entra ni sale nada": one denial after another is still one
    window = _GUARD_WINDOW_OF_REMEDIES if hit.signal == "workaround" else _GUARD_WINDOW
    before = folded[clause_start : hit.start].split()[-window:]
    if hit.signal == "resolved" and not lexicon.awaited.isdisjoint(before):
        return True
    for place, word in enumerate(before):
        if word in lexicon.negations:
            following = before[place + 1] if place + 1 < len(before) else ""
            if following not in _ONLY:
                return True
    return False
