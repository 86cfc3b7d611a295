"""Jira Service Management: the webhooks of its administration."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from tickets.domain.incoming import Author, BadSignature, Ignored, Incoming
from tickets.domain.words import AuthorKind, Channel
from tickets.inbound.json_fields import Fields, read_object
from tickets.inbound.signing import header, is_one_of
from tickets.inbound.tools import records
from tickets.inbound.tools.adf import adf_to_text
from tickets.inbound.tools.call import ToolCall, ToolMap, Verified
from tickets.inbound.tools.jira_comments import BODIES, read_comment, read_rule
from tickets.inbound.tools.jira_words import (
    SEVERITIES,
    STATUSES,
    author_of,
    is_agent,
    kind_of,
    name_of,
    plain_status,
)
from tickets.inbound.tools.proofs import OWN_HEADER, check_hmac, digest_of, hex_signature
from tickets.inbound.tools.records import Change

__all__ = ["BODIES", "SEVERITIES", "STATUSES", "parse", "verify"]

_EDITED: Final = "an edited comment counts as it was first written"
_UNUSED: Final = {
    "comment_updated": _EDITED,
    "comment_deleted": "a comment that is deleted there stays here",
    "jira:issue_deleted": "a ticket that is deleted there stays here",
}


def verify(call: ToolCall, secrets: Sequence[str], now: datetime) -> Verified:
    """HMAC-SHA256 in hex over the body; the secret itself from a rule. Raises BadSignature."""
    _ = now
    if call.headers.get(OWN_HEADER) and not call.headers.get("x-hub-signature"):
        given = header(call.headers, OWN_HEADER).encode()
        if not is_one_of(given, [line.strip() for line in secrets if line.strip()]):
            raise BadSignature(f"the header {OWN_HEADER} does not hold a secret of this source")
    else:
        check_hmac(hex_signature(call, "x-hub-signature", "sha256="), call.body, secrets, "sha256")
    # Not X-Atlassian-Webhook-Identifier: nothing signs it, and under another one a call that was
    # overheard would count again. The body names the event and its millisecond.
    return Verified(delivery_id=digest_of(call.body))


def parse(call: ToolCall, words: ToolMap) -> tuple[Incoming, ...]:
    """What a call says. Raises Unreadable."""
    told = Fields(read_object(call.body), "")
    if told.has("sivo"):
        return read_rule(told, words)
    kind = told.text("webhookEvent")
    reader = _READERS.get(kind)
    return reader(told, words) if reader else records.unused(kind, _UNUSED)


def read_created(told: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    """An issue as it began. Raises Unreadable."""
    issue = told.fields("issue")
    fields = issue.fields("fields")
    thread = issue.key("id")
    reporter = fields.optional_fields("reporter")
    person = fields.optional_fields("creator") or reporter or told.optional_fields("user")
    asks = person is None or not is_agent(person, words)
    kind = AuthorKind.CUSTOMER if asks else AuthorKind.AGENT
    who = (reporter or person) if asks else person
    change = Change(
        thread=thread,
        key=f"{thread}:created",
        author=author_of(who, kind),
        at=fields.moment("created") or told.seconds("timestamp", per_second=1000),
    )
    address = reporter.address("emailAddress") if reporter and not asks else ""
    opening = records.message(
        change=change,
        text=records.from_plain(adf_to_text(fields.raw("description")), _files(fields)),
        subject=fields.long_text("summary"),
        channel=Channel.HELPDESK,
        public=True,
        opens=True,
        recipients=(address,) if address else (),
    )
    stated = name_of(fields.optional_fields("priority"))
    if stated is None:
        return (opening,)
    # Jira fills in a priority by itself, so it is nobody's choice yet.
    by = change.author if asks else Author(kind=AuthorKind.BOT)
    first = Change(thread=thread, key=f"{thread}:priority", author=by, at=change.at)
    return (opening, records.priority(first, stated, SEVERITIES, words))


def _updated(told: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    found: list[Incoming] = []
    if told.optional_fields("comment") is not None:
        edited = told.optional_text("issue_event_type_name") == "issue_comment_edited"
        found += (Ignored(reason=_EDITED),) if edited else read_comment(told, words)
    if told.optional_fields("changelog") is not None:
        found += read_changes(told, words)
    return tuple(found) or (Ignored(reason="neither status nor priority was changed"),)


def read_changes(told: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    """Each status and priority of a changelog; `number` is an item's place, if some are left out.

    Raises Unreadable.
    """
    found = []
    for place, item in enumerate(told.fields("changelog").records("items")):
        if item.optional_text("field") in {"status", "priority"} and item.optional_text("toString"):
            number = item.optional_key("number") or str(place)
            found.append(_changed(told, item, number, words))
    return tuple(found)


def _changed(told: Fields, item: Fields, number: str, words: ToolMap) -> Incoming:
    issue, log = told.fields("issue"), told.fields("changelog")
    fields, user = issue.optional_fields("fields"), told.optional_fields("user")
    reporter = fields.optional_fields("reporter") if fields else None
    field, word = item.text("field"), item.text("toString")
    at = told.seconds("timestamp", per_second=1000)
    kind = kind_of(user, reporter, words) if user else AuthorKind.AGENT
    change = Change(
        thread=issue.key("id"),
        key=f"{log.optional_key('id') or at}:{field}:{number}",
        author=author_of(user, kind),
        at=at,
    )
    if field == "status":
        return records.status(change, plain_status(word, fields, words), STATUSES, words)
    return records.priority(change, word, SEVERITIES, words)


def _files(fields: Fields) -> list[str]:
    return records.file_names(fields.records("attachment"), "filename")


_READERS: Final[Mapping[str, Callable[[Fields, ToolMap], tuple[Incoming, ...]]]] = MappingProxyType(
    {
        "jira:issue_created": read_created,
        "jira:issue_updated": _updated,
        "comment_created": read_comment,
    }
)
