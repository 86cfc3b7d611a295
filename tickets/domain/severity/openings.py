"""With which words a match of an expression can begin: what the index of the lexicons is made of.

It reads the few constructs that the lexicons use, and refuses the rest.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

# At the end of a word: anything may follow from here on.
ANY = "*"
# More members than this make a class as good as any letter.
_LARGEST_CLASS = 12
_LOOKAROUND = re.compile(r"\(\?<?[=!]")
_QUANTIFIER = re.compile(r"([?*+]|\{\d*(?:,\d*)?\})[?+]?")
_MAYBE_NONE = ("?", "*", "{0", "{,")
_RANGE = re.compile(r"(.)-(.)")


class UnknownSyntax(ValueError):
    """An expression uses a construct that the index cannot read; write it in another way."""


def alternatives(regex: str) -> Iterator[str]:
    """Expressions that, tried in this order, match what the whole one does."""
    for branch in _branches(regex):
        before, group, after = _around_group(branch)
        if group is None:
            yield branch
        else:
            yield from (f"{before}{inner}{after}" for inner in alternatives(group))


def openings(regex: str) -> dict[str, frozenset[str] | None]:
    """The first words of its matches (`no`, `contest*`), each with the words that may come next.

    None: any word may, or nothing. It errs on the side of too many.
    """
    found: dict[str, set[str] | None] = {}
    for text in _beginnings(regex):
        first, _, second = text.rstrip(" ").partition(" ")
        known = found.setdefault(first, set())
        if known is not None:
            if second and not second.endswith(ANY):
                known.add(second)
            else:
                found[first] = None
    return {
        first: None if seconds is None else frozenset(seconds) for first, seconds in found.items()
    }


def _branches(regex: str) -> list[str]:
    bounds = [0]
    at = 0
    while at < len(regex):
        if regex[at] == "|":
            bounds.append(at + 1)
        at = _end_of_atom(regex, at)
    bounds.append(len(regex) + 1)
    return [regex[start : end - 1] for start, end in pairwise(bounds)]


def _around_group(branch: str) -> tuple[str, str | None, str]:
    """What stands before, inside and after a group that is all of it, lookarounds aside."""
    start = _skip_lookarounds(branch, 0)
    if branch.startswith("(?:", start):
        end = _end_of_atom(branch, start)
        if _skip_lookarounds(branch, end) == len(branch):
            return branch[:start], branch[start + 3 : end - 1], branch[end:]
    return branch, None, ""


def _skip_lookarounds(regex: str, at: int) -> int:
    while _LOOKAROUND.match(regex, at):
        at = _end_of_atom(regex, at)
    return at


def _end_of_atom(regex: str, at: int) -> int:
    """Where the character, class or group that begins here ends."""
    if regex[at] == "\\":
        return at + 2
    if regex[at] == "[":
        return regex.index("]", at + 2) + 1
    if regex[at] != "(":
        return at + 1
    at += 1
    while regex[at] != ")":
        at = _end_of_atom(regex, at)
    return at + 1


def _settled(text: str) -> bool:
    """Whether its first two words are known, or as much of them as ever will be."""
    return text.endswith(ANY) or text.count(" ") >= 2


def _follow(texts: set[str], by: set[str]) -> set[str]:
    """Each text with each of the others behind it, as far as its first two words."""
    unsettled = {text for text in texts if not _settled(text)}
    joined = {text + more for text in unsettled for more in by}
    longer = {text for text in joined if text.count(" ") >= 2}
    cut = {" ".join(text.split(" ", 2)[:2]) + " " for text in longer}
    return (texts - unsettled) | (joined - longer) | cut


def _again_and_again(once: set[str]) -> set[str]:
    """One or more of these; two more rounds settle whatever has a blank in it."""
    texts = latest = once
    for _ in range(2):
        latest = _follow({text for text in latest if " " in text}, once)
        texts = texts | latest
    endless = latest | {text for text in once if text and " " not in text}
    return texts | {text + ANY for text in endless if not _settled(text)}


@cache
def _beginnings(regex: str) -> frozenset[str]:
    return frozenset(_Reader(regex).read())


class _Reader:
    """Reads an expression from left to right into the texts with which its matches begin."""

    def __init__(self, regex: str) -> None:
        self._regex = regex
        self._at = 0

    def read(self) -> set[str]:
        texts = self._sequence()
        while self._next() == "|":
            self._at += 1
            texts |= self._sequence()
        return texts

    def _next(self) -> str:
        return self._regex[self._at : self._at + 1]

    def _sequence(self) -> set[str]:
        texts = {""}
        while self._next() not in ("", "|", ")"):
            texts = _follow(texts, self._repeated())
        return texts

    def _repeated(self) -> set[str]:
        texts = self._atom()
        quantifier = _QUANTIFIER.match(self._regex, self._at)
        if not quantifier:
            return texts
        self._at = quantifier.end()
        if quantifier[1] != "?":
            texts = _again_and_again(texts)
        return texts | {""} if quantifier[1].startswith(_MAYBE_NONE) else texts

    def _atom(self) -> set[str]:
        start = self._at
        self._at = _end_of_atom(self._regex, start)
        atom = self._regex[start : self._at]
        if atom.startswith("(?:"):
            return set(_beginnings(atom[3:-1]))
        if _LOOKAROUND.match(atom):
            return {""}
        if atom.startswith("["):
            return _members(atom[1:-1])
        if atom in (r"\w", r"\d"):
            return {ANY}
        if atom[0] in "(.^$" or (atom[0] == "\\" and atom[1].isalnum()):
            raise UnknownSyntax(f"{atom[:20]} in {self._regex}")
        return {atom[-1]}


def _members(body: str) -> set[str]:
    """The characters of a class."""
    members = set(
        _RANGE.sub(lambda ends: "".join(map(chr, range(ord(ends[1]), ord(ends[2]) + 1))), body)
    )
    return {ANY} if body.startswith("^") or len(members) > _LARGEST_CLASS else members
