"""Which language a message is in, by its common words: cheap, and honest when it cannot tell."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from tickets.domain.severity.lexicon import foreign, lexicons
from tickets.domain.severity.prose import fold

UNKNOWN = "und"
_ENOUGH = 2
# A rival with at least this share of the best one's words is read along with it.
_CLOSE = 0.6


def guess_language(words: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The ISO code (`und` when unsure) and the lexicons worth reading the message with."""
    known = tuple(lexicons())
    if not words:
        return UNKNOWN, known
    counts = dict.fromkeys((*foreign(), *known), 0)
    spoken_in = _languages_of_words()
    for word in words:
        for language in spoken_in.get(word, ()):
            counts[language] += 1
    best = max(counts, key=lambda language: (counts[language], language in known))
    sure = counts[best] >= _ENOUGH or (counts[best] and len(words) <= 4)
    if not sure:
        return UNKNOWN, known
    enough = _CLOSE * counts[best]
    return best, tuple(code for code in known if counts[code] >= enough) or known


@cache
def _languages_of_words() -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}

    def add(language: str, words: Iterable[str]) -> None:
        for word in words:
            found.setdefault(word, []).append(language)

    for language, words in foreign().items():
        add(language, {fold(word) for word in words})
    for language, lexicon in lexicons().items():
        add(language, lexicon.common)
    return found
