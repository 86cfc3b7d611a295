"""What a person wrote anew in a mail: the text without the mail that it answers.

Only for showing: the full text is kept, and nothing of this has an influence on a clock.
"""

from tickets.domain.reply_headers import header_block, is_rule
from tickets.domain.reply_lines import (
    announces_answers,
    attribution,
    ends_in_colon,
    is_forward,
    is_forward_subject,
    is_groupwise,
    is_original_message,
    is_quoted,
    is_reply_above,
    may_introduce,
    runs_on,
    strange_attribution,
)
from tickets.domain.reply_signature import without_signature

MAX_TRIMMED = 200_000
_LAZY_WRAP = 55
_ARMOR = "-----BEGIN PGP SIGNED MESSAGE-----"
_ARMOR_ENDS = "-----BEGIN PGP SIGNATURE-----"


def trim_reply(text: str, *, subject: str = "") -> str:
    """The new text of a mail, a part of its lines; never empty when the text is not.

    What was passed on to us stays. When the answer stands between the quoted lines, all stays.
    Beyond 200,000 characters nothing is looked for.
    """
    text = text.replace("\r\n", "\n")
    head = text[:MAX_TRIMMED]
    lines = head.split("\n")
    if any(line.startswith(_ARMOR) for line in lines[:3]):
        lines = _without_armor(lines)
    kept = lines if is_forward_subject(subject) else _new_lines(lines)
    trimmed = "\n".join(kept).strip("\n").rstrip()
    if len(text) > MAX_TRIMMED and len(kept) == len(lines):
        return text.strip()
    return _outdented(trimmed) if trimmed.strip() else text.strip()


def _without_armor(lines: list[str]) -> list[str]:
    """The text between the marks of a PGP signature."""
    start = next(at for at, line in enumerate(lines) if line.startswith(_ARMOR))
    while start < len(lines) and lines[start].strip():
        start += 1
    rest = lines[start:]
    end = next((at for at, line in enumerate(rest) if line.startswith(_ARMOR_ENDS)), len(rest))
    return rest[:end] if any(line.strip() for line in rest[:end]) else lines


def _outdented(text: str) -> str:
    """Without blank lines at the start; the indent of the first line is the writer's."""
    lines = text.split("\n")
    while lines and not lines[0].strip():
        lines.pop(0)
    return "\n".join(lines)


def _new_lines(lines: list[str]) -> list[str]:
    end = _cut(lines)
    top = lines[:end]
    if any(is_forward(line) for line in top):
        return top
    first = next((at for at, line in enumerate(top) if is_quoted(line)), None)
    if announces_answers(top[:first]):
        return lines
    if first is None:
        return without_signature(top)
    if is_forward(top[first].lstrip(" \t\xa0>")):
        return top
    if is_groupwise(top[first]) and not any(is_quoted(line) for line in top[first + 1 :]):
        return without_signature(top[:first])
    return _around_quotes(top, first)


def _cut(lines: list[str]) -> int:
    """Where a quoted mail begins that has no marks on its lines; the end when there is none."""
    written = False
    at = 0
    near = _before_colons(lines)
    while at < len(lines):
        line = lines[at]
        at += 1
        if not line.strip() or is_quoted(line):
            continue
        if not (near[at - 1] or may_introduce(line)):
            written = True
            continue
        if is_forward(line):
            break
        if is_original_message(line) or header_block(lines, at - 1):
            if written:
                return at - 1
            at = _next_blank(lines, at)
            continue
        if written and is_reply_above(line):
            return _above(lines, at - 1)
        count, proven = attribution(lines, at - 1) or (0, False)
        if written and proven and not _quote_follows(lines, at - 1 + count):
            return at - 1
        if written and runs_on(line):
            return at - 1
        at += max(count - 1, 0)
        written = written or not (count or is_rule(line) or is_reply_above(line))
    return len(lines)


def _before_colons(lines: list[str]) -> list[bool]:
    """For each line whether it, or one of the next three, ends as an attribution does.

    Nearly all lines have none near them, and need no second look.
    """
    near = [False] * len(lines)
    for at, line in enumerate(lines):
        if ends_in_colon(line):
            first = max(0, at - 3)
            near[first : at + 1] = [True] * (at + 1 - first)
    return near


def _next_blank(lines: list[str], at: int) -> int:
    """Past a header block that has nothing above it."""
    while at < len(lines) and lines[at].strip():
        at += 1
    return at


def _above(lines: list[str], at: int) -> int:
    """Some helpdesks have the attribution before their line."""
    for start in range(max(0, at - 6), at):
        found = attribution(lines, start)
        if found is not None:
            return start
    return at


def _quote_follows(lines: list[str], at: int) -> bool:
    following = (line for line in lines[at : at + 4] if line.strip())
    return is_quoted(next(following, ""))


def _around_quotes(lines: list[str], first: int) -> list[str]:
    """The text above the quotes, else the one below; everything when it stands between them."""
    last = max(at for at, line in enumerate(lines) if is_quoted(line))
    top = lines[: _introduction(lines, first)]
    tail = lines[last + 1 :]
    if _answers_between(lines, first, last):
        end = _last_introduction(lines, last)
        return without_signature(lines[:end]) if end is not None else lines
    has_top = any(line.strip() for line in without_signature(top))
    below = without_signature(["", *tail])
    has_tail = any(line.strip() for line in below) and not _is_signature(tail)
    if has_top and has_tail:
        return lines
    return below if has_tail else without_signature(top)


def _is_signature(tail: list[str]) -> bool:
    return not any(line.strip() for line in without_signature(["x", *tail])[1:])


def _last_introduction(lines: list[str], last: int) -> int | None:
    """Where the quote at the very end is introduced, of several; None when text comes after it."""
    if not _is_signature(lines[last + 1 :]):
        return None
    start = last
    while start > 0 and (is_quoted(lines[start - 1]) or not lines[start - 1].strip()):
        start -= 1
    while not is_quoted(lines[start]):
        start += 1
    for at in range(max(0, start - 5), start):
        count = (attribution(lines, at) or (0, False))[0]
        if count and not any(line.strip() for line in lines[at + count : start]):
            return at if any(line.strip() for line in lines[:at]) else None
    above = start
    while above > 0 and not lines[above - 1].strip():
        above -= 1
    strange = strange_attribution(lines, above)
    return strange if strange < above and any(line.strip() for line in lines[:strange]) else None


def _introduction(lines: list[str], first: int) -> int:
    """Where the lines begin that introduce the quote: "On ... wrote:" over up to four lines."""
    above = first
    while above > 0 and not lines[above - 1].strip():
        above -= 1
    for start in range(max(0, above - 4), above):
        found = attribution(lines, start)
        if found is not None and start + found[0] == above:
            return start
    if above > 0 and is_original_message(lines[above - 1]):
        return above - 1
    return strange_attribution(lines, above)


def _answers_between(lines: list[str], first: int, last: int) -> bool:
    """Text stands between quoted lines, and is not the rest of a line that was wrapped."""
    at = first
    while at <= last:
        if is_quoted(lines[at]) or not lines[at].strip():
            at += 1
            continue
        stop = at
        while stop <= last and lines[stop].strip() and not is_quoted(lines[stop]):
            stop += 1
        if not _wrapped(lines, at, stop):
            return True
        at = stop
    return False


def _wrapped(lines: list[str], at: int, stop: int) -> bool:
    before, line, after = lines[at - 1], lines[at], lines[stop]
    if stop - at > 1 or not is_quoted(before) or not is_quoted(after):
        return False
    short = len(line) < len(before) and len(before) >= _LAZY_WRAP
    return short or attribution(lines, at) is not None
