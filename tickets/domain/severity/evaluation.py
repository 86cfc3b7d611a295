"""How good the classifier is on tickets that it was not taught: folds, scores, baselines."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import mean
from zlib import crc32

import numpy as np

from tickets.domain.severity.baselines import by_keywords, most_frequent
from tickets.domain.severity.cases import Case
from tickets.domain.severity.judging import COSTS
from tickets.domain.severity.rules import classify
from tickets.domain.severity.training import Design, Matrix, fit
from tickets.domain.severity.weights import CLASSES, Weights, unpack
from tickets.domain.words import Severity

_SCENARIO_FOLDS = 5
_RESAMPLINGS = 400
_BINS = 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was said of one case, with its chance and whether a person was asked to look."""

    case: Case
    said: Severity
    confidence: float
    flagged: bool


@dataclass(frozen=True, slots=True)
class Score:
    """The totals of a set of outcomes; shares from 0 to 1, None of nothing.

    Macro-F1 is over the classes that occur, said or true, as on the page of severity quality.
    """

    cases: int
    macro_f1: float
    f1: tuple[float | None, ...]
    s1_recall: float | None
    s1_caught: float | None
    false_s1: float
    triage: float
    cost: float
    calibration_error: float


def score(outcomes: Sequence[Outcome]) -> Score:
    """Macro-F1, S1 found, S1 found or flagged, others taken for S1, flagged, cost, calibration."""
    true = np.array([CLASSES.index(outcome.case.severity) for outcome in outcomes])
    said = np.array([CLASSES.index(outcome.said) for outcome in outcomes])
    flagged = np.array([outcome.flagged for outcome in outcomes])
    sure = np.array([outcome.confidence for outcome in outcomes])
    return _score(true, said, flagged, sure)


def interval(
    outcomes: Sequence[Outcome], of: Callable[[Score], float | None]
) -> tuple[float, float]:
    """The middle 95 % over resampled scenarios; the same for the same outcomes."""
    scenarios: dict[str, list[int]] = {}
    for place, outcome in enumerate(outcomes):
        scenarios.setdefault(outcome.case.scenario, []).append(place)
    groups = list(scenarios.values())
    true = np.array([CLASSES.index(outcome.case.severity) for outcome in outcomes])
    said = np.array([CLASSES.index(outcome.said) for outcome in outcomes])
    flagged = np.array([outcome.flagged for outcome in outcomes])
    sure = np.array([outcome.confidence for outcome in outcomes])
    chance = np.random.default_rng(7)
    values = []
    for _ in range(_RESAMPLINGS):
        drawn = chance.integers(len(groups), size=len(groups))
        rows = np.array([place for number in drawn for place in groups[number]])
        value = of(_score(true[rows], said[rows], flagged[rows], sure[rows]))
        if value is not None:
            values.append(value)
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def confusion(outcomes: Iterable[Outcome]) -> list[list[int]]:
    """How often each true severity (row) was called each severity (column)."""
    table = [[0] * len(CLASSES) for _ in CLASSES]
    for outcome in outcomes:
        table[CLASSES.index(outcome.case.severity)][CLASSES.index(outcome.said)] += 1
    return table


def judged(cases: Iterable[Case], weights: Weights | None = None) -> list[Outcome]:
    """What the classifier says, by the given weights or by the shipped ones."""
    outcomes = []
    for case in cases:
        verdict = classify(
            channel=case.channel, subject=case.subject, body=case.body, weights=weights
        )
        outcomes.append(Outcome(case, verdict.severity, verdict.confidence, verdict.needs_triage))
    return outcomes


def across(
    cases: Sequence[Case],
    data: Design,
    kernel: Matrix,
    group: Callable[[Case], str],
    *,
    words_alone: bool = False,
    always: Callable[[Case], bool] = lambda _: False,
) -> list[Outcome]:
    """Each group judged by weights learned from the others; `always`: learned from, not judged."""
    names = np.array(["" if always(case) else group(case) for case in cases])
    outcomes: list[Outcome] = []
    for name in sorted(set(names.tolist()) - {""}):
        others = np.flatnonzero(names != name)
        weights = unpack(fit(data, kernel, others, words_alone=words_alone))
        outcomes += judged(
            (case for case, own in zip(cases, names, strict=True) if own == name), weights
        )
    return outcomes


def by_author(case: Case) -> str:
    """One fold an author: the hardest honest question."""
    return case.author


def by_scenario(case: Case) -> str:
    """Five folds in which variants of one failure stay together."""
    return str(crc32(case.scenario.encode()) % _SCENARIO_FOLDS)


def baselines(cases: Sequence[Case]) -> dict[str, list[Outcome]]:
    """What costs nothing: always the most frequent class, and a plain table of keywords."""
    usual = most_frequent(cases)
    return {
        "majority": [Outcome(case, usual, 1.0, flagged=False) for case in cases],
        "keyword table": [
            Outcome(case, by_keywords(f"{case.subject}\n{case.body}"), 1.0, flagged=False)
            for case in cases
        ],
    }


def _score(true: Matrix, said: Matrix, flagged: Matrix, sure: Matrix) -> Score:
    f1 = []
    for place in range(len(CLASSES)):
        right = int(((true == place) & (said == place)).sum())
        either = int((true == place).sum() + (said == place).sum())
        f1.append(2 * right / either if either else None)
    critical = true == 0
    costs = np.array(COSTS)
    return Score(
        cases=len(true),
        macro_f1=mean(each for each in f1 if each is not None),
        f1=tuple(f1),
        s1_recall=_share(said[critical] == 0),
        s1_caught=_share((said[critical] == 0) | flagged[critical]),
        false_s1=_share(said[~critical] == 0) or 0.0,
        triage=_share(flagged) or 0.0,
        cost=float(costs[true, said].mean()),
        calibration_error=_calibration_error(true == said, sure),
    )


def _share(hits: Matrix) -> float | None:
    return float(hits.mean()) if len(hits) else None


def _calibration_error(right: Matrix, sure: Matrix) -> float:
    """Expected calibration error: how far the chance is from the share that is right."""
    bins = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    return float(
        sum(
            abs(right[bins == place].mean() - sure[bins == place].mean()) * (bins == place).mean()
            for place in range(_BINS)
            if (bins == place).any()
        )
    )
