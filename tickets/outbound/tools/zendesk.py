"""Zendesk: a public comment by an update of its ticket, found again by the update's metadata."""

from types import MappingProxyType
from typing import Any, Final

from tickets.domain.instants import BadInstant, parse_instant
from tickets.domain.tool_request import ToolAccount, ToolAnswer, ToolRefused, ToolRequest
from tickets.outbound.tools.way import (
    Answer,
    AnswerWay,
    Written,
    is_number,
    no_place,
    not_understood,
    number,
    part,
    read_object,
    records,
)

# Agents see it in no view; it stands in the audit of the update.
_MARK: Final = "sivo_answer"


def _write(_account: ToolAccount, answer: Answer) -> ToolRequest:
    # No safe_update: it would refuse when anything else there changed, such as a tag.
    return ToolRequest(
        method="PUT",
        path=f"/api/v2/tickets/{_ticket(answer)}.json",
        json={
            "ticket": {
                "comment": {"body": answer.text, "public": True},
                "metadata": {_MARK: answer.marks[0]},
            }
        },
    )


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
