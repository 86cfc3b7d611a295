"""Trains the weights of `wording`: `python -m … < cases.jsonl > wording.json`."""

import base64
import json
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any
from zlib import crc32

import numpy as np

from tickets.domain.severity.rules import read_message
from tickets.domain.severity.wording import BUCKETS, CLASSES, features, plain_words

_RIDGE = 0.03
_STEPS = 60
_OFFSET = 0.5
_LINE = 1200


@cache
def shipped_cases() -> list[Mapping[str, Any]]:
    """The labelled cases that ship with this version, file by file."""
    folder = files("tickets.domain.severity") / "training"
    found = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".jsonl")),
        key=lambda entry: entry.name,
    )
    return [
        json.loads(line)
        for entry in found
        for line in entry.read_text("utf-8").splitlines()
        if line.strip()
    ]


def regression_cases() -> list[Mapping[str, Any]]:
    """The shipped cases that no new weights may judge worse."""
    return [case for case in shipped_cases() if case["split"] == "held"]


def train(cases: Sequence[Mapping[str, Any]]) -> str:
    """The file `wording.json`: ridge multinomial regression, the same for the same cases.

    A case has `subject`, `body` and the true `severity`.
    """
    matrix = np.zeros((len(cases), BUCKETS + 1), dtype=np.float32)
    truth = np.zeros((len(cases), len(CLASSES)))
    for row, case in enumerate(cases):
        prose, _, _ = read_message(subject=case["subject"], body=case["body"])
        for bucket, value in features(plain_words(prose.folded)).items():
            matrix[row, bucket] = value
        matrix[row, BUCKETS] = _OFFSET
        truth[row, CLASSES.index(case["severity"])] = 1.0
    kernel = (matrix @ matrix.T).astype(np.float64)
    weights = matrix.T @ _dual(kernel, truth)
    scale = float(np.abs(weights[:BUCKETS]).max()) / 127
    table = np.rint(weights[:BUCKETS] / scale).astype(np.int8)
    text = base64.b64encode(table.tobytes()).decode()
    data: dict[str, Any] = {
        "version": f"wording-{crc32(table.tobytes()):08x}",
        "scale": round(scale, 9),
        "offsets": [round(float(value) * _OFFSET, 6) for value in weights[BUCKETS]],
        "table": [text[at : at + _LINE] for at in range(0, len(text), _LINE)],
    }
    return json.dumps(data, indent=0) + "\n"


def _dual(kernel: Any, truth: Any) -> Any:
    """Newton steps under Böhning's bound of the curvature: they never overshoot."""
    step = np.linalg.inv(0.5 * kernel + _RIDGE * np.eye(len(kernel)))
    dual = np.zeros_like(truth)
    for _ in range(_STEPS):
        odds = kernel @ dual
        odds = np.exp(odds - odds.max(axis=1, keepdims=True))
        said = odds / odds.sum(axis=1, keepdims=True)
        dual += step @ (truth - said - _RIDGE * dual)
    return dual


if __name__ == "__main__":
    sys.stdout.write(train([json.loads(line) for line in sys.stdin if line.strip()]))
