"""What stands in `lexicon.json`: the lexicons' patterns, written out and cut into expressions.

Each of them stands under the words that its matches begin with.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tickets.domain.severity.lexicon_files import FOREIGN, LEXICONS, BadLexicon, checksum
from tickets.domain.severity.openings import alternatives, openings

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
_WORD_LISTS = ("negations", "breaks", "common", "interrogatives", "awaited")


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


def patterns() -> list[Pattern]:
    """All of them, as they stand in the files. Raises BadLexicon."""
    return [pattern for parts in _sources().values() for pattern in _patterns(parts)]


def build() -> dict[str, Any]:
    """What stands in `lexicon.json`."""
    return {
        "checksum": checksum(),
        "foreign": tomllib.loads(FOREIGN.read_text("utf-8")),
        "lexicons": {language: _lexicon(parts) for language, parts in _sources().items()},
    }


def _sources() -> Mapping[str, list[dict[str, Any]]]:
    sources: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(LEXICONS.glob("*.toml")):
        data = tomllib.loads(path.read_text("utf-8"))
        sources.setdefault(data["language"], []).append(data)
    return sources


def _patterns(parts: list[dict[str, Any]]) -> Iterator[Pattern]:
    language = parts[0]["language"]
    classes = dict(_BUILT_IN)
    for part in parts:
        for name, body in part.get("classes", {}).items():
            classes[name] = f"(?:{_expand(body, classes, name)})"
    seen: set[str] = set()
    for row in (row for part in parts for row in part.get("patterns", [])):
        if row["id"] in seen:
            raise BadLexicon(f"two patterns are called {language}.{row['id']}")
        seen.add(row["id"])
        yield Pattern(
            id=f"{language}.{row['id']}",
            signal=row["signal"],
            weight=float(row["weight"]),
            language=language,
            regex=_expand(row["match"], classes, row["id"]),
            tests=tuple(row["tests"]),
            counter=tuple(row.get("counter", ())),
        )


def _expand(body: str, classes: Mapping[str, str], owner: str) -> str:
    def replace(match: re.Match[str]) -> str:
        if match[1] not in classes:
            raise BadLexicon(f"{owner}: <{match[1]}> is not defined above it")
        return classes[match[1]]

    return _CLASS.sub(replace, body)


def _lexicon(parts: list[dict[str, Any]]) -> dict[str, Any]:
    signals: dict[str, list[tuple[float, list[str]]]] = {}
    for pattern in _patterns(parts):
        rows = signals.setdefault(pattern.signal, [])
        rows.append((pattern.weight, list(alternatives(pattern.regex))))
    regexes = [regex for rows in signals.values() for _, found in rows for regex in found]
    return {
        "version": max(part["version"] for part in parts),
        **{
            name: " ".join(sorted({word for part in parts for word in part.get(name, "").split()}))
            for name in _WORD_LISTS
        },
        "spellings": {
            bad: good for part in parts for bad, good in part.get("spellings", {}).items()
        },
        "signals": signals,
        **_index(regexes),
    }


def _index(regexes: list[str]) -> dict[str, Any]:
    """Under each first word: number of an expression, number of its second words, and so on."""
    seconds: dict[str, int] = {"": 0}
    words: dict[str, list[int]] = {}
    for number, regex in enumerate(regexes):
        for first, following in sorted(openings(regex).items()):
            place = seconds.setdefault(" ".join(sorted(following or ())), len(seconds))
            words.setdefault(first, []).extend((number, place))
    return {"seconds": list(seconds), "words": words}
