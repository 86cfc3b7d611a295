"""Which language a message is in, by its common words: cheap, and honest when it cannot tell."""

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

from tickets.domain.severity.prose import fold

UNKNOWN = "und"
_ENOUGH = 2
# A rival with at least this share of the best one's words is read along with it.
_CLOSE = 0.6


@cache
def _foreign() -> Mapping[str, frozenset[str]]:
    """Common words of the languages that we recognise but have no lexicon for."""
    text = (files(__package__) / "foreign.toml").read_text("utf-8")
    return {
        language: frozenset(fold(word) for word in words.split())
        for language, words in tomllib.loads(text).items()
    }


def guess_language(
    words: Sequence[str], common: Mapping[str, frozenset[str]]
) -> tuple[str, tuple[str, ...]]:
    """The ISO code (`und` when unsure) and the lexicons worth reading the message with."""
    if not words:
        return UNKNOWN, tuple(common)
    often = Counter(words)
    counts = {
        language: sum(often[word] for word in often.keys() & known)
        for language, known in {**_foreign(), **common}.items()
    }
    best = max(counts, key=lambda language: (counts[language], language in common))
    if counts[best] == 0:
        return UNKNOWN, tuple(common)
    read_with = tuple(
        language for language in common if counts[language] >= _CLOSE * counts[best]
    ) or tuple(common)
    sure = counts[best] >= _ENOUGH or len(words) <= 4
    return (best if sure else UNKNOWN), read_with if sure else tuple(common)
