"""The index of the lexicons: fast, fresh, and the same answers as a search for every pattern."""

import json
import logging
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tickets.test_severity import CASES
from tickets.domain.severity import lexicon, reading
from tickets.domain.severity.cleaning import newest_message
from tickets.domain.severity.lexicon import Expression, Lexicon, lexicons
from tickets.domain.severity.lexicon_files import INDEX
from tickets.domain.severity.openings import UnknownSyntax, alternatives, openings
from tickets.domain.severity.patterns import Pattern, build, patterns
from tickets.domain.severity.prose import read_prose
from tickets.domain.severity.rules import read_message

SENTENCES = [text for pattern in patterns() for text in (*pattern.tests, *pattern.counter)]
WORDS = sorted({word for sentence in SENTENCES for word in sentence.split()})
# Words alone seldom meet: half of a salad are whole sentences, or beginnings of them.
PIECES = st.one_of(
    st.sampled_from(SENTENCES),
    st.sampled_from(SENTENCES).flatmap(
        lambda text: st.integers(1, len(text)).map(lambda end: text[:end])
    ),
    st.sampled_from(WORDS),
    st.sampled_from([*".,?!-\n", "no", "nao", "not", "nicht", "pas", "si", "ya", "100 %"]),
)
SALADS = st.lists(PIECES, max_size=40).map(" ".join)


@cache
def matchers(language: str) -> dict[str, tuple[re.Pattern[str], dict[str, Pattern]]]:
    """The plain way: one expression per signal that tries every pattern at every place."""
    signals: dict[str, dict[str, Pattern]] = {}
    for pattern in patterns():
        if pattern.language == language:
            name = pattern.id.replace(".", "__")
            signals.setdefault(pattern.signal, {})[name] = pattern
    return {
        signal: (
            re.compile(
                rf" (?:{'|'.join(f'(?P<{name}>{p.regex})' for name, p in named.items())})(?![^ ])"
            ),
            named,
        )
        for signal, named in signals.items()
    }


def plain_matches(
    folded: str, _words: list[str], using: Lexicon
) -> Iterator[tuple[Expression, re.Match[str]]]:
    """An oracle for `reading._matches`."""
    found = [
        (Expression(signal, named[match.lastgroup or ""].weight, ""), match)
        for signal, (matcher, named) in matchers(using.language).items()
        for match in matcher.finditer(f" {folded}")
    ]
    yield from sorted(found, key=lambda pair: pair[1].start())


def assert_read_alike(subject: str, body: str) -> None:
    fast = read_message(subject=subject, body=body)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_matches", plain_matches)
        assert read_message(subject=subject, body=body) == fast


@settings(deadline=None)
@given(st.sampled_from(["", *SENTENCES]), SALADS)
def test_any_salad_of_words_is_read_as_by_a_search_for_every_pattern(
    subject: str, body: str
) -> None:
    assert_read_alike(subject, body)


@pytest.mark.parametrize("part", range(8))
def test_labelled_tickets_are_read_as_by_a_search_for_every_pattern(part: int) -> None:
    for case in CASES[part::40]:
        assert_read_alike(case.subject, case.body)


def test_every_sentence_of_the_lexicons_is_read_as_by_a_search_for_every_pattern() -> None:
    for sentence in SENTENCES:
        for using in lexicons().values():
            folded = read_message(subject="", body=sentence)[0].folded
            words = folded.split(" ")
            fast = reading._matches(folded, words, using)
            plain = plain_matches(folded, words, using)
            assert [(e.signal, e.weight, m.span()) for e, m in fast] == [
                (e.signal, e.weight, m.span()) for e, m in plain
            ]


def test_the_index_was_made_of_these_lexicons() -> None:
    shipped = json.loads(INDEX.read_text("utf-8"))
    assert shipped == json.loads(json.dumps(build())), (
        "run python -m tickets.domain.severity.indexing"
    )


def test_a_lexicon_that_was_changed_is_indexed_at_start_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    shipped = lexicon._data()
    stale = tmp_path / "lexicon.json"
    stale.write_text(json.dumps({"checksum": 0, "lexicons": {}}), "utf-8")
    monkeypatch.setattr(lexicon, "INDEX", stale)
    with caplog.at_level(logging.WARNING):
        data = lexicon._data.__wrapped__()
    assert json.loads(json.dumps(data)) == shipped
    assert ["out of date" in record.message for record in caplog.records] == [True]


@pytest.mark.parametrize(
    ("regex", "found"),
    [
        ("no (?:va|funciona)", {"no": {"va", "funciona"}}),
        ("no(?: (?:me|nos))* va", {"no": {"me", "nos", "va"}}),
        ("(?:ya )?va bien", {"ya": {"va"}, "va": {"bien"}}),
        ("no", {"no": None}),
        ("no va?", {"no": {"v", "va"}}),
        (r"contest\w* nada", {"contest": {"nada"}, "contest*": None}),
        (r"no contest\w*", {"no": None}),
        ("(?<!de )[ab]x (?!y)z", {"ax": {"z"}, "bx": {"z"}}),
        ("[12]+ pct", {"1": {"pct"}, "2": {"pct"}, "1*": None, "2*": None}),
        ("a{2} b", {"a": {"b"}, "a*": None}),
        ("[^ ]+ va", {"*": None}),
    ],
)
def test_the_beginnings_of_an_expression(regex: str, found: dict[str, set[str] | None]) -> None:
    assert openings(regex) == found


@pytest.mark.parametrize(
    ("regex", "found"),
    [
        ("a|b c", ["a", "b c"]),
        ("(?:a|(?:b|c))", ["a", "b", "c"]),
        ("(?<!x )(?:a|b)(?! y)", ["(?<!x )a(?! y)", "(?<!x )b(?! y)"]),
        ("(?:a|b)?", ["(?:a|b)?"]),
        ("(?:a|b) (?:c|d)", ["(?:a|b) (?:c|d)"]),
        ("[|]|a", ["[|]", "a"]),
    ],
)
def test_the_alternatives_of_an_expression(regex: str, found: list[str]) -> None:
    assert list(alternatives(regex)) == found


@pytest.mark.parametrize("regex", ["a.b", "^a", r"\bno", "(no)", "(?P<x>no)"])
def test_what_the_index_cannot_read_is_refused(regex: str) -> None:
    with pytest.raises(UnknownSyntax):
        openings(regex)


@pytest.mark.parametrize(
    ("body", "newest"),
    [
        ("\n" * 300_000 + "No va nada", "No va nada"),
        ("> no va\n" * 60_000 + "Ya va, gracias", "Ya va, gracias"),
        (">\n" * 300_000 + "Ya va, gracias", "Ya va, gracias"),
        ("fyi\n" + "Forwarded message\n" * 60_000, "fyi"),
        ("Forwarded message\n" + "\n" * 60_000 + "No va nada", "No va nada"),
    ],
)
def test_a_message_is_found_however_much_stands_around_it(body: str, newest: str) -> None:
    assert newest_message(body) == newest


def test_a_word_said_again_and_again_counts_as_said_three_times() -> None:
    assert read_prose("No no no no no va. No").folded == "no no no va ¶ no"
