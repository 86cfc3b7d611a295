"""What counts as evidence, what a score is, when new weights are refused, how sure a share is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.domain.severity_evidence import (
    CONFIRMED_WEIGHT,
    CORRECTED_WEIGHT,
    MOST_CONFIRMED,
    MOST_CORRECTED,
    CorrectionMode,
    Evidence,
    choose_evidence,
)
from tickets.domain.severity_score import (
    LOST_S1,
    LOWER_SCORE,
    Judged,
    estimated_recall,
    score_of,
    scores_by_language,
    why_refused,
    wilson,
)
from tickets.domain.words import Severity

S1, S2, S3, S4 = Severity


def evidence(
    message: int,
    *,
    ticket: int | None = None,
    customer: int | None = 1,
    mode: CorrectionMode = CorrectionMode.MISJUDGED,
    severity: Severity = S1,
) -> Evidence:
    return Evidence(
        ticket_id=ticket or message,
        message_id=message,
        customer_id=customer,
        mode=mode,
        severity=severity,
    )


def judged(*pairs: str) -> list[Judged]:
    """From "S1>S2": true S1, said S2."""
    return [Judged(truth=Severity(pair[:2]), said=Severity(pair[3:5])) for pair in pairs]


def test_the_last_word_on_a_text_counts_and_no_other() -> None:
    counted = choose_evidence([evidence(1, severity=S2), evidence(1, severity=S4)])
    assert [(each.severity, each.weight) for each in counted] == [(S2, CORRECTED_WEIGHT)]


def test_what_got_worse_says_nothing_about_the_verdict() -> None:
    rows = [evidence(1, mode=CorrectionMode.GOT_WORSE, severity=S1), evidence(1, severity=S3)]
    assert [each.severity for each in choose_evidence(rows)] == [S3]


def test_a_confirmation_weighs_little() -> None:
    (only,) = choose_evidence([evidence(1, mode=CorrectionMode.CONFIRMED)])
    assert only.weight == CONFIRMED_WEIGHT == 0.3


def test_at_most_three_of_a_ticket_and_twenty_of_a_customer_count_newest_first() -> None:
    of_one_ticket = [evidence(n, ticket=7) for n in range(1, 6)]
    assert [each.message_id for each in choose_evidence(of_one_ticket)] == [1, 2, 3]
    of_one_customer = [evidence(n) for n in range(1, 31)]
    assert [each.message_id for each in choose_evidence(of_one_customer)] == list(range(1, 21))
    others = [evidence(n, customer=2) for n in range(31, 41)]
    assert len(choose_evidence([*of_one_customer, *others])) == 30


def test_tickets_of_no_customer_are_no_common_voice() -> None:
    assert len(choose_evidence([evidence(n, customer=None) for n in range(1, 31)])) == 30


def test_many_confirmations_do_not_push_out_corrections() -> None:
    weak = [evidence(n, mode=CorrectionMode.CONFIRMED) for n in range(1, 50)]
    counted = choose_evidence([*weak, evidence(99)])
    assert [each.weight for each in counted].count(CORRECTED_WEIGHT) == 1


def test_a_training_is_bounded() -> None:
    many = range(1, 2000)
    assert len(choose_evidence(evidence(n, customer=n) for n in many)) == MOST_CORRECTED
    weak = [evidence(n, customer=n, mode=CorrectionMode.CONFIRMED) for n in many]
    assert len(choose_evidence(weak)) == MOST_CONFIRMED


def test_a_score_counts_each_class_alike() -> None:
    score = score_of(judged("S1>S1", "S1>S2", "S4>S4", "S4>S4", "S4>S1"))
    assert score.s1_recall == 0.5
    assert score.false_s1_per_1000 == 200.0
    # F1 of S1: 2/(2+2), of S2: 0, of S4: 4/(2+3); S3 does not occur.
    assert score.macro_f1 == pytest.approx((0.5 + 0 + 0.8) / 3, abs=1e-4)
    assert score_of([]).s1_recall is None


def test_each_language_has_its_score() -> None:
    cases = [
        Judged(truth=S1, said=S1, language="es"),
        Judged(truth=S1, said=S4, language="de"),
    ]
    scores = scores_by_language(cases)
    assert {language: score.s1_recall for language, score in scores.items()} == {"de": 0, "es": 1}


@pytest.mark.parametrize(
    ("after", "refusal"),
    [
        (judged("S1>S1", *["S3>S3"] * 99), ""),
        (judged("S1>S2", *["S3>S3"] * 99), LOST_S1),
        (judged("S1>S1", *["S3>S3"] * 98, "S3>S4"), LOWER_SCORE),
    ],
)
def test_new_weights_may_lose_no_s1_and_hardly_any_score(after: list[Judged], refusal: str) -> None:
    assert why_refused(judged("S1>S1", *["S3>S3"] * 99), after) == refusal


def test_an_s1_that_was_missed_before_may_be_missed_again() -> None:
    before = judged("S1>S2", *["S3>S3"] * 9)
    assert why_refused(before, before) == ""


def test_wilsons_interval_is_the_published_one() -> None:
    none_of_fifty = wilson(0, 50)
    assert none_of_fifty is not None
    assert (none_of_fifty.low, none_of_fifty.high) == (0.0, pytest.approx(0.07135, abs=1e-4))
    half = wilson(5, 10)
    assert half is not None
    assert (half.low, half.high) == (
        pytest.approx(0.2366, abs=1e-4),
        pytest.approx(0.7634, abs=1e-4),
    )
    assert wilson(0, 0) is None


def test_the_recall_weighs_what_the_sample_says_of_all_that_nobody_looked_at() -> None:
    recall = estimated_recall(found=18, known_missed=1, unseen=500, missed_in_sample=1, sample=50)
    assert recall is not None
    # One in 50 is 10 in 500.
    assert recall.value == pytest.approx(18 / 29)
    assert recall.low < recall.value < recall.high < 18 / 19


def test_without_answers_or_without_any_s1_nothing_is_claimed() -> None:
    assert (
        estimated_recall(found=9, known_missed=0, unseen=90, missed_in_sample=0, sample=0) is None
    )
    assert (
        estimated_recall(found=0, known_missed=0, unseen=90, missed_in_sample=0, sample=50) is None
    )


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 5000), st.data())
def test_a_recall_lies_between_its_bounds(
    found: int, missed: int, unseen: int, data: st.DataObject
) -> None:
    sample = data.draw(st.integers(1, 50))
    hits = data.draw(st.integers(0, sample))
    recall = estimated_recall(
        found=found, known_missed=missed, unseen=unseen, missed_in_sample=hits, sample=sample
    )
    if recall is not None:
        assert 0 <= recall.low <= recall.value + 1e-9
        assert recall.value <= recall.high + 1e-9 <= 1 + 1e-8
