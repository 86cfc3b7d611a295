"""The sample world's words and order, without servers."""

import io
import random
import re
import struct
import zlib
from datetime import UTC, datetime

import pytest

from sivo_support.demo import texts
from sivo_support.demo.people import Person
from sivo_support.demo.pictures import bar_chart
from sivo_support.demo.rich_letters import rich_letter
from sivo_support.demo.screen import Screen
from tickets.domain.severity import classify
from tickets.inbound.email import parse_mail

MARK = re.compile(r"[{}]")
SEVERITIES = {
    "crisis": "S1",
    "crisis_live": "S1",
    "late_night": "S1",
    "unknown": "S1",
    "degraded": "S2",
    "lowered": "S2",
    "late_open": "S3",
    "illustrated": "S3",
    "unreached": "S4",
    "refused": "S4",
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


def test_the_formatted_letter_is_read_with_its_picture_and_its_file() -> None:
    raw = rich_letter(
        person=Person(name="Bob", email="bob@acme.example"),
        subject="Chart",
        text="Look at <this>.",
        at=datetime(2026, 11, 23, 9, tzinfo=UTC),
        language="en",
    )
    mail = parse_mail(raw, own_mx_hosts=[])
    assert "Look at <this>." in mail.body
    assert "Look at &lt;this&gt;." in mail.html
    assert "https://images.acme.example/logo.png" in mail.html
    files = {file.name: (file.media_type, file.is_inline) for file in mail.attachments}
    assert files == {
        "answer-times.png": ("image/png", True),
        "queue-export.csv": ("text/csv", False),
    }


def test_a_chart_is_a_picture_of_its_bars() -> None:
    picture = bar_chart([1, 2, 3], height=60, threshold=2.5)
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", picture[16:24]) == (2 * 12 + 3 * 36, 60)
    rows = zlib.decompress(picture[41 : picture.index(b"IEND") - 8])
    assert len(rows) == 60 * (1 + 3 * 132)
    assert b"\xb3\x16\x1b" in rows
