"""Jira Service Management: JQL lists what changed; comments, portal and changelog say what.

JQL reads an instant in the zone of the account and to the minute, so "minutes ago" is asked for.
Pages stand in the order in which issues began: a change between two pages hides no other issue.
Only the portal's own list of comments says for sure whether a customer sees one.
"""

import math
from datetime import datetime, timedelta
from typing import Any, Final

from tickets.domain.incoming import Incoming
from tickets.domain.tool_request import NotThere, ToolAccount, ToolAnswer, ToolRequest
from tickets.inbound.json_fields import Fields, one_line, read_object
from tickets.inbound.polls.poll import (
    MOST_PARTS,
    PER_PAGE,
    Conversation,
    Listed,
    Page,
    Poll,
    Steps,
    Window,
    objects,
)
from tickets.inbound.tools import records
from tickets.inbound.tools.call import ToolMap
from tickets.inbound.tools.jira import read_changes, read_created
from tickets.inbound.tools.jira_comments import read_comment
from tickets.inbound.tools.placing import assigned, jira_person, tagged, texts

_FIELDS: Final = (
    "summary,description,status,priority,assignee,labels,reporter,creator,created,updated,"
    "project,attachment"
)
_USED: Final = frozenset({"status", "priority", "assignee", "labels"})
_TEXTS: Final = frozenset({"description", "attachment"})
_MARK: Final = "sd.public.comment"


def list_changed(account: ToolAccount, window: Window) -> Steps[Page]:
    """One page of the issues of the project that changed; the cursor is the tool's own."""
    minutes = math.ceil((window.now - window.since) / timedelta(minutes=1)) + 1
    query = {
        "jql": (f'project = "{account.account}" AND updated >= "-{minutes}m" ORDER BY created ASC'),
        "fields": _FIELDS,
        "maxResults": str(PER_PAGE),
    }
    if window.cursor:
        query["nextPageToken"] = window.cursor
    answer = yield ToolRequest(method="GET", path="/rest/api/3/search/jql", query=query)
    cursor = Fields(read_object(answer.body), "").long_text("nextPageToken")
    listed = tuple(_listed(each) for each in objects(answer, "issues"))
    return Page(listed=listed, cursor=cursor, is_last=not cursor)


def _listed(raw: dict[str, Any]) -> Listed:
    told = Fields(raw, "")
    fields = told.fields("fields")
    return Listed(
        thread=told.key("id"),
        version=fields.long_text("updated"),
        began_at=fields.moment("created"),
        raw=raw,
    )


def read_whole(account: ToolAccount, listed: Listed) -> Steps[Conversation]:
    """The issue as it began, its comments with who sees them, and its changes."""
    _ = account
    issue = f"/rest/api/3/issue/{listed.thread}"
    comments = yield from _all(f"{issue}/comment", "comments", {"expand": "properties"})
    internal = yield from _internal(listed.thread)
    changes = yield from _all(f"{issue}/changelog", "values", {})
    parts: list[dict[str, Any]] = [{"created": _as_it_began(listed.raw, changes)}]
    for comment in comments:
        number = Fields(comment, "").key("id")
        marks = list(comment.get("properties") or ())
        if number in internal:
            marks.insert(0, {"key": _MARK, "value": {"internal": internal[number]}})
        parts.append({"comment": {**comment, "properties": marks}})
    for change in changes:
        items = [
            {"number": number, **item}
            for number, item in enumerate(change.get("items") or ())
            if isinstance(item, dict) and item.get("field") in _USED
        ]
        if items:
            kept = {key: change.get(key) for key in ("id", "author", "created")}
            parts.append({"change": {**kept, "items": items}})
    fields = {key: each for key, each in listed.raw["fields"].items() if key not in _TEXTS}
    return Conversation(
        kind="jira",
        thread=listed.thread,
        # The part with which it began holds the rest; nothing else need bring it along.
        ticket={**listed.raw, "fields": fields},
        parts=tuple(parts),
    )


