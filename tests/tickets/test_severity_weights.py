"""What is learned: the same sum two ways, weights that come from the cases, limits they keep."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.domain.severity import classify, table
from tickets.domain.severity.cases import Case, shipped_cases
from tickets.domain.severity.judging import cheapest, odds
from tickets.domain.severity.rules import read_message
from tickets.domain.severity.signals import signal_features
from tickets.domain.severity.training import design, solve, train
from tickets.domain.severity.weights import MOST_ADDED, BadWeights, Weights, shipped, unpack
from tickets.domain.severity.wording import MOST_WORDS, features, lean, plain_words, pulls
from tickets.domain.words import Severity

WORDS = st.lists(st.text("abcdeñß ", min_size=1, max_size=60).map(str.strip), max_size=30)
FEW = shipped_cases()[::45]


def slow_lean(words: list[str], weights: Weights) -> list[float]:
    """An oracle: the plain dot product over the feature vector."""
    totals = [0.0] * 4
    for bucket, value in features(words).items():
        for place in range(4):
            raised = weights.packed[bucket] >> (16 * place) & 0xFFFF
            totals[place] += value * (raised - 128) * weights.scale
    return totals


@given(WORDS)
def test_the_fast_sum_is_the_dot_product(words: list[str]) -> None:
    assert lean(words, shipped()) == pytest.approx(slow_lean(words, shipped()), abs=1e-6)


def test_no_sum_runs_over_its_field() -> None:
    assert MOST_WORDS < MOST_ADDED
    words = [f"word{number}" for number in range(MOST_WORDS)] + ["ñ" * 60]
    assert lean(words, shipped()) == pytest.approx(slow_lean(words, shipped()), abs=1e-6)


def test_the_shipped_weights_are_those_of_the_shipped_cases() -> None:
    fresh = unpack(train(shipped_cases()))
    assert fresh.version.startswith("learned-")
    for case in FEW:
        prose, reading, _ = read_message(subject=case.subject, body=case.body)
        words, rule = plain_words(prose.folded), table.decide(reading)
        assert odds(reading, rule, words, shipped()) == pytest.approx(
            odds(reading, rule, words, fresh), abs=0.05
        ), "make the weights again: python -m tickets.domain.severity.training"


def test_training_finds_the_minimum_of_its_loss() -> None:
    data = design(FEW)
    kernel = data.kernel()
    dual = solve(kernel, data.truth, data.weight)
    chances = np.exp(kernel @ dual)
    chances /= chances.sum(axis=1, keepdims=True)
    slope = data.truth - chances - 0.1 * dual / data.weight[:, None]
    assert np.abs(slope).max() < 1e-2


def test_a_heavier_case_is_believed_more() -> None:
    said = "the blue lamp hums"
    light = [Case(subject="", body=said, severity=Severity.S1, weight=0.3)]
    heavy = [Case(subject="", body=said, severity=Severity.S1, weight=30.0)]

    def chance(extra: list[Case]) -> float:
        weights = unpack(train([*FEW, *extra]))
        prose, reading, _ = read_message(subject="", body=said)
        values = odds(reading, table.decide(reading), plain_words(prose.folded), weights)
        return values[0] - max(values[1:])

    assert chance(heavy) > chance(light)


def test_loud_words_are_not_weighed() -> None:
    assert plain_words("urgente no va | el telefono ¶ asap ?") == ["no", "va", "el", "telefono"]
    _, loud, _ = read_message(subject="", body="¡Es urgente! ¿Cómo exporto un informe?")
    heard = signal_features(loud, table.decide(loud))
    assert not any(name.startswith("urgency") for name in heard)


def test_words_have_a_share_in_the_decision() -> None:
    shares = dict(pulls(["todos", "parados"], Severity.S1, Severity.S4, shipped()))
    assert shares["parados"] > 0
    assert not any(value for _, value in pulls(["a", "b"], Severity.S1, Severity.S1, shipped()))


def test_a_missed_outage_costs_more_than_a_false_alarm() -> None:
    assert cheapest((0.45, 0.55, 0.0, 0.0)) is Severity.S1
    assert cheapest((0.25, 0.75, 0.0, 0.0)) is Severity.S2
    assert cheapest((0.0, 0.0, 0.4, 0.6)) is Severity.S4


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "nonsense", json.dumps({"version": 1, "table": ["AAAA"], "signals": {}})],
)
def test_what_is_no_set_of_weights_is_refused(text: str) -> None:
    with pytest.raises(BadWeights):
        unpack(text)


def test_a_failure_that_is_over_stays_a_message_without_one_whatever_the_words() -> None:
    verdict = classify(
        channel="",
        subject="",
        body="Ayer nadie podía llamar, todos parados, centralita muerta. Ya va todo bien.",
    )
    assert verdict.severity is Severity.S4


def test_the_words_that_spoke_are_quoted_as_they_were_written() -> None:
    reasons = classify(
        channel="", subject="", body="Llevo toda la mañana mirando un teléfono MUDO."
    ).reasons
    said = [reason.text for reason in reasons if reason.signal == "wording"]
    assert said
    assert all(text in "Llevo toda la mañana mirando un teléfono MUDO." for text in said)


def test_the_version_names_rules_and_weights() -> None:
    version = classify(channel="", subject="", body="x").version
    assert version.startswith("rules-")
    assert version.endswith(shipped().version)
