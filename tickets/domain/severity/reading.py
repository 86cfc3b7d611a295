"""What a message says: signals heard in it, and which failures are real and happening now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from tickets.domain.severity.lexicon import Lexicon, Pattern
from tickets.domain.severity.prose import Prose

TOPICS = ("minor", "aux", "bill", "ai", "api", "core")
FAILURES = frozenset({"outage", "failure", "drop", "partial", "trouble", "wrong"})
_GUARDED = FAILURES | {
    "workaround", "resolved", "ok", "harmless", "security", "impact", "provision", "legal"
}  # fmt: skip
_DENIED = {"workaround": "no_workaround", "resolved": "present", "ok": "failure"}
_ONLY = frozenset({"solo", "only", "just", "solamente", "unicamente", "nur", "seulement", "apenas"})
_PAST_MATTERS = FAILURES | {"workaround", "no_workaround", "impact", "security"}
_ASKED_MATTERS = FAILURES | {"security", "resolved", "workaround"}
_FRAMES = frozenset({"hypothetical", "planned", "if", "question"})
_GUARD_WINDOW = 3
# A remedy is told in a sentence of its own, often with no full stop before it.
_GUARD_WINDOW_OF_REMEDIES = 2


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


@dataclass(frozen=True, slots=True)
class Event:
    """A failure that is going on now: of what (a topic or None), and how far it reaches."""

    signal: str
    topic: str | None
    extent: str
    hit: Hit


@dataclass(frozen=True, slots=True)
class Reading:
    """All that the decision table looks at. `features` is the vector for a learned model."""

    hits: tuple[Hit, ...]
    events: tuple[Event, ...]
    words: int
    asks: bool

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


@dataclass(slots=True)
class _Clause:
    sentence: int
    start: int
    end: int
    asked: bool = False
    hits: list[Hit] = field(default_factory=list)

    def has(self, *signals: str) -> bool:
        return any(hit.signal in signals for hit in self.hits)


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
    _judge_liveness(clauses)
    hits = tuple(hit for clause in clauses for hit in clause.hits)
    events = tuple(_events(clauses, subject_topic))
    return Reading(hits, events, len(prose.words), any(clause.asked for clause in clauses))


def topic_of(prose: Prose, lexicons: Sequence[Lexicon]) -> str | None:
    """What a text is about, if it names anything of ours."""
    hits = read(prose, lexicons).hits
    return next((topic for topic in TOPICS if any(hit.signal == topic for hit in hits)), None)


def _clauses(folded: str) -> list[_Clause]:
    clauses: list[_Clause] = []
    sentence = start = at = 0
    for word in folded.split(" "):
        end = at + len(word)
        if word in ("|", "¶", "?"):
            clauses.append(_Clause(sentence, start, at))
            start = end + 1
            if word != "|":
                if word == "?":
                    for clause in clauses:
                        clause.asked |= clause.sentence == sentence
                sentence += 1
        at = end + 1
    clauses.append(_Clause(sentence, start, len(folded)))
    return clauses


def _find(folded: str, lexicon: Lexicon, clauses: list[_Clause]) -> Iterator[Hit]:
    for signal, matcher in lexicon.matchers.items():
        index = 0
        for match in matcher.finditer(folded):
            while index + 1 < len(clauses) and clauses[index + 1].start <= match.start():
                index += 1
            name = (match.lastgroup or "").replace("__", ".", 1)
            hit = Hit(
                signal,
                lexicon.patterns[name].weight,
                match.start(),
                match.end(),
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
    window = _GUARD_WINDOW_OF_REMEDIES if hit.signal == "workaround" else _GUARD_WINDOW
    before = folded[clause_start : hit.start].split()[-window:]
    for place, word in enumerate(before):
        if word in lexicon.negations:
            following = before[place + 1] if place + 1 < len(before) else ""
            if following not in _ONLY:
                return True
    return False


def _judge_liveness(clauses: list[_Clause]) -> None:
    """Marks the hits that do not count: past, asked, supposed, wished, denied or since mended."""
    sentences: dict[int, list[_Clause]] = {}
    for clause in clauses:
        sentences.setdefault(clause.sentence, []).append(clause)
    for members in sentences.values():
        _judge_sentence(members)
    _cancel_mended(clauses)


@dataclass(slots=True)
class _Frame:
    """How the part of a sentence read so far is to be taken."""

    asks: bool
    past: bool = False
    supposed: bool = False
    if_only: bool = False
    questioned: bool = False

    def enter(self, clause: _Clause) -> None:
        if clause.has("past") and not clause.has("present"):
            self.past = True
        elif clause.has("present", "contrast"):
            self.past = False
        self.supposed |= clause.has("hypothetical", "planned")
        self.if_only = clause.has("if") and not self.supposed
        # "If the line fails, what do we do?": the rest of a question is supposed as well.
        self.supposed |= self.if_only and clause.asked

    def objection(self, hit: Hit, clause: _Clause, denied_from: int) -> str:
        """Why a hit does not count here; empty when it does."""
        name = hit.signal
        if self.past and name in _PAST_MATTERS:
            return "past"
        if (self.supposed or self.if_only) and name not in _FRAMES:
            return "supposed"
        if (self.questioned and name in _ASKED_MATTERS) or (self.asks and name == "security"):
            return "asked"
        if name in FAILURES and clause.has("wish"):
            return "wished"
        return "denied" if name in FAILURES and hit.start > denied_from else ""


def _judge_sentence(members: list[_Clause]) -> None:
    insists = any(clause.has("why", "fix") for clause in members)
    asks = members[0].asked and any(clause.has("question") for clause in members)
    frame = _Frame(asks=asks and not insists)
    for clause in members:
        frame.enter(clause)
        denied_from = min(
            (hit.start for hit in clause.hits if hit.signal == "denial"), default=clause.end
        )
        for index, hit in enumerate(clause.hits):
            frame.questioned |= hit.signal == "question" and not insists
            if hit.signal == "past" and clause.has("present"):
                clause.hits[index] = replace(hit, live=False, why_not="still")
            elif hit.live and hit.signal not in ("past", "present", "urgency"):
                reason = frame.objection(hit, clause, denied_from)
                if reason:
                    clause.hits[index] = replace(hit, live=False, why_not=reason)


def _cancel_mended(clauses: list[_Clause]) -> None:
    """A working state reported last ends the failures told before it, and those told as past."""
    mended_at = max(
        (hit.start for clause in clauses for hit in clause.hits
         if hit.signal == "resolved" and hit.live and not clause.asked),
        default=None,
    )  # fmt: skip
    if mended_at is None:
        return
    for clause in clauses:
        for index, hit in enumerate(clause.hits):
            if (
                hit.signal in FAILURES | {"impact", "security"}
                and hit.live
                and hit.start < mended_at
            ):
                clause.hits[index] = replace(hit, live=False, why_not="mended")


def _events(clauses: list[_Clause], subject_topic: str | None) -> Iterator[Event]:
    by_sentence: dict[int, list[_Clause]] = {}
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
                topic = own if own in ("ai", "api", "bill") else "core"
            around = [other for other in clauses if abs(other.sentence - clause.sentence) <= 1]
            yield Event(hit.signal, topic, _extent(hit, clause, siblings, around), hit)
        last_topic = own or last_topic


def _topic(clause: _Clause) -> str | None:
    return next((topic for topic in TOPICS if clause.has(topic)), None)


def _near_topic(siblings: list[_Clause], clause: _Clause) -> str | None:
    before = [_topic(other) for other in siblings if other.start < clause.start]
    after = [_topic(other) for other in siblings if other.start > clause.start]
    return next((topic for topic in [*reversed(before), *after] if topic), None)


def _extent(hit: Hit, clause: _Clause, siblings: list[_Clause], around: list[_Clause]) -> str:
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
