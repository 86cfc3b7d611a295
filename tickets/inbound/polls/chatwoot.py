"""Chatwoot: conversations that changed lately, their messages, and when they were resolved.

Nothing there keeps when a priority or a label was set, a conversation put to sleep or given to
somebody: that only stands as it stands, and the lines that the tool writes into the conversation
date it. What was so in between is not made up. Times are whole seconds.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from tickets.domain.incoming import Author, Ignored, Incoming
from tickets.domain.plain_word import TAG
from tickets.domain.tool_request import NotThere, ToolAccount, ToolAnswer, ToolRequest
from tickets.domain.words import AuthorKind
from tickets.inbound.json_fields import Fields, one_line, read_object
from tickets.inbound.polls.poll import (
    MOST_PARTS,
    Conversation,
    Listed,
    Page,
    Poll,
    Steps,
    Window,
    as_objects,
    objects,
    read_array,
)
from tickets.inbound.tools import records
from tickets.inbound.tools.call import ToolMap
from tickets.inbound.tools.chatwoot import SEVERITIES, STATUSES, read_message
from tickets.inbound.tools.placing import assigned, chatwoot_person, tagged, texts
from tickets.inbound.tools.records import Change

_REPORTS: Final = {"conversation_resolved": "resolved", "conversation_opened": "open"}
_ACTIVITY: Final = 2
_MOST_SECONDS: Final = 90 * 86_400


def _base(account: ToolAccount) -> str:
    return f"/api/v1/accounts/{account.account}/conversations"


def list_changed(account: ToolAccount, window: Window) -> Steps[Page]:
    """All that changed within the last seconds, by the tool's own clock; it gives no pages."""
    within = window.now - window.since + timedelta(seconds=1)
    seconds = min(int(within.total_seconds()), _MOST_SECONDS)
    answer = yield ToolRequest(
        method="GET",
        path=_base(account),
        query={"status": "all", "assignee_type": "all", "updated_within": str(seconds)},
    )
    data = Fields(read_object(answer.body), "").fields("data")
    rows = as_objects(data.raw("payload"), "data.payload")
    return Page(listed=tuple(_listed(each) for each in rows), cursor="", is_last=True)


def _listed(raw: dict[str, Any]) -> Listed:
    told = Fields(raw, "")
    labels = ",".join(texts(told.raw("labels")))
    stands = f"{told.long_text('status')} {told.long_text('priority')} {labels}"
    stands += f" {','.join(chatwoot_person(told))}"
    return Listed(
        thread=told.key("id"),
        version=f"{told.raw('updated_at')} {told.raw('last_activity_at')} {stands}",
        began_at=told.moment("created_at"),
        raw=raw,
    )


def read_whole(account: ToolAccount, listed: Listed) -> Steps[Conversation]:
    """The messages, when it was resolved and opened again, and how it stands."""
    path = f"{_base(account)}/{listed.thread}"
    messages: list[dict[str, Any]] = []
    after = "0"
    while len(messages) < MOST_PARTS:
        answer = yield ToolRequest(method="GET", path=f"{path}/messages", query={"after": after})
        page = objects(answer, "payload")
        if not page:
            break
        messages += page
        after = str(max(int(Fields(each, "").key("id")) for each in page))
    reports: list[dict[str, Any]] = []
    try:
        answer = yield ToolRequest(method="GET", path=f"{path}/reporting_events")
        reports = read_array(answer)
    except NotThere:
        # Older versions keep none: how it stands must do.
        pass
    ticket = {key: value for key, value in listed.raw.items() if key not in _UNUSED}
    ticket["channel"] = (listed.raw.get("meta") or {}).get("channel")
    activity = [each for each in messages if each.get("message_type") == _ACTIVITY]
    stands = _stands(listed.raw, activity)
    return Conversation(
        kind="chatwoot",
        thread=listed.thread,
        ticket=ticket,
        parts=(
            *({"message": each} for each in messages if each.get("message_type") != _ACTIVITY),
            *({"report": each} for each in reports if each.get("name") in _REPORTS),
            *({"line": {"id": each.get("id"), "at": each.get("created_at")}} for each in activity),
            *stands,
        ),
    )


