"""The shipped classifier: clean, read, decide by table, say why."""

import logging
from functools import cache

from tickets.domain.severity import table
from tickets.domain.severity.cleaning import newest_message
from tickets.domain.severity.heard import FAILURES
from tickets.domain.severity.judging import Judgement, judge
from tickets.domain.severity.language import UNKNOWN, guess_language
from tickets.domain.severity.lexicon import Vocabulary, lexicons, version, vocabulary
from tickets.domain.severity.prose import Prose, read_prose, tokenise
from tickets.domain.severity.reading import Reading, read, topic_of
from tickets.domain.severity.verdict import Reason, Verdict
from tickets.domain.severity.wording import plain_words, shipped
from tickets.domain.words import Severity

logger = logging.getLogger(__name__)

TRIAGE_BELOW = 0.6
_FEWEST_WORDS = 4
_MOST_REASONS = 8
_SUBJECT_CAP = 500
# What is wrong stands at the beginning or at the end; reading all of a novel costs 20 ms.
_HEAD = 1_000
_TAIL = 400


def classify(*, channel: str, subject: str, body: str) -> Verdict:
    """The verdict by rules on the newest message; on a fault of ours S2 and a call for triage."""
    try:
        return _classify(subject=subject, body=body)
    except Exception:
        logger.exception("a message on channel %.40s could not be classified", channel)
        return Verdict(
            severity=Severity.S2,
            confidence=0.0,
            needs_triage=True,
            language=UNKNOWN,
            reasons=(),
            version="fallback",
        )


def read_message(*, subject: str, body: str) -> tuple[Prose, Reading, str]:
    """The prose, the reading and the language: the body alone unless it says nothing."""
    body = _ends_of(newest_message(body, subject=subject))
    subject = subject[:_SUBJECT_CAP]
    prose, using, language = _prose(body)
    reading = read(prose, using, subject_topic=cache(lambda: topic_of(_prose(subject)[0], using)))
    if not _says_something(reading):
        prose, using, language = _prose(f"{subject}.\n\n{body}")
        reading = read(prose, using, subject_topic=lambda: None)
    return prose, reading, language


def _ends_of(text: str) -> str:
    """A long text without its middle, cut between words."""
    if len(text) <= _HEAD + _TAIL:
        return text
    head = text[:_HEAD].rsplit(maxsplit=1)[0]
    tail = text[-_TAIL:].split(maxsplit=1)[-1]
    return f"{head}.\n\n{tail}"


def _says_something(reading: Reading) -> bool:
    silent = {"core", "people", "ai", "api", "aux", "minor", "bill", "urgency", "thanks", "present"}
    return any(hit.signal not in silent for hit in reading.hits)


def _prose(text: str) -> tuple[Prose, Vocabulary, str]:
    tokens = tokenise(text)
    language, use = guess_language(tokens.words())
    using = vocabulary(use)
    prose = read_prose(
        tokens, breaks=using.breaks, starters=using.starters, spellings=using.spellings
    )
    return prose, using, language


def _classify(*, subject: str, body: str) -> Verdict:
    prose, reading, language = read_message(subject=subject, body=body)
    judgement = judge(reading, plain_words(prose.folded))
    confidence = _confidence(judgement, reading, language)
    return Verdict(
        severity=judgement.severity,
        confidence=confidence,
        needs_triage=_needs_triage(judgement, reading, language, confidence),
        language=language,
        reasons=_reasons(prose, reading, judgement),
        version=f"{version()}+{shipped().version}",
    )


def _confidence(judgement: Judgement, reading: Reading, language: str) -> float:
    dropped = sum(not hit.live and hit.signal in FAILURES for hit in reading.hits)
    doubt = 0.03 * min(dropped, 3) + (0.2 if language == UNKNOWN else 0.0)
    if reading.words < _FEWEST_WORDS:
        doubt += 0.2
    return round(min(0.98, max(0.05, judgement.confidence - doubt)), 3)


def _needs_triage(judgement: Judgement, reading: Reading, language: str, confidence: float) -> bool:
    hints_s1 = judgement.severity is not Severity.S1 and (
        table.core_total(reading) or reading.heard("security", "no_workaround")
    )
    return (
        confidence < TRIAGE_BELOW
        or hints_s1
        or judgement.may_be_critical
        or reading.words < _FEWEST_WORDS
        or language not in lexicons()
        or judgement.rule.id == "no_signal"
    )


def _reasons(prose: Prose, reading: Reading, judgement: Judgement) -> tuple[Reason, ...]:
    """Heaviest first; a signal that does not count stands there with the reason why, negative."""
    seen = {("wording", word): Reason("wording", word, 1.0) for word in judgement.words}
    for hit in reading.hits:
        name = hit.signal if hit.live else f"{hit.signal} ({hit.why_not})"
        weight = hit.weight if hit.live else -abs(hit.weight) / 2
        text = prose.quote(hit.start, hit.end)
        seen.setdefault((name, text.casefold()), Reason(name, text, weight))
    ranked = sorted(seen.values(), key=lambda reason: -abs(reason.weight))
    return tuple(ranked[:_MOST_REASONS])
