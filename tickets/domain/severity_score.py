"""How well severities are judged: scores on labelled cases, the gate for new weights, shares."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

from tickets.domain.words import Severity

# A new model's score on the regression set may fall by this much, for what it learnt elsewhere.
MOST_FALL = 0.01
# 95 % of the normal distribution.
_Z = 1.959964

LOST_S1 = "A critical case of the regression set that was found before would be missed."
LOWER_SCORE = "The score on the regression set would fall by more than 0.01."


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One case: what is true, and what was said of it."""

    truth: Severity
    said: Severity
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How often it was right; `s1_recall` is None without a true S1."""

    cases: int
    macro_f1: float
    s1_recall: float | None
    false_s1_per_1000: float

    def as_dict(self) -> dict[str, Any]:
        """Numbers to store."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A share (0 to 1) with the bounds between which it lies with 95 % certainty."""

    value: float
    low: float
    high: float


def score_of(judged: Sequence[Judged]) -> Score:
    """The score of some cases; of none, all zero."""
    critical = [each for each in judged if each.truth is Severity.S1]
    false = sum(each.said is Severity.S1 and each.truth is not Severity.S1 for each in judged)
    return Score(
        cases=len(judged),
        macro_f1=round(_macro_f1(judged), 4),
        s1_recall=round(sum(each.said is Severity.S1 for each in critical) / len(critical), 4)
        if critical
        else None,
        false_s1_per_1000=round(1000 * false / len(judged), 1) if judged else 0.0,
    )


def scores_by_language(judged: Iterable[Judged]) -> dict[str, Score]:
    """A score for each language that occurs."""
    parts: dict[str, list[Judged]] = defaultdict(list)
    for each in judged:
        parts[each.language].append(each)
    return {language: score_of(parts[language]) for language in sorted(parts)}


def why_refused(before: Sequence[Judged], after: Sequence[Judged]) -> str:
    """Empty when new weights may take over; both judged the same cases in the same order."""
    if lost_s1(before, after):
        return LOST_S1
    # Rounded as it is shown; half a thousandth of a per cent decides nothing.
    if score_of(after).macro_f1 < round(score_of(before).macro_f1 - MOST_FALL, 4):
        return LOWER_SCORE
    return ""


def lost_s1(before: Sequence[Judged], after: Sequence[Judged]) -> int:
    """The true S1 that were found before and would no longer be."""
    return sum(
        old.truth is Severity.S1 and old.said is Severity.S1 and new.said is not Severity.S1
        for old, new in zip(before, after, strict=True)
    )


def wilson(hits: int, of: int) -> Interval | None:
    """The share of `hits` with Wilson's interval; None of nothing."""
    if of <= 0:
        return None
    share = hits / of
    middle = (share + _Z * _Z / (2 * of)) / (1 + _Z * _Z / of)
    half = _Z / (1 + _Z * _Z / of) * sqrt(share * (1 - share) / of + _Z * _Z / (4 * of * of))
    return Interval(value=share, low=max(0.0, middle - half), high=min(1.0, middle + half))


def estimated_recall(
    *, found: int, known_missed: int, unseen: int, missed_in_sample: int, sample: int
) -> Interval | None:
    """The share of true S1 that were found, where a random sample tells of the unseen.

    `unseen`: the tickets that nobody takes for S1, of which `sample` were looked at.
    None when nothing was looked at, or when there is no S1 at all.
    """
    share = wilson(missed_in_sample, sample)
    if share is None:
        return None

    def recall(missed: float) -> float | None:
        total = found + known_missed + unseen * missed
        return found / total if total else None

    value, low, high = recall(share.value), recall(share.high), recall(share.low)
    if value is None:
        return None
    return Interval(value=value, low=low or 0.0, high=value if high is None else high)


def _macro_f1(judged: Sequence[Judged]) -> float:
    """The mean of the F1 of the classes that occur, said or true."""
    scores = []
    for severity in Severity:
        said = sum(each.said is severity for each in judged)
        true = sum(each.truth is severity for each in judged)
        both = sum(each.said is severity and each.truth is severity for each in judged)
        if said + true:
            scores.append(2 * both / (said + true))
    return sum(scores) / len(scores) if scores else 0.0
