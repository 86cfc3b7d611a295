"""Trains the learned weights: `python -m tickets.domain.severity.training > …/weights.json`."""

import base64
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from zlib import crc32

import numpy as np

from tickets.domain.severity import table
from tickets.domain.severity.cases import Case, shipped_cases
from tickets.domain.severity.rules import read_message
from tickets.domain.severity.signals import signal_features
from tickets.domain.severity.weights import BUCKETS, CLASSES
from tickets.domain.severity.wording import features, plain_words

# Both chosen by cross-validation over authors (`manage.py evaluate_severity`).
RIDGE = 0.1
TEMPERATURE = 0.95
_SIGNAL_SHARE = 0.316
_OFFSET = 0.5
_STEPS = 40
_CHUNK = 4096
_LINE = 1200
# The rules were written with these cases at hand: what they hear there proves nothing.
_READ_BY_RULE_WRITERS = frozenset({"founders"})

Matrix: TypeAlias = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Design:
    """The cases as numbers: the words as (row, bucket, value) triples, the signals by name."""

    rows: Matrix
    buckets: Matrix
    values: Matrix
    signals: Matrix
    names: tuple[str, ...]
    truth: Matrix
    weight: Matrix

    def kernel(self) -> Matrix:
        """How alike any two cases are; built by parts, the whole would fill half a gigabyte."""
        size = len(self.truth)
        alike = self.signals @ self.signals.T + np.float32(_OFFSET**2)
        for low in range(0, BUCKETS, _CHUNK):
            inside = (self.buckets >= low) & (self.buckets < low + _CHUNK)
            part = np.zeros((size, _CHUNK), dtype=np.float32)
            part[self.rows[inside], self.buckets[inside] - low] = self.values[inside]
            alike += part @ part.T
        return alike


def design(cases: Sequence[Case]) -> Design:
    """Reads the cases; the order of the names is the same for the same cases."""
    triples: list[tuple[int, int, float]] = []
    heard: list[Mapping[str, float]] = []
    for row, case in enumerate(cases):
        prose, reading, _ = read_message(subject=case.subject, body=case.body)
        vector = features(plain_words(prose.folded))
        triples += [(row, bucket, value) for bucket, value in vector.items()]
        known = case.author not in _READ_BY_RULE_WRITERS
        heard.append(signal_features(reading, table.decide(reading)) if known else {})
    names = tuple(sorted({name for signals in heard for name in signals}))
    place = {name: column for column, name in enumerate(names)}
    signals = np.zeros((len(cases), len(names)), dtype=np.float32)
    for row, vector_of_names in enumerate(heard):
        for name, value in vector_of_names.items():
            signals[row, place[name]] = value * _SIGNAL_SHARE
    truth = np.zeros((len(cases), len(CLASSES)), dtype=np.float32)
    truth[range(len(cases)), [CLASSES.index(case.severity) for case in cases]] = 1.0
    return Design(
        rows=np.array([row for row, _, _ in triples], dtype=np.int32),
        buckets=np.array([bucket for _, bucket, _ in triples], dtype=np.int32),
        values=np.array([value for _, _, value in triples], dtype=np.float32),
        signals=signals,
        names=names,
        truth=truth,
        weight=np.array([case.weight for case in cases], dtype=np.float32),
    )


def train(cases: Sequence[Case]) -> str:
    """The file `weights.json`: ridge multinomial regression, the same for the same cases."""
    data = design(cases)
    return fit(data, data.kernel(), np.arange(len(cases)))


def fit(data: Design, kernel: Matrix, chosen: Matrix, *, words_alone: bool = False) -> str:
    """What is learned from the chosen rows; `words_alone` leaves the signals out."""
    if words_alone:
        kernel = kernel - data.signals @ data.signals.T
    dual = np.zeros((len(data.truth), len(CLASSES)))
    dual[chosen] = solve(kernel[np.ix_(chosen, chosen)], data.truth[chosen], data.weight[chosen])
    words = np.stack(
        [
            np.bincount(data.buckets, data.values * dual[data.rows, place], minlength=BUCKETS)
            for place in range(len(CLASSES))
        ],
        axis=1,
    )
    signals = data.signals.T @ dual * _SIGNAL_SHARE
    offsets = [round(float(value) * _OFFSET**2, 6) for value in dual.sum(axis=0)]
    scale = float(np.abs(words).max()) / 127
    packed = np.rint(words / scale).astype(np.int8)
    learned = {
        name: [round(float(value), 4) for value in signals[column]]
        for column, name in enumerate(data.names)
        if not words_alone and np.abs(signals[column]).max() > 0
    }
    return _as_text(packed, learned, offsets, scale)


def solve(kernel: Matrix, truth: Matrix, weight: Matrix) -> Matrix:
    """One coefficient per case and class: Newton steps under Böhning's bound never overshoot."""
    slack = RIDGE / weight
    step = np.linalg.inv(0.5 * kernel + np.diag(slack))
    dual = np.zeros_like(truth)
    for _ in range(_STEPS):
        odds = kernel @ dual
        odds = np.exp(odds - odds.max(axis=1, keepdims=True))
        said = odds / odds.sum(axis=1, keepdims=True)
        dual += step @ (truth - said - slack[:, None] * dual)
    return dual


def _as_text(
    packed: Matrix, learned: Mapping[str, list[float]], offsets: list[float], scale: float
) -> str:
    """One line per signal, so that a review can read what was learned."""
    words = base64.b64encode(packed.tobytes()).decode()
    told = json.dumps([learned, offsets, TEMPERATURE]).encode() + packed.tobytes()
    head = {
        "version": f"learned-{crc32(told):08x}",
        "temperature": TEMPERATURE,
        "offsets": offsets,
        "scale": round(scale, 9),
        "table": [words[at : at + _LINE] for at in range(0, len(words), _LINE)],
    }
    opening = json.dumps(head, indent=0).removesuffix("\n}")
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in learned.items())
    return f'{opening},\n"signals": {{\n{lines}\n}}\n}}\n'


if __name__ == "__main__":
    sys.stdout.write(train(shipped_cases()))
