"""Slack: a reply in a thread, found again by its metadata; refusals come with a status of 200."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tickets.domain.tool_request import ToolAccount, ToolAnswer, ToolRequest
from tickets.outbound.tools.slack_files import FILES, completion, has_file, read_completion
from tickets.outbound.tools.slack_refusals import checked
from tickets.outbound.tools.way import (
    Answer,
    AnswerWay,
    Written,
    no_place,
    not_understood,
    part,
    records,
)

_THREAD: Final = re.compile(r"([A-Z0-9]{1,50}):([0-9]{1,11}\.[0-9]{6})")
_STAMP: Final = re.compile(r"([0-9]{1,11})\.([0-9]{6})")
_EVENT: Final = "sivo_answer"
# Hosts' clocks differ.
_SKEW: Final = timedelta(minutes=5)
# The ampersand first, so that nothing is escaped twice.
_ESCAPES: Final = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))


def _write(_account: ToolAccount, answer: Answer) -> ToolRequest:
    channel, root = _place(answer)
    if answer.uploads:
        text = _escaped(answer.text)
        return completion(channel=channel, root=root, text=text, names=answer.uploads)
    return ToolRequest(
        method="POST",
        path="/api/chat.postMessage",
        json={
            "channel": channel,
            "thread_ts": root,
            "text": _escaped(answer.text),
            # As it was typed: an asterisk is an asterisk.
            "mrkdwn": False,
            "metadata": {"event_type": _EVENT, "event_payload": {"id": answer.marks[0]}},
        },
    )


def _look(_account: ToolAccount, answer: Answer) -> ToolRequest:
    channel, root = _place(answer)
    return ToolRequest(
        method="GET",
        path="/api/conversations.replies",
        query={
            "channel": channel,
            "ts": root,
            "oldest": f"{(answer.written_at - _SKEW).timestamp():.6f}",
            "include_all_metadata": "true",
            "limit": "200",
        },
    )


def _read(answer: Answer, came: ToolAnswer) -> Written:
    if answer.uploads:
        channel = _place(answer)[0]
        stamp = read_completion(came, channel, answer.uploads)
        return Written(key=f"{channel}:{stamp}" if stamp else "")
    return _written(answer, checked(came))


def _find(answer: Answer, came: ToolAnswer) -> Written | None:
    for message in records(checked(came), "messages"):
        if has_file(message, answer.uploads):
            return _written(answer, message)
        told = part(message, "metadata")
        if told.get("event_type") != _EVENT:
            continue
        if part(told, "event_payload").get("id") in answer.marks:
            return _written(answer, message)
    return None


def _written(answer: Answer, told: dict[str, Any]) -> Written:
    stamp = _STAMP.fullmatch(str(told.get("ts")))
    if stamp is None:
        raise not_understood()
    seconds, microseconds = map(int, stamp.groups())
    at = datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=microseconds)
    return Written(key=f"{_place(answer)[0]}:{stamp.group()}", at=at)


def _place(answer: Answer) -> tuple[str, str]:
    """The channel and the first message of the thread."""
    found = _THREAD.fullmatch(answer.thread)
    if found is None:
        raise no_place()
    return found.group(1), found.group(2)


def _escaped(text: str) -> str:
    """So that no text is taken for a link or calls a whole channel."""
    for letter, escape in _ESCAPES:
        text = text.replace(letter, escape)
    return text


def _who(came: ToolAnswer) -> str:
    told = checked(came)
    return " · ".join(str(told[key])[:100] for key in ("user", "team") if told.get(key))


SLACK: Final = AnswerWay(
    name="Slack",
    write=_write,
    read=_read,
    look=_look,
    find=_find,
    try_out=ToolRequest(method="POST", path="/api/auth.test"),
    who=_who,
    # Slack cuts after 40,000 and says nothing; an escaped letter counts five.
    longest=8_000,
    files=FILES,
)
