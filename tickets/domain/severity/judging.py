"""Rules first; where none is sure, the wording may overrule them, within what they know."""

from dataclasses import dataclass
from math import exp

from tickets.domain.severity import table
from tickets.domain.severity.heard import FAILURES
from tickets.domain.severity.reading import Reading
from tickets.domain.severity.wording import CLASSES, Weights, heaviest, lean
from tickets.domain.words import Severity

# How much the rule's own answer weighs against the wording, per unit of its confidence.
_RULE_PULL = 1.5
_RULE_BASE = 0.2
# Above this chance of an S1 that was not chosen, somebody must look.
_S1_WORTH_A_LOOK = 0.25
_UNDERSTOOD = frozenset({"past", "supposed", "asked", "mended", "wished"})


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was decided, by which rule, how surely, and the words that overruled the rule."""

    severity: Severity
    rule: table.Rule
    confidence: float
    may_be_critical: bool
    words: tuple[str, ...] = ()


def judge(reading: Reading, words: list[str], weights: Weights | None = None) -> Judgement:
    """The severity of a message by its signals and its plain words."""
    rule = table.decide(reading)
    if rule.firm or not words or _understood(rule, reading):
        return Judgement(rule.severity, rule, rule.confidence, may_be_critical=False)
    chances = _chances(rule, words, weights)
    severity = CLASSES[chances.index(max(chances))]
    if severity is Severity.S1 and table.has_workaround(reading):
        severity = Severity.S2
    return Judgement(
        severity=severity,
        rule=rule,
        confidence=max(chances),
        may_be_critical=severity is not Severity.S1 and chances[0] >= _S1_WORTH_A_LOOK,
        words=()
        if severity is rule.severity
        else tuple(heaviest(words, severity, rule.severity, weights)),
    )


def _understood(rule: table.Rule, reading: Reading) -> bool:
    """A failure was heard and set aside (over, asked about, supposed): words alone cannot tell."""
    return rule.severity is Severity.S4 and any(
        hit.signal in FAILURES and hit.why_not in _UNDERSTOOD for hit in reading.hits
    )


def _chances(rule: table.Rule, words: list[str], weights: Weights | None) -> list[float]:
    odds = list(lean(words, weights))
    odds[CLASSES.index(rule.severity)] += _RULE_PULL * (rule.confidence + _RULE_BASE)
    top = max(odds)
    powers = [exp(value - top) for value in odds]
    return [power / sum(powers) for power in powers]
