"""Slack: a reply in a thread, found again by its metadata; refusals come with a status of 200."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from tickets.domain.tool_request import (
    NotThere,
    ToolAccount,
    ToolAnswer,
    ToolAway,
    ToolRefused,
    ToolRequest,
)
from tickets.outbound.tools.way import (
    Answer,
    AnswerWay,
    Written,
    no_place,
    not_understood,
    part,
    read_object,
    records,
)

_THREAD: Final = re.compile(r"([A-Z0-9]{1,50}):([0-9]{1,11}\.[0-9]{6})")
_STAMP: Final = re.compile(r"([0-9]{1,11})\.([0-9]{6})")
_CODE: Final = re.compile(r"[a-z_]{1,60}")
_EVENT: Final = "sivo_answer"
# Hosts' clocks differ.
_SKEW: Final = timedelta(minutes=5)
# The ampersand first, so that nothing is escaped twice.
_ESCAPES: Final = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))

_NOT_KNOWN: Final = "Slack does not accept the token: an operator must enter a new one."
_NO_SCOPE: Final = (
    "The Slack app may not write there: add the scope chat:write to it and install it again."
)
_NO_CHANNEL: Final = (
    "Slack knows no such channel, or the app is not in it: invite the app to the channel."
)
_NO_POLICY: Final = (
    "The settings of the Slack workspace forbid the app to write there: ask its administrator."
)
_NO_THREAD: Final = "The thread no longer exists in Slack: its first message was deleted."
TOO_LONG: Final = "The answer is too long for this tool: send it in parts."

# Their words for "not now".
_AWAY: Final = frozenset(
    {
        *("ratelimited", "rate_limited", "message_limit_exceeded"),
        *("internal_error", "fatal_error", "service_unavailable", "request_timeout"),
    }
)
# Their words for "no": the status that it would be elsewhere, and what to do.
_REFUSED: Final[Mapping[str, tuple[int, str]]] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                *("invalid_auth", "not_authed", "account_inactive"),
                *("token_revoked", "token_expired", "two_factor_setup_required"),
            ),
            (401, _NOT_KNOWN),
        ),
        **dict.fromkeys(
            ("missing_scope", "not_allowed_token_type", "no_permission"), (403, _NO_SCOPE)
        ),
        **dict.fromkeys(("channel_not_found", "not_in_channel"), (404, _NO_CHANNEL)),
        **dict.fromkeys(
            (
                *("restricted_action", "restricted_action_read_only_channel"),
                *("restricted_action_thread_only_channel", "restricted_action_thread_locked"),
                *("restricted_action_non_threadable_channel", "team_access_not_granted"),
                *("access_denied", "ekm_access_denied", "org_login_required"),
            ),
            (400, _NO_POLICY),
        ),
        **dict.fromkeys(
            ("thread_not_found", "message_not_found", "cannot_reply_to_message"), (404, _NO_THREAD)
        ),
        "is_archived": (400, "The channel is archived: unarchive it in Slack, then send again."),
        "msg_too_long": (400, TOO_LONG),
    }
)


def _write(_account: ToolAccount, answer: Answer) -> ToolRequest:
    channel, root = _place(answer)
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
    return _written(answer, _checked(came))


def _find(answer: Answer, came: ToolAnswer) -> Written | None:
    for message in records(_checked(came), "messages"):
        told = part(message, "metadata")
        if told.get("event_type") != _EVENT:
            continue
        if part(told, "event_payload").get("id") in answer.marks:
            return _written(answer, message)
    return None


def _checked(came: ToolAnswer) -> dict[str, Any]:
    told = read_object(came)
    if told.get("ok") is True:
        return told
    if told.get("ok") is not False:
        raise not_understood()
    code = told.get("error")
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise not_understood()
    if code in _AWAY:
        raise ToolAway(f"Slack says {code}", after=_after(came))
    status, words = _REFUSED.get(code, (400, f"Slack refuses the answer ({code})."))
    raise (NotThere if status == 404 else ToolRefused)(words, status=status)


def _after(came: ToolAnswer) -> float | None:
    seconds = came.headers.get("retry-after", "")
    return float(seconds) if seconds.isascii() and seconds.isdigit() and len(seconds) < 5 else None


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
    told = _checked(came)
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
)
