"""What machines say, as phrases by mark and language (`phrases/*.toml`), and who says which."""

import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

_TABLES = ("automatic", "receipts", "absences", "notices")
_SCANNED = 3000
_GAP = 60  # letters between the two ends of a phrase
_REACH = 300  # and to its last end
_OPENING = 20  # how far into its sentence a mail says what it is
_AT_THE_OPENING = frozenset({"automatic"})
_MAX_PLACES = 20
# Lengths of the keys: the longer one is, the fewer texts have it by chance.
_KEYS = (1, 2, 3, 4, 6, 8, 10, 12, 14)
_GROUP = re.compile(r"\(([^()]*)\)")
_OPTIONAL = re.compile(r"(?:(\([^()]*)\)|([^\s()|]))\?")
_LINK = re.compile(r"(?:https?://|www\.)\S{1,500}", re.IGNORECASE)
# Who quotes a machine's words is none.
_QUOTED_LINE = re.compile(r"^\s{0,10}>[^\n]*$", re.MULTILINE)
_QUOTED = re.compile(r"[\"“„«「『»”][^\"“”„«»「」『』]{8,600}[\"”“»」』«]")
_SENTENCE_END = re.compile(
    r"([.!?:;](?=\s|$)|[。！？：；]|\n(?=[ \t]{0,20}\n)|\n(?=[ \t]{0,20}[-*•·]))"
)
_CONTACT = re.compile(r"[^\s@<>]{1,64}@[^\s@<>]{3,255}|\+?\d[\d ()/.-]{5,20}\d")
_FEW_WORDS, _FEW_LETTERS = 4, 12
_SHORT_LINE = re.compile(r"^([^\n]{0,48})\n", re.MULTILINE)
_NO_WORD = re.compile(r"[\W_]+")
_BLANK = re.compile(" ")
_PLAIN = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ı": "i",
        "æ": "ae",
        "œ": "oe",
        **dict.fromkeys("123456789", "0"),
    }
)
# Scripts that put no blank between words.
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True)
class _Phrase:
    mark: str
    language: str
    parts: tuple[tuple[str, ...], ...]  # the ways to say each part


@dataclass(frozen=True, slots=True)
class _Sentence:
    words: str  # in lower case, between blanks
    ends: bool  # as sentences do, not as lines of a signature
    contact: bool  # it names an address or a telephone


@dataclass(frozen=True, slots=True)
class Said:
    """The marks that a text bears, each language by itself: a word is another one elsewhere."""

    by_language: Mapping[str, frozenset[str]]
    told: int  # sentences that bear a mark
    rest: int  # longer sentences that bear none
    opens: bool  # no longer sentence stands before the first mark

    @property
    def marks(self) -> frozenset[str]:
        """Those of all languages."""
        return frozenset().union(*self.by_language.values())


@lru_cache(maxsize=8)
def said(text: str) -> Said:
    """The marks of the beginning of a text, without links and quotations; linear in its length."""
    sentences = list(_sentences(text))
    scanned = "\n".join(each.words for each in sentences)
    found: defaultdict[str, set[str]] = defaultdict(set)
    told = {at for at, each in _starts(sentences) if each.contact}
    contact = bool(told)
    for first, phrase in _candidates(scanned):
        begin = _place(first, phrase, scanned)
        if begin >= 0:
            found[phrase.language].add(phrase.mark)
            told.add(begin)
    long = [at for at, each in _starts(sentences) if each.ends and _is_long(each)]
    return Said(
        {
            language: frozenset(marks | {"instead"} if contact else marks)
            for language, marks in found.items()
        },
        len(told),
        len(long) - sum(at in told for at in long),
        opens=not long or min(told, default=long[0] + 1) <= long[0],
    )


def without_quotations(text: str) -> str:
    """The beginning of a text without links and without what it quotes."""
    return _QUOTED.sub(" ", _QUOTED_LINE.sub("", _LINK.sub(" ", text[:_SCANNED])))


def _sentences(text: str) -> Iterator[_Sentence]:
    """The sentences in their order; a line goes on in the next one when it is a long one."""
    lines = _SHORT_LINE.sub(r"\1\n\n", without_quotations(text))
    pieces = _SENTENCE_END.split(lines)
    for sentence, end in zip(pieces[::2], [*pieces[1::2], ""], strict=True):
        words = _words(sentence)
        if words:
            contact = _CONTACT.search(sentence) is not None
            yield _Sentence(f" {words} ", ends=bool(end.strip()), contact=contact)


