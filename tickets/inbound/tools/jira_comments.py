"""Comments in Jira: from its webhooks, and surer from the body of an automation rule."""

from types import MappingProxyType
from typing import Final

from tickets.domain.incoming import Author, Ignored, Incoming
from tickets.domain.words import AuthorKind, Channel
from tickets.inbound.json_fields import Fields, one_line
from tickets.inbound.tools import records
from tickets.inbound.tools.adf import adf_to_text
from tickets.inbound.tools.call import ToolMap
from tickets.inbound.tools.jira_words import (
    author_of,
    is_machine,
    kind_by_number,
    kind_of,
)
from tickets.inbound.tools.records import Change

# Only a rule knows for sure whether the customer sees a comment; webhooks say so of every one.
AUTOMATION_BODY: Final = """{
  "sivo": "jira.comment.created",
  "issue_id": "{{issue.id}}",
  "issue_summary": "{{issue.summary.jsonEncode}}",
  "comment_id": "{{comment.id}}",
  "comment_internal": "{{comment.internal}}",
  "comment_created": "{{comment.created}}",
  "comment_body": "{{comment.body.jsonEncode}}",
  "author_id": "{{comment.author.accountId}}",
  "author_name": "{{comment.author.displayName.jsonEncode}}",
  "author_email": "{{comment.author.emailAddress}}",
  "reporter_id": "{{issue.reporter.accountId}}"
}"""
BODIES: Final = MappingProxyType({"automation": AUTOMATION_BODY})

_UNSURE: Final = (
    "kept as a note: Jira's webhook does not say for sure whether the customer sees this comment; "
    "add the automation rule of the set-up page"
)


def read_comment(told: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    """A comment of a webhook, in whichever event it comes."""
    issue, comment = told.fields("issue"), told.fields("comment")
    fields = issue.optional_fields("fields")
    person = comment.fields("author")
    reporter = fields.optional_fields("reporter") if fields else None
    if is_machine(person, words):
        return (Ignored(reason=records.MACHINE),)
    author = author_of(person, kind_of(person, reporter, words))
    public = _is_public(comment, author)
    number = comment.key("id")
    change = Change(
        thread=issue.key("id"),
        # Under a key of its own, so that the rule may still tell of it as an answer.
        key=number if public is not None else f"{number}:unconfirmed",
        author=author,
        at=comment.moment("created") or told.seconds("timestamp", per_second=1000),
    )
    said = records.message(
        change=change,
        text=records.from_plain(adf_to_text(comment.raw("body"))),
        subject=fields.long_text("summary") if fields else "",
        channel=Channel.HELPDESK,
        public=public is True,
    )
    return (said,) if public is not None else (said, Ignored(reason=_UNSURE))


def read_rule(told: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    """A comment as the automation rule tells it."""
    if told.text("sivo") != "jira.comment.created":
        return records.unused(told.text("sivo"), {})
    number, email = told.key("author_id"), told.address("author_email")
    if records.is_listed(words.bots, number):
        return (Ignored(reason=records.MACHINE),)
    kind = AuthorKind.AGENT
    if not records.is_listed(words.agents, number, email):
        kind = kind_by_number(number, told.optional_key("reporter_id"), words)
    author = Author(
        kind=kind, email=email, name=one_line(told.long_text("author_name"), records.NAME)
    )
    internal = told.optional_text("comment_internal")
    # Without the word there is no promise that the customer sees it.
    sure = internal is not None or kind is not AuthorKind.AGENT
    change = Change(
        thread=told.key("issue_id"),
        key=told.key("comment_id") + ("" if sure else ":unconfirmed"),
        author=author,
        at=told.moment("comment_created"),
    )
    said = records.message(
        change=change,
        text=records.from_plain(told.long_text("comment_body")),
        subject=told.long_text("issue_summary"),
        channel=Channel.HELPDESK,
        public=internal == "false" or (internal != "true" and kind is not AuthorKind.AGENT),
    )
    return (said,) if sure else (said, Ignored(reason=_UNSURE))


def _is_public(comment: Fields, author: Author) -> bool | None:
    """Whether the customer sees a comment; None when that cannot be known."""
    for entry in comment.records("properties"):
        if entry.optional_text("key") == "sd.public.comment":
            internal = entry.fields("value").raw("internal")
            return internal in (False, "false")
    if comment.optional_flag("jsdPublic") is False or comment.optional_fields("visibility"):
        return False
    # True is what Jira says of every comment, notes among them.
    return True if author.kind is not AuthorKind.AGENT else None