_UNUSED: Final = frozenset({"messages", "last_non_activity_message", "unread_count", "timestamp"})


def _stands(raw: Mapping[str, Any], activity: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is only told as it stands now, with the instant at which it came to stand so.

    That is the one of the tool's own line that names it, whatever the language of the rest.
    """
    told = Fields(dict(raw), "")
    changed = told.raw("updated_at") or told.raw("last_activity_at")

    def named(name: str, *, whole: bool = True) -> Any:
        pattern = rf"(?<!\w){re.escape(name)}(?!\w)" if whole else re.escape(name)
        lines = [
            each.get("created_at")
            for each in activity
            if re.search(pattern, str(each.get("content") or ""), re.IGNORECASE)
        ]
        return lines[-1] if lines else changed

    found: list[dict[str, Any]] = []
    # "Reopened" is how it names an open one.
    if status := told.long_text("status"):
        found.append({"stands": {"status": status, "at": named(status, whole=False)}})
    if priority := told.long_text("priority"):
        found.append({"stands": {"priority": priority, "at": named(priority)}})
    if labels := texts(told.raw("labels")):
        dated = [{"label": label, "at": named(label)} for label in labels]
        found.append({"stands": {"labels": dated}})
    meta = told.optional_fields("meta")
    person = meta.optional_fields("assignee") if meta else None
    name = person.long_text("name").strip() if person else ""
    # Lines name a person for whatever they did: this is the latest instant that it can have been.
    at = named(name) if name else changed
    return [*found, {"stands": {"assignee": list(chatwoot_person(told)), "at": at}}]


def read_part(told: Fields, part: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    """A message, an end or a new beginning, or how something stands. Raises Unreadable."""
    conversation = told.fields("ticket")
    message = part.optional_fields("message")
    if message is not None:
        return read_message(message, conversation, words)
    report = part.optional_fields("report")
    if report is not None:
        at = report.moment("event_end_time")
        change = _change(conversation, "status", at)
        return (records.status(change, _REPORTS[report.text("name")], STATUSES, words),)
    line = part.optional_fields("line")
    if line is not None:
        # In whatever language it is: something was changed just then.
        change = _change(conversation, "line", line.moment("at"))
        return records.something_happened(change, STATUSES, SEVERITIES, words)
    return _read_standing(conversation, part.fields("stands"), words)


def _read_standing(conversation: Fields, stands: Fields, words: ToolMap) -> tuple[Incoming, ...]:
    at, thread = stands.moment("at"), conversation.key("id")
    if stands.has("assignee"):
        return (assigned(thread, at, texts(stands.raw("assignee"))),)
    if stands.has("labels"):
        labels = {each.long_text("label"): each.moment("at") for each in stands.records("labels")}
        told = tagged(thread, None, tuple(labels), words)
        named = [tag for tag in labels if told and told[0].word == f"{TAG}{tag}"[: records.WORD]]
        return tagged(thread, labels[named[0]], tuple(labels), words) if named else ()
    status, priority = stands.optional_text("status"), stands.optional_text("priority")
    if status:
        return (records.status(_change(conversation, "status", at), status, STATUSES, words),)
    if priority:
        change = _change(conversation, "priority", at)
        return (records.priority(change, priority, SEVERITIES, words),)
    return (Ignored(reason="there is nothing in it for us"),)


def _change(conversation: Fields, about: str, at: datetime | None) -> Change:
    thread = conversation.key("id")
    return Change(
        thread=thread,
        key=f"{thread}:{about}:{at.isoformat() if at else 'undated'}",
        author=Author(kind=AuthorKind.AGENT),
        at=at,
    )


def _try_out(_: ToolAccount) -> ToolRequest:
    return ToolRequest(method="GET", path="/api/v1/profile")


def _who(answer: ToolAnswer) -> str:
    return one_line(Fields(read_object(answer.body), "").long_text("name"), records.NAME)


CHATWOOT: Final = Poll(
    list_changed=list_changed,
    read_whole=read_whole,
    read_part=read_part,
    try_out=_try_out,
    who=_who,
    needs=frozenset({"account"}),
)
