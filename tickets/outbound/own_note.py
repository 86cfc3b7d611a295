"""The mark under a note that we write into a tool: when its webhook tells of it, it is no news."""

import re
from typing import Final

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

_SALT: Final = "tickets.own_note"
_SIGNED: Final = 16
# At risk, missed, a test: every note of ours begins with one of them.
NOTE_SIGNS: Final = ("▲", "■", "○")
# Nothing in it is mark-up in any tool, and none breaks it into two lines.
_MARK = re.compile(r"sivo/deadline/([a-z-]{1,20})/([0-9a-f]{16})")


def mark_of(source_id: object, thread: str, code: str) -> str:
    """The last line of a note of ours; signed, so that nobody else's message is taken for one.

    `code`: what the note says, in lower-case letters and hyphens.
    """
    return f"sivo/deadline/{code}/{_proof(source_id, thread, code, settings.SECRET_KEY)}"


def is_own_note(source_id: object, thread: str, text: str) -> bool:
    """Whether a text of this conversation is a note that we signed for it, from sign to mark.

    What somebody wrote above a note that a mail program quoted without a sign is theirs.
    """
    before, _, last = text.strip().rpartition("\n")
    found = _MARK.fullmatch(last.strip())
    if found is None or not (before or NOTE_SIGNS[0]).startswith(NOTE_SIGNS):
        return False
    code, given = found.groups()
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return any(
        constant_time_compare(given, _proof(source_id, thread, code, str(key))) for key in keys
    )


def _proof(source_id: object, thread: str, code: str, key: str) -> str:
    signed = salted_hmac(_SALT, f"{source_id}\n{thread}\n{code}", secret=key, algorithm="sha256")
    return signed.hexdigest()[:_SIGNED]
