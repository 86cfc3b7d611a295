"""The words that decided, marked in the shown text: pieces of plain text, never markup."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tickets.admin.severity.words import reason_words, split_signal
from tickets.domain.severity.cleaning import newest_message

# Who reads further has found the reason long before.
_READ = 20_000


@dataclass(frozen=True, slots=True)
class Heard:
    """One reason: what was heard, in the customer's own words."""

    signal: str
    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text; `note` says what was heard in it, "" for the rest."""

    text: str
    note: str = ""
    counts: bool = False


@dataclass(slots=True)
class _Span:
    start: int
    end: int
    notes: list[str]
    counts: bool


def highlight(text: str, heard: Iterable[Heard]) -> list[Part]:
    """The text in pieces, whole and in order; spans that overlap are one piece."""
    own_lines = {line.strip() for line in newest_message(text).splitlines()}
    found = (_find(text, each, own_lines) for each in heard)
    parts: list[Part] = []
    at = 0
    for span in _merged([span for span in found if span is not None]):
        if span.start > at:
            parts.append(Part(text[at : span.start]))
        note = " · ".join(dict.fromkeys(span.notes))
        parts.append(Part(text[span.start : span.end], note, span.counts))
        at = span.end
    if at < len(text):
        parts.append(Part(text[at:]))
    return parts


def _find(text: str, heard: Heard, own_lines: set[str]) -> _Span | None:
    """Where it stands first in what was written this time, not in a quote or a signature."""
    words = heard.text.split()
    if not words:
        return None
    pattern = re.compile(r"(?<!\w)" + r"\s+".join(map(re.escape, words)) + r"(?!\w)", re.IGNORECASE)
    head = text[:_READ]
    checked = -1
    for match in pattern.finditer(head):
        first = head.rfind("\n", 0, match.start()) + 1
        if first == checked:
            continue
        # Each line once: a mail of one line may say the same words a million times.
        checked = first
        last = head.find("\n", match.start())
        if head[first : last if last >= 0 else len(head)].strip() in own_lines:
            _, why_not = split_signal(heard.signal)
            note = reason_words(heard.signal)
            return _Span(match.start(), match.end(), [note], not why_not)
    return None


def _merged(spans: Sequence[_Span]) -> list[_Span]:
    merged: list[_Span] = []
    for span in sorted(spans, key=lambda each: (each.start, -each.end)):
        if merged and span.start < merged[-1].end:
            merged[-1].end = max(merged[-1].end, span.end)
            merged[-1].notes += span.notes
            merged[-1].counts |= span.counts
        else:
            merged.append(span)
    return merged
