"""Every pattern of the lexicons hears its own sentences and nothing that it must not hear."""

import re

import pytest

from tickets.domain.severity.lexicon import Lexicon, lexicons
from tickets.domain.severity.patterns import Pattern, patterns
from tickets.domain.severity.prose import fold, read_prose

PATTERNS = [
    pytest.param(lexicons()[pattern.language], pattern, id=pattern.id) for pattern in patterns()
]


def hears(lexicon: Lexicon, pattern: Pattern, sentence: str) -> bool:
    prose = read_prose(sentence, breaks=lexicon.breaks, spellings=lexicon.spellings)
    return re.search(rf"(?<![^ ])(?:{pattern.regex})(?![^ ])", prose.folded) is not None


@pytest.mark.parametrize(("lexicon", "pattern"), PATTERNS)
def test_a_pattern_hears_its_own_sentences(lexicon: Lexicon, pattern: Pattern) -> None:
    assert [text for text in pattern.tests if not hears(lexicon, pattern, text)] == []
    assert [text for text in pattern.counter if hears(lexicon, pattern, text)] == []


@pytest.mark.parametrize(("lexicon", "pattern"), PATTERNS)
def test_a_pattern_is_written_for_folded_text(lexicon: Lexicon, pattern: Pattern) -> None:
    assert pattern.tests
    assert pattern.regex.replace("¶", "").isascii()
    assert not any(quantifier in pattern.regex for quantifier in (".*", ".+"))


def test_urgent_words_weigh_nothing() -> None:
    assert {pattern.weight for pattern in patterns() if pattern.signal == "urgency"} == {0.0}


@pytest.mark.parametrize(
    ("word", "folded"),
    [("Está", "esta"), ("CAN'T", "cant"), ("l’API", "l api"), ("nooo", "no"), ("Sivo's", "sivo")],
)
def test_words_are_folded(word: str, folded: str) -> None:
    assert fold(word) == folded
