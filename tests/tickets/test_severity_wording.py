"""The wording layer: the same sum two ways, weights that come from the cases, limits it keeps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tickets.test_severity import CASES
from tickets.domain.severity import classify
from tickets.domain.severity.rules import read_message
from tickets.domain.severity.training import train
from tickets.domain.severity.wording import (
    CLASSES,
    Weights,
    features,
    heaviest,
    lean,
    plain_words,
    shipped,
    unpack,
)
from tickets.domain.words import Severity

WORDS = st.lists(st.text("abcdeñß ", min_size=1, max_size=60).map(str.strip), max_size=30)


def slow_lean(words: list[str], weights: Weights) -> list[float]:
    """An oracle: the plain dot product over the feature vector."""
    totals = list(weights.offsets)
    for bucket, value in features(words).items():
        for place in range(len(CLASSES)):
            raised = weights.packed[bucket] >> (24 * place) & 0xFFFFFF
            totals[place] += value * (raised - 128) * weights.scale
    return totals


@given(WORDS)
def test_the_fast_sum_is_the_dot_product(words: list[str]) -> None:
    assert lean(words) == pytest.approx(slow_lean(words, shipped()), abs=1e-6)


def test_the_shipped_weights_are_those_of_the_labelled_cases() -> None:
    fresh = unpack(train(CASES))
    for case in CASES[::40]:
        prose, _, _ = read_message(subject=case["subject"], body=case["body"])
        words = plain_words(prose.folded)
        assert lean(words) == pytest.approx(slow_lean(words, fresh), abs=0.05)


def test_loud_words_are_not_weighed() -> None:
    assert plain_words("urgente no va | el telefono ¶ asap ?") == ["no", "va", "el", "telefono"]


def test_the_heaviest_words_are_named() -> None:
    words = ["todos", "parados", "gracias"]
    assert "parados" in heaviest(words, Severity.S1, Severity.S4)
    assert heaviest(words, Severity.S1, Severity.S1) == []


def test_unfamiliar_words_can_still_make_a_critical_ticket_and_are_shown() -> None:
    verdict = classify(
        channel="",
        subject="",
        body="Los operadores le dan a descolgar y la llamada se desvanece. A los nueve les pasa.",
    )
    assert verdict.severity in (Severity.S1, Severity.S2)


def test_a_failure_that_is_over_stays_a_message_without_one_whatever_the_words() -> None:
    verdict = classify(
        channel="",
        subject="",
        body="Ayer nadie podía llamar, todos parados, centralita muerta. Ya va todo bien.",
    )
    assert verdict.severity is Severity.S4


def test_the_version_names_rules_and_weights() -> None:
    version = classify(channel="", subject="", body="x").version
    assert version.startswith("rules-")
    assert version.endswith(shipped().version)
