"""What the rules heard, as numbers that a learned model weighs beside the words."""

from collections.abc import Mapping
from math import log2, sqrt

from tickets.domain.severity import table
from tickets.domain.severity.reading import Reading

_MOST_OF_ONE = 2
_LONGEST_STEP = 6
# How loud somebody is says nothing about severity.
_LOUD = "urgency"


def signal_features(reading: Reading, rule: table.Rule) -> Mapping[str, float]:
    """The vector of a reading, by name: signals, events, the rule and what it decided."""
    vector = {
        name: sqrt(min(count, _MOST_OF_ONE))
        for name, count in reading.features().items()
        if not name.startswith(_LOUD)
    }
    total, workaround = table.core_total(reading), table.has_workaround(reading)
    vector[f"rule:{rule.id}"] = 1.5
    vector[f"said:{rule.severity}"] = 1.0 + rule.confidence
    vector[f"length:{min(_LONGEST_STEP, int(log2(reading.words + 1)))}"] = 0.5
    if total:
        vector["core_total"] = 1.0
        vector["core_total, way round" if workaround else "core_total, no way round"] = 1.0
    if workaround:
        vector["way round"] = 1.0
    if reading.asks:
        vector["asks"] = 1.0
    return vector
