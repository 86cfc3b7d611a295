"""Chatwoot: custom attributes and labels of the conversation, private notes."""

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
from tickets.domain.tool_request import ToolAnswer, ToolRefused, ToolRequest

_NO_LABEL: Final = (
    "Chatwoot has no such label: make the labels sivo_at_risk and sivo_missed there, under "
    "Settings, Labels"
)


def _path(target: Target, end: str = "") -> str:
    return f"/api/v1/accounts/{target.account_part}/conversations/{target.ticket_part}{end}"


def look(target: Target, wanted: Wanted) -> tuple[ToolRequest, ...]:
    """The conversation with its attributes and labels."""
    _ = wanted
    return (ToolRequest(method="GET", path=_path(target)),)


def read(answers: Sequence[ToolAnswer], wanted: Wanted) -> Present:
    """All attributes, since a write replaces them all; none is unknown, any key is taken."""
    _ = wanted
    found = object_of(answers[0])
    stands = found.get("custom_attributes")
    return Present(
        fields=stands if isinstance(stands, dict) else {}, tags=texts_of(found.get("labels"))
    )


def changes(target: Target, present: Present, wanted: Wanted) -> tuple[Change, ...]:
    """Attributes and labels are written as a whole, with what others have set among them."""
    made = []
    others = [tag for tag in present.tags if not is_our_tag(tag)]
    if set(present.tags) != {*others, *wanted.tags}:
        asked = ToolRequest(
            method="POST",
            path=_path(target, "/labels"),
            json={"labels": [*others, *sorted(wanted.tags)]},
        )
        made.append(Change(about=About.TAGS, request=asked))
    fields = present.differing(wanted)
    if fields:
        # Newer versions know `merge`; older ones replace, hence all that stands there.
        asked = ToolRequest(
            method="POST",
            path=_path(target, "/custom_attributes"),
            json={"custom_attributes": {**present.fields, **fields}, "merge": True},
        )
        made.append(Change(about=About.FIELDS, request=asked))
    return tuple(made)


def check(change: Change, answer: ToolAnswer) -> None:
    """Labels that the account lacks are left out without a word. Raises ToolRefused."""
    if change.about is not About.TAGS or change.request.json is None:
        return
    set_now = texts_of(object_of(answer).get("payload"))
    asked = (tag for tag in change.request.json["labels"] if is_our_tag(tag))
    if any(tag not in set_now for tag in asked):
        raise ToolRefused(_NO_LABEL, status=422)


def note(target: Target, text: str) -> ToolRequest:
    """A message that only agents see."""
    said = {"content": text, "message_type": "outgoing", "private": True}
    return ToolRequest(method="POST", path=_path(target, "/messages"), json=said)


def who_is(answer: ToolAnswer) -> str:
    """The number of the account's user."""
    return str(object_of(answer).get("id") or "")


WRITER: Final = ToolWriter(
    codes=MappingProxyType(
        {
            FieldCode.DUE_TEXT: "Text",
            FieldCode.DUE_AT: "Date",
            FieldCode.STATE: "Text",
            FieldCode.SEVERITY: "Text",
            FieldCode.PLAN: "Text",
            FieldCode.OBJECTIVE_DUE_TEXT: "Text",
            FieldCode.LINK: "Link",
        }
    ),
    look=look,
    read=read,
    changes=changes,
    check=check,
    note=note,
    who=ToolRequest(method="GET", path="/api/v1/profile"),
    who_is=who_is,
    # Kept even before somebody makes them there, and shown from then on.
    first_fields=MappingProxyType(
        {FieldCode.DUE_TEXT: "sivo_due", FieldCode.STATE: "sivo_state", FieldCode.LINK: "sivo_link"}
    ),
    day_only=True,
    new_tags=False,
)
