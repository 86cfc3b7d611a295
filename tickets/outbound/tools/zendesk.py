"""Zendesk: a public comment by an update of its ticket, found again by the update's metadata."""

import re
from types import MappingProxyType
from typing import Any, Final

from tickets.domain.instants import BadInstant, parse_instant
from tickets.domain.tool_request import ToolAccount, ToolAnswer, ToolRefused, ToolRequest
from tickets.outbound.tools.bodies import file_body, media_type_of
from tickets.outbound.tools.way import (
    Answer,
    AnswerWay,
    FileWay,
    OutFile,
    Upload,
    Written,
    is_number,
    no_place,
    not_understood,
    number,
    part,
    read_object,
    records,
)

# What a web server would read as the question itself.
_READ_BY_SERVERS: Final = re.compile(
    r"application/(.*\+)?(json|xml|x-www-form-urlencoded)|multipart/.*"
)
# Agents see it in no view; it stands in the audit of the update.
_MARK: Final = "sivo_answer"
_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,200}")


def _write(_account: ToolAccount, answer: Answer) -> ToolRequest:
    comment: dict[str, Any] = {"body": answer.text, "public": True}
    if answer.uploads:
        comment["uploads"] = list(answer.uploads)
    # No safe_update: it would refuse when anything else there changed, such as a tag.
    return ToolRequest(
        method="PUT",
        path=f"/api/v2/tickets/{_ticket(answer)}.json",
        json={"ticket": {"comment": comment, "metadata": {_MARK: answer.marks[0]}}},
    )


def _upload(_account: ToolAccount, file: OutFile) -> Upload:
    """Kept for an hour unless a comment names its token; nobody sees it until then."""
    is_read = _READ_BY_SERVERS.fullmatch(media_type_of(file))
    came = yield ToolRequest(
        method="POST",
        path="/api/v2/uploads.json",
        query={"filename": file.name},
        body=file_body(file, "application/binary" if is_read else ""),
    )
    token = part(read_object(came), "upload").get("token")
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise not_understood()
    return token


def _look(_account: ToolAccount, answer: Answer) -> ToolRequest:
    return ToolRequest(
        method="GET",
        path=f"/api/v2/tickets/{_ticket(answer)}/audits.json",
        query={"sort_order": "desc", "per_page": "100"},
    )


def _read(_answer: Answer, came: ToolAnswer) -> Written:
    audit = part(read_object(came), "audit")
    found = _comment(audit)
    if found is not None:
        return found
    if any(event.get("public") is False for event in records(audit, "events")):
        raise ToolRefused("it was taken as an internal note", status=403)
    raise not_understood()


def _find(answer: Answer, came: ToolAnswer) -> Written | None:
    for audit in records(read_object(came), "audits"):
        if part(audit, "metadata", "custom").get(_MARK) in answer.marks:
            return _comment(audit)
    return None


def _comment(audit: dict[str, Any]) -> Written | None:
    """The public comment of an update; its webhooks name it by the id of this event.

    What a light agent writes is made an internal note, whatever was asked for: no customer sees it.
    """
    for event in records(audit, "events"):
        is_public = event.get("type") == "Comment" and event.get("public") is not False
        if is_public and number(event, "id"):
            try:
                at = parse_instant(audit.get("created_at"))
            except BadInstant:
                at = None
            return Written(key=number(event, "id"), at=at)
    return None


def _ticket(answer: Answer) -> str:
    if not is_number(answer.thread):
        raise no_place()
    return answer.thread


ZENDESK: Final = AnswerWay(
    name="Zendesk",
    write=_write,
    read=_read,
    look=_look,
    find=_find,
    # 64 kB there, and a letter may have four bytes.
    longest=16_000,
    files=FileWay(
        most=20,
        largest=50_000_000,
        upload=_upload,
        refusals=MappingProxyType(
            {
                403: "The user of the token may not attach files: an operator must give it that "
                "right in Zendesk.",
                413: "A file is too large for Zendesk: write a new answer with a link to it.",
                422: "Zendesk does not take a file, perhaps because of its type: write a new "
                "answer with a link to it, or have its type allowed in Zendesk.",
            }
        ),
    ),
    refusals=MappingProxyType(
        {
            401: "Zendesk does not accept the token: an operator must enter a new one.",
            403: "The user of the token may not answer in this ticket: an operator must give "
            "it that right in Zendesk.",
            404: "The ticket no longer exists in Zendesk: it was deleted there.",
            422: "Zendesk does not take an answer in this ticket: it may be closed there. "
            "Open a follow-up of it in Zendesk.",
        }
    ),
)
