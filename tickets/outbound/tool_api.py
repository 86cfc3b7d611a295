"""Asks the API of a tool: who we are, where it lives, and what its status codes mean."""

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode

from tickets.domain.tool_request import (
    NotThere,
    ToolAccount,
    ToolAnswer,
    ToolAway,
    ToolRefused,
    ToolRequest,
)
from tickets.outbound.reach import CallRefused, Reach
from tickets.outbound.safe_http import Answer, CallFailed, request

SECONDS: Final = 15.0
# A page of a hundred conversations with their texts.
MOST_BYTES: Final = 16 * 1024 * 1024
_LONGEST_REQUEST: Final = 3600.0
_NO_BASE: Final = "the address of the tool may not be called: it must end before any ? or #"
# They say "not now", whatever was asked.
_AWAY: Final = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.CONFLICT,
        HTTPStatus.LOCKED,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)
_WHAT_TO_DO: Final[Mapping[int, str]] = MappingProxyType(
    {
        HTTPStatus.UNAUTHORIZED: "the tool does not accept the token: enter a new one",
        HTTPStatus.FORBIDDEN: "the account of the token lacks a right for this",
        HTTPStatus.UNPROCESSABLE_ENTITY: "the tool does not accept what was written",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "what was sent is too large for the tool",
        HTTPStatus.BAD_REQUEST: "the tool does not understand the request",
    }
)


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _bearer(account: ToolAccount) -> dict[str, str]:
    return {"authorization": f"Bearer {account.token}"}


# How each tool wants to be told who asks.
_PROOFS: Final[Mapping[str, Callable[[ToolAccount], dict[str, str]]]] = MappingProxyType(
    {
        "zendesk": lambda each: {"authorization": _basic(f"{each.login}/token", each.token)},
        "jira": lambda each: {"authorization": _basic(each.login, each.token)},
        "chatwoot": lambda each: {"api_access_token": each.token},
        "zammad": lambda each: {"authorization": f"Token token={each.token}"},
        "slack": _bearer,
    }
)
# Whose APIs are asked at all.
API_KINDS: Final = frozenset(_PROOFS)


class ToolApi:
    """One tool's API, as one account; each question has a limit of time and of size."""

    def __init__(self, account: ToolAccount, *, reach: Reach) -> None:
        """`reach`: what may be called besides public addresses by HTTPS."""
        self.account = account
        self._reach = reach

    def ask(self, question: ToolRequest, *, seconds: float = SECONDS) -> ToolAnswer:
        """The answer to one question, asked once, within `seconds`.

        Raises ToolAway or ToolRefused (NotThere).
        """
        body: bytes | Iterable[bytes] | None = None
        if question.json is not None:
            body = json.dumps(question.json).encode()
        elif question.body is not None:
            body = question.body.parts()
        try:
            answer = request(
                question.method,
                self._url(question),
                headers=self._headers(question),
                reach=self._reach,
                seconds=seconds,
                # One more than is taken: a page that was cut is no page.
                most_bytes=MOST_BYTES + 1,
                body=body,
            )
        except CallRefused as error:
            raise ToolRefused(f"the address of the tool may not be called: {error}") from None
        except CallFailed as error:
            raise ToolAway(f"the tool did not answer: {error}") from None
        _check_status(answer)
        if len(answer.body) > MOST_BYTES:
            raise ToolRefused("the tool's answer is larger than 16 MB", status=answer.status)
        return ToolAnswer(status=answer.status, body=answer.body, headers=answer.headers)

    def _url(self, question: ToolRequest) -> str:
        if question.address:
            return question.address
        query = f"?{urlencode(question.query)}" if question.query else ""
        base = self.account.base_url.rstrip("/")
        if "?" in base or "#" in base:
            # The path would become a part of them, and the token go who knows where.
            raise ToolRefused(_NO_BASE)
        return f"{base}{question.path}{query}"

    def _headers(self, question: ToolRequest) -> dict[str, str]:
        if not (self.account.token.isascii() and self.account.token.isprintable()):
            raise ToolRefused("the token holds characters that no token has: copy it again")
        headers = {
            "content-type": "application/json",
            "accept": "application/json",
            "user-agent": "sivo-support",
        }
        if question.body is not None:
            headers["content-type"] = question.body.media_type
            headers["content-length"] = str(question.body.length)
        return headers if question.address else _PROOFS[self.account.kind](self.account) | headers


def _check_status(answer: Answer) -> None:
    status = answer.status
    if 200 <= status < 300:
        return
    words = f"HTTP status {status}"
    if status in _AWAY or status >= 500:
        raise ToolAway(words, after=_asked_for(answer.headers.get("retry-after", "")))
    if 300 <= status < 400:
        raise ToolRefused(
            f"{words}: no redirect is followed; enter the final address", status=status
        )
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        raise NotThere(f"{words}: it does not exist there", status=status)
    raise ToolRefused(f"{words}: {_WHAT_TO_DO.get(status, 'the tool refuses')}", status=status)


def _asked_for(text: str) -> float | None:
    """The seconds of a Retry-After; its other form, a date, is not worth believing a clock for."""
    try:
        seconds = float(text)
    except ValueError:
        return None
    # NaN compares with nothing.
    return min(seconds, _LONGEST_REQUEST) if seconds >= 0 else None
