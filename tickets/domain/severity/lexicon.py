"""The lexicons of `lexicon/*.toml`: versioned patterns, compiled once into one regex per signal."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

_CLASS = re.compile(r"<([A-Z][A-Z0-9_]*)>")
_WORD = r"[^ |¶?]+"
_DENIAL = (
    "no|not|tampoco|nunca|never|nao|nicht|pas|isnt|doesnt|wont|cant|arent|sin|without|sem|ohne|sans"
)
# <G3>: up to three words; <P3>: the same, none of which denies what follows.
_BUILT_IN = {
    **{f"G{most}": rf"(?: {_WORD}){{0,{most}}}" for most in range(1, 9)},
    **{f"P{most}": rf"(?: (?!(?:{_DENIAL})(?![^ ])){_WORD}){{0,{most}}}" for most in range(1, 9)},
}


class BadLexicon(ValueError):
    """A lexicon file is inconsistent; the message names the file's entry and the fault."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One reviewed expression of a signal, with sentences that it must and must not match."""

    id: str
    signal: str
    weight: float
    language: str
    regex: str
    tests: tuple[str, ...]
    counter: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything known about one language: patterns, negations, clause openers, common words.

    `matchers` look in a text with a blank before its first word, and take in the blank before it.
    `awaited` words ("until") put a recovery in the future.
    """

    language: str
    version: str
    patterns: Mapping[str, Pattern]
    matchers: Mapping[str, re.Pattern[str]]
    negations: frozenset[str]
    breaks: frozenset[str]
    common: frozenset[str]
    interrogatives: frozenset[str]
    awaited: frozenset[str]
    spellings: Mapping[str, str]


@cache
def lexicons() -> Mapping[str, Lexicon]:
    """All shipped lexicons by language code. Raises BadLexicon."""
    sources: dict[str, list[dict[str, Any]]] = {}
    folder = files(__package__) / "lexicon"
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.name.endswith(".toml"):
            data = tomllib.loads(entry.read_text("utf-8"))
            sources.setdefault(data["language"], []).append(data)
    return {language: _read(language, parts) for language, parts in sources.items()}


def version() -> str:
    """One text that changes whenever a lexicon does."""
    newest = max(lexicon.version for lexicon in lexicons().values())
    return f"rules-{newest}"


def _read(language: str, parts: list[dict[str, Any]]) -> Lexicon:
    classes: dict[str, str] = dict(_BUILT_IN)
    for part in parts:
        for name, body in part.get("classes", {}).items():
            classes[name] = f"(?:{_expand(body, classes, name)})"
    patterns: dict[str, Pattern] = {}
    for part in parts:
        for row in part.get("patterns", []):
            pattern = Pattern(
                id=f"{language}.{row['id']}",
                signal=row["signal"],
                weight=float(row["weight"]),
                language=language,
                regex=_expand(row["match"], classes, row["id"]),
                tests=tuple(row["tests"]),
                counter=tuple(row.get("counter", ())),
            )
            if pattern.id in patterns:
                raise BadLexicon(f"two patterns are called {pattern.id}")
            patterns[pattern.id] = pattern
    return Lexicon(
        language=language,
        version=max(part["version"] for part in parts),
        patterns=patterns,
        matchers=_compile(patterns),
        negations=_words(parts, "negations"),
        breaks=_words(parts, "breaks"),
        common=_words(parts, "common"),
        interrogatives=_words(parts, "interrogatives"),
        awaited=_words(parts, "awaited"),
        spellings={bad: good for part in parts for bad, good in part.get("spellings", {}).items()},
    )


def _expand(body: str, classes: Mapping[str, str], owner: str) -> str:
    def replace(match: re.Match[str]) -> str:
        if match[1] not in classes:
            raise BadLexicon(f"{owner}: <{match[1]}> is not defined above it")
        return classes[match[1]]

    return _CLASS.sub(replace, body)


def _compile(patterns: Mapping[str, Pattern]) -> dict[str, re.Pattern[str]]:
    branches: dict[str, list[str]] = {}
    for pattern in patterns.values():
        name = pattern.id.replace(".", "__")
        branches.setdefault(pattern.signal, []).append(f"(?P<{name}>{pattern.regex})")
    return {
        # A literal first: the engine then leaps from blank to blank.
        signal: re.compile(rf" (?:{'|'.join(bodies)})(?![^ ])")
        for signal, bodies in branches.items()
    }


def _words(parts: list[dict[str, Any]], key: str) -> frozenset[str]:
    return frozenset(word for part in parts for word in part.get(key, "").split())
