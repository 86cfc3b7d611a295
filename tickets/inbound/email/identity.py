"""Message-IDs out of headers, without their brackets; what names no id is left out."""

import re
from collections.abc import Iterable

from tickets.inbound.email.headers import as_text, one_line
from tickets.inbound.email.limits import MAX_REFERENCES

_BRACKETED = re.compile(r"<([^<>]{1,2000})>")
_BARE = re.compile(r"[^\s<>\"',;()]{1,500}@[^\s<>\"',;()]{1,500}")


def message_ids(values: Iterable[bytes | str]) -> list[str]:
    """The ids of some headers in their order, each once, at most 200 (the last ones)."""
    found: dict[str, None] = {}
    for value in values:
        text = value if isinstance(value, str) else as_text(value)
        ids = _BRACKETED.findall(text) or _BARE.findall(text)
        # A long id may be folded in its middle.
        found |= dict.fromkeys("".join(one_line(each).split()) for each in ids)
    return [each for each in found if each][-MAX_REFERENCES:]


def message_id(value: bytes | None) -> str:
    """The mail's own id, "" when it has none; one without brackets or an @ is taken as it is."""
    if value is None:
        return ""
    found = message_ids([value])
    return found[0] if found else "".join(one_line(as_text(value)).strip("<>").split())[:500]