def _starts(sentences: Iterable[_Sentence]) -> Iterator[tuple[int, _Sentence]]:
    at = 0
    for each in sentences:
        yield at, each
        at += len(each.words) + 1


def _is_long(each: _Sentence) -> bool:
    letters = len(each.words) >= _FEW_LETTERS and _UNSPACED.search(each.words) is not None
    return letters or len(each.words.split()) >= _FEW_WORDS


def _words(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = plain if plain.isascii() else "".join(filter(_stands_alone, plain))
    composed = unicodedata.normalize("NFC", bare).translate(_PLAIN)
    return _NO_WORD.sub(" ", composed).strip()


@lru_cache(maxsize=4096)
def _stands_alone(letter: str) -> bool:
    return unicodedata.category(letter) != "Mn"


def _candidates(scanned: str) -> Iterator[tuple[str, _Phrase]]:
    """The phrases whose first letters occur, each with a way to begin it."""
    index = _index()
    # A phrase begins with a word, and so with the blank before it, but for scripts without blanks.
    unspaced = _UNSPACED.search(scanned) is not None
    places = range(len(scanned)) if unspaced else [at.start() for at in _BLANK.finditer(scanned)]
    for size in _KEYS:
        keys = {scanned[at : at + size] for at in places}
        for key in keys & index[size].keys():
            yield from index[size][key]


def _place(first: str, phrase: _Phrase, scanned: str) -> int:
    """Where the sentence begins that says the phrase, or -1."""
    at = scanned.find(first)
    for _ in range(_MAX_PLACES):
        if at < 0:
            break
        begin, end = scanned.rfind("\n", 0, at) + 1, scanned.find("\n", at)
        opens = phrase.mark not in _AT_THE_OPENING or at - begin <= _OPENING
        reach = at + len(first) + _REACH
        end = reach if end < 0 else min(end, reach)
        if opens and _go_on(phrase.parts[1:], scanned[at + len(first) : end]):
            return begin
        at = scanned.find(first, at + 1)
    return -1


def _go_on(parts: Iterable[tuple[str, ...]], sentence: str) -> bool:
    """The parts follow one another, each near the last one."""
    at = 0
    for ways in parts:
        ends = [
            found + len(way)
            for way in ways
            if (found := sentence.find(way, at, at + _GAP + len(way))) >= 0
        ]
        if not ends:
            return False
        at = min(ends)
    return True


@lru_cache(maxsize=1)
def _index() -> dict[int, dict[str, list[tuple[str, _Phrase]]]]:
    """The phrases by the length of their key, then by the key: their first letters."""
    index: dict[int, dict[str, list[tuple[str, _Phrase]]]] = {size: {} for size in _KEYS}
    for phrase in _read():
        for first in phrase.parts[0]:
            size = max(size for size in _KEYS if size <= len(first))
            index[size].setdefault(first[:size], []).append((first, phrase))
    return index


def _read() -> Iterator[_Phrase]:
    for name in _TABLES:
        path = files("tickets.inbound.email") / "phrases" / f"{name}.toml"
        for mark, languages in tomllib.loads(path.read_text("utf-8")).items():
            for language, patterns in languages.items():
                for pattern in patterns:
                    for written in _apart(_OPTIONAL.sub(_as_group, pattern)):
                        *heads, last = (part for part in written.split("…") if part.strip())
                        parts = (*(_ways(part.rstrip()) for part in heads), _ways(last))
                        yield _Phrase(mark, language, parts)


def _as_group(match: re.Match[str]) -> str:
    return f"{match[1]}|)" if match[1] else f"({match[2]}|)"


def _apart(pattern: str) -> Iterator[str]:
    """The pattern without a gap in a group: a group that holds one is spelt out."""
    depth = 0
    for letter in pattern:
        depth += (letter == "(") - (letter == ")")
        if letter == "…" and depth:
            yield from spelt_out(pattern)
            return
    yield pattern


def spelt_out(pattern: str) -> list[str]:
    """Every phrase that a pattern stands for: "a (b|c)" is "a b" and "a c"."""
    match = _GROUP.search(pattern)
    if match is None:
        return [pattern]
    head, tail = pattern[: match.start()], pattern[match.end() :]
    return [each for one in match[1].split("|") for each in spelt_out(f"{head}{one}{tail}")]


def _ways(part: str) -> tuple[str, ...]:
    ways = (
        _bounded(words) + " " * each.endswith(" ")
        for each in spelt_out(part)
        if (words := _words(each))
    )
    return tuple(dict.fromkeys(ways))


def _bounded(words: str) -> str:
    return words if _UNSPACED.match(words) else f" {words}"
