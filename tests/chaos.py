"""How much a seeded test tries: a share in the ordinary run, all of it with SIVO_CHAOS=1."""

import os

CHAOS = os.environ.get("SIVO_CHAOS") == "1"


def share_of(whole: int, *, parts: int) -> int:
    """One of so many parts of the examples, or the whole."""
    return whole if CHAOS else whole // parts
