"""Which language a message is in, by its common words: cheap, and honest when it cannot tell."""

from collections.abc import Mapping, Sequence

UNKNOWN = "und"
_ENOUGH = 2
# A rival with at least this share of the best one's words is read along with it.
_CLOSE = 0.6

# Languages that we recognise but have no lexicon for: a person must read those.
_FOREIGN: Mapping[str, frozenset[str]] = {
    "it": frozenset(
        "il gli della delle dei degli che non sono siamo abbiamo nostri nostra nostro anche "
        "chiamate funziona più piu perche perché questo questa nessuna nessuno stamattina dalle "
        "possiamo grazie ciao buongiorno linea telefoni adesso ma per con".split()
    ),
    "ca": frozenset(
        "els les amb però pero no podem nosaltres nostre nostra trucades des aquest aquesta avui "
        "hem tenim estem gracies si us plau bon dia res cap ningu puc som va funciona".split()
    ),
    "nl": frozenset(
        "het een niet wij onze zijn kunnen geen voor met naar ook maar vanaf vandaag bedankt "
        "goedemorgen graag gesprekken lijn werkt bellen de van en is".split()
    ),
    "pl": frozenset(
        "nie sie jest mamy nasze nasza prosze dzien dobry polaczenia dziala od dzisiaj mozemy "
        "ale czy moze na do w z".split()
    ),
    "ro": frozenset("nu este sunt avem noastre apeluri functioneaza va rog buna ziua si".split()),
    "sv": frozenset("inte vi har och att som det ett våra samtal fungerar hej kan".split()),
    "tr": frozenset("bir ve bu için icin degil cagri aramalar calismiyor merhaba lutfen".split()),
}


def guess_language(
    words: Sequence[str], common: Mapping[str, frozenset[str]]
) -> tuple[str, tuple[str, ...]]:
    """The ISO code (`und` when unsure) and the lexicons worth reading the message with."""
    if not words:
        return UNKNOWN, tuple(common)
    counts = {
        language: sum(word in known for word in words)
        for language, known in {**_FOREIGN, **common}.items()
    }
    best = max(counts, key=lambda language: (counts[language], language in common))
    if counts[best] == 0:
        return UNKNOWN, tuple(common)
    read_with = tuple(
        language for language in common if counts[language] >= _CLOSE * counts[best]
    ) or tuple(common)
    sure = counts[best] >= _ENOUGH or len(words) <= 4
    return (best if sure else UNKNOWN), read_with if sure else tuple(common)
