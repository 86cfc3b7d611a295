"""The markup of Slack's messages to the text that a person sees."""

import re
from typing import Final

_TOKEN: Final = re.compile(r"<([^<>|\s][^<>|]*)(?:\|([^<>]*))?>")
# The ampersand last, so that nothing is unescaped twice.
_ESCAPES: Final = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_SIGNS: Final = {"@": "@", "#": "#", "!": "@"}


def slack_to_text(text: str) -> str:
    """Links with their names, people and channels as they are called, without escapes."""
    shown = _TOKEN.sub(_shown, text)
    for escape, letter in _ESCAPES:
        shown = shown.replace(escape, letter)
    return shown


def _shown(match: re.Match[str]) -> str:
    target, label = match.group(1), match.group(2)
    sign = _SIGNS.get(target[:1])
    if sign is not None:
        return f"{sign}{(label or target[1:].partition('^')[0]).removeprefix(sign)}"
    if not label or label == target or target.endswith(f":{label}"):
        return label or target
    return f"{label} ({target})"
