"""The decision: what was heard and how it was worded give chances; the cheapest mistake wins."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

from tickets.domain.severity import table
from tickets.domain.severity.reading import Reading
from tickets.domain.severity.signals import signal_features
from tickets.domain.severity.weights import CLASSES, Weights
from tickets.domain.severity.wording import lean
from tickets.domain.words import Severity

# What a wrong answer costs: a row per true severity, a column per answer. An S1 that is not seen
# costs people their calls; one that is none wakes somebody at night.
COSTS = (
    (0.0, 1.5, 2.0, 2.3),
    (1.0, 0.0, 1.0, 1.3),
    (1.4, 1.0, 0.0, 1.0),
    (1.6, 1.2, 0.9, 0.0),
)
# Above this chance of an S1 that was not chosen, somebody must look.
S1_WORTH_A_LOOK = 0.075
# Below this chance of the answer itself, too.
SURE_ENOUGH = 0.47


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was decided, the chance of each severity, the nearest other."""

    severity: Severity
    rule: table.Rule
    chances: tuple[float, ...]
    runner_up: Severity

    @property
    def confidence(self) -> float:
        """The chance that the severity is right."""
        return self.chances[CLASSES.index(self.severity)]

    @property
    def may_be_critical(self) -> bool:
        """Whether an S1 was not chosen and yet is too likely to sleep on."""
        return self.severity is not Severity.S1 and self.chances[0] >= S1_WORTH_A_LOOK


def judge(reading: Reading, words: Sequence[str], weights: Weights) -> Judgement:
    """The severity of a message by its signals and its plain words."""
    rule = table.decide(reading)
    chances = _chances(odds(reading, rule, words, weights), weights.temperature)
    severity = _as_it_ends(cheapest(chances), reading)
    runner_up = max(
        (name for name in CLASSES if name is not severity),
        key=lambda name: chances[CLASSES.index(name)],
    )
    return Judgement(severity, rule, chances, runner_up)


def _as_it_ends(severity: Severity, reading: Reading) -> Severity:
    """What is said last holds: a way round that is in use, or that it works again."""
    if reading.heard("security"):
        return severity
    if severity.rank <= Severity.S2.rank and table.closes_restored(reading):
        return Severity.S4
    if severity is Severity.S1 and table.closes_with_workaround(reading):
        return Severity.S2
    return severity


def odds(
    reading: Reading, rule: table.Rule, words: Sequence[str], weights: Weights
) -> tuple[float, ...]:
    """Log-odds of S1 to S4, before they are calibrated."""
    sums = [a + b for a, b in zip(weights.offsets, lean(words, weights), strict=True)]
    for name, value in signal_features(reading, rule).items():
        learned = weights.signals.get(name)
        if learned:
            for place, weight in enumerate(learned):
                sums[place] += value * weight
    return tuple(sums)


def cheapest(chances: Sequence[float]) -> Severity:
    """The answer with the least expected cost."""
    return min(
        CLASSES,
        key=lambda said: sum(
            chance * row[CLASSES.index(said)] for chance, row in zip(chances, COSTS, strict=True)
        ),
    )


def _chances(log_odds: Sequence[float], temperature: float) -> tuple[float, ...]:
    top = max(log_odds)
    powers = [exp((value - top) / temperature) for value in log_odds]
    total = sum(powers)
    return tuple(power / total for power in powers)
