"""Folded words of a message, cut into clauses, each word tied to its place in the original."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, islice
from typing import TypeAlias

CLAUSE_END = "|"
SENTENCE_END = "¶"

# Each mark yields to a stronger one beside it.
_STRENGTH = {CLAUSE_END: 0, SENTENCE_END: 1, "?": 2}

_PIECES = (
    r"(?P<number>\d+(?:[.,:]\d+)+)"
    r"|(?P<word>[^\W_]+(?:['’´`][^\W_]+)*)"
    r"|(?P<percent>%)"
    r"|(?P<ask>\?)"
    r"|(?P<stop>[.!;…\n•])"
    r"|(?P<soft>[,:()\[\]—–]|(?<=\s)-(?=\s))"
)
_TOKEN = re.compile(_PIECES)
_TOKEN_OR_ADDRESS = re.compile(
    rf"(?P<drop>https?://\S+|www\.\S+|[\w.+-]{{1,200}}+@[\w.-]+)|{_PIECES}"
)
_CONTRACTION = re.compile(r"(?<=[a-z])['’´`](?=(?:t|re|ve|ll|d|m)$)")
# "it's" stays one word; "Sivo's" (is or has or the owner) loses its ending.
_JOINED_S = re.compile(r"^(it|that|what|there|here|how|who|where|he|she|let|yesterday)['’´`]s$")
# Without its apostrophe it would read as the past "were".
_WE_ARE = re.compile(r"^we['’´`]re$")
_OWNER_S = re.compile(r"(?<=[a-z]{2})['’´`]s$")
_APOSTROPHES = re.compile(r"['’´`]")
_LONG_RUN = re.compile(r"([a-z])\1{2,}")
_SOFT_WRAP_FROM = 60
# More than fit into what is read of a message, unless they are mere letters.
_MOST_TOKENS = 280
# "No no no no no": said once more it says no more.
_MOST_REPEATS = 3
# To remember the folded form of.
_TOO_LONG = 40
_FIXED: Mapping[str | None, str] = {"percent": "pct", "ask": "?", "soft": CLAUSE_END}

# A folded word or a mark, and its span in the original.
Token: TypeAlias = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Tokens:
    """The words of a text one by one, and the marks between them."""

    original: str
    found: tuple[Token, ...]

    def words(self) -> list[str]:
        """The folded words alone."""
        return [folded for folded, _, _ in self.found if folded not in _STRENGTH]


@dataclass(frozen=True, slots=True)
class Prose:
    """`folded` holds plain words with `|` between clauses and `¶` (`?` when asked) after sentences.

    `starts`, `sources` tie offsets of `folded` to spans of `original`.
    """

    original: str
    folded: str
    words: tuple[str, ...]
    starts: tuple[int, ...]
    sources: tuple[tuple[int, int], ...]

    def quote(self, start: int, end: int) -> str:
        """The customer's own words behind a span of the folded text, on one line."""
        first = bisect_right(self.starts, start) - 1
        last = bisect_right(self.starts, end - 1) - 1
        if first < 0:
            return ""
        return " ".join(self.original[self.sources[first][0] : self.sources[last][1]].split())

    def original_of(self, word: str) -> str:
        """The customer's spelling of a folded word, where it stands first."""
        for own, (start, end) in zip(self.words, self.sources, strict=True):
            if word in own.split():
                return self.original[start:end]
        return word


def fold(word: str) -> str:
    """Lower case, no accents, stretched letters shortened; elisions opened (`l'api` -> `l api`)."""
    return _fold(word) if len(word) < _TOO_LONG else _fold.__wrapped__(word)


@lru_cache(maxsize=16384)
def _fold(word: str) -> str:
    if word.isascii() and word.isalnum():
        return _LONG_RUN.sub(r"\1", word.lower())
    plain = "".join(
        mark
        for mark in unicodedata.normalize("NFKD", word.casefold())
        if not unicodedata.combining(mark)
    )
    plain = _WE_ARE.sub("we are", plain)
    plain = _OWNER_S.sub("", _JOINED_S.sub(r"\1s", plain))
    plain = _APOSTROPHES.sub(" ", _CONTRACTION.sub("", plain))
    return _LONG_RUN.sub(r"\1", plain)


def tokenise(text: str) -> Tokens:
    """The words and marks of a text, before anything is known of its language."""
    text = unicodedata.normalize("NFC", text)
    # Addresses of all kinds have one of these; to look for them everywhere costs as much again.
    with_addresses = "@" in text or "://" in text or "www." in text
    found: list[Token] = []
    pieces = (_TOKEN_OR_ADDRESS if with_addresses else _TOKEN).finditer(text)
    for match in islice(pieces, _MOST_TOKENS):
        kind = match.lastgroup
        start, end = match.span()
        if kind == "word":
            word = match[0]
            found.append((_fold(word) if end - start < _TOO_LONG else fold(word), start, end))
        elif kind in _FIXED:
            found.append((_FIXED[kind], start, end))
        elif kind == "number":
            found.append((fold(match[0]), start, end))
        elif kind == "stop" and not (text[start] == "\n" and _is_soft_wrap(text, start)):
            found.append((SENTENCE_END, start, end))
    return Tokens(text, tuple(found))


def read_prose(
    text: str | Tokens,
    *,
    breaks: Collection[str] = (),
    starters: Collection[str] = (),
    spellings: Mapping[str, str] | None = None,
) -> Prose:
    """Cuts a text into folded words and clauses; `breaks` are words that open a new clause.

    `starters`, with a capital, open a sentence even where the full stop is missing.
    """
    tokens = tokenise(text) if isinstance(text, str) else text
    spellings = spellings or {}
    parts: list[str] = []
    words: list[str] = []
    places: list[int] = []
    sources: list[tuple[int, int]] = []
    previous = SENTENCE_END
    for folded, start, end in tokens.found:
        if folded not in _STRENGTH:
            word = spellings.get(folded, folded)
            if parts[-_MOST_REPEATS:] == [word] * _MOST_REPEATS:
                continue
            if (
                previous == "word"
                and word in starters
                and _is_capitalised(tokens.original[start:end])
            ):
                parts.append(SENTENCE_END)
                previous = SENTENCE_END
            if word in breaks and previous not in _STRENGTH:
                parts.append(CLAUSE_END)
            places.append(len(parts))
            sources.append((start, end))
            words.append(word)
            parts.append(word)
            previous = "word"
        elif previous == "word":
            parts.append(folded)
            previous = folded
        elif parts and _STRENGTH[folded] > _STRENGTH[previous]:
            parts[-1] = previous = folded
    offsets = tuple(accumulate((len(part) + 1 for part in parts), initial=0))
    starts = tuple(offsets[place] for place in places)
    return Prose(tokens.original, " ".join(parts), tuple(words), starts, tuple(sources))


def _is_capitalised(word: str) -> bool:
    return len(word) > 1 and word[0].isupper() and word[1:].islower()


def _is_soft_wrap(text: str, at: int) -> bool:
    """A line broken by the mail program, not by the writer: long, and the next goes on in lower."""
    following = text[at + 1 : at + 2]
    return following.islower() and at - (text.rfind("\n", 0, at) + 1) >= _SOFT_WRAP_FROM
