"""DMARC as our own mail server judged it (RFC 8601); what others claim is not believed."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tickets.inbound.email.addresses import Address
from tickets.inbound.email.headers import Headers, as_text

_SIGNS = re.compile(r'\\.|[()"\\]|[^()"\\]+', re.DOTALL)
_DMARC = re.compile(r"\s*dmarc\s*=\s*([a-z]+)", re.IGNORECASE)
_HEADER_FROM = re.compile(r"\bheader\.from\s*=\s*([^\s;]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Split:
    """A structured header without comments, and without quoted strings too.

    `sound`: each bracket and quote has its counterpart; else nobody can say what is a comment.
    """

    plain: str
    unquoted: str
    sound: bool


def _split(text: str) -> _Split:
    plain: list[str] = []
    unquoted: list[str] = []
    depth, quoted, stray = 0, False, False
    # A bracket or quote after a backslash begins and ends nothing.
    for sign in _SIGNS.findall(text):
        kept = sign
        if sign == '"' and not depth:
            quoted = not quoted
        elif sign == "(" and not quoted:
            depth += 1
        elif sign == ")" and depth:
            depth -= 1
            kept = " "
        elif sign == ")" and not quoted:
            stray = True
        if not depth:
            plain.append(kept)
            if not quoted:
                unquoted.append(kept)
    return _Split(
        plain="".join(plain),
        unquoted="".join(unquoted),
        sound=not (depth or quoted or stray),
    )


def without_comments(text: str) -> str:
    """A structured header without its comments, in which a sender can write anything.

    What follows a comment that never ends is part of it.
    """
    return _split(text).plain


def host_in(host: str, hosts: Sequence[str]) -> bool:
    """The host name is one of the list; case and a closing dot do not matter."""
    name = host.strip("\"'[]").rstrip(".").lower()
    return bool(name) and any(name == each.strip().rstrip(".").lower() for each in hosts)


def dmarc_result(
    headers: Headers, sender: Address, trusted_hosts: Sequence[str], *, handed_on: bool = False
) -> bool | None:
    """True: pass, False: fail, None: not known.

    Only the topmost Authentication-Results of a trusted host counts. That host must strip those
    which come in under its name (RFC 8601, section 5). `handed_on`: the mail came through a
    provider, whose servers strip nothing of ours: then none counts that a server of somebody
    else's has received.
    """
    believed = _above_strangers(headers, trusted_hosts) if handed_on else headers.fields
    for name, value in believed:
        if name != "authentication-results":
            continue
        raw = as_text(value)
        server = without_comments(raw).partition(";")[0].split()
        if server and host_in(server[0], trusted_hosts):
            return _verdict(raw, sender)
    return None


def _above_strangers(headers: Headers, trusted_hosts: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """The fields above the first Received that a stranger wrote; none when that is on top."""
    above = headers.raw("received")
    if above is None or not host_in(written_by(as_text(above)), trusted_hosts):
        # Without its own mark on top, nothing tells the provider's fields from the sender's.
        return
    for name, value in headers.fields:
        if name == "received" and not host_in(written_by(as_text(value)), trusted_hosts):
            return
        yield name, value


def written_by(received: str) -> str:
    """The host after `by`; a client that calls itself "by" in its greeting changes nothing."""
    words = without_comments(received).partition(";")[0].split()
    start = 2 if words[:1] and words[0].lower() == "from" else 0
    for at, word in enumerate(words[start:-1], start):
        if word.lower() == "by":
            return words[at + 1]
    return ""


def _verdict(results: str, sender: Address) -> bool | None:
    """What one header says of the sender: two verdicts that differ are none."""
    split = _split(results)
    if not split.sound:
        return None
    found = {
        match.group(1).lower()
        for result in split.unquoted.split(";")[1:]
        if (match := _DMARC.match(result)) is not None and _is_about(result, sender)
    }
    return {"pass": True, "fail": False}.get(found.pop()) if len(found) == 1 else None


def _is_about(result: str, sender: Address) -> bool:
    """The verdict is on the domain that we show as the sender's."""
    named = _HEADER_FROM.search(result)
    domain = sender.email.rpartition("@")[2]
    return named is None or named.group(1).rpartition("@")[2].rstrip(".").lower() == domain
