"""The internal objectives: complete, apart from the promises, strictly read."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from sla.domain.terms.document import UnknownPlanError, terms_by_version
from sla.domain.terms.objectives import (
    METRICS,
    OBJECTIVES_FOLDER,
    load_objectives_document,
    objectives_in_force,
    shipped_objectives,
)
from sla.domain.terms.reader import TermsError
from sla.domain.terms.records import PLAN_CODES
from tickets.domain.words import Severity

FIRST = (OBJECTIVES_FOLDER / "2026-11.toml").read_bytes()


def test_every_plan_has_an_objective_for_each_metric_and_severity():
    document = shipped_objectives()[0]
    for code in PLAN_CODES:
        plan = document.plan(code)
        assert plan.calendar == terms_by_version("2026-11").plan(code).calendar
        for metric in METRICS:
            allowances = [plan.objective(metric, severity).allowance_us for severity in Severity]
            assert allowances == sorted(allowances)
            assert allowances[0] > 0


def test_the_first_response_is_a_promise_and_no_objective():
    assert "first_response" not in METRICS
    with pytest.raises(TermsError, match="next_response, resolution"):
        shipped_objectives()[0].plan("pro").objective("first_response", Severity.S1)


def test_a_clock_is_at_risk_from_three_quarters_on():
    assert shipped_objectives()[0].at_risk_fraction == Decimal("0.75")


def test_objectives_hold_before_their_date_for_lack_of_older_ones():
    assert objectives_in_force(datetime(2020, 1, 1, tzinfo=UTC)).version == "2026-11"
    assert objectives_in_force(datetime(2030, 1, 1, tzinfo=UTC)).version == "2026-11"
    assert len(shipped_objectives()[0].sha256) == 64


def test_an_unknown_plan_has_no_objectives():
    with pytest.raises(UnknownPlanError, match="'gold'"):
        shipped_objectives()[0].plan("gold")


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("internal = true", "internal = false", "internal must be true"),
        ('at_risk_fraction = "0.75"', 'at_risk_fraction = "0"', "at_risk_fraction must be above 0"),
        ('at_risk_fraction = "0.75"', 'at_risk_fraction = "75"', "a number from 0 to 1"),
        ('calendar = "always"', 'calendar = "never"', r"plans\.enterprise\.calendar: there is no"),
        ("[plans.pro.resolution]", "[plans.pro.first_response]", r"pro\.resolution is missing"),
        (
            "S1 = { allowance_seconds = 97_200 }",
            'S1 = { allowance_seconds = 97_200, clause = "7" }',
            r"plans\.starter\.next_response\.S1\.clause is not known here",
        ),
    ],
)
def test_a_mistake_is_named_by_its_path(before, after, complaint):
    text = FIRST.decode()
    assert before in text
    with pytest.raises(TermsError, match=complaint):
        load_objectives_document(text.replace(before, after, 1).encode())
