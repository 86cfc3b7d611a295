"""The lexicons as they are used: which expressions are worth trying at which word.

They are written in `lexicon/*.toml`; `indexing` makes `lexicon.json` of them, which is read here.
"""

import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, TypeAlias

from tickets.domain.severity.lexicon_files import INDEX, checksum
from tickets.domain.severity.patterns import build

logger = logging.getLogger(__name__)

_REMEMBERED_WORDS = 8192


class Expression:
    """An alternative of a pattern. Most are never needed: it is compiled when first tried.

    `match` looks at a blank of the text, takes it in, and ends at the end of a word.
    """

    __slots__ = ("match", "regex", "signal", "weight")
    match: Callable[[str, int], re.Match[str] | None]

    def __init__(self, signal: str, weight: float, regex: str) -> None:
        self.signal = signal
        self.weight = weight
        self.regex = regex
        self.match = self._first_match

    def _first_match(self, text: str, at: int) -> re.Match[str] | None:
        self.match = re.compile(rf" (?:{self.regex})(?![^ ])").match
        return self.match(text, at)


# The words that may follow the first one; None: any, or none.
Candidates: TypeAlias = Sequence[tuple[Expression, frozenset[str] | None]]


class Index:
    """The expressions of a language under the words with which their matches begin."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.expressions = tuple(
            Expression(signal, weight, regex)
            for signal, patterns in data["signals"].items()
            for weight, regexes in patterns
            for regex in regexes
        )
        self._seconds = [frozenset(words.split()) or None for words in data["seconds"]]
        self._words: Mapping[str, list[int]] = data["words"]
        self._stems = sorted({len(word) - 1 for word in self._words if word.endswith("*")})
        self.candidates: Callable[[str], Candidates] = lru_cache(_REMEMBERED_WORDS)(self._find)

    def _find(self, word: str) -> Candidates:
        """What can begin at a word, in the order in which it must be tried."""
        found: dict[int, frozenset[str] | None] = {}
        for key in (word, *(f"{word[:length]}*" for length in self._stems)):
            numbers = iter(self._words.get(key, ()))
            for number, place in zip(numbers, numbers, strict=True):
                found[number] = None if number in found else self._seconds[place]
        return tuple((self.expressions[number], found[number]) for number in sorted(found))


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything known about one language: expressions, negations, clause openers, common words.

    `awaited` words ("until") put a recovery in the future.
    """

    language: str
    version: str
    index: Index
    negations: frozenset[str]
    breaks: frozenset[str]
    common: frozenset[str]
    interrogatives: frozenset[str]
    awaited: frozenset[str]
    spellings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The lexicons with which a message is read, and their words taken together."""

    lexicons: tuple[Lexicon, ...]
    breaks: frozenset[str]
    starters: frozenset[str]
    interrogatives: frozenset[str]
    spellings: Mapping[str, str]


@cache
def lexicons() -> Mapping[str, Lexicon]:
    """All shipped lexicons by language code. Raises BadLexicon."""
    return {language: _lexicon(language, data) for language, data in _data()["lexicons"].items()}


@cache
def foreign() -> Mapping[str, Sequence[str]]:
    """Common words of the languages that we recognise but have no lexicon for."""
    return {language: words.split() for language, words in _data()["foreign"].items()}


@cache
def vocabulary(languages: tuple[str, ...]) -> Vocabulary:
    """The lexicons of these languages together."""
    using = tuple(lexicons()[language] for language in languages)
    return Vocabulary(
        lexicons=using,
        breaks=frozenset[str]().union(*(lexicon.breaks for lexicon in using)),
        # German writes nouns with a capital: there it says nothing.
        starters=frozenset[str]().union(*(lex.common for lex in using if lex.language != "de")),
        interrogatives=frozenset[str]().union(*(lexicon.interrogatives for lexicon in using)),
        spellings={bad: good for lexicon in using for bad, good in lexicon.spellings.items()},
    )


@cache
def version() -> str:
    """One text that changes whenever a lexicon does."""
    newest = max(lexicon.version for lexicon in lexicons().values())
    return f"rules-{newest}"


@cache
def _data() -> Mapping[str, Any]:
    data: Mapping[str, Any] = json.loads(INDEX.read_text("utf-8")) if INDEX.exists() else {}
    if data.get("checksum") != checksum():
        logger.warning("lexicon.json is out of date: run python -m %s.indexing", __package__)
        data = build()
    return data


def _lexicon(language: str, data: Mapping[str, Any]) -> Lexicon:
    return Lexicon(
        language=language,
        version=data["version"],
        index=Index(data),
        negations=frozenset(data["negations"].split()),
        breaks=frozenset(data["breaks"].split()),
        common=frozenset(data["common"].split()),
        interrogatives=frozenset(data["interrogatives"].split()),
        awaited=frozenset(data["awaited"].split()),
        spellings=data["spellings"],
    )
