"""The sample world's words and order, without servers."""

import io
import random
import re

import pytest

from sivo_support.demo import texts
from sivo_support.demo.screen import Screen
from tickets.domain.severity import classify

MARK = re.compile(r"[{}]")
SEVERITIES = {
    "crisis": "S1",
    "crisis_live": "S1",
    "late_night": "S1",
    "unknown": "S1",
    "degraded": "S2",
    "lowered": "S2",
    "late_open": "S3",
    "weekend": "S4",
}


@pytest.mark.parametrize(("scene", "severity"), SEVERITIES.items())
def test_a_scene_reads_as_severe_as_its_story_needs(scene: str, severity: str) -> None:
    words = texts.scenes()[scene]
    verdict = classify(channel="email", subject=words["subject"], body=words["text"])
    assert verdict.severity == severity


def test_the_misjudged_scene_is_not_taken_for_a_crisis() -> None:
    words = texts.scenes()["misjudged"]
    verdict = classify(channel="email", subject=words["subject"], body=words["text"])
    assert verdict.severity in {"S3", "S4"}


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_conversation_is_whole_and_filled_in(language: str) -> None:
    known = texts.conversations(language)
    assert len({each.subject for each in known}) == len(known)
    for conversation in known:
        filled = conversation.filled(random.Random(1))
        assert filled.subject
        assert filled.text
        assert filled.answer
        assert bool(filled.more) == bool(filled.final)
        assert not MARK.search(f"{filled.subject}{filled.text}{filled.answer}{filled.more}")


def test_there_is_somebody_on_every_plan_and_nobody_can_get_a_mail() -> None:
    customers = texts.people()["customer"]
    plans = [customer["plan"] for customer in customers]
    assert {plan: plans.count(plan) for plan in plans} == {"starter": 4, "pro": 5, "enterprise": 3}
    assert all(customer["domain"].endswith(".example") for customer in customers)


def test_a_screen_that_is_a_file_gets_plain_aligned_lines() -> None:
    out = io.StringIO()
    screen = Screen(out)
    with screen.step("Sample world") as step:
        screen.progress("Sample world", "12 Nov")
        step.note = "107 tickets"
    screen.table([("alice", "agent"), ("bob", "customer")])
    assert out.getvalue() == (
        "  Sample world                 0.0 s   107 tickets\n  alice   agent\n  bob     customer\n"
    )
