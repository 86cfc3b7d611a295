"""Tickets that nothing is learned from: only their totals are looked at."""

import pytest

from tickets.domain.severity.cases import regression_cases, shipped_cases
from tickets.domain.severity.evaluation import interval, judged, score
from tickets.domain.severity_score import Judged, score_of
from tickets.domain.words import Severity

UNSEEN = judged(regression_cases())
TOTAL = score(UNSEEN)


def test_unseen_tickets_are_judged_as_a_person_did() -> None:
    assert TOTAL.macro_f1 >= 0.84
    assert min(each or 0.0 for each in TOTAL.f1) >= 0.80


def test_unseen_critical_tickets_are_found_or_somebody_is_called() -> None:
    assert (TOTAL.s1_recall or 0.0) >= 0.92
    assert (TOTAL.s1_caught or 0.0) >= 0.98


def test_few_other_tickets_wake_somebody_or_ask_for_a_person() -> None:
    assert TOTAL.false_s1 <= 0.07
    critical = [outcome for outcome in UNSEEN if outcome.said is Severity.S1]
    right = sum(outcome.case.severity is Severity.S1 for outcome in critical)
    assert right / len(critical) >= 0.82
    assert TOTAL.triage <= 0.20


def test_the_confidence_can_be_believed() -> None:
    assert TOTAL.calibration_error <= 0.07


def test_both_pages_mean_the_same_by_their_scores() -> None:
    told = score_of(
        [
            Judged(truth=each.case.severity, said=each.said, language=each.case.language)
            for each in UNSEEN
        ]
    )
    assert told.macro_f1 == pytest.approx(TOTAL.macro_f1, abs=1e-4)
    assert told.s1_recall == pytest.approx(TOTAL.s1_recall, abs=1e-4)
    calm = [outcome for outcome in UNSEEN if outcome.case.severity is not Severity.S1][:40]
    assert score(calm).s1_recall is None


def test_the_interval_holds_the_total() -> None:
    low, high = interval(UNSEEN, lambda total: total.macro_f1)
    assert low < TOTAL.macro_f1 < high


def test_no_unseen_ticket_is_learned_from() -> None:
    learned = {case.body for case in shipped_cases()}
    assert learned.isdisjoint(case.body for case in regression_cases())


def test_each_severity_and_language_is_told_often_enough() -> None:
    cases = shipped_cases()
    assert len(cases) >= 1000
    for severity in ("S1", "S2", "S3", "S4"):
        assert sum(case.severity == severity for case in cases) >= 200
    for language in ("es", "en", "pt", "de", "fr"):
        assert sum(case.language == language for case in cases) >= 200
