"""What a delivery report says: how hard it failed, whether it is over, which mail it is about."""

import re
from dataclasses import dataclass

from tickets.inbound.email.bounce_words import DELAYED_SUBJECT, DELAYED_TEXT, FAILURE, HARD, SOFT
from tickets.inbound.email.headers import Headers
from tickets.inbound.email.identity import message_ids
from tickets.inbound.email.mime import Part
from tickets.inbound.email.reports import enclosed_mails, status_fields

_STATUS = re.compile(r"(?<![\d.])([245])\.\d{1,3}\.\d{1,3}(?![\d]|\.\d)")
_REPLY = re.compile(
    r"(?:^|[\s:'\"(<#=])(?:([45])(?:21|5[0-9]|0[0-9]|2[1-3]|30|35|41|71)|([45])\d\d (?=[45]\.))"
    r"[\s:)-](?!\d)",
    re.MULTILINE,
)
_FIELD = re.compile(r"^\W{0,6}(?:status|action)\s*:\s*(\S.*)$", re.IGNORECASE | re.MULTILINE)
_PROVIDER = re.compile(r"\"bounceType\" ?: ?\"(\w+)", re.IGNORECASE)
_PROVIDER_HARDNESS = {"permanent": "hard", "transient": "soft"}
_DELIVERED = frozenset({"delivered", "relayed", "expanded"})
_ID = r"(<[^<>\s]{1,500}>)"
_TEXT_ID = re.compile(
    rf"(?:^\W{{0,8}}|original |x-original-)message[- ]?id\W{{0,3}}[:=]\s*{_ID}"
    rf"|\"message-id\", ?\"value\" ?: ?\"{_ID}",
    re.IGNORECASE | re.MULTILINE,
)
_ORIGINAL = ("original-message-id", "x-original-message-id", "x-ms-exchange-parent-message-id")
_SCANNED = 20_000
_MAX_TEXT = 200_000


@dataclass(frozen=True, slots=True)
class Bounce:
    """A delivery that failed; `hardness` is hard, soft or None when the mail does not say.

    `delayed`: the server goes on trying, so that the mail may still arrive.
    """

    reason: str
    hardness: str | None
    delayed: bool
    message_ids: tuple[str, ...]


def read_bounce(root: Part, reason: str, text: str) -> Bounce:
    """The details of a mail that is a bounce; `text` is its body."""
    statuses = status_fields(root)
    delayed = _is_delayed(root.headers, text, statuses)
    return Bounce(
        reason=reason,
        hardness="soft" if delayed else _hardness(root.headers, text, statuses),
        delayed=delayed,
        message_ids=_original_ids(root, text, statuses),
    )


def only_delivered(root: Part) -> bool:
    """The report says that the mail did arrive: a receipt, no failure."""
    actions = [fields.token("action") for fields in status_fields(root)]
    named = [action for action in actions if action]
    return bool(named) and all(action in _DELIVERED for action in named)


def _is_delayed(headers: Headers, text: str, statuses: list[Headers]) -> bool:
    actions = {fields.token("action") for fields in statuses} - {"", *_DELIVERED}
    if actions:
        return actions == {"delayed"}
    if DELAYED_TEXT.search(text[:_SCANNED]):
        return True
    named = DELAYED_SUBJECT.search(headers.text("subject")[:300]) is not None
    return named and "5" not in _codes(text[:_SCANNED])


def _hardness(headers: Headers, text: str, statuses: list[Headers]) -> str | None:
    found: set[str] = set()
    for fields in statuses:
        action = fields.token("action")
        status = _STATUS.search(fields.text("status"))
        if action == "delayed":
            found.add("4")
        elif status is not None and status.group(1) != "2":
            found.add(status.group(1))
        elif action == "failed":
            found |= _codes(fields.text("diagnostic-code")) or {"5"}
    scanned = f"{headers.text('subject')}\n{text[:_SCANNED]}"
    found = found or _codes(scanned)
    if found:
        return "hard" if "5" in found else "soft"
    said = _PROVIDER.search(scanned)
    if said is not None:
        return _PROVIDER_HARDNESS.get(said.group(1).lower())
    if HARD.search(scanned):
        return "hard"
    if SOFT.search(scanned):
        return "soft"
    return "hard" if FAILURE.search(scanned) else None


def _codes(text: str) -> set[str]:
    """The first digits of the enhanced codes in a text, else of its SMTP codes: 4 and 5."""
    # A report that lost its parts has its fields in the text.
    fields = " ".join(_FIELD.findall(text))
    for enhanced in (_STATUS.findall(fields), _STATUS.findall(text)):
        found = {code for code in enhanced if code != "2"}
        if found:
            return found
    return {one or other for one, other in _REPLY.findall(text)}


def _original_ids(root: Part, text: str, statuses: list[Headers]) -> tuple[str, ...]:
    """Ids of the mail that failed: what the report encloses, names, quotes."""
    found: list[str] = []
    for headers in enclosed_mails(root):
        found += message_ids(headers.raw_all("message-id", *_ORIGINAL))
    for fields in [*statuses, root.headers]:
        found += message_ids(fields.raw_all(*_ORIGINAL))
    if not found:
        quoted = _TEXT_ID.findall(text[:_MAX_TEXT])
        found += message_ids([first or second for first, second in quoted])
    found += message_ids(root.headers.raw_all("in-reply-to", "references"))
    return tuple(dict.fromkeys(found))
