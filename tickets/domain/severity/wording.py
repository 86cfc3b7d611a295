"""How the wording leans where no rule is sure: words, pairs and pieces of words, weighed."""

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from math import sqrt
from pathlib import Path
from typing import TypeAlias
from zlib import crc32

from tickets.domain.words import Severity

CLASSES = (Severity.S1, Severity.S2, Severity.S3, Severity.S4)
BUCKETS = 1 << 15
# The longest messages are decided by their beginning; this bounds the time as well.
MOST_WORDS = 300
_MARKS = frozenset("|¶?")
_PAIR_WEIGHT = 0.7
_PIECES = (3, 4, 5)
_SHORTEST_IN_PIECES = 4
_LONGEST_READ = 40
# Four weights travel in one whole number, so that one addition adds all four of a bucket.
_FIELD = 24
_RAISED = 128
_FIELD_MASK = (1 << _FIELD) - 1
_ROW = len(CLASSES) * _FIELD // 8
_TURNED = bytes(value ^ _RAISED for value in range(256))
# Loudness says nothing about severity; it must not move the scale.
_LOUD = frozenset(
    {"urgente", "urgentemente", "urgentisimo", "urgentisima", "urgencia", "urge", "urgent"}
    | {"urgently", "asap", "dringend", "urgence", "prioridad", "priority", "inmediato"}
)

Scores: TypeAlias = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Weights:
    """A trained table: four signed bytes per bucket, packed; their scale; the four offsets."""

    version: str
    scale: float
    offsets: Scores
    packed: tuple[int, ...]


@cache
def shipped() -> Weights:
    """The table that ships with this version (`wording.json`)."""
    return unpack(Path(__file__).with_name("wording.json").read_text("utf-8"))


def unpack(text: str) -> Weights:
    """Reads what `training` writes."""
    data = json.loads(text)
    first, second, third, fourth = data["offsets"]
    # A signed byte with its highest bit turned over is the byte raised by 128.
    raised = base64.b64decode("".join(data["table"])).translate(_TURNED)
    fields = bytearray(_ROW * (len(raised) // len(CLASSES)))
    for place in range(len(CLASSES)):
        fields[place * _FIELD // 8 :: _ROW] = raised[place :: len(CLASSES)]
    return Weights(
        version=data["version"],
        scale=float(data["scale"]),
        offsets=(first, second, third, fourth),
        packed=tuple(
            int.from_bytes(fields[at : at + _ROW], "little") for at in range(0, len(fields), _ROW)
        ),
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


def lean(words: Sequence[str]) -> Scores:
    """Log-odds of S1 to S4 by the shipped weights: the same sum as over `features`, cached."""
    weights = shipped()
    single = set(words)
    pairs = _pairs(words)
    sums = [
        _PAIR_WEIGHT * value
        for value in _spread(sum(weights.packed[bucket] for bucket in pairs), len(pairs))
    ]
    for word in single:
        first, second, third, fourth = _of_word(word)
        sums[0] += first
        sums[1] += second
        sums[2] += third
        sums[3] += fourth
    share = weights.scale / sqrt(len(single) or 1)
    first, second, third, fourth = (
        offset + share * value for offset, value in zip(weights.offsets, sums, strict=True)
    )
    return first, second, third, fourth


def heaviest(words: Sequence[str], towards: Severity, rather_than: Severity) -> list[str]:
    """The three words that spoke most for one class and against another."""
    up, down = CLASSES.index(towards), CLASSES.index(rather_than)

    def pull(word: str) -> float:
        weights = _of_word(word)
        return weights[up] - weights[down]

    return [word for word in sorted(set(words), key=lambda w: (-pull(w), w)) if pull(word) > 0][:3]


@lru_cache(maxsize=16384)
def _of_word(word: str) -> Scores:
    packed = shipped().packed
    pieces = list(_pieces(word))
    whole = _spread(packed[_whole(word)], 1)
    parts = _spread(sum(packed[bucket] for bucket in pieces), len(pieces))
    share = 1 / sqrt(len(pieces) or 1)
    first, second, third, fourth = (
        one + share * other for one, other in zip(whole, parts, strict=True)
    )
    return first, second, third, fourth


def _spread(total: int, count: int) -> tuple[int, int, int, int]:
    """The four sums inside a sum of `count` packed rows."""
    raised = _RAISED * count
    return (
        (total & _FIELD_MASK) - raised,
        (total >> _FIELD & _FIELD_MASK) - raised,
        (total >> 2 * _FIELD & _FIELD_MASK) - raised,
        (total >> 3 * _FIELD) - raised,
    )


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
