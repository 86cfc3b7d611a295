"""Content-Type and the like: a lower-case value and RFC 2231 parameters, never raising."""

import re
from urllib.parse import unquote_to_bytes

from tickets.inbound.email.charset import decode
from tickets.inbound.email.headers import as_text, decoded, one_line

_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}")
_CONTINUED = re.compile(r"(.+?)\*([0-9]{1,3})(\*?)")
_LEAD = re.compile(r"\s*([\w/.+-]+)\s+(?=[\w*-]+\s*=)")
_MAX_PARAMETERS = 200


def media_type(raw: bytes | None, default: str) -> tuple[str, dict[str, str]]:
    """The lower-case media type and its parameters; nonsense is text/plain, nothing `default`."""
    if raw is None:
        return default, {}
    value, parameters = parse_value(raw)
    return (value if _MEDIA_TYPE.fullmatch(value) else "text/plain"), parameters


def parse_value(raw: bytes) -> tuple[str, dict[str, str]]:
    """The lower-case first word and the decoded parameters of a structured header."""
    first, *rest = _split(as_text(raw))
    if "=" in first:
        # The value itself is missing, or the semicolon after it.
        lead = _LEAD.match(first)
        rest = [first[lead.end() :] if lead else first, *rest]
        first = lead.group(1) if lead else ""
    value = first.split("(")[0].strip().strip("\"'").lower()
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for item in rest[:_MAX_PARAMETERS]:
        key, equals, content = item.partition("=")
        key, content = key.strip().lower(), _unquoted(content.strip())
        if not equals or not key:
            continue
        match = _CONTINUED.fullmatch(key)
        if match is not None:
            number = int(match.group(2))
            pieces.setdefault(match.group(1), {})[number] = (content, bool(match.group(3)))
        elif key.endswith("*"):
            pieces.setdefault(key[:-1], {})[0] = (content, True)
        else:
            plain.setdefault(key, decoded(content) if "=?" in content else one_line(content))
    return value, plain | {key: _assembled(found) for key, found in pieces.items()}


def _split(text: str) -> list[str]:
    """The pieces between semicolons, which do not count inside quotes."""
    pieces: list[str] = []
    start, quoted, escaped = 0, False, False
    for at, letter in enumerate(text):
        if escaped:
            escaped = False
        elif letter == "\\" and quoted:
            escaped = True
        elif letter == '"':
            quoted = not quoted
        elif letter == ";" and not quoted:
            pieces.append(text[start:at])
            start = at + 1
    return [*pieces, text[start:]]


def _unquoted(text: str) -> str:
    if len(text) > 2 and text[0] == text[-1] == "'":
        return text[1:-1]
    if not text.startswith('"'):
        return text
    closing = re.match(r'"((?:[^"\\]|\\.)*)', text, re.DOTALL)
    inner = closing.group(1) if closing else text[1:]
    # Windows paths are not escapes: only \" and \\ are undone.
    return re.sub(r'\\(["\\])', r"\1", inner)


def _assembled(pieces: dict[int, tuple[str, bool]]) -> str:
    charset = ""
    data = b""
    for number in sorted(pieces):
        content, encoded = pieces[number]
        if encoded and number == 0 and content.count("'") >= 2:
            charset, _, content = content.split("'", 2)
        data += unquote_to_bytes(content) if encoded else content.encode("utf-8", "replace")
    text = decode(data, charset or "utf-8")[0]
    return decoded(text) if "=?" in text else one_line(text)
