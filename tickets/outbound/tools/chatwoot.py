"""Chatwoot: an outgoing message of a conversation, found again by its content attributes."""

from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from tickets.domain.tool_request import ToolAccount, ToolAnswer, ToolRefused, ToolRequest
from tickets.outbound.tools.bodies import multipart_body
from tickets.outbound.tools.way import (
    Answer,
    AnswerWay,
    FileWay,
    Written,
    is_number,
    no_place,
    not_understood,
    number,
    part,
    read_object,
    records,
)

# Not `source_id`, which says that the customer has the message already: it would not be sent.
MARK: Final = "sivo_answer"
NO_ACCOUNT: Final = (
    "The number of the Chatwoot account is missing: an operator must enter it on the page of the "
    "source."
)


def _write(account: ToolAccount, answer: Answer) -> ToolRequest:
    if answer.files:
        return _write_with_files(account, answer)
    return ToolRequest(
        method="POST",
        path=_path(account, answer),
        json={
            "content": answer.text,
            "message_type": "outgoing",
            "private": False,
            "content_type": "text",
            "content_attributes": {MARK: answer.marks[0]},
        },
    )


def _write_with_files(account: ToolAccount, answer: Answer) -> ToolRequest:
    fields = {
        "content": answer.text,
        "message_type": "outgoing",
        "content_type": "text",
        f"content_attributes[{MARK}]": answer.marks[0],
    }
    # Not `private`: in a form any word is taken for true.
    return ToolRequest(
        method="POST",
        path=_path(account, answer),
        body=multipart_body(fields, "attachments[]", answer.files),
    )


def _look(account: ToolAccount, answer: Answer) -> ToolRequest:
    # The hundred after that one; without it the newest twenty, which a customer soon has written.
    query = {"after": answer.after} if is_number(answer.after) else {}
    return ToolRequest(method="GET", path=_path(account, answer), query=query)


def _read(_answer: Answer, came: ToolAnswer) -> Written:
    message = read_object(came)
    if message.get("private") is True:
        raise ToolRefused("it was taken as a private note", status=422)
    return _written(message)


def _find(answer: Answer, came: ToolAnswer) -> Written | None:
    for message in records(read_object(came), "payload"):
        is_ours = part(message, "content_attributes").get(MARK) in answer.marks
        if is_ours and message.get("private") is not True:
            return _written(message)
    return None


def _written(message: dict[str, Any]) -> Written:
    key = number(message, "id")
    if not key:
        raise not_understood()
    seconds = message.get("created_at")
    if not isinstance(seconds, int) or not 0 < seconds < 1 << 33:
        return Written(key=key)
    return Written(key=key, at=datetime.fromtimestamp(seconds, UTC))


def _path(account: ToolAccount, answer: Answer) -> str:
    if not is_number(account.account):
        raise ToolRefused(NO_ACCOUNT)
    if not is_number(answer.thread):
        raise no_place()
    return f"/api/v1/accounts/{account.account}/conversations/{answer.thread}/messages"


CHATWOOT: Final = AnswerWay(
    name="Chatwoot",
    write=_write,
    read=_read,
    look=_look,
    find=_find,
    longest=100_000,
    files=FileWay(
        most=15,
        largest=40_000_000,
        refusals=MappingProxyType(
            {
                413: "A file is too large for Chatwoot: write a new answer with a link to it.",
                422: "Chatwoot does not take this answer with its files: one may be too large, or "
                "of a type that this inbox does not allow. Write a new answer with a link.",
            }
        ),
    ),
    refusals=MappingProxyType(
        {
            401: "Chatwoot does not accept the token: an operator must enter a new one.",
            403: "The user of the token may not write in this inbox: an operator must add it "
            "there in Chatwoot.",
            404: "The conversation no longer exists in Chatwoot: it was deleted there.",
            422: "Chatwoot does not take an answer in this conversation: look there for the "
            "reason.",
        }
    ),
    needs_account=True,
)
