"""Jira Service Management: custom fields, labels, internal comments."""

from collections.abc import Sequence
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

# Without it a comment of ours would be seen by the customer.
_INTERNAL: Final = ({"key": "sd.public.comment", "value": {"internal": True}},)


def _path(target: Target, end: str = "") -> str:
    # Version 2: its comments are plain text. A number is taken as well as a key.
    return f"/rest/api/2/issue/{target.ticket_part}{end}"


def look(target: Target, wanted: Wanted) -> tuple[ToolRequest, ...]:
    """The labels and the wanted fields alone."""
    names = ",".join(["labels", *wanted.fields])
    return (ToolRequest(method="GET", path=_path(target), query={"fields": names}),)


def read(answers: Sequence[ToolAnswer], wanted: Wanted) -> Present:
    """What stands there; of a field that does not exist nothing is told, until it is written."""
    found = object_of(answers[0], "fields")
    return Present(
        fields={name: found.get(name) for name in wanted.fields},
        tags=texts_of(found.get("labels")),
    )


def changes(target: Target, present: Present, wanted: Wanted) -> tuple[Change, ...]:
    """Labels by themselves: one field that Jira refuses would take them with it."""
    ours = {tag for tag in present.tags if is_our_tag(tag)}
    verbs: list[dict[str, str]] = [{"remove": tag} for tag in sorted(ours - wanted.tags)]
    verbs += [{"add": tag} for tag in sorted(wanted.tags - ours)]
    made = []
    if verbs:
        made.append(_put(target, About.TAGS, {"update": {"labels": verbs}}))
    fields = present.differing(wanted)
    if fields:
        values = {name: text or None for name, text in fields.items()}
        made.append(_put(target, About.FIELDS, {"fields": values}))
    return tuple(made)


def _put(target: Target, about: About, body: dict[str, Any]) -> Change:
    return Change(about=about, request=ToolRequest(method="PUT", path=_path(target), json=body))


def note(target: Target, text: str) -> ToolRequest:
    """A comment for the people of the project alone."""
    said = {"body": text, "properties": list(_INTERNAL)}
    return ToolRequest(method="POST", path=_path(target, "/comment"), json=said)


def who_is(answer: ToolAnswer) -> str:
    """The id of the account."""
    return str(object_of(answer).get("accountId") or "")


WRITER: Final = ToolWriter(
    codes=MappingProxyType(
        {
            FieldCode.DUE_AT: "Date Time Picker",
            FieldCode.DUE_TEXT: "Short text",
            FieldCode.STATE: "Short text",
            FieldCode.SEVERITY: "Short text",
            FieldCode.PLAN: "Short text",
            FieldCode.OBJECTIVE_DUE_AT: "Date Time Picker",
            FieldCode.LINK: "URL",
        }
    ),
    look=look,
    read=read,
    changes=changes,
    note=note,
    who=ToolRequest(method="GET", path="/rest/api/2/myself"),
    who_is=who_is,
)
