"""How deadlines are shown in one source's tool, as an operator wants it; the tags that are ours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID

AT_RISK_TAG: Final = "sivo_at_risk"
MISSED_TAG: Final = "sivo_missed"
DUE_TAG: Final = "sivo_due_"
# Between two writes into one ticket: Zendesk takes thirty in ten minutes from one account.
TICKET_REST_SECONDS: Final = 30


class FieldCode(StrEnum):
    """What a field of the tool may show."""

    DUE_AT = "due_at"
    DUE_TEXT = "due_text"
    STATE = "state"
    SEVERITY = "severity"
    PLAN = "plan"
    OBJECTIVE_DUE_AT = "objective_due_at"
    OBJECTIVE_DUE_TEXT = "objective_due_text"
    LINK = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """What is written into the tickets of one source, and in which words.

    `fields` names the tool's own field for each code; `since`: facts before it get no note.
    """

    source_id: UUID
    kind: str
    fields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    tags: bool = True
    due_tag: bool = True
    note_at_risk: bool = True
    note_missed: bool = True
    language: str = "en"
    zone: str = "Europe/Madrid"
    since: datetime | None = None


def is_our_tag(tag: str) -> bool:
    """Whether a tag in the tool is one that we set and may take away."""
    return tag in {AT_RISK_TAG, MISSED_TAG} or tag.startswith(DUE_TAG)
