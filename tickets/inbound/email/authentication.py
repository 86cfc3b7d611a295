"""DMARC as our own mail server judged it (RFC 8601); what others claim is not believed."""

import re
from collections.abc import Sequence

from tickets.inbound.email.addresses import Address
from tickets.inbound.email.headers import Headers, as_text

_COMMENT = re.compile(r"\([^()]*\)")
_QUOTED = re.compile(r'"[^"]*"')
_DMARC = re.compile(r"\s*dmarc\s*=\s*([a-z]+)", re.IGNORECASE)
_HEADER_FROM = re.compile(r"\bheader\.from\s*=\s*([^\s;]+)", re.IGNORECASE)
_MAX_NESTED = 5


def without_comments(text: str) -> str:
    """A structured header without its comments, in which a sender can write anything."""
    for _ in range(_MAX_NESTED):
        shorter = _COMMENT.sub(" ", text)
        if shorter == text:
            break
        text = shorter
    return text


def host_in(host: str, hosts: Sequence[str]) -> bool:
    """The host name is one of the list; case and a closing dot do not matter."""
    name = host.strip("\"'[]").rstrip(".").lower()
    return bool(name) and any(name == each.strip().rstrip(".").lower() for each in hosts)


def dmarc_result(headers: Headers, sender: Address, trusted_hosts: Sequence[str]) -> bool | None:
    """True: pass, False: fail, None: not known.

    Only the topmost Authentication-Results of a trusted host counts. That host must strip those
    which come in under its name (RFC 8601, section 5).
    """
    for value in headers.raw_all("authentication-results"):
        text = _QUOTED.sub(" ", without_comments(as_text(value)))
        server, *results = text.split(";")
        if not host_in((server.split() or [""])[0], trusted_hosts):
            continue
        for result in results:
            match = _DMARC.match(result)
            if match is not None and _is_about(result, sender):
                return {"pass": True, "fail": False}.get(match.group(1).lower())
        return None
    return None


def _is_about(result: str, sender: Address) -> bool:
    """The verdict is on the domain that we show as the sender's."""
    named = _HEADER_FROM.search(result)
    domain = sender.email.rpartition("@")[2]
    return named is None or named.group(1).rpartition("@")[2].rstrip(".").lower() == domain
