"""Folded words of a message, cut into clauses, each word tied to its place in the original."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

CLAUSE_END = "|"
SENTENCE_END = "¶"

_TOKEN = re.compile(
    r"(?P<drop>https?://\S+|www\.\S+|[\w.+-]+@[\w.-]+)"
    r"|(?P<number>\d+(?:[.,:]\d+)+)"
    r"|(?P<word>[^\W_]+(?:['’´`][^\W_]+)*)"
    r"|(?P<percent>%)"
    r"|(?P<ask>\?)"
    r"|(?P<stop>[.!;…\n•])"
    r"|(?P<soft>[,:()\[\]—–]|(?<=\s)-(?=\s))"
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
_WORDS = frozenset({"word", "number", "percent"})


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


@lru_cache(maxsize=8192)
def fold(word: str) -> str:
    """Lower case, no accents, stretched letters shortened; elisions opened (`l'api` -> `l api`)."""
    plain = "".join(
        mark
        for mark in unicodedata.normalize("NFKD", word.casefold())
        if not unicodedata.combining(mark)
    )
    plain = _WE_ARE.sub("we are", plain)
    plain = _OWNER_S.sub("", _JOINED_S.sub(r"\1s", plain))
    plain = _APOSTROPHES.sub(" ", _CONTRACTION.sub("", plain))
    return _LONG_RUN.sub(r"\1", plain)


def folded_words(text: str) -> tuple[str, ...]:
    """The words of a text as `read_prose` folds them, before anything is known of its language."""
    return tuple(
        "pct" if token.lastgroup == "percent" else fold(token.group())
        for token in _TOKEN.finditer(unicodedata.normalize("NFC", text))
        if token.lastgroup in _WORDS
    )


def read_prose(
    text: str,
    *,
    breaks: Collection[str] = (),
    starters: Collection[str] = (),
    spellings: Mapping[str, str] | None = None,
) -> Prose:
    """Cuts a text into folded words and clauses; `breaks` are words that open a new clause.

    `starters`, with a capital, open a sentence even where the full stop is missing.
    """
    text = unicodedata.normalize("NFC", text)
    spellings = spellings or {}
    parts: list[str] = []
    words: list[str] = []
    places: list[int] = []
    sources: list[tuple[int, int]] = []
    previous = SENTENCE_END
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "drop":
            continue
        if kind in _WORDS:
            folded = "pct" if kind == "percent" else fold(token.group())
            folded = spellings.get(folded, folded)
            if previous == "word" and folded in starters and _is_capitalised(token.group()):
                parts.append(SENTENCE_END)
                previous = SENTENCE_END
            if folded in breaks and previous not in (CLAUSE_END, SENTENCE_END, "?"):
                parts.append(CLAUSE_END)
            places.append(len(parts))
            sources.append(token.span())
            words.append(folded)
            parts.append(folded)
            previous = "word"
            continue
        mark = _mark(kind, text, token.start())
        if not mark or previous in (SENTENCE_END, "?") or (previous == mark):
            if mark == "?" and previous == SENTENCE_END and parts:
                parts[-1] = previous = "?"
            continue
        if previous == CLAUSE_END and mark != CLAUSE_END:
            parts[-1] = mark
        else:
            parts.append(mark)
        previous = mark
    offsets = tuple(accumulate((len(part) + 1 for part in parts), initial=0))
    starts = tuple(offsets[place] for place in places)
    return Prose(text, " ".join(parts), tuple(words), starts, tuple(sources))


def _is_capitalised(word: str) -> bool:
    return len(word) > 1 and word[0].isupper() and word[1:].islower()


def _mark(kind: str | None, text: str, at: int) -> str:
    if kind == "ask":
        return "?"
    if kind == "soft":
        return CLAUSE_END
    if text[at] == "\n" and _is_soft_wrap(text, at):
        return ""
    return SENTENCE_END


def _is_soft_wrap(text: str, at: int) -> bool:
    """A line broken by the mail program, not by the writer: long, and the next goes on in lower."""
    following = text[at + 1 : at + 2]
    return following.islower() and at - (text.rfind("\n", 0, at) + 1) >= _SOFT_WRAP_FROM
