"""The tools that deadlines are written into, and what a promise comes to in each."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from sla.domain.tools.display import AT_RISK_TAG, DUE_TAG, MISSED_TAG, Display, FieldCode
from sla.domain.tools.shown import Shown, ShownState
from sla.notifiers.tools import chatwoot, jira, zammad, zendesk
from sla.notifiers.tools.wording import moment_text, plan_text, state_text
from sla.notifiers.tools.writer import ToolWriter, Wanted, iso_utc

# The key is the kind of the source.
WRITERS: Final[Mapping[str, ToolWriter]] = MappingProxyType(
    {
        "zendesk": zendesk.WRITER,
        "jira": jira.WRITER,
        "chatwoot": chatwoot.WRITER,
        "zammad": zammad.WRITER,
    }
)
_STATE_TAGS: Final = {ShownState.AT_RISK: AT_RISK_TAG, ShownState.MISSED: MISSED_TAG}


def wanted_of(shown: Shown, display: Display, link: str) -> Wanted:
    """What the ticket in the tool is to show; `link` leads to our own page of it."""
    writer = WRITERS[display.kind]
    return Wanted(
        fields={
            name: _text(FieldCode(code), shown, display, link, writer)
            for code, name in display.fields.items()
            if code in writer.codes and name
        },
        tags=_tags(shown, display, writer) if display.tags else frozenset(),
    )


def _text(code: FieldCode, shown: Shown, display: Display, link: str, writer: ToolWriter) -> str:
    zone, language = display.zone, display.language
    match code:
        case FieldCode.DUE_AT:
            return _date(shown.due_at, zone, writer)
        case FieldCode.OBJECTIVE_DUE_AT:
            return _date(shown.objective_due_at, zone, writer)
        case FieldCode.DUE_TEXT:
            return moment_text(shown.due_at, zone, language)
        case FieldCode.OBJECTIVE_DUE_TEXT:
            return moment_text(shown.objective_due_at, zone, language)
        case FieldCode.STATE:
            return state_text(shown.state, language)
        case FieldCode.SEVERITY:
            return shown.severity
        case FieldCode.PLAN:
            return plan_text(shown.plan)
        case FieldCode.LINK:
            return link


def _date(at: datetime | None, zone: str, writer: ToolWriter) -> str:
    if at is None:
        return ""
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d}" if writer.day_only else iso_utc(at)


def _tags(shown: Shown, display: Display, writer: ToolWriter) -> frozenset[str]:
    found = {_STATE_TAGS[shown.state]} if shown.state in _STATE_TAGS else set()
    if display.due_tag and writer.new_tags and shown.due_at is not None:
        local = shown.due_at.astimezone(ZoneInfo(display.zone))
        found.add(f"{DUE_TAG}{local:%Y-%m-%d_%H%M}")
    return frozenset(found)
