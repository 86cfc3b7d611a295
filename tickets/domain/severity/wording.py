"""How the wording leans: words, pairs and pieces of words, weighed."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from math import sqrt
from zlib import crc32

from tickets.domain.severity.weights import BUCKETS, CLASSES, Scores, Weights, spread
from tickets.domain.words import Severity

# The longest messages are decided by their beginning; this bounds the time as well.
MOST_WORDS = 256
_MARKS = frozenset("|¶?")
_PAIR_WEIGHT = 0.7
_PIECES = (3, 4, 5)
_SHORTEST_IN_PIECES = 4
_LONGEST_READ = 40
# Loudness says nothing about severity; it must not move the scale.
_LOUD = frozenset(
    {"urgente", "urgentemente", "urgentisimo", "urgentisima", "urgencia", "urge", "urgent"}
    | {"urgently", "asap", "dringend", "urgence", "prioridad", "priority", "inmediato"}
)


def plain_words(folded: str) -> list[str]:
    """The words of a folded text that count, at most `MOST_WORDS`."""
    words = [word for word in folded.split() if word not in _MARKS and word not in _LOUD]
    return words[:MOST_WORDS]


def features(words: Sequence[str]) -> dict[int, float]:
    """The vector of a message, by bucket: what the weights are trained on."""
    vector: dict[int, float] = {}
    share = 1 / sqrt(len(set(words)) or 1)

    def add(bucket: int, value: float) -> None:
        vector[bucket] = vector.get(bucket, 0.0) + value * share

    for word in sorted(set(words)):
        add(_whole(word), 1.0)
        pieces = list(_pieces(word))
        for bucket in pieces:
            add(bucket, 1 / sqrt(len(pieces)))
    for bucket in _pairs(words):
        add(bucket, _PAIR_WEIGHT)
    return vector


def lean(words: Sequence[str], weights: Weights) -> Scores:
    """Log-odds of S1 to S4 by the words alone: the same sum as over `features`, cached."""
    single = set(words)
    pairs = _pairs(words)
    sums = [
        _PAIR_WEIGHT * value
        for value in spread(sum(weights.packed[bucket] for bucket in pairs), len(pairs))
    ]
    for word in single:
        first, second, third, fourth = _of_word(weights, word)
        sums[0] += first
        sums[1] += second
        sums[2] += third
        sums[3] += fourth
    share = weights.scale / sqrt(len(single) or 1)
    first, second, third, fourth = (share * value for value in sums)
    return first, second, third, fourth


def pulls(
    words: Sequence[str], towards: Severity, rather_than: Severity, weights: Weights
) -> list[tuple[str, float]]:
    """Each word with its own share in the log-odds of one class against another."""
    up, down = CLASSES.index(towards), CLASSES.index(rather_than)
    single = sorted(set(words))
    share = weights.scale / sqrt(len(single) or 1)
    return [
        (word, share * (scores[up] - scores[down]))
        for word in single
        for scores in (_of_word(weights, word),)
    ]


@lru_cache(maxsize=16384)
def _of_word(weights: Weights, word: str) -> Scores:
    packed = weights.packed
    pieces = list(_pieces(word))
    whole = spread(packed[_whole(word)], 1)
    parts = spread(sum(packed[bucket] for bucket in pieces), len(pieces))
    share = 1 / sqrt(len(pieces) or 1)
    first, second, third, fourth = (
        one + share * other for one, other in zip(whole, parts, strict=True)
    )
    return first, second, third, fourth


def _whole(word: str) -> int:
    return crc32(b"w " + word[:_LONGEST_READ].encode()) % BUCKETS


def _pieces(word: str) -> Iterator[int]:
    if len(word) < _SHORTEST_IN_PIECES:
        return
    edged = f" {word[:_LONGEST_READ]} ".encode()
    for size in _PIECES:
        for at in range(len(edged) - size + 1):
            yield crc32(edged[at : at + size]) % BUCKETS


def _pairs(words: Sequence[str]) -> list[int]:
    return [
        crc32(f"{left} {right}".encode()) % BUCKETS for left, right in sorted(set(pairwise(words)))
    ]
