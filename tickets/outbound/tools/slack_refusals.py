"""What Slack says with a status of 200: yes, not now, or no and why."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from tickets.domain.tool_request import NotThere, ToolAnswer, ToolAway, ToolRefused
from tickets.outbound.tools.way import not_understood, read_object

_CODE: Final = re.compile(r"[a-z_]{1,60}")
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

_NO_MORE: Final[Mapping[str, tuple[int, str]]] = MappingProxyType({})

# Their words for "not now".
_AWAY: Final = frozenset(
    {
        *("ratelimited", "rate_limited", "message_limit_exceeded"),
        *("internal_error", "fatal_error", "service_unavailable", "request_timeout"),
    }
)
# Their words for "no": the status that it would be elsewhere, and what to do.
REFUSED: Final[Mapping[str, tuple[int, str]]] = MappingProxyType(
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
        **dict.fromkeys(
            ("channel_not_found", "not_in_channel", "invalid_channel"), (404, _NO_CHANNEL)
        ),
        **dict.fromkeys(
            (
                *("restricted_action", "restricted_action_read_only_channel"),
                *("restricted_action_thread_only_channel", "restricted_action_thread_locked"),
                *("restricted_action_non_threadable_channel", "team_access_not_granted"),
                *("access_denied", "ekm_access_denied", "org_login_required"),
                *("posting_to_channel_denied", "posting_to_general_channel_denied"),
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


def checked(came: ToolAnswer, more: Mapping[str, tuple[int, str]] = _NO_MORE) -> dict[str, Any]:
    """What came back with a yes. Raises ToolAway, or ToolRefused by `more` or the common words."""
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
    status, words = more.get(code) or REFUSED.get(
        code, (400, f"Slack refuses the answer ({code}).")
    )
    raise (NotThere if status == 404 else ToolRefused)(words, status=status)


def _after(came: ToolAnswer) -> float | None:
    seconds = came.headers.get("retry-after", "")
    return float(seconds) if seconds.isascii() and seconds.isdigit() and len(seconds) < 5 else None
