"""Where the lexicons lie, and whether they have changed."""

from pathlib import Path
from zlib import crc32

LEXICONS = Path(__file__).with_name("lexicon")
FOREIGN = LEXICONS.with_name("foreign.toml")
INDEX = LEXICONS.with_name("lexicon.json")


class BadLexicon(ValueError):
    """A lexicon file is inconsistent; the message names the file's entry and the fault."""


def checksum() -> int:
    """Of the files that the index is made of."""
    total = 0
    for path in (FOREIGN, *sorted(LEXICONS.glob("*.toml"))):
        total = crc32(path.read_bytes(), total)
    return total
