"""Words of other tools, as the keys of our tables."""

import re
from typing import Final

# A key of a source's table of priorities that stands for a tag: "tag:vip".
TAG: Final = "tag:"
_SEPARATORS = re.compile(r"[\s_-]+")


def plain_word(text: str) -> str:
    """A word of theirs as a key: "Waiting on customer" is waiting_on_customer."""
    return _SEPARATORS.sub("_", text.strip().lower())


def is_tag(word: str) -> bool:
    """Whether a word of a source's table of priorities stands for a tag."""
    return word.startswith(TAG)
