"""Escalations: the codes that are stored."""

from enum import StrEnum
from typing import Final

# Over this many repeats a step has become noise; also what bounds a replay.
REPEATS_MOST: Final = 500


class StepKind(StrEnum):
    """Where a step stands."""

    FRACTION = "fraction"
    BEFORE_DUE = "before_due"
    AFTER_DUE = "after_due"


class Outcome(StrEnum):
    """What became of a step whose instant has come."""

    FIRED = "fired"
    NOT_APPLICABLE = "not_applicable"
    EMPTY = "empty"
