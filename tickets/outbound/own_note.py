"""The mark under a note that we write into a tool: when its webhook tells of it, it is no news."""

import re
from typing import Final

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

_SALT: Final = "tickets.own_note"
_SIGNED: Final = 16
# Nothing in it is mark-up in any tool, and none breaks it into two lines.
_MARK = re.compile(r"sivo/deadline/([a-z-]{1,20})/([0-9a-f]{16})")


def mark_of(source_id: object, thread: str, code: str) -> str:
    """The last line of a note of ours; signed, so that nobody else's message is taken for one.

    `code`: what the note says, in lower-case letters and hyphens.
    """
    return f"sivo/deadline/{code}/{_proof(source_id, thread, code, settings.SECRET_KEY)}"


def is_own_note(source_id: object, thread: str, text: str) -> bool:
    """Whether a text of this conversation ends with a mark that we signed for it."""
    lines = text.rstrip().rpartition("\n")
    found = _MARK.fullmatch(lines[2].strip())
    if found is None:
        return False
    code, given = found.groups()
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return any(
        constant_time_compare(given, _proof(source_id, thread, code, str(key))) for key in keys
    )


def _proof(source_id: object, thread: str, code: str, key: str) -> str:
    signed = salted_hmac(_SALT, f"{source_id}\n{thread}\n{code}", secret=key, algorithm="sha256")
    return signed.hexdigest()[:_SIGNED]
