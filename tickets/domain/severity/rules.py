"""The shipped classifier: clean, read, weigh, decide, say why."""

import logging
from collections.abc import Iterable, Iterator
from functools import cache

from tickets.domain.severity.cleaning import newest_message
from tickets.domain.severity.heard import Hit
from tickets.domain.severity.judging import SURE_ENOUGH, Judgement, judge
from tickets.domain.severity.language import UNKNOWN, guess_language
from tickets.domain.severity.lexicon import Vocabulary, lexicons, version, vocabulary
from tickets.domain.severity.prose import Prose, read_prose, tokenise
from tickets.domain.severity.reading import Reading, read, topic_of
from tickets.domain.severity.verdict import Reason, Verdict
from tickets.domain.severity.weights import Weights, shipped
from tickets.domain.severity.wording import plain_words, pulls
from tickets.domain.words import Severity

logger = logging.getLogger(__name__)

_FEWEST_WORDS = 4
_MOST_REASONS = 8
# What a language without a lexicon takes from the confidence, and the bounds of any.
_STRANGE = 0.2
_NEVER_SURER = 0.98
_NEVER_LESS = 0.05
# Words shown as telling: not too short, not too many, not too faint (log-odds).
_SHORTEST_TELLING = 4
_MOST_TELLING = 3
_FAINT = 0.05
_SUBJECT_CAP = 500
# What is wrong stands at the beginning or at the end; reading all of a novel costs 20 ms.
_HEAD = 1_000
_TAIL = 400


def classify(*, channel: str, subject: str, body: str, weights: Weights | None = None) -> Verdict:
    """The verdict on the newest message; on a fault of ours S2 and a call for triage.

    `weights`: learned ones; without them those that ship with this version.
    """
    try:
        return _classify(subject=subject, body=body, weights=weights or shipped())
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
    if subject.strip() and not _says_something(reading):
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


def _classify(*, subject: str, body: str, weights: Weights) -> Verdict:
    prose, reading, language = read_message(subject=subject, body=body)
    words = plain_words(prose.folded)
    judgement = judge(reading, words, weights)
    confidence = round(judgement.confidence - (_STRANGE if language == UNKNOWN else 0.0), 3)
    return Verdict(
        severity=judgement.severity,
        confidence=min(_NEVER_SURER, max(_NEVER_LESS, confidence)),
        needs_triage=_needs_triage(judgement, reading, language),
        language=language,
        reasons=_reasons(prose, reading, _telling(prose, reading, judgement, weights)),
        version=f"{version()}+{weights.version}",
    )


def _needs_triage(judgement: Judgement, reading: Reading, language: str) -> bool:
    return (
        judgement.confidence < SURE_ENOUGH
        or judgement.may_be_critical
        or reading.words < _FEWEST_WORDS
        or language not in lexicons()
    )


def _telling(
    prose: Prose, reading: Reading, judgement: Judgement, weights: Weights
) -> Iterator[Reason]:
    """The words that spoke most for the severity, and the one that spoke most against it.

    Like those of signals, a weight above zero speaks for more severe. Words of a signal are
    told by it, small words tell nothing.
    """
    untold = {word for hit in reading.hits for word in prose.folded[hit.start : hit.end].split()}
    words, small = plain_words(prose.folded), _small_words()
    weighed = sorted(
        (
            (pull, word)
            for word, pull in pulls(words, judgement.severity, judgement.runner_up, weights)
            if len(word) >= _SHORTEST_TELLING and word not in untold and word not in small
        ),
        reverse=True,
    )
    sign = 1 if judgement.severity.rank < judgement.runner_up.rank else -1
    spoke_for = [each for each in weighed[:_MOST_TELLING] if each[0] >= _FAINT]
    spoke_against = [each for each in weighed[-1:] if each[0] <= -_FAINT]
    for pull, word in spoke_for + spoke_against:
        yield Reason("wording", prose.original_of(word), round(sign * pull, 3))


@cache
def _small_words() -> frozenset[str]:
    return frozenset[str]().union(*(lexicon.common for lexicon in lexicons().values()))


def _reasons(prose: Prose, reading: Reading, telling: Iterable[Reason]) -> tuple[Reason, ...]:
    """Heaviest first; a signal that does not count stands there with the reason why, negative."""
    weighed: list[tuple[float, Hit | Reason]] = [(reason.weight, reason) for reason in telling]
    weighed += [(hit.weight if hit.live else -abs(hit.weight) / 2, hit) for hit in reading.hits]
    weighed.sort(key=lambda pair: -abs(pair[0]))
    found: dict[tuple[str, str], Reason] = {}
    for weight, each in weighed:
        if isinstance(each, Reason):
            reason = each
        else:
            name = each.signal if each.live else f"{each.signal} ({each.why_not})"
            reason = Reason(name, prose.quote(each.start, each.end), weight)
        found.setdefault((reason.signal, reason.text.casefold()), reason)
        if len(found) == _MOST_REASONS:
            break
    return tuple(found.values())
