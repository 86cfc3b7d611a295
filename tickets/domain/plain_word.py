"""Words of other tools, as the keys of our tables."""

import re

_SEPARATORS = re.compile(r"[\s_-]+")


def plain_word(text: str) -> str:
    """A word of theirs as a key: "Waiting on customer" is waiting_on_customer."""
    return _SEPARATORS.sub("_", text.strip().lower())
