"""The words that decided, in the shown text: pieces of plain text, whole and in order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.admin.severity.highlight import Heard, highlight
from tickets.domain.severity import classify
from tickets.domain.severity.what_if import what_if
from tickets.domain.words import Severity


def marked(text: str, *heard: tuple[str, str]) -> list[tuple[str, str, bool]]:
    parts = highlight(text, [Heard(signal, words) for signal, words in heard])
    assert "".join(part.text for part in parts) == text
    return [(part.text, part.note, part.counts) for part in parts if part.note]


def test_a_reason_is_found_whatever_its_case_and_blanks() -> None:
    text = "Hola:\n\nNO  funciona\nnada desde ayer."
    assert marked(text, ("outage", "no funciona nada")) == [
        ("NO  funciona\nnada", "something is down", True)
    ]


def test_what_was_set_aside_says_why() -> None:
    assert marked("Ayer no funcionaba.", ("failure (past)", "no funcionaba")) == [
        ("no funcionaba", "something fails, set aside: in the past", False)
    ]


def test_spans_that_overlap_are_one() -> None:
    text = "No funciona nada aquí"
    found = marked(text, ("failure", "No funciona"), ("all", "funciona nada"), ("outage", "nada"))
    assert found == [
        (
            "No funciona nada",
            "something fails · everything or everybody · something is down",
            True,
        )
    ]


def test_a_quote_is_not_what_was_written_this_time() -> None:
    text = "Gracias.\n> no funciona nada\n"
    assert marked(text, ("outage", "no funciona nada")) == []
    own = "> no funciona nada\nSigue igual: no funciona nada."
    assert marked(own, ("outage", "no funciona nada")) == [
        ("no funciona nada", "something is down", True)
    ]
    assert highlight(own, [Heard("outage", "no funciona nada")])[0].text.startswith("> no funciona")


def test_a_piece_of_a_word_is_not_the_word() -> None:
    assert marked("kokoro y ko", ("outage", "ko")) == [("ko", "something is down", True)]


@given(st.text(max_size=200), st.lists(st.text(max_size=8), max_size=5))
def test_nothing_of_the_text_is_lost(text: str, words: list[str]) -> None:
    marked(text, *[("outage", word) for word in words])


@pytest.mark.parametrize(
    ("body", "severity", "expected"),
    [
        (
            "We cannot receive any calls, everything is down.",
            Severity.S1,
            {"workaround": Severity.S2, "mended": Severity.S4},
        ),
        (
            "Bei uns kommen seit heute keine Anrufe mehr an.",
            Severity.S1,
            {"workaround": Severity.S2, "mended": Severity.S4},
        ),
        ("¿Cómo exporto un informe?", Severity.S4, {"nobody": Severity.S1}),
    ],
)
def test_what_would_have_changed_it(
    body: str, severity: Severity, expected: dict[str, Severity]
) -> None:
    verdict = classify(channel="", subject="", body=body)
    assert verdict.severity is severity
    found = what_if(classify=classify, channel="", subject="", body=body, verdict=verdict)
    assert {each.code: each.severity for each in found}.items() >= expected.items()


def test_a_signature_does_not_swallow_the_sentence_that_is_added() -> None:
    body = "We cannot receive any calls.\n\n-- \nBob\nAcme"
    verdict = classify(channel="", subject="", body=body)
    found = what_if(classify=classify, channel="", subject="", body=body, verdict=verdict)
    assert "workaround" in {each.code for each in found}


def test_a_verdict_that_is_no_longer_given_is_not_explained_by_another() -> None:
    body = "We cannot receive any calls."
    other = classify(channel="", subject="", body="How do I export a report?")
    assert what_if(classify=classify, channel="", subject="", body=body, verdict=other) == ()
