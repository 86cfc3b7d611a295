"""Zammad: attributes that an administrator has added to tickets, tags, internal articles."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from sla.domain.tools.display import FieldCode, is_our_tag
from sla.notifiers.tools.writer import (
    About,
    Change,
    Present,
    Target,
    ToolWriter,
    Wanted,
    object_of,
    texts_of,
)
from tickets.domain.tool_request import ToolAnswer, ToolRequest


def look(target: Target, wanted: Wanted) -> tuple[ToolRequest, ...]:
    """The ticket and, told apart from it, its tags."""
    _ = wanted
    return (
        ToolRequest(method="GET", path=f"/api/v1/tickets/{target.ticket_part}"),
        ToolRequest(
            method="GET",
            path="/api/v1/tags",
            query={"object": "Ticket", "o_id": target.ticket_part},
        ),
    )


def read(answers: Sequence[ToolAnswer], wanted: Wanted) -> Present:
    """What stands there; a ticket tells every attribute that tickets have, empty ones too."""
    ticket, tags = object_of(answers[0]), object_of(answers[1])
    return Present(
        fields={name: ticket.get(name) for name in wanted.fields},
        tags=texts_of(tags.get("tags")),
        unknown=frozenset(name for name in wanted.fields if name not in ticket),
    )


def changes(target: Target, present: Present, wanted: Wanted) -> tuple[Change, ...]:
    """One request for each tag; the attributes together."""
    ours = {tag for tag in present.tags if is_our_tag(tag)}
    made = [
        Change(about=About.TAGS, request=_tag("DELETE", "remove", target, tag))
        for tag in sorted(ours - wanted.tags)
    ]
    made += [
        Change(about=About.TAGS, request=_tag("POST", "add", target, tag))
        for tag in sorted(wanted.tags - ours)
    ]
    fields = present.differing(wanted)
    if fields:
        values: Mapping[str, Any] = {name: text or None for name, text in fields.items()}
        asked = ToolRequest(method="PUT", path=f"/api/v1/tickets/{target.ticket_part}", json=values)
        made.append(Change(about=About.FIELDS, request=asked))
    return tuple(made)


def _tag(method: str, verb: str, target: Target, tag: str) -> ToolRequest:
    said = {"item": tag, "object": "Ticket", "o_id": target.ticket_part}
    return ToolRequest(method=method, path=f"/api/v1/tags/{verb}", json=said)


def note(target: Target, text: str) -> ToolRequest:
    """An article that the customer does not see."""
    said = {
        "ticket_id": target.ticket_part,
        "subject": "",
        "body": text,
        "content_type": "text/plain",
        "type": "note",
        "sender": "Agent",
        "internal": True,
    }
    return ToolRequest(method="POST", path="/api/v1/ticket_articles", json=said)


def who_is(answer: ToolAnswer) -> str:
    """The number of the account."""
    return str(object_of(answer).get("id") or "")


WRITER: Final = ToolWriter(
    codes=MappingProxyType(
        {
            FieldCode.DUE_AT: "Datetime",
            FieldCode.DUE_TEXT: "Text",
            FieldCode.STATE: "Text",
            FieldCode.SEVERITY: "Text",
            FieldCode.PLAN: "Text",
            FieldCode.OBJECTIVE_DUE_AT: "Datetime",
            FieldCode.LINK: "Text",
        }
    ),
    look=look,
    read=read,
    changes=changes,
    note=note,
    who=ToolRequest(method="GET", path="/api/v1/users/me"),
    who_is=who_is,
)