def _all(path: str, key: str, query: dict[str, str]) -> Steps[list[dict[str, Any]]]:
    found: list[dict[str, Any]] = []
    while len(found) < MOST_PARTS:
        page = {"startAt": str(len(found)), "maxResults": str(PER_PAGE)}
        answer = yield ToolRequest(method="GET", path=path, query={**query, **page})
        rows = objects(answer, key)
        found += rows
        total = read_object(answer.body).get("total")
        if not rows or (isinstance(total, int) and len(found) >= total):
            break
    return found


def _internal(thread: str) -> Steps[dict[str, bool]]:
    """Whether each comment is internal; {} where the project has no portal."""
    found: dict[str, bool] = {}
    start = 0
    while start < MOST_PARTS:
        try:
            answer = yield ToolRequest(
                method="GET",
                path=f"/rest/servicedeskapi/request/{thread}/comment",
                query={"start": str(start), "limit": str(PER_PAGE)},
            )
        except NotThere:
            return found
        rows = [Fields(each, "values") for each in objects(answer, "values")]
        found |= {
            each.key("id"): not public
            for each in rows
            if (public := each.optional_flag("public")) is not None
        }
        start += len(rows)
        if not rows or read_object(answer.body).get("isLastPage") is not False:
            break
    return found


def _as_it_began(raw: Any, changes: list[dict[str, Any]]) -> dict[str, Any]:
    """The issue with what it had at first, where that was changed later."""
    items = [item for each in changes for item in each.get("items") or () if isinstance(item, dict)]
    fields = dict(raw["fields"])
    for item in reversed(items):
        match item.get("field"):
            case "priority":
                fields["priority"] = _named("name", item.get("fromString"))
            case "assignee":
                fields["assignee"] = _named("accountId", item.get("from"))
            case "labels":
                fields["labels"] = str(item.get("fromString") or "").split()
    return {**raw, "fields": fields}


def _named(key: str, value: Any) -> dict[str, Any] | None:
    return {key: value} if value else None


def read_part(told: Fields, part: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    """The beginning, a comment, or changes, as its webhooks would tell them. Raises Unreadable."""
    ticket = told.raw("ticket")
    if part.has("created"):
        began = Fields({"issue": part.raw("created")}, "")
        return (*read_created(began, words), *_placed_first(began.fields("issue"), words))
    if part.has("comment"):
        comment = {"issue": ticket, "comment": part.raw("comment")}
        return read_comment(Fields(comment, ""), words)
    change = part.fields("change")
    at = change.moment("created")
    told_of = {
        "issue": ticket,
        "user": change.raw("author"),
        "changelog": part.raw("change"),
        "timestamp": None if at is None else int(at.timestamp() * 1000),
    }
    placed = [
        record
        for item in change.records("items")
        for record in _placed(told.fields("ticket"), item, at, words)
    ]
    return (*read_changes(Fields(told_of, ""), words), *placed)


def _placed_first(issue: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    fields, thread = issue.fields("fields"), issue.key("id")
    at, person = fields.moment("created"), jira_person(fields)
    tags = tagged(thread, at, texts(fields.raw("labels")), words)
    return (assigned(thread, at, person), *tags) if any(person) else tags


def _placed(
    issue: Fields, item: Fields, at: datetime | None, words: ToolMap
) -> tuple[Incoming, ...]:
    """Whose it became, or which labels it has since."""
    thread = issue.key("id")
    match item.optional_text("field"):
        case "assignee":
            number = item.optional_key("to") or ""
            # Of people, a change tells the number alone.
            present = jira_person(issue.fields("fields"))
            return (assigned(thread, at, present if number in present[:1] else (number,)),)
        case "labels":
            return tagged(thread, at, tuple(item.long_text("toString").split()), words)
    return ()


def _try_out(_: ToolAccount) -> ToolRequest:
    return ToolRequest(method="GET", path="/rest/api/3/myself")


def _who(answer: ToolAnswer) -> str:
    return one_line(Fields(read_object(answer.body), "").long_text("displayName"), records.NAME)


JIRA: Final = Poll(
    list_changed=list_changed,
    read_whole=read_whole,
    read_part=read_part,
    try_out=_try_out,
    who=_who,
    needs=frozenset({"login", "account"}),
)
