"""The learned weights: plain numbers in a JSON file, unpacked once, never changed."""

import base64
import json
import sys
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeAlias

from tickets.domain.words import Severity

CLASSES = (Severity.S1, Severity.S2, Severity.S3, Severity.S4)
BUCKETS = 1 << 15
# Four weights travel in one whole number, so that one addition adds all four of a bucket: as many
# as this before a field runs over.
MOST_ADDED = 257
_FIELD = 16
_RAISED = 128
_FIELD_MASK = (1 << _FIELD) - 1
_TURNED = bytes(value ^ _RAISED for value in range(256))

Scores: TypeAlias = tuple[float, float, float, float]


class BadWeights(ValueError):
    """The text is no set of weights; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Log-odds of S1 to S4: per signal, and per bucket of words (four signed bytes, packed).

    `temperature` divides the odds, so that a chance of 0.8 is right eight times in ten.
    """

    version: str
    temperature: float
    offsets: Scores
    signals: Mapping[str, Scores]
    scale: float
    packed: Sequence[int]


@cache
def shipped() -> Weights:
    """The weights that ship with this version (`weights.json`)."""
    return unpack(Path(__file__).with_name("weights.json").read_text("utf-8"))


def unpack(text: str) -> Weights:
    """Reads what `training` writes. Raises BadWeights."""
    try:
        data = json.loads(text)
        return Weights(
            version=str(data["version"]),
            temperature=float(data["temperature"]),
            offsets=_four(data["offsets"]),
            signals={name: _four(values) for name, values in data["signals"].items()},
            scale=float(data["scale"]),
            packed=_table("".join(data["table"])),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadWeights(f"these are no weights: {error!r}") from error


def spread(total: int, count: int) -> tuple[int, int, int, int]:
    """The four sums inside a sum of `count` packed rows."""
    raised = _RAISED * count
    return (
        (total & _FIELD_MASK) - raised,
        (total >> _FIELD & _FIELD_MASK) - raised,
        (total >> 2 * _FIELD & _FIELD_MASK) - raised,
        (total >> 3 * _FIELD) - raised,
    )


def _table(text: str) -> Sequence[int]:
    # A signed byte with its highest bit turned over is the byte raised by 128.
    raised = base64.b64decode(text).translate(_TURNED)
    if len(raised) != BUCKETS * len(CLASSES):
        raise BadWeights(f"the table has {len(raised)} bytes instead of {BUCKETS * len(CLASSES)}")
    fields = bytearray(len(raised) * _FIELD // 8)
    fields[::2] = raised
    packed = array("Q", bytes(fields))
    if sys.byteorder == "big":
        packed.byteswap()
    return packed


def _four(values: object) -> Scores:
    if not isinstance(values, list):
        raise BadWeights(f"four numbers are needed, not {values!r}")
    first, second, third, fourth = (float(value) for value in values)
    return first, second, third, fourth
