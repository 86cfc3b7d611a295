"""Zendesk Support: custom ticket fields, tags that leave other tags alone, internal notes."""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

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
from tickets.domain.tool_request import NotThere, ToolAnswer, ToolRefused, ToolRequest

_CLOSED: Final = "the ticket is closed there: nothing can be written into it any more"
_NOBODY: Final = "the tool does not accept the token: enter a new one"


def _path(target: Target, end: str = ".json") -> str:
    return f"/api/v2/tickets/{target.ticket_part}{end}"


def look(target: Target, wanted: Wanted) -> tuple[ToolRequest, ...]:
    """The ticket with its fields and tags."""
    _ = wanted
    return (ToolRequest(method="GET", path=_path(target)),)


def read(answers: Sequence[ToolAnswer], wanted: Wanted) -> Present:
    """What stands there; a ticket lists every field that the account has, empty ones too."""
    ticket = object_of(answers[0], "ticket")
    if ticket.get("status") == "closed":
        raise NotThere(_CLOSED)
    listed = ticket.get("custom_fields")
    rows = listed if isinstance(listed, list) else []
    found = {str(row.get("id")): row.get("value") for row in rows if isinstance(row, dict)}
    return Present(
        fields={name: found.get(name) for name in wanted.fields},
        tags=texts_of(ticket.get("tags")),
        unknown=frozenset(wanted.fields) - frozenset(found),
    )


def changes(target: Target, present: Present, wanted: Wanted) -> tuple[Change, ...]:
    """Tags are added and taken away by name: whatever else stands there is left alone."""
    ours = {tag for tag in present.tags if is_our_tag(tag)}
    made = []
    for method, tags in (("DELETE", ours - wanted.tags), ("PUT", wanted.tags - ours)):
        if tags:
            asked = ToolRequest(
                method=method, path=_path(target, "/tags.json"), json={"tags": sorted(tags)}
            )
            made.append(Change(about=About.TAGS, request=asked))
    fields = present.differing(wanted)
    if fields:
        values = [{"id": int(name), "value": text or None} for name, text in fields.items()]
        asked = ToolRequest(
            method="PUT", path=_path(target), json={"ticket": {"custom_fields": values}}
        )
        made.append(Change(about=About.FIELDS, request=asked))
    return tuple(made)


def note(target: Target, text: str) -> ToolRequest:
    """A comment that the requester does not see."""
    said = {"ticket": {"comment": {"body": text, "public": False}}}
    return ToolRequest(method="PUT", path=_path(target), json=said)


def who_is(answer: ToolAnswer) -> str:
    """The number of the account; to a wrong token Zendesk answers as to a visitor, without one."""
    number = object_of(answer, "user").get("id")
    if not number:
        raise ToolRefused(_NOBODY, status=401)
    return str(number)


WRITER: Final = ToolWriter(
    codes=MappingProxyType(
        {
            FieldCode.DUE_TEXT: "Text",
            FieldCode.DUE_AT: "Date",
            FieldCode.STATE: "Text",
            FieldCode.SEVERITY: "Text",
            FieldCode.PLAN: "Text",
            FieldCode.OBJECTIVE_DUE_TEXT: "Text",
            FieldCode.LINK: "Text",
        }
    ),
    look=look,
    read=read,
    changes=changes,
    note=note,
    who=ToolRequest(method="GET", path="/api/v2/users/me.json"),
    who_is=who_is,
    day_only=True,
)
